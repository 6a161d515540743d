"""Whole numbers of rows: shares met as exactly as whole rows can."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SWEEPS = 2000
"""Rounds of proportional fitting, at most."""
CLOSE = 1e-9


def largest_remainder(shares: Sequence[float], rows: int) -> Counts:
    """`rows` in all, each share of them rounded down or up: up where most was cut off (Hamilton's method).

    >>> largest_remainder([0.5, 0.3, 0.2], 7).tolist()
    [4, 2, 1]
    """
    quotas = np.array(shares, np.float64) / np.sum(shares) * rows
    counts: Counts = np.floor(quotas + CLOSE).astype(np.int64)
    missing = rows - int(counts.sum())
    counts[np.argsort(counts - quotas, kind="stable")[:missing]] += 1
    return counts


def fitted(prior: Floats, first: Counts, second: Counts) -> Counts | None:
    """Whole numbers of rows [first, second] with these sums, as near to `prior` as proportional fitting brings it.

    Each is its fitted number rounded down or up, and 0 where the prior is; None where no table has these sums then.
    """
    table = prior.astype(np.float64)
    for _ in range(SWEEPS):
        table *= (first / np.maximum(table.sum(axis=1), 1e-300))[:, None]
        table *= second / np.maximum(table.sum(axis=0), 1e-300)
        if np.abs(table.sum(axis=1) - first).max() < CLOSE * max(first.sum(), 1):
            return _rounded(table, first, second)
    return None


def _rounded(table: Floats, first: Counts, second: Counts) -> Counts:
    """Cells rounded down, then one more for as many as the sums lack: a matching, which always exists."""
    counts = np.floor(table + 1e-6).astype(np.int64)
    open_ = table - counts > 1e-6  # where one more is allowed
    taken = np.zeros_like(open_)
    room = second - counts.sum(axis=0)
    for row, lacks in enumerate((first - counts.sum(axis=1)).tolist()):
        for _ in range(lacks):
            _augment(row, open_, taken, room, set())
    return counts + taken


def _augment(row: int, open_: NDArray[np.bool_], taken: NDArray[np.bool_], room: Counts, seen: set[int]) -> bool:
    """Take one more cell of a row, moving other rows' cells out of the way (Kuhn's matching)."""
    for column in np.flatnonzero(open_[row] & ~taken[row]).tolist():
        if column in seen:
            continue
        seen.add(column)
        if room[column] > 0:
            room[column] -= 1
            taken[row, column] = True
            return True
        for other in np.flatnonzero(taken[:, column]).tolist():
            if _augment(other, open_, taken, room, seen):
                taken[other, column], taken[row, column] = False, True
                return True
    return False
