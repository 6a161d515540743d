import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.release.lint.numbers import RARE, Numbers


def drawn(rows: int, seed: int, places: int) -> np.ndarray:
    return (np.random.default_rng(seed).normal(0.5, 0.1, rows).clip(0, 1) * places).astype(np.int64)


@pytest.mark.parametrize("places", [100, 10_000, 10**6, 10**9, 10**12])
def test_honest_rows_of_the_same_distribution_leak_nothing(places: int) -> None:
    leaks = 0
    for seed in range(20):
        known = Numbers.of(drawn(2000, seed, places))
        leaks += known.judged(known.hits(drawn(2000, seed + 100, places)), 2000, columns=10)[0]
    assert leaks == 0


@pytest.mark.parametrize(("places", "copied"), [(10**9, 3), (10**12, 1), (10**6, 200)])
def test_copies_are_found_sooner_the_more_values_there_are(places: int, copied: int) -> None:
    private, honest = drawn(2000, 1, places), drawn(2000, 2, places)
    known = Numbers.of(private)
    honest[:copied] = known.values[len(known.values) // 2 :][:copied]
    assert known.judged(known.hits(honest), 2000)[0] > 0


def test_rounded_values_are_held_against_rounded_ones() -> None:
    """Amounts in thousands: to hit one is easy for who rounds alike, though there are a billion amounts."""
    private, honest = (drawn(2000, seed, 10**6) * 1000 for seed in (1, 2))
    known = Numbers.of(private)
    assert known.judged(known.hits(honest), 2000)[0] == 0


def test_a_value_that_is_round_alone_is_held_against_all() -> None:
    private, honest = drawn(2000, 1, 5000), drawn(2000, 2, 5000)
    private[private % 1000 == 0] += 1
    private[0] = 2000
    honest[0] = 2000
    known = Numbers.of(private)
    assert known.judged(known.hits(honest), 2000)[0] == 0


def test_public_values_and_those_of_many_rows_are_none() -> None:
    known = Numbers.of(np.array([7] * (RARE + 1) + [3] * RARE + [0, 10]), public=(0, 10))
    assert known.values.tolist() == [3]


@given(st.lists(st.integers(-(2**62), 2**62), max_size=40), st.lists(st.integers(-(2**62), 2**62), max_size=40))
def test_hits_are_the_values_that_occur_and_chances_are_probabilities(private: list[int], other: list[int]) -> None:
    known = Numbers.of(np.array(private, np.int64))
    assert set(known.values[known.hits(np.array(other, np.int64))].tolist()) == set(known.values.tolist()) & set(other)
    assert np.isfinite(known.chance).all()
    assert (known.chance > 0).all()
