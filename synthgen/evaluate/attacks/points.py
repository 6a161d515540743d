"""Rows as points between which there is a distance, whatever types their columns have.

The distance is Gower's: the sum over columns of a number's difference, at most 1, or of 1 where levels differ. What
is missing, a sentinel or wrong is as far from every number as can be, and at the place of its own kind.

Source: Gower 1971, A general coefficient of similarity and some of its properties, Biometrics 27(4); as anonymeter
uses it (Giomi and others 2023, A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023(2)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.views import Column, View

Scale = Literal["range", "rank"]
"""How numbers come to lie between 0 and 1. range: by the least and largest of all tables, as anonymeter does it. rank:
half by that, half by rank in the synthetic table, so that neither a long tail nor a crowd loses its distances."""

_APART = 2.0
"""Between whatever is not a number, and from it to every number: differences are cut at 1."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Points:
    """Rows as points; the columns are in the view's order, those of numbers first.

    names    of the columns
    numbers  float32 [lines, rows], each in 0..1, or a multiple of 2 beyond them where there is no number
    codes    int32 [categories, rows]
    holes    bool [lines]: whether any table has something else than numbers there
    """

    names: tuple[str, ...]
    numbers: NDArray[np.float32]
    codes: NDArray[np.int32]
    holes: NDArray[np.bool_]

    @property
    def rows(self) -> int:
        """How many points there are."""
        return int(self.numbers.shape[1])

    @property
    def columns(self) -> int:
        """In how many columns they lie: the largest distance."""
        return len(self.names)

    def take(self, rows: NDArray[np.int64]) -> Points:
        """Those of these positions."""
        return self._with(np.ascontiguousarray(self.numbers[:, rows]), np.ascontiguousarray(self.codes[:, rows]))

    def only(self, columns: Sequence[int]) -> Points:
        """The same rows in fewer columns: positions in `names`, ascending."""
        lines = len(self.numbers)
        left = [column for column in columns if column < lines]
        right = [column - lines for column in columns if column >= lines]
        return Points(
            names=tuple(self.names[column] for column in columns),
            numbers=self.numbers[left],
            codes=self.codes[right],
            holes=self.holes[left],
        )

    def and_(self, others: Points) -> Points:
        """These rows, then those of others in the same space."""
        numbers = np.concatenate([self.numbers, others.numbers], axis=1)
        return self._with(numbers, np.concatenate([self.codes, others.codes], axis=1))

    def _with(self, numbers: NDArray[np.float32], codes: NDArray[np.int32]) -> Points:
        return Points(names=self.names, numbers=numbers, codes=codes, holes=self.holes)


def points(views: Sequence[View], *, scale: Scale) -> tuple[Points, ...]:
    """The views as points of one space; the first is the synthetic table, by which numbers are ranked."""
    columns = views[0].columns
    lines = [name for name, column in columns.items() if column.is_line]
    others = [name for name, column in columns.items() if not column.is_line]
    placed = [_line([view.columns[name] for view in views], scale) for name in lines]
    coded = [[_codes(view.columns[name]) for view in views] for name in others]
    holes = np.array([any((row > 1).any() for row in line) for line in placed], np.bool_)
    return tuple(
        Points(
            names=(*lines, *others),
            numbers=_stacked([line[which] for line in placed], view.rows).astype(np.float32),
            codes=_stacked([column[which] for column in coded], view.rows).astype(np.int32),
            holes=holes,
        )
        for which, view in enumerate(views)
    )


def _stacked(rows: Sequence[NDArray[Any]], length: int) -> NDArray[Any]:
    return np.stack(rows) if rows else np.zeros((0, length))


def _line(columns: Sequence[Column], scale: Scale) -> list[NDArray[np.float64]]:
    """One line of all tables: numbers in 0..1; missing 2, wrong 4, sentinels 6 and further."""
    present = [column.present for column in columns]
    numbers = [np.asarray(column.values, np.float64)[there] for column, there in zip(columns, present, strict=True)]
    together = np.concatenate(numbers)
    low, high = (together.min(), together.max()) if together.size else (0.0, 0.0)
    width = high - low if 0 < high - low < np.inf else 1.0
    ranked = np.sort(numbers[0])
    found = []
    for column, there, values in zip(columns, present, numbers, strict=True):
        other = np.where(column.missing, _APART, np.where(column.wrong, 2 * _APART, _APART * (3 + column.special)))
        placed = (values - low) / width
        if scale == "rank" and ranked.size:
            placed = (placed + _ranks(values, ranked)) / 2
        other[there] = np.clip(placed, 0.0, 1.0)
        found.append(other)
    return found


def _ranks(values: NDArray[np.float64], ranked: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of `ranked` below each value, those equal counting half."""
    below, upto = (np.searchsorted(ranked, values, side=side) for side in ("left", "right"))
    return np.asarray((below + upto) / (2 * len(ranked)))


def _codes(column: Column) -> NDArray[np.int32]:
    """Levels as they are; sentinels behind them."""
    codes = np.asarray(column.values, np.int32)
    return np.where(column.special >= 0, len(column.levels) + 1 + column.special, codes).astype(np.int32)
