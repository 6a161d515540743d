"""How likely a difference between two tables of shares is, if it is sampling and noise alone.

Under "nothing has changed" the difference d has a known covariance S: that of the new rows, that of the rows which the
model was fitted to, and the noise of its measurement. With W the inverse of S's diagonal, d'Wd is a weighted sum of
chi-squares with mean tr(WS) and variance 2 tr(WSWS); a multiple of one chi-square has the same two (Satterthwaite, "An
approximate distribution of estimates of variance components", 1946; Box, 1954). No rows of the model's table are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]

FEWEST: Final = 5.0
"""Expected rows of a group of levels, at least: else chi-square is no law for it (Cochran, 1954)."""
NOISES: Final = 3.0
"""A group stands so many noises above zero, at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One column, or two together.

    columns   one name, or two
    moved     share of the rows that would have to change for the two tables to agree, beyond what chance explains
    seen      the total variation distance as it is; `chance`: what it would be on average if nothing had changed
    p         how likely so large a difference is if nothing has changed
    level     the level that moved most, in words; `before` and `now`: its share in the model and in the new rows
    drifted   whether that is too unlikely, among all that was looked at, and large enough to matter
    """

    columns: tuple[str, ...]
    moved: float
    seen: float
    chance: float
    p: float
    level: str
    before: float
    now: float
    drifted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """Shares that were seen less shares that the model has, float64 (cells,), and their covariance under no change."""

    seen: Floats
    covariance: Floats


def p_value(difference: Difference) -> float:
    """How likely a difference at least so large is, if nothing has changed.

    >>> unit = Difference(seen=np.array([1.959964]), covariance=np.eye(1))
    >>> round(p_value(unit), 4)
    0.05
    """
    d, covariance = difference.seen, difference.covariance
    variance = np.diag(covariance)
    told = variance > 1e-18 * max(float(variance.max(initial=0.0)), 1e-30)
    if not told.any():
        return 1.0
    d, covariance, variance = d[told], covariance[np.ix_(told, told)], variance[told]
    statistic = float((d**2 / variance).sum())
    weighted = covariance / np.sqrt(np.outer(variance, variance))
    mean, spread = float(np.trace(weighted)), 2 * float((weighted**2).sum())
    return float(chi2.sf(statistic * 2 * mean / spread, 2 * mean**2 / spread))


def distance(difference: Difference) -> tuple[float, float]:
    """The total variation distance, and its mean if nothing has changed (each cell's deviation being normal)."""
    spread = np.sqrt(np.maximum(np.diag(difference.covariance), 0.0))
    return 0.5 * float(np.abs(difference.seen).sum()), float(np.sqrt(0.5 / np.pi) * spread.sum())


def sampling(shares: Floats, cell: Groups, person: NDArray[np.int64] | None) -> Floats:
    """Covariance of the shares of `cell` (int64, one a row) in a sample, float64 (cells, cells).

    Multinomial around `shares`, where each row is a person's only one; else from sums by person, so that rows that
    belong together count as what they are (Kish and Frankel, 1974).
    """
    rows, cells = max(len(cell), 1), len(shares)
    if person is None:
        return (np.diag(shares) - np.outer(shares, shares)) / rows
    persons = int(person.max(initial=-1)) + 1
    if persons < 2:
        return np.diag(shares * (1 - shares))
    sums = np.bincount(person * cells + cell, minlength=persons * cells).reshape(persons, cells).astype(np.float64)
    sums -= sums.sum(axis=1, keepdims=True) * (sums.sum(axis=0) / rows)
    found = sums.T @ sums * (persons / (persons - 1)) / rows**2
    # An empty cell has no spread to be seen, but it has one.
    floor = shares * (1 - shares) / rows
    return np.asarray(found + np.diag(np.maximum(floor - np.diag(found), 0.0)))


def groups_of(shares: Floats, noise: Floats, rows: float, most: int, *, in_order: bool) -> Groups:
    """Group of each level, int64, so that each can be told from nothing: enough rows, and above its noise.

    At most `most` groups; levels in an order join their neighbours until they have a share of 1 / most, others the
    rest. `noise` is the variance of each level's share.

    >>> groups_of(np.array([0.5, 0.001, 0.3, 0.199]), np.zeros(4), 1000.0, 3, in_order=False).tolist()
    [0, 2, 1, 2]
    >>> groups_of(np.array([0.3, 0.001, 0.3, 0.399]), np.zeros(4), 1000.0, 3, in_order=True).tolist()
    [0, 0, 0, 1]
    """
    if in_order:
        return _runs(shares, noise, rows, most)
    enough = (shares * rows >= FEWEST) & (shares >= NOISES * np.sqrt(noise))
    order = np.argsort(-shares, kind="stable")
    kept = order[enough[order]][: most - 1] if (~enough).any() or len(shares) > most else order
    group = np.full(len(shares), len(kept))
    group[kept] = np.arange(len(kept))
    rest = group == len(kept)
    if rest.any() and len(kept) and not _stands(shares[rest].sum(), noise[rest].sum(), rows):
        group[rest] = len(kept) - 1  # the rest is too little to be told: with the smallest that is not
    return group


def _runs(shares: Floats, noise: Floats, rows: float, most: int) -> Groups:
    group, number, weight, variance = np.zeros(len(shares), np.int64), 0, 0.0, 0.0
    begun = 0
    for place, (share, own) in enumerate(zip(shares.tolist(), noise.tolist(), strict=True)):
        group[place] = number
        weight, variance = weight + share, variance + own
        if weight >= 1 / most and _stands(weight, variance, rows):
            begun, number, weight, variance = place + 1, number + 1, 0.0, 0.0
    if number and begun < len(shares):  # what is left at the end
        joined = number if weight >= 0.5 / most and _stands(weight, variance, rows) else number - 1
        group[begun:] = joined
    return group


def _stands(share: float, variance: float, rows: float) -> bool:
    return share * rows >= FEWEST and share >= NOISES * float(np.sqrt(variance))


def without_margins(difference: Difference, shares: Floats) -> Difference:
    """What two columns say together, beyond what each says alone; `shares` float64 [levels, levels], the model's.

    If only the columns themselves change, cell ij changes by shares_ij (a_i + b_j), to first order. The difference is
    projected (in the metric of chi-square) on what is orthogonal to all such changes.
    """
    first, second = shares.shape
    safe = np.maximum(shares, 1e-9)
    rows = np.kron(np.eye(first), np.ones((1, second))).T
    columns = np.kron(np.ones((1, first)), np.eye(second)).T
    scale = np.sqrt(safe.ravel())
    basis = scale[:, None] * np.hstack([rows, columns])
    keep = np.eye(len(scale)) - basis @ np.linalg.pinv(basis)
    onto = scale[:, None] * keep / scale[None, :]
    return Difference(seen=onto @ difference.seen, covariance=onto @ difference.covariance @ onto.T)


def holm(p: Sequence[float], alpha: float) -> list[bool]:
    """Which of several nulls fall, so that a true one falls with a probability of at most alpha (Holm, 1979).

    >>> holm([0.001, 0.04, 0.02], 0.05)
    [True, True, True]
    >>> holm([0.001, 0.04, 0.03], 0.05)
    [True, False, False]
    """
    falls = [False] * len(p)
    for rank, place in enumerate(sorted(range(len(p)), key=lambda one: p[one])):
        if p[place] > alpha / (len(p) - rank):
            break
        falls[place] = True
    return falls
