"""Groups of rows: by one protected column, or by all of them crossed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.views import Bins, View, bins_of, coded

PARTS: Final = 4
"""Bins of a protected number, at its quartiles."""
MOST_GROUPS: Final = 40
"""Groups of one grouping, the largest; the others are left out, and said."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Grouping:
    """How rows are grouped: decided by one table, the same for all.

    cells  crossed codes of the groups, int64 (groups,), ascending; rows in another cell are in no group
    left   groups of that table that were too many
    """

    columns: tuple[str, ...]
    bins: tuple[Bins, ...]
    cells: NDArray[np.int64]
    left: int

    @classmethod
    def of(cls, like: View, columns: Sequence[str]) -> Self:
        """The groups that `like` has rows of, without those of wrong values."""
        bins = tuple(bins_of(like.columns[name], most=PARTS) for name in columns)
        crossed = _crossed(like, bins)
        found, rows = np.unique(crossed[crossed >= 0], return_counts=True)
        kept = np.sort(found[np.argsort(-rows, kind="stable")[:MOST_GROUPS]])
        return cls(columns=tuple(columns), bins=bins, cells=kept, left=len(found) - len(kept))

    @property
    def labels(self) -> tuple[str, ...]:
        """What each group is, as "sex = Female, race = White"."""
        codes = np.unravel_index(self.cells, [one.levels for one in self.bins])
        parts = [
            [f"{one.name} = {one.labels[code]}" for code in mine.tolist()]
            for one, mine in zip(self.bins, codes, strict=True)
        ]
        return tuple(", ".join(names) for names in zip(*parts, strict=True))

    def codes(self, view: View) -> NDArray[np.int64]:
        """The group of each row, -1 for none: int64 (rows,)."""
        crossed = _crossed(view, self.bins)
        if not self.cells.size:
            return np.full(view.rows, -1)
        place = np.minimum(np.searchsorted(self.cells, crossed), len(self.cells) - 1)
        return np.where(self.cells[place] == crossed, place, -1)

    def rows(self, view: View) -> NDArray[np.int64]:
        """Rows of each group, int64 (groups,)."""
        codes = self.codes(view)
        return np.bincount(codes[codes >= 0], minlength=len(self.cells))


def _crossed(view: View, bins: Sequence[Bins]) -> NDArray[np.int64]:
    """One code of all columns; -1 where one of them holds a wrong value."""
    columns = [view.columns[one.name] for one in bins]
    codes = tuple(coded(column, one).astype(np.int64) for column, one in zip(columns, bins, strict=True))
    crossed = np.ravel_multi_index(codes, [one.levels for one in bins])
    wrong = np.logical_or.reduce([column.wrong for column in columns])
    return np.where(wrong, -1, crossed)


def groupings(like: View, columns: Sequence[str]) -> tuple[Grouping, ...]:
    """Each column by itself, and with two or more all of them crossed."""
    names = [name for name in columns if name in like.columns]
    sets = [(name,) for name in names] + ([tuple(names)] if len(names) > 1 else [])
    return tuple(Grouping.of(like, one) for one in sets)
