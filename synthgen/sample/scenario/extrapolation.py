"""Which of the values that a scenario sets the model knows little or nothing of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import ColumnCodec
from synthgen.sample.change import Change, Kinds, Units
from synthgen.sample.decode import decode_column
from synthgen.sample.joint import held
from synthgen.schema import Column

MOST_CELLS = 20
"""Cells of one column that are listed; the rest are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """Values that a scenario reaches and the model hardly does.

    probability  under the model, at most
    share        of the segment's rows
    """

    low: Any
    high: Any
    probability: float
    share: float


@dataclass(kw_only=True, slots=True)
class _Seen:
    """What has been met: rows in all, and, level by level, what lies below the floor.

    rare, chance     how many rows, and the highest probability
    kind, low, high  the kind of a value, and the lowest and highest unit
    """

    levels: int
    rows: int = 0
    rare: NDArray[np.int64] = field(init=False)
    chance: NDArray[np.float64] = field(init=False)
    kind: NDArray[np.int8] = field(init=False)
    low: NDArray[np.int64] = field(init=False)
    high: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.rare, self.kind = np.zeros(self.levels, np.int64), np.zeros(self.levels, np.int8)
        self.chance = np.zeros(self.levels)
        self.low, self.high = np.full(self.levels, np.iinfo(np.int64).max), np.full(self.levels, -1)

    def count(self, level: NDArray[np.int64], chance: NDArray[np.float64], kind: Kinds, unit: Units) -> None:
        """More values below the floor."""
        self.rare += np.bincount(level, minlength=self.levels)
        self.kind[level] = kind
        np.maximum.at(self.chance, level, chance)
        np.minimum.at(self.low, level, unit)
        np.maximum.at(self.high, level, unit)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Watched:
    """A change that counts what it makes of values, where that lies below a probability.

    A value has the probability of its level together with the rest of the segment's condition; less, where the level
    is thinner there than on its average.

    codec        of the column, as it was learned
    probability  float64 [levels], under the model
    """

    change: Change
    codec: ColumnCodec
    column: Column
    probability: NDArray[np.float64]
    floor: float
    seen: _Seen = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", _Seen(levels=self.codec.levels + 1))  # the last: what is in no level

    def __call__(self, kind: Kinds, unit: Units, rng: np.random.Generator) -> tuple[Kinds, Units]:
        """The change; values are counted on the way."""
        kind, unit = self.change(kind, unit, rng)
        level, share = held(self.codec, kind, unit)
        chance = self.probability[level] * np.minimum(share * self._widths[level], 1.0)
        rare = np.flatnonzero(chance < self.floor)
        self.seen.rows += len(unit)
        where = np.where(share > 0, level, self.codec.levels)[rare]
        self.seen.count(where, chance[rare], kind[rare], unit[rare])
        return kind, unit

    @property
    def _widths(self) -> NDArray[np.float64]:
        """How many values each level spreads over."""
        pieces = self.codec.pieces
        if not self.codec.is_line:
            spread: NDArray[np.int64] = np.bincount(pieces.level, minlength=self.codec.levels)
            return spread.astype(np.float64)
        low, high = np.full(self.codec.levels, np.inf), np.full(self.codec.levels, -np.inf)
        np.minimum.at(low, pieces.level, pieces.first.astype(np.float64))
        np.maximum.at(high, pieces.level, (pieces.first + (pieces.count - 1) * pieces.stride).astype(np.float64))
        widths: NDArray[np.float64] = np.maximum(high - low + 1, 1.0)
        return widths

    def below(self) -> Iterator[Cell]:
        """The levels in which values lie below the floor, the frequent ones first; what is in no level, as one."""
        seen = self.seen
        rare = np.flatnonzero(seen.rare)
        for level in rare[np.argsort(-seen.rare[rare], kind="stable")].tolist():
            kinds = np.full(2, seen.kind[level], np.int8)
            ends = decode_column(self.codec, self.column, kinds, np.array([seen.low[level], seen.high[level]]))
            low, high = ends.to_pylist()
            share = float(seen.rare[level] / seen.rows)
            yield Cell(low=low, high=high, probability=float(seen.chance[level]), share=share)
