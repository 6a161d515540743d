"""Columns as the matrices that learners want: dense and scaled, or as they are, or in bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.views import Bins, Column, View, bins_of, coded

MOST_INDICATORS: Final = 30
"""Levels of a column that get an indicator, the most frequent first; the others share one."""
FEWEST_OF_A_LEVEL: Final = 30
"""Rows of a level in the reference, below which it shares one too."""
FAR: Final = 10.0
"""Standard deviations beyond which a number is put back: a linear learner must not hang on one row."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dense:
    """How columns become a dense matrix; all decided by the reference, the real training rows.

    A line is centred and scaled, missing values at the mean with an indicator beside it, and one for each sentinel.
    A level is an indicator, the most frequent one left out when `reference` is asked for.
    """

    columns: tuple[_Part, ...]

    @classmethod
    def of(cls, like: View, *, without: tuple[str, ...], drop_first: bool = False) -> Self:
        """The matrix that fits `like`; `drop_first` leaves out each column's most frequent level."""
        parts = (
            _line(column) if column.is_line else _levels(column, drop_first=drop_first)
            for name, column in like.columns.items()
            if name not in without
        )
        return cls(columns=tuple(parts))

    @property
    def names(self) -> tuple[str, ...]:
        """What each column of the matrix is."""
        return tuple(name for part in self.columns for name in part.names)

    def matrix(self, view: View) -> Floats:
        """float64 (rows, len(names)), finite."""
        blocks = [part.block(view.columns[part.name]) for part in self.columns]
        return np.concatenate(blocks, axis=1) if blocks else np.zeros((view.rows, 0))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Line:
    name: str
    names: tuple[str, ...]
    mean: float
    spread: float
    missing: bool
    specials: tuple[int, ...]

    def block(self, column: Column) -> Floats:
        off = ~column.present
        scaled = np.clip((np.where(off, self.mean, column.values) - self.mean) / self.spread, -FAR, FAR)
        gone = [(column.missing | column.wrong)[:, None]] if self.missing else []
        codes = [(column.special == index)[:, None] for index in self.specials]
        return np.concatenate([scaled[:, None], *gone, *codes], axis=1).astype(np.float64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Levels:
    name: str
    names: tuple[str, ...]
    place: NDArray[np.int64]  # of each level, of wrong and of missing; -1 for the one that is left out

    def block(self, column: Column) -> Floats:
        codes = self.place[column.values.astype(np.int64)]  # missing is -1, the last
        return np.asarray(codes[:, None] == np.arange(len(self.names)), np.float64)


_Part = _Line | _Levels


def _line(column: Column) -> _Line:
    values = column.values[column.present]
    values = values if values.size else np.zeros(1)
    spread = float(values.std())
    gone = column.missing | column.wrong
    counts = np.bincount(column.special[column.special >= 0], minlength=len(column.specials))
    specials = tuple(int(index) for index in np.flatnonzero(counts))
    missing = bool(gone.any())
    names = [column.name, *([f"{column.name} missing"] if missing else [])]
    names += [f"{column.name} = {column.specials[index]}" for index in specials]
    return _Line(
        name=column.name,
        names=tuple(names),
        mean=float(values.mean()),
        spread=spread if spread > 0 else 1.0,
        missing=missing,
        specials=specials,
    )


def _levels(column: Column, *, drop_first: bool) -> _Levels:
    levels = len(column.levels)
    counts = np.bincount(column.values[column.present].astype(np.int64), minlength=levels)
    order = np.argsort(-counts, kind="stable")
    frequent = order[: min(MOST_INDICATORS, int((counts >= FEWEST_OF_A_LEVEL).sum()))]
    own, names = frequent[1:] if drop_first else frequent, []
    place = np.full(levels + 2, -1)
    place[own] = np.arange(len(own))
    names = [f"{column.name} = {column.levels[level]}" for level in own]
    rest = np.setdiff1d(np.arange(levels), frequent)
    if counts[rest].sum() >= FEWEST_OF_A_LEVEL or not drop_first:
        place[rest], place[levels] = len(names), len(names)
        names.append(f"{column.name}: other")
    if column.missing.any():
        place[levels + 1] = len(names)
        names.append(f"{column.name} missing")
    return _Levels(name=column.name, names=tuple(names), place=place)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Binned:
    """How columns become codes, decided by the reference."""

    bins: tuple[Bins, ...]

    @classmethod
    def of(cls, like: View, *, without: tuple[str, ...]) -> Self:
        """The bins that fit `like`."""
        return cls(bins=tuple(bins_of(column) for name, column in like.columns.items() if name not in without))

    @property
    def levels(self) -> tuple[int, ...]:
        """How many codes each column has."""
        return tuple(one.levels for one in self.bins)

    def matrix(self, view: View) -> NDArray[np.int32]:
        """int32 (rows, columns)."""
        return np.stack([coded(view.columns[one.name], one) for one in self.bins], axis=1)
