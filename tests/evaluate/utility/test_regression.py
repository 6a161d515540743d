"""Regressions agree with scikit-learn and SciPy; overlaps are Karr's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress
from sklearn.linear_model import LinearRegression, LogisticRegression

from synthgen.evaluate.utility.regression import PRIOR, Fit, Z, independent, least_squares, logit, overlaps


def drawn(seed: int, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, 3))
    return matrix, matrix @ [1.0, -0.5, 0.0] + rng.normal(size=rows)


def test_least_squares_has_the_estimates_of_scikit_learn_and_the_errors_of_scipy() -> None:
    matrix, answers = drawn(0)
    np.testing.assert_allclose(least_squares(matrix, answers).estimate, LinearRegression().fit(matrix, answers).coef_)
    one, alone = linregress(matrix[:, 0], answers), least_squares(matrix[:, :1], answers)
    assert (alone.estimate[0], alone.error[0]) == pytest.approx((one.slope, one.stderr))


def test_logistic_regression_has_the_estimates_of_scikit_learn() -> None:
    matrix, line = drawn(1)
    answers = line > 0.5
    theirs = LogisticRegression(C=1 / PRIOR, tol=1e-10, max_iter=1000).fit(matrix, answers)
    np.testing.assert_allclose(logit(matrix, answers).estimate, theirs.coef_[0], atol=1e-5)


def test_wald_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(200):
        matrix = rng.normal(size=(300, 1))
        answers = rng.random(300) < 1 / (1 + np.exp(-0.7 * matrix[:, 0]))
        fit = logit(matrix, answers)
        hits.append(fit.low[0] <= 0.7 <= fit.high[0])
    assert 0.9 <= np.mean(hits) <= 0.99


def test_answers_that_a_column_tells_exactly_have_finite_coefficients() -> None:
    matrix = np.linspace(-1, 1, 100)[:, None]
    fit = logit(matrix, matrix[:, 0] > 0)
    assert np.isfinite(fit.estimate).all()
    assert fit.estimate[0] > 10


def test_columns_that_are_sums_of_others_are_left_out() -> None:
    matrix, answers = drawn(3)
    twice = np.column_stack([matrix, matrix[:, 0] + matrix[:, 1], np.ones(len(matrix))])
    kept = independent(twice)
    assert len(kept) == 3
    fit = least_squares(twice, answers)
    assert np.isfinite(fit.estimate).sum() == 3


@pytest.mark.parametrize("answers", [np.zeros(50, bool), np.ones(50, bool)])
def test_one_class_alone_identifies_nothing(answers: np.ndarray) -> None:
    assert np.isnan(logit(np.random.default_rng(0).normal(size=(50, 2)), answers).estimate).all()


def test_fewer_rows_than_columns_identify_nothing() -> None:
    matrix = np.random.default_rng(0).normal(size=(3, 5))
    assert np.isnan(least_squares(matrix, np.arange(3.0)).estimate).all()
    assert np.isnan(logit(matrix, np.array([True, False, True])).estimate).all()


def fit_of(low: float, high: float) -> Fit:
    return Fit(estimate=np.array([(low + high) / 2]), error=np.array([(high - low) / 2 / Z]))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 1), (0, 1), 1.0),
        ((0, 1), (2, 3), 0.0),
        ((0, 2), (1, 2), (1 / 2 + 1 / 1) / 2),
        ((0, 4), (3, 5), (1 / 4 + 1 / 2) / 2),
    ],
)
def test_the_overlap_is_the_mean_share_of_both_intervals(
    first: tuple[float, float], second: tuple[float, float], expected: float
) -> None:
    assert overlaps(fit_of(*first), fit_of(*second))[0] == pytest.approx(expected)


@given(st.tuples(*[st.floats(-5, 5)] * 2), st.tuples(*[st.floats(0.01, 5)] * 2))
def test_the_overlap_is_symmetric_and_a_share(middle: tuple[float, float], width: tuple[float, float]) -> None:
    one, two = (fit_of(m - w, m + w) for m, w in zip(middle, width, strict=True))
    there, back = overlaps(one, two)[0], overlaps(two, one)[0]
    assert there == pytest.approx(back)
    assert 0 <= there <= 1 + 1e-9


def test_what_only_the_synthetic_rows_do_not_identify_does_not_overlap() -> None:
    unknown = Fit(estimate=np.array([np.nan]), error=np.array([np.nan]))
    assert overlaps(fit_of(0, 1), unknown)[0] == 0
    assert np.isnan(overlaps(unknown, fit_of(0, 1))[0])
