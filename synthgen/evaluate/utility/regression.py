"""Regressions with standard errors, and how far two of them overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

Z: Final = 1.959964
"""Standard errors on either side of an estimate at 95 %."""
PRIOR: Final = 0.01
"""Precision of a normal prior on logistic coefficients of scaled columns: where a level never meets the answer, the
likelihood has no maximum and this gives one (the idea of Gelman, Jakulin, Pittau, Su 2008, with a wider prior)."""
STEPS: Final = 50
TOLERANCE: Final = 1e-9
SMALLEST: Final = 1e-7
"""Part of a column that is left when others are taken out, below which it is one of their sums."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fit:
    """Estimates and standard errors, float64 (columns,); NaN for a column that the rows do not identify."""

    estimate: Floats
    error: Floats

    @property
    def low(self) -> Floats:
        """Lower ends of the 95 % Wald intervals."""
        return self.estimate - Z * self.error

    @property
    def high(self) -> Floats:
        """Upper ends."""
        return self.estimate + Z * self.error


def least_squares(matrix: Floats, answers: Floats) -> Fit:
    """Ordinary least squares with an intercept, which is not returned; matrix (rows, columns), answers (rows,)."""
    kept = independent(matrix)
    design = _with_ones(matrix[:, kept])
    rows, columns = design.shape
    if rows <= columns or answers.min() == answers.max():
        return _spread(kept, matrix.shape[1], np.zeros(0), np.zeros(0))
    gram = np.linalg.inv(design.T @ design)
    estimate = gram @ (design.T @ answers)
    variance = float(np.square(answers - design @ estimate).sum()) / (rows - columns)
    return _spread(kept, matrix.shape[1], estimate[1:], np.sqrt(variance * np.diag(gram))[1:])


def logit(matrix: Floats, answers: NDArray[np.bool_]) -> Fit:
    """Logistic regression by Newton's steps, with the weak prior PRIOR on all but the intercept."""
    kept = independent(matrix)
    if len(answers) <= len(kept) + 1 or answers.all() or not answers.any():
        return _spread(kept, matrix.shape[1], np.zeros(0), np.zeros(0))
    design, prior = _with_ones(matrix[:, kept]), np.full(len(kept) + 1, PRIOR)
    prior[0] = 0.0
    estimate = np.zeros(design.shape[1])
    estimate[0] = np.log(answers.mean() / (1 - answers.mean()))
    loss = _logistic_loss(design, answers, prior, estimate)
    for _ in range(STEPS):
        share = _logistic(design @ estimate)
        slope = design.T @ (answers - share) - prior * estimate
        curvature = (design * (share * (1 - share))[:, None]).T @ design + np.diag(prior)
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while (new := _logistic_loss(design, answers, prior, estimate + size * step)) > loss and size > TOLERANCE:
            size /= 2
        estimate, done = estimate + size * step, loss - new <= TOLERANCE * abs(loss)
        loss = new
        if done:
            break
    return _spread(kept, matrix.shape[1], estimate[1:], np.sqrt(np.diag(np.linalg.inv(curvature)))[1:])


def independent(matrix: Floats) -> NDArray[np.int64]:
    """Columns of which, with an intercept, none is a sum of the others: a largest such set, in order.

    >>> independent(np.array([[1.0, 0.0, 3.0], [0.0, 1.0, 3.0], [0.0, 0.0, 3.0]])).tolist()
    [0, 1]
    """
    if not matrix.size:
        return np.zeros(0, np.int64)
    centred = matrix - matrix.mean(axis=0)
    _, triangle, order = qr(np.linalg.qr(centred, mode="r"), mode="economic", pivoting=True)
    left = np.abs(np.diag(triangle))
    rank = int((left > SMALLEST * max(np.sqrt(len(matrix)), left[:1].max(initial=0.0))).sum())
    return np.sort(order[:rank]).astype(np.int64)


def overlaps(first: Fit, second: Fit) -> Floats:
    """How much the 95 % intervals of each coefficient overlap, as a mean share of both: 1 the same, 0 apart.

    Karr, Kohnen, Oganian, Reiter, Sanil 2006 ("A framework for evaluating the utility of data altered to protect
    confidentiality"), section 3. Coefficients that the first does not identify are NaN; those that only the second
    does not identify overlap in nothing.

    >>> one, two = (Fit(estimate=np.array([m]), error=np.array([1 / Z])) for m in (0.0, 1.0))
    >>> overlaps(one, one), overlaps(one, two)
    (array([1.]), array([0.5]))
    """
    shared = np.minimum(first.high, second.high) - np.maximum(first.low, second.low)
    both = np.maximum(shared, 0.0) / 2
    share = both / (first.high - first.low) + both / (second.high - second.low)
    return np.where(np.isnan(second.estimate) & ~np.isnan(first.estimate), 0.0, share)


def _with_ones(matrix: Floats) -> Floats:
    return np.concatenate([np.ones((len(matrix), 1)), matrix], axis=1)


def _spread(kept: NDArray[np.int64], columns: int, estimate: Floats, error: Floats) -> Fit:
    places = kept if len(estimate) else kept[:0]
    found = [np.full(columns, np.nan), np.full(columns, np.nan)]
    for full, values in zip(found, (estimate, error), strict=True):
        full[places] = values
    return Fit(estimate=found[0], error=found[1])


def _logistic(line: Floats) -> Floats:
    return np.exp(-np.logaddexp(0.0, -line))


def _logistic_loss(design: Floats, answers: NDArray[np.bool_], prior: Floats, estimate: Floats) -> float:
    line = design @ estimate
    return float((np.logaddexp(0.0, line) - answers * line).sum() + (prior * np.square(estimate)).sum() / 2)
