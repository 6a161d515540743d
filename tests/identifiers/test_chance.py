import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgen.identifiers.chance import LARGEST, again, below, bits, key, permuted, share


@given(size=st.integers(1, 3_000), purpose=st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_shuffle_is_a_bijection(size: int, purpose: int) -> None:
    assert sorted(permuted(np.arange(size), size, purpose).tolist()) == list(range(size))


@given(size=st.integers(200_000, LARGEST), purpose=st.integers(0, 2**64 - 1))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_places_of_a_large_space_never_meet(size: int, purpose: int) -> None:
    places = np.concatenate([np.arange(1_000), size - 1 - np.arange(1_000)])
    shuffled = permuted(places, size, purpose)
    assert len(np.unique(shuffled)) == 2_000
    assert shuffled.max() < size


def test_places_beyond_the_space_start_over() -> None:
    assert (permuted(np.arange(10), 5, 1)[:5] == permuted(np.arange(10), 5, 1)[5:]).all()


@pytest.mark.parametrize("size", [97, 10**4, 10**9])
def test_a_shuffle_looks_random(size: int) -> None:
    """Neighbours are uncorrelated, and every tenth of the space gets its share (chi-squared, 9 degrees: 27.9)."""
    rows = min(size, 10_000)
    spread = permuted(np.arange(rows), size, key(1, "look")).astype(float) / size
    counts = np.bincount((spread * 10).astype(int), minlength=10)
    assert (((counts - rows / 10) ** 2) / (rows / 10)).sum() < 27.9
    assert abs(np.corrcoef(spread[1:], spread[:-1])[0, 1]) < 4 / rows**0.5


def test_bits_depend_on_seed_purpose_and_place_alone() -> None:
    whole = bits(key(3, "names"), np.arange(100))
    assert (bits(key(3, "names"), np.arange(40, 60)) == whole[40:60]).all()
    assert (bits(key(4, "names"), np.arange(100)) != whole).all()
    assert (bits(key(3, "mails"), np.arange(100)) != whole).all()
    assert (again(whole, 0) != again(whole, 1)).all()


def test_numbers_below_a_size_are_even() -> None:
    counts = np.bincount(below(bits(5, np.arange(70_000)), 7), minlength=7)
    assert (((counts - 10_000) ** 2) / 10_000).sum() < 22.5  # chi-squared, 6 degrees, 1 in 1,000


def test_shares_are_from_0_to_below_1() -> None:
    shares = share(np.array([0, 2**64 - 1], np.uint64))
    assert shares[0] == 0
    assert 0.999 < shares[1] < 1
