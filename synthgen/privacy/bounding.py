"""Contribution bounding: a random few rows of each unit, before anything else looks at them.

Whichever rows are taken, a unit's choice does not depend on any other unit, so adding or removing one unit changes
the kept rows by at most `rows_per_unit`, all of them its own. That is what every sensitivity here rests on.
"""

from __future__ import annotations

import secrets

import numpy as np
from numpy.typing import NDArray


def keep_some(units: NDArray[np.uint64], rows_per_unit: int) -> NDArray[np.bool_]:
    """Which rows are kept: of each unit `rows_per_unit` picked uniformly, or all where it has fewer.

    Rows are shuffled (seeded by the operating system), then sorted by unit without changing that order; a unit's
    first rows are its picks. About 40 bytes a row while it works.
    """
    order = _by_unit(units)
    owner = units[order]
    later = np.zeros(len(units), np.bool_)  # has the unit enough rows before this one?
    later[rows_per_unit:] = owner[rows_per_unit:] == owner[: max(0, len(owner) - rows_per_unit)]
    keep = np.empty(len(units), np.bool_)
    keep[order] = ~later
    return keep


def twos_of(units: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Two rows of each unit that has two or more, picked uniformly: their places, int64 [units with two] each.

    >>> first, second = twos_of(np.array([7, 9, 7, 4, 9], np.uint64))
    >>> sorted(sorted(pair) for pair in zip(first.tolist(), second.tolist()))
    [[0, 2], [1, 4]]
    """
    order = _by_unit(units)
    owner = units[order]
    begins = np.ones(len(units), np.bool_)
    begins[1:] = owner[1:] != owner[:-1]
    begins[-1:] = False  # the last row has none after it
    begins[:-1] &= owner[:-1] == owner[1:]
    place = np.flatnonzero(begins)
    return order[place].astype(np.intp), order[place + 1].astype(np.intp)


def _by_unit(units: NDArray[np.uint64]) -> NDArray[np.unsignedinteger]:
    """Places of rows, sorted by unit, in random order within each (seeded by the operating system)."""
    shuffled = np.arange(len(units), dtype=np.uint32 if len(units) < 2**32 else np.uint64)
    np.random.default_rng(secrets.randbits(128)).shuffle(shuffled)
    return np.asarray(shuffled[np.argsort(units[shuffled], kind="stable")])


def sizes_of(units: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct numbers of rows that units have, rising, and how many units have each; exact, so private.

    Some 10 bytes a row while it works.

    >>> rows, number = sizes_of(np.array([7, 7, 9, 4, 7], np.uint64))
    >>> rows.tolist(), number.tolist()
    ([1, 3], [2, 1])
    """
    owner = np.sort(units)
    begins = np.flatnonzero(np.concatenate([np.ones(min(len(owner), 1), np.bool_), owner[1:] != owner[:-1]]))
    rows, number = np.unique(np.diff(begins, append=len(owner)), return_counts=True)
    return rows.astype(np.int64), number.astype(np.int64)
