"""Times to an event that may not have come yet: survival curves, concordance, and Cox's regression."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.utility.regression import PRIOR, STEPS, TOLERANCE, independent

BLOCK: Final = 1000
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def kaplan_meier(time: Floats, event: Bools, weights: Floats, grid: Floats) -> Floats:
    """Estimated chance to be without the event beyond each point of `grid`, (B, points), for weights (B, rows).

    Kaplan, Meier 1958: the product over event times of one minus events over rows still followed.

    >>> time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, True])
    >>> kaplan_meier(time, event, np.ones((1, 4)), np.array([0.5, 1.0, 3.5, 4.0]))
    array([[1.   , 0.75 , 0.375, 0.   ]])
    """
    order = np.argsort(time, kind="stable")
    ranked = time[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1]))
    inside = weights[:, order]
    leaving = np.add.reduceat(inside, starts, axis=1)
    events = np.add.reduceat(inside * event[order], starts, axis=1)
    followed = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1]
    hazard = np.divide(events, followed, out=np.zeros_like(events), where=followed > 0)
    curve = np.concatenate([np.ones((len(weights), 1)), np.cumprod(1 - hazard, axis=1)], axis=1)
    return np.asarray(curve[:, np.searchsorted(ranked[starts], grid, side="right")])


def concordance(time: Floats, event: Bools, risk: Floats, weights: Floats, *, block: int = BLOCK) -> Floats:
    """Harrell's C (Harrell, Lee, Mark 1996), (B,): chance that of two rows the one with more risk has the event first.

    Pairs count where it is known who was first: the earlier had the event, or both times are equal and one had it.
    Equal risks count half. Memory grows with rows times `block`.

    >>> time, event = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    >>> concordance(time, event, np.array([3.0, 1.0, 2.0]), np.ones((1, 3))).round(4)
    array([0.6667])
    """
    won, known = np.zeros(len(weights)), np.zeros(len(weights))
    for start in range(0, len(time), block):
        here = slice(start, start + block)
        first, had, high = time[here, None], event[here, None], risk[here, None]
        pair = had & ((first < time) | ((first == time) & ~event))
        points = pair * ((high > risk) + 0.5 * (high == risk))
        won += ((weights[:, here] @ points) * weights).sum(axis=1)
        known += ((weights[:, here] @ pair.astype(np.float64)) * weights).sum(axis=1)
    return np.asarray(np.divide(won, known, out=np.full(len(weights), np.nan), where=known > 0))


def cox(matrix: Floats, time: Floats, event: Bools) -> Floats:
    """Coefficients of Cox's regression (1972), float64 (columns,); 0 for columns that the others already hold.

    Breslow's partial likelihood (1974), maximised by Newton's steps with halving, with the weak normal prior PRIOR.
    """
    kept = independent(matrix)
    estimate = np.zeros(matrix.shape[1])
    if not event.any() or not kept.size:
        return estimate
    design, found = matrix[:, kept], np.zeros(len(kept))
    loss = partial_loss(design, time, event, found)
    for _ in range(STEPS):
        slope, curvature = _derivatives(design, time, event, found)
        step, size = np.linalg.solve(curvature, slope), 1.0
        while (new := partial_loss(design, time, event, found + size * step)) > loss and size > TOLERANCE:
            size /= 2
        found, done, loss = found + size * step, loss - new <= TOLERANCE * abs(loss), new
        if done:
            break
    estimate[kept] = found
    return estimate


def partial_loss(design: Floats, time: Floats, event: Bools, estimate: Floats) -> float:
    """Minus the log of Breslow's partial likelihood, with the prior."""
    line = design @ estimate
    _, group = np.unique(time, return_inverse=True)
    top = line.max()
    at_risk = _later(np.bincount(group, weights=np.exp(line - top)))
    events = np.bincount(group, weights=event)
    told = (line[event]).sum() - (events * (np.log(at_risk) + top)).sum()
    return float(PRIOR * np.square(estimate).sum() / 2 - told)


def _derivatives(design: Floats, time: Floats, event: Bools, estimate: Floats) -> tuple[Floats, Floats]:
    """Slope and curvature of the log likelihood, the prior included."""
    _, group = np.unique(time, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(group.max() + 1))
    line = design @ estimate
    share = np.exp(line - line.max())
    at_risk = _later(np.bincount(group, weights=share))
    events = np.bincount(group, weights=event)
    hazard = np.cumsum(events / at_risk)[group]
    sums = _later(np.add.reduceat((design * share[:, None])[order], starts, axis=0))
    means = sums * (np.sqrt(events) / at_risk)[:, None]
    slope = design.T @ (event - share * hazard) - PRIOR * estimate
    curvature = (design * (share * hazard)[:, None]).T @ design - means.T @ means
    return slope, curvature + PRIOR * np.eye(design.shape[1])


def _later(values: NDArray[Any]) -> Floats:
    """Sums over each entry and all after it."""
    return np.cumsum(values[::-1], axis=0)[::-1]
