"""Resamples as weights, and intervals."""

import numpy as np
import pytest
from scipy.stats import binomtest

from synthgen.evaluate.inputs import RESAMPLES
from synthgen.evaluate.report import Absent, Interval
from synthgen.evaluate.utility import resample


def drawn(rows: int, unit: list[int] | None = None) -> np.ndarray:
    known = None if unit is None else np.array(unit)
    return resample.weights(rows, np.random.default_rng(0), unit=known)


def test_each_resample_draws_as_many_rows_and_the_first_is_the_rows_themselves() -> None:
    weights = drawn(50)
    assert weights.shape == (1 + RESAMPLES, 50)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 50).all()
    assert weights[1:].std() == pytest.approx(1.0, abs=0.05)


def test_a_person_is_drawn_with_all_rows() -> None:
    weights = drawn(6, [7, 7, 3, 7, 3, 9])
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 0] == weights[:, 3]).all()
    assert (weights[:, 2] == weights[:, 4]).all()
    assert ((weights[:, 0] + weights[:, 2] + weights[:, 5])[1:] == 3).all()


def test_the_same_seed_draws_the_same() -> None:
    assert (drawn(9) == drawn(9)).all()


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    weights = resample.weights(60, rng)
    found = [resample.interval(weights @ rng.normal(size=60) / 60) for _ in range(400)]
    hits = sum(isinstance(one, Interval) and one.low <= 0 <= one.high for one in found)
    assert 0.9 <= hits / 400 <= 0.98


def test_a_score_that_most_resamples_do_not_define_has_no_interval() -> None:
    values = np.full(1 + RESAMPLES, np.nan)
    values[:20] = 0.5
    assert isinstance(resample.interval(values), Absent)
    assert isinstance(resample.number(np.full(3, np.nan), "no"), Absent)


@pytest.mark.parametrize(("hits", "tries"), [(0, 10), (3, 10), (10, 10), (500, 1000)])
def test_the_interval_of_a_share_is_that_of_scipy(hits: int, tries: int) -> None:
    found = resample.wilson(hits, tries)
    theirs = binomtest(hits, tries).proportion_ci(method="wilson")
    assert isinstance(found, Interval)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_no_rows_have_no_share() -> None:
    assert isinstance(resample.wilson(0, 0), Absent)
