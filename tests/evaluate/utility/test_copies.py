"""The published rules, by hand and by how often their intervals cover the truth."""

import numpy as np
import pytest

from synthgen.evaluate.report import Absent
from synthgen.evaluate.utility.copies import RULES, combined, figures, fully_synthetic, one_model
from synthgen.evaluate.utility.regression import Fit

REPEATS, ROWS = 4000, 200


def test_the_variance_is_that_of_raghunathan_reiter_and_rubin() -> None:
    estimates, variances = np.array([[1.0], [2.0], [6.0]]), np.array([[1.0], [2.0], [3.0]])
    found = fully_synthetic(estimates, variances, rows=100, real=100)
    between, within = 7.0, 2.0  # of 1, 2, 6: mean 3, variance 7
    total = (1 + 1 / 3) * between - within
    freedom = 2 * (1 - within / ((1 + 1 / 3) * between)) ** 2
    assert found.estimate[0] == pytest.approx(3.0)
    half = (found.high - found.low)[0] / 2
    assert half > 1.96 * np.sqrt(total)  # Student's t is wider than the normal
    from scipy.stats import t  # noqa: PLC0415  (an oracle of this test alone)

    assert half == pytest.approx(t.ppf(0.975, freedom) * np.sqrt(total))


def test_where_the_variance_is_not_positive_the_one_within_stands_for_it() -> None:
    same = np.ones((4, 1))
    found = fully_synthetic(same, same, rows=50, real=100)
    assert (found.high - found.low)[0] / 2 == pytest.approx(1.96 * np.sqrt(0.5), rel=1e-3)


def simulated(*, anew: bool, copies: int) -> tuple[np.ndarray, np.ndarray]:
    """Means of copies of a normal table with mean 0, and their variances: (copies, repeats)."""
    rng = np.random.default_rng(5)
    real = rng.normal(0, 1 / np.sqrt(ROWS), REPEATS)
    shape = (copies, REPEATS)
    centre = real + (rng.normal(0, 1 / np.sqrt(ROWS), shape) if anew else 0.0)
    return centre + rng.normal(0, 1 / np.sqrt(ROWS), shape), np.full(shape, 1 / ROWS)


@pytest.mark.parametrize(("rule", "anew", "copies"), [("fully_synthetic", True, 100), ("one_model", False, 5)])
def test_intervals_cover_the_truth_as_often_as_they_say(rule: str, anew: bool, copies: int) -> None:
    estimates, variances = simulated(anew=anew, copies=copies)
    found = RULES[rule].combine(estimates, variances, rows=ROWS, real=ROWS)
    covered = ((found.low <= 0) & (found.high >= 0)).mean()
    assert 0.93 <= covered <= 0.985


def test_the_rule_for_copies_of_one_model_is_too_narrow_for_models_fitted_anew() -> None:
    covered = []
    for anew in (True, False):
        found = one_model(*simulated(anew=anew, copies=2), rows=ROWS, real=ROWS)
        covered.append(((found.low <= 0) & (found.high >= 0)).mean())
    assert covered[0] < 0.93 < covered[1]


def fit_of(estimate: float, error: float = 1.0) -> Fit:
    return Fit(estimate=np.array([estimate]), error=np.array([error]))


def test_the_share_of_real_estimates_inside_is_told() -> None:
    found = {"one_model": combined(RULES["one_model"], [fit_of(0.0), fit_of(0.2)], rows=10, real=10)}
    values = [next(iter(figures(found, fit_of(real), 2))).value for real in (0.5, 50.0)]
    assert values == [1.0, 0.0]


def test_one_copy_alone_is_not_combined() -> None:
    assert isinstance(combined(RULES["one_model"], [fit_of(0.0)], rows=10, real=10), Absent)
    absent = {"one_model": Absent(why="no")}
    assert all(isinstance(figure.value, Absent) for figure in figures(absent, fit_of(0.0), 1))
