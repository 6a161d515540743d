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

    probability  under the model, of the level together with the rest of the segment's condition
    share        of the segment's rows
    """

    low: Any
    high: Any
    probability: float
    share: float


@dataclass(kw_only=True, slots=True)
class _Seen:
    """What has been met, level by level: rows, the kind of a value, and the lowest and highest unit."""

    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    kind: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    low: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    high: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def count(self, level: NDArray[np.int64], kind: Kinds, unit: Units, *, size: int) -> None:
        if not self.rows.size:
            self.rows, self.kind = np.zeros(size, np.int64), np.zeros(size, np.int8)
            self.low, self.high = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
        self.rows += np.bincount(level, minlength=size)
        self.kind[level] = kind
        np.minimum.at(self.low, level, unit)
        np.maximum.at(self.high, level, unit)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Watched:
    """A change that counts, level by level, what it makes of the values.

    codec        of the column, as it was learned
    probability  float64 [levels], under the model
    """

    change: Change
    codec: ColumnCodec
    column: Column
    probability: NDArray[np.float64]
    seen: _Seen = field(default_factory=_Seen)

    def __call__(self, kind: Kinds, unit: Units, rng: np.random.Generator) -> tuple[Kinds, Units]:
        """The change; values are counted on the way."""
        kind, unit = self.change(kind, unit, rng)
        level, share = held(self.codec, kind, unit)
        self.seen.count(np.where(share > 0, level, self.codec.levels), kind, unit, size=self.codec.levels + 1)
        return kind, unit

    def below(self, floor: float) -> Iterator[Cell]:
        """The levels below a probability that values fell into, the frequent ones first; what no level has, as one."""
        seen = self.seen
        chance = np.append(self.probability, 0.0)
        rare = np.flatnonzero((seen.rows > 0) & (chance < floor))
        for level in rare[np.argsort(-seen.rows[rare], kind="stable")].tolist():
            kinds = np.full(2, seen.kind[level], np.int8)
            ends = decode_column(self.codec, self.column, kinds, np.array([seen.low[level], seen.high[level]]))
            low, high = ends.to_pylist()
            share = float(seen.rows[level] / seen.rows.sum())
            yield Cell(low=low, high=high, probability=float(chance[level]), share=share)
