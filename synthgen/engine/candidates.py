"""The tables that may be measured: every pair of columns, and every pair by the target's groups.

The target is cut into at most six groups: its levels if there are so few, else equal masses of a line, or the five
heaviest categories and the rest. All of it is decided from noisy one-way counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import Codec

MOST_GROUPS = 6
FEWEST_ROWS = 16
"""A part of the codebook that belongs to groups has at least so many rows."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Candidate:
    """Columns by index, first < second; `by_group` splits the table by the target's groups."""

    first: int
    second: int
    by_group: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Groups:
    """`column`, index of the target; `of_level` int64 [levels of the target], numbered from 0."""

    column: int
    of_level: NDArray[np.int64]

    @property
    def number(self) -> int:
        """How many groups there are."""
        return int(self.of_level.max()) + 1


def groups_of(codec: Codec, target: str | None) -> Groups | None:
    """The groups of the target; None without one, or when it has one level."""
    if target is None:
        return None
    column = codec.columns[target]
    share = column.marginal
    if column.levels <= MOST_GROUPS:
        group = np.arange(column.levels)
    elif column.is_line:
        middle = (np.cumsum(share) - share / 2) / share.sum()
        group = np.minimum((middle * MOST_GROUPS).astype(np.int64), MOST_GROUPS - 1)
    else:
        heaviest = np.argsort(-share, kind="stable")[: MOST_GROUPS - 1]
        group = np.full(column.levels, MOST_GROUPS - 1)
        group[heaviest] = np.arange(len(heaviest))
    group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    return Groups(column=codec.names.index(target), of_level=group) if group.max() > 0 else None


def candidates(columns: int, groups: Groups | None) -> list[Candidate]:
    """All pairs, then all pairs by group that leave the target out."""
    pairs = list(combinations(range(columns), 2))
    triples = [] if groups is None else [pair for pair in pairs if groups.column not in pair]
    return [Candidate(first=a, second=b, by_group=False) for a, b in pairs] + [
        Candidate(first=a, second=b, by_group=True) for a, b in triples
    ]
