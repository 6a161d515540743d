"""How good predictions are, for many weightings of the same rows at once.

Every score takes `weights` float64 (B, rows): one line of ones is the score itself, lines of counts are bootstrap
resamples (Efron 1979). It returns (B,) values, NaN where one is not defined. With weights of one they are those of
scikit-learn's functions of the same name.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS: Final = 10

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def roc_auc(truth: Bools, score: Floats, weights: Floats) -> Floats:
    """Chance that a positive row has a higher score than a negative one, ties counting half (Hanley, McNeil 1982).

    truth, score (rows,).

    >>> roc_auc(np.array([False, True, True]), np.array([0.1, 0.4, 0.1]), np.ones((1, 3)))
    array([0.75])
    """
    positive, negative = _by_score(truth, score, weights)
    below = np.cumsum(negative, axis=1) - negative
    won = (positive * (below + negative / 2)).sum(axis=1)
    return _ratio(won, positive.sum(axis=1) * negative.sum(axis=1))


def average_precision(truth: Bools, score: Floats, weights: Floats) -> Floats:
    """Area under the precision-recall curve as a sum of steps, without interpolation.

    >>> average_precision(np.array([False, True, True]), np.array([0.2, 0.4, 0.1]), np.ones((1, 3))).round(4)
    array([0.8333])
    """
    positive, negative = (one[:, ::-1] for one in _by_score(truth, score, weights))
    hits, all_above = np.cumsum(positive, axis=1), np.cumsum(positive + negative, axis=1)
    precision = np.divide(hits, all_above, out=np.zeros_like(hits), where=all_above > 0)
    return _ratio((precision * positive).sum(axis=1), positive.sum(axis=1))


def recall_at(truth: Bools, score: Floats, weights: Floats, *, rate: float) -> Floats:
    """Share of the positive rows among the `rate` of rows with the highest scores; a tie is alerted in part.

    >>> truth = np.array([True, False, True, False])
    >>> recall_at(truth, np.array([0.9, 0.8, 0.7, 0.1]), np.ones((1, 4)), rate=0.5)
    array([0.5])
    """
    positive, negative = (one[:, ::-1] for one in _by_score(truth, score, weights))
    mass = positive + negative
    before = np.cumsum(mass, axis=1) - mass
    left = rate * mass.sum(axis=1, keepdims=True) - before
    alerted = np.clip(np.divide(left, mass, out=np.zeros_like(mass), where=mass > 0), 0.0, 1.0)
    return _ratio((alerted * positive).sum(axis=1), positive.sum(axis=1))


def macro_auc(truth: NDArray[np.int64], shares: Floats, weights: Floats) -> Floats:
    """Mean over classes of each against the rest; truth (rows,) class indices, shares (rows, classes)."""
    each = [roc_auc(truth == k, shares[:, k], weights) for k in range(shares.shape[1])]
    return np.asarray(np.mean(each, axis=0))


def macro_f1(truth: NDArray[np.int64], predicted: NDArray[np.int64], weights: Floats, *, classes: int) -> Floats:
    """Mean over classes of the harmonic mean of precision and recall; a class never met or guessed counts 0."""
    there, guessed = (_indicators(one, classes) for one in (truth, predicted))
    hits = weights @ (there * guessed)
    both = weights @ (there + guessed)
    return np.asarray(np.divide(2 * hits, both, out=np.zeros_like(hits), where=both > 0).mean(axis=1))


def brier(truth: NDArray[np.int64], shares: Floats, weights: Floats) -> Floats:
    """Mean squared error of the predicted shares: of the second class where there are two, else summed over all.

    (Brier 1950; scikit-learn's `brier_score_loss` halves nothing and sums in the same way.)
    """
    there = _indicators(truth, shares.shape[1])
    wrong = np.square(shares - there)
    each = wrong[:, 1] if shares.shape[1] == 2 else wrong.sum(axis=1)
    return _ratio(weights @ each, weights.sum(axis=1))


def calibration_error(truth: Bools, share: Floats, weights: Floats) -> Floats:
    """Expected calibration error over ten bins of equal width (Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017)."""
    bins = np.minimum((share * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    off = _indicators(bins, CALIBRATION_BINS) * (truth - share)[:, None]
    return _ratio(np.abs(weights @ off).sum(axis=1), weights.sum(axis=1))


def r2(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Share of the variance that is explained: 1 is all, 0 as good as the mean, below 0 worse."""
    mean = _ratio(weights @ truth, weights.sum(axis=1))
    centred = truth - truth.mean()  # the same variance, without cancellation
    spread = weights @ np.square(centred) - weights.sum(axis=1) * np.square(mean - truth.mean())
    return 1.0 - _ratio(weights @ np.square(truth - predicted), spread)


def absolute_error(truth: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Mean absolute error, in the target's unit."""
    return _ratio(weights @ np.abs(truth - predicted), weights.sum(axis=1))


def calibration_curve(truth: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Mean predicted and mean found, in ten bins of as many rows each; fewer where scores tie."""
    edges = np.unique(np.quantile(share, np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, share, side="right")
    rows = np.bincount(bins, minlength=len(edges) + 1)
    some = rows > 0
    sums = (np.bincount(bins, weights=one, minlength=len(edges) + 1)[some] for one in (share, truth))
    predicted, found = (one / rows[some] for one in sums)
    return predicted, found


def gains_curve(truth: Bools, score: Floats, rates: Floats) -> Floats:
    """Recall at each alert rate of `rates`: what a business that can look at so many rows would find."""
    ones = np.ones((1, len(truth)))
    return np.array([recall_at(truth, score, ones, rate=rate)[0] for rate in rates.tolist()])


def precision_recall(truth: Bools, score: Floats, *, points: int = 100) -> tuple[Floats, Floats]:
    """Recall and precision at up to `points` thresholds, from the highest down."""
    positive, negative = (one[0, ::-1] for one in _by_score(truth, score, np.ones((1, len(truth)))))
    hits, above = np.cumsum(positive), np.cumsum(positive + negative)
    recall = hits / max(1.0, hits[-1])
    keep = np.unique(np.searchsorted(recall, np.linspace(0, 1, points), side="left").clip(0, len(recall) - 1))
    return recall[keep], (hits / above)[keep]


def _by_score(truth: Bools, score: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weight of positive and of negative rows at each distinct score, lowest first: (B, scores) each."""
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    inside = weights[:, order]
    positive = np.add.reduceat(inside * truth[order], starts, axis=1)
    return positive, np.add.reduceat(inside, starts, axis=1) - positive


def _indicators(codes: NDArray[np.int64], levels: int) -> Floats:
    return np.asarray(codes[:, None] == np.arange(levels), np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))
