"""The codec of a column: its levels, and how a value is drawn inside one.

A level is a list of *pieces*. A piece of a line is the `count` units first, first + stride, ...; all of them equally
likely. A piece of a column of levels, a sentinel or missing is a single cell. A level's pieces have masses that sum
to one. One uniform number u in [0, 1) picks the piece and the place inside it, so that a systematic u gives a
systematic value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.grid import Grid, LevelGrid

VALUE: Final = 0
SPECIAL: Final = 1
MISSING: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """Pieces of a column, ordered by level; arrays of one length.

    level   int64, which level the piece belongs to
    mass    float64, its share of the level; sums to 1 over each level
    kind    int8, VALUE, SPECIAL or MISSING
    first   int64, first unit of a line, or the index of the level or sentinel
    stride  int64, units between neighbours
    count   int64, at least 1
    """

    level: NDArray[np.int64]
    mass: NDArray[np.float64]
    kind: NDArray[np.int8]
    first: NDArray[np.int64]
    stride: NDArray[np.int64]
    count: NDArray[np.int64]

    def take(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Pieces:
        """Some of the pieces, in the order asked for."""
        return Pieces(**{name: getattr(self, name)[which] for name in FIELDS})


FIELDS: Final = ("level", "mass", "kind", "first", "stride", "count")


def concatenate(parts: list[Pieces]) -> Pieces:
    """Pieces one after another."""
    return Pieces(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS})


def singles(kind: int, level: NDArray[np.int64], first: NDArray[np.int64], mass: NDArray[np.float64]) -> Pieces:
    """Pieces of one cell each."""
    ones = np.ones(len(level), np.int64)
    return Pieces(
        level=level.astype(np.int64),
        mass=mass.astype(np.float64),
        kind=np.full(len(level), kind, np.int8),
        first=first.astype(np.int64),
        stride=ones,
        count=ones,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnCodec:
    """One column's levels.

    marginal  float64 [levels], the noisy share of each level; sums to 1
    variance  float64 [levels], variance of `marginal` that its noise brings
    """

    grid: Grid
    pieces: Pieces
    marginal: NDArray[np.float64]
    variance: NDArray[np.float64]

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.marginal)

    @property
    def is_line(self) -> bool:
        """Whether values have an order."""
        return not isinstance(self.grid, LevelGrid) or self.grid.ordered

    @property
    def is_plain(self) -> bool:
        """Whether each level is a single value."""
        return len(self.pieces.level) == self.levels and bool((self.pieces.count == 1).all())

    def draw(self, level: NDArray[np.integer], u: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        """Kinds (int8) and units or indices (int64) for levels (one a row) and uniforms in [0, 1)."""
        pieces = self.pieces
        below = np.concatenate([[0.0], np.cumsum(pieces.mass)])[:-1]
        start = np.searchsorted(pieces.level, np.arange(self.levels))
        base = below[start]  # mass of all lower levels; about the level's number
        place = base[level] + u
        piece = np.searchsorted(below, place, side="right") - 1
        last = np.append(start[1:], len(pieces.level)) - 1
        np.clip(piece, start[level], last[level], out=piece)
        inside = (place - below[piece]) / pieces.mass[piece]
        step = np.minimum((inside * pieces.count[piece]).astype(np.int64), pieces.count[piece] - 1)
        return pieces.kind[piece], pieces.first[piece] + np.maximum(step, 0) * pieces.stride[piece]


@dataclass(frozen=True, kw_only=True, slots=True)
class Codec:
    """Every column's codec; level l of column j is code `offsets[j] + l` of one long vector."""

    columns: Mapping[str, ColumnCodec]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of the schema."""
        return tuple(self.columns)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """int64 [columns + 1]: where each column's codes begin; the last is their number."""
        return np.concatenate([[0], np.cumsum([codec.levels for codec in self.columns.values()])]).astype(np.int64)

    @property
    def marginal(self) -> NDArray[np.float64]:
        """Shares of all levels, float64 [codes]."""
        return np.concatenate([codec.marginal for codec in self.columns.values()])

    @property
    def variance(self) -> NDArray[np.float64]:
        """Noise variance of `marginal`, float64 [codes]."""
        return np.concatenate([codec.variance for codec in self.columns.values()])

    def span(self, column: str) -> slice:
        """Where a column's codes stand."""
        j, offsets = self.names.index(column), self.offsets
        return slice(int(offsets[j]), int(offsets[j + 1]))
