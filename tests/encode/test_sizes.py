"""Rows per person: noisy counts to sizes of synthetic persons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthgen.encode.sizes import EDGES, MOST, Sizes, draw_sizes, has_sizes, law_given, mean_size
from synthgen.schema import Schema

counts = st.lists(st.integers(-50, 2000), min_size=len(EDGES), max_size=len(EDGES))


def sizes_of(rows: dict[int, int], *, sigma: float = 0.0, noise: int = 0) -> Sizes:
    """Units by their number of rows, with noise of a seed."""
    exact = np.zeros(len(EDGES), np.int64)
    np.add.at(exact, np.searchsorted(EDGES, list(rows), side="right") - 1, list(rows.values()))
    drawn = np.rint(np.random.default_rng(noise).normal(0, sigma, len(EDGES))).astype(np.int64) if sigma else 0
    return Sizes(counts=exact + drawn, sigma=sigma)


def test_bins_begin_at_one_rise_and_are_never_wider_than_a_quarter_of_an_octave() -> None:
    assert EDGES[0] == 1
    assert EDGES[-1] == MOST
    assert (np.diff(EDGES) > 0).all()
    assert (EDGES[1:] / EDGES[:-1])[15:].max() < 1.24  # 16, 19, 22, 26: whole numbers near quarters
    assert EDGES[:16].tolist() == list(range(1, 17))


@pytest.mark.parametrize(
    ("privacy", "measured"),
    [({}, False), ({"unit": "who"}, False), ({"unit": "who", "rows_per_unit": 2}, True)],
)
def test_sizes_are_measured_only_where_a_person_brings_several_rows(
    privacy: dict[str, object], *, measured: bool
) -> None:
    assert has_sizes(Schema(name="t", privacy=privacy, columns={"a": {"type": "boolean"}})) == measured


@given(counts, st.sampled_from([0.0, 1.0, 30.0, 1e6]))
def test_shares_are_shares_whatever_the_noise_answered(noisy: list[int], sigma: float) -> None:
    shares = Sizes(counts=np.array(noisy), sigma=sigma).shares()
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1)


@given(counts, st.integers(0, 3000), st.integers(0, 9))
def test_sizes_drawn_have_exactly_the_rows_that_were_asked_for(noisy: list[int], rows: int, seed: int) -> None:
    drawn = draw_sizes(Sizes(counts=np.array(noisy), sigma=20.0).law(), rows, np.random.default_rng(seed))
    assert drawn.sum() == rows
    assert (drawn >= 1).all()
    assert (drawn <= MOST).all()


def test_exact_counts_come_back_as_they_were() -> None:
    sizes = sizes_of({1: 700, 2: 200, 3: 100})
    assert sizes.shares()[:4].tolist() == pytest.approx([0.7, 0.2, 0.1, 0])
    assert sizes.mean() == pytest.approx(1.4)
    assert sizes.mean(most=2) == pytest.approx(1.3)
    drawn = draw_sizes(sizes.law(), 14_000, np.random.default_rng(0))
    assert np.bincount(drawn)[1:] == pytest.approx([7000, 2000, 1000], abs=3)


def test_noise_imagines_no_persons_with_thousands_of_rows() -> None:
    """One of 10,000 rows in 700 persons would fill the table."""
    for noise in range(20):
        sizes = sizes_of({1: 500, 2: 150, 3: 50}, sigma=15.0, noise=noise)
        assert sizes.mean() == pytest.approx(1.36, abs=0.3)
        assert sizes_of({}, sigma=15.0, noise=noise).mean() < 2


def test_a_long_tail_survives_the_noise() -> None:
    rng = np.random.default_rng(1)
    rows, number = np.unique(rng.lognormal(6, 0.8, 1000).astype(int), return_counts=True)
    truth = (rows * number).sum() / number.sum()
    found = [sizes_of(dict(zip(rows, number, strict=True)), sigma=15.0, noise=noise).mean() for noise in range(20)]
    assert np.mean(found) == pytest.approx(truth, rel=0.25)  # the ends of the tail drown
    assert np.std(found) < 0.2 * truth


def test_where_nothing_stands_above_the_noise_each_person_has_one_row() -> None:
    assert Sizes(counts=np.full(len(EDGES), -3), sigma=50.0).shares()[0] == 1
    assert Sizes(counts=np.zeros(len(EDGES), np.int64), sigma=0.0).mean() == 1


def test_sizes_come_in_random_order() -> None:
    drawn = draw_sizes(sizes_of({1: 500, 9: 500}).law(), 20_000, np.random.default_rng(3))
    first, second = drawn[:-1] > 1, drawn[1:] > 1
    table = np.histogram2d(first, second, bins=2)[0]
    assert stats.chi2_contingency(table).pvalue > 1e-4


@pytest.mark.parametrize("share", [1e-6, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("stays", [0.0, 0.4, 1.0])
def test_rows_that_meet_a_condition_are_as_many_as_persons_would_bring(share: float, stays: float) -> None:
    """Against persons drawn one by one."""
    law = sizes_of({1: 600, 3: 300, 12: 100}).law()
    rng = np.random.default_rng(0)
    rows = draw_sizes(law, 400_000, rng)
    whole = rng.random(len(rows)) < stays
    met = np.where(whole, rows * (rng.random(len(rows)) < share), rng.binomial(rows, share))
    found = law_given(law, share=share, stays=stays)
    assert found.sum() == pytest.approx(1)
    if share > 0.01:
        expected = np.bincount(met[met > 0], minlength=13)[1:13] / (met > 0).sum()
        assert found[:12] == pytest.approx(expected, abs=0.02)
        assert mean_size(found) == pytest.approx(met[met > 0].mean(), rel=0.04)
    elif stays == 0:
        assert found[0] == pytest.approx(1, abs=1e-4)


def test_everybody_meets_what_always_holds() -> None:
    law = sizes_of({1: 500, 2: 200, 15: 3}).law()
    assert law_given(law, share=1.0, stays=0.0) == pytest.approx(law, abs=1e-6)
