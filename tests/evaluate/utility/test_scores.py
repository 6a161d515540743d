"""Scores agree with scikit-learn's, on the rows as they are and on resamples of them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics

from synthgen.evaluate.utility import scores

Floats = NDArray[np.float64]


def some(seed: int, rows: int = 200) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Truths, shares with many ties, and weights: ones, then counts of resamples."""
    rng = np.random.default_rng(seed)
    share = rng.integers(0, 30, rows) / 30
    weights = np.stack([np.ones(rows), *rng.multinomial(rows, np.full(rows, 1 / rows), size=3)])
    return rng.random(rows) < share, share, weights


SEEDS = pytest.mark.parametrize("seed", range(4))


@SEEDS
def test_auc_and_average_precision_are_those_of_scikit_learn(seed: int) -> None:
    truth, share, weights = some(seed)
    for ours, theirs in (
        (scores.roc_auc, metrics.roc_auc_score),
        (scores.average_precision, metrics.average_precision_score),
    ):
        expected = [theirs(truth, share, sample_weight=line) for line in weights]
        np.testing.assert_allclose(ours(truth, share, weights), expected)


@SEEDS
def test_scores_of_several_classes_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, shares = rng.integers(0, 3, 150), rng.dirichlet([1, 1, 1], 150)
    _, _, weights = some(seed, 150)
    auc = [metrics.roc_auc_score(truth, shares, multi_class="ovr", average="macro")]
    np.testing.assert_allclose(scores.macro_auc(truth, shares, weights[:1]), auc)
    guess = shares.argmax(axis=1)
    f1 = [metrics.f1_score(truth, guess, average="macro", sample_weight=line) for line in weights]
    np.testing.assert_allclose(scores.macro_f1(truth, guess, weights, classes=3), f1)
    brier = [metrics.brier_score_loss(truth, shares, sample_weight=line, labels=[0, 1, 2]) for line in weights]
    np.testing.assert_allclose(scores.brier(truth, shares, weights), brier)


@SEEDS
def test_the_brier_score_of_two_classes_is_that_of_the_second(seed: int) -> None:
    truth, share, weights = some(seed)
    expected = [metrics.brier_score_loss(truth, share, sample_weight=line) for line in weights]
    both = np.stack([1 - share, share], axis=1)
    np.testing.assert_allclose(scores.brier(truth.astype(np.int64), both, weights), expected)


@SEEDS
def test_scores_of_numbers_are_those_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, _, weights = some(seed)
    real = 1e6 + rng.normal(size=len(truth))
    said = real + rng.normal(size=len(truth))
    r2 = [metrics.r2_score(real, said, sample_weight=line) for line in weights]
    np.testing.assert_allclose(scores.r2(real, said, weights), r2, rtol=1e-6)
    error = [metrics.mean_absolute_error(real, said, sample_weight=line) for line in weights]
    np.testing.assert_allclose(scores.absolute_error(real, said, weights), error)


def test_alerting_every_row_finds_all_and_none_finds_none() -> None:
    truth, share, weights = some(0)
    np.testing.assert_allclose(scores.recall_at(truth, share, weights, rate=1.0), 1.0)
    np.testing.assert_allclose(scores.recall_at(truth, share, weights, rate=0.0), 0.0)


def test_constant_scores_find_as_much_as_they_alert() -> None:
    truth = np.arange(10) < 4
    assert scores.recall_at(truth, np.full(10, 0.5), np.ones((1, 10)), rate=0.3) == pytest.approx([0.3])


def test_recall_counts_the_highest_scores_as_a_loop_would() -> None:
    truth, _, _ = some(1)
    score = np.random.default_rng(5).random(len(truth))  # no ties
    highest = np.argsort(-score)[:50]
    found = scores.recall_at(truth, score, np.ones((1, len(truth))), rate=50 / len(truth))
    assert found == pytest.approx([truth[highest].sum() / truth.sum()])


def test_the_calibration_error_is_the_gap_of_each_bin_by_its_rows() -> None:
    truth = np.array([True, False, False, True])
    share = np.array([0.05, 0.05, 0.95, 1.0])
    # Bin 0: 0.5 found, 0.05 said; the last bin: 0.5 found, 0.975 said; half of the rows each.
    assert scores.calibration_error(truth, share, np.ones((1, 4))) == pytest.approx([(0.45 + 0.475) / 2])


def test_a_calibrated_share_has_almost_no_calibration_error() -> None:
    rng = np.random.default_rng(0)
    share = rng.random(100_000)
    truth = rng.random(100_000) < share
    ones = np.ones((1, 100_000))
    assert scores.calibration_error(truth, share, ones)[0] < 0.01
    assert scores.calibration_error(truth, share**2, ones)[0] > 0.1


def test_one_class_alone_defines_no_auc() -> None:
    ones = np.ones((2, 5))
    assert np.isnan(scores.roc_auc(np.ones(5, bool), np.arange(5.0), ones)).all()
    assert np.isnan(scores.average_precision(np.zeros(5, bool), np.arange(5.0), ones)).all()
    assert np.isnan(scores.r2(np.ones(5), np.arange(5.0), ones)).all()


def test_curves_hold_the_points_that_scikit_learn_has() -> None:
    truth, share, _ = some(2)
    precision, recall, _ = metrics.precision_recall_curve(truth, share)
    known = set(zip(recall.round(9), precision.round(9), strict=True))
    x, y = scores.precision_recall(truth, share)
    assert len(x) > 10
    assert set(zip(x.round(9), y.round(9), strict=True)) <= known
    x, y = scores.calibration_curve(truth.astype(float), share)
    assert (np.diff(x) > 0).all()
    assert np.abs(x - y).max() < 0.4


def test_the_gains_curve_ends_at_all_and_never_falls() -> None:
    truth, share, _ = some(3)
    gains = scores.gains_curve(truth, share, np.linspace(0, 1, 21))
    assert gains[0] == 0
    assert gains[-1] == pytest.approx(1)
    assert (np.diff(gains) >= -1e-12).all()
