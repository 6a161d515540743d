"""What one pass sees of a column: enough to describe it, in memory that does not grow with the rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.infer.distinct import Distinct, mixed, text_hashes
from synthgen.infer.lines import LineSketch, readers
from synthgen.tables import arrays

MOST_LEVELS = 1000
"""Different values that are counted one by one."""


@dataclass(kw_only=True, slots=True)
class Sketch:
    """One column.

    rows, missing  counts; missing is null, NaN and blank text
    levels         rows of each spelling, while there are at most MOST_LEVELS; None afterwards
    distinct       of the values that are not missing
    lines          the ways in which it can still be read as a line; None while it has no value
    padded         whether a text begins with a zero before a digit: a code, not a number
    is_text        whether it arrived as text
    zone           the time zone of its moments, where its type has one
    """

    name: str
    rows: int = 0
    missing: int = 0
    levels: Counter[str] | None = field(default_factory=Counter)
    distinct: Distinct = field(default_factory=Distinct)
    padded: bool = False
    is_text: bool = False
    lines: list[LineSketch] | None = None
    zone: str | None = None

    def add(self, array: pa.Array) -> None:
        """Take in the next rows."""
        values = arrays.plain(array)
        self.rows += len(values)
        self.zone = array.type.tz if pa.types.is_timestamp(array.type) else None
        if self.levels is None and not _is_spelled(values):
            self._typed(values)
            return
        distinct, positions = arrays.encoded(values)
        counts = np.bincount(positions, minlength=len(distinct) + 1)
        absent = arrays.absent(distinct)
        self.missing += int(counts[-1] + counts[:-1][absent].sum())
        present = ~absent & (counts[:-1] > 0)
        distinct, counts = distinct.filter(pa.array(present)), counts[:-1][present]
        if not len(distinct):
            return
        self._spelled(distinct, counts)
        self._read(distinct, counts)

    def _spelled(self, distinct: pa.Array, counts: NDArray[np.int64]) -> None:
        if arrays.is_text(distinct):
            self.is_text = True
            self.padded = self.padded or bool(arrays.matches(distinct, r"^0[0-9]").any())
            self.distinct.add(text_hashes(distinct), counts)
        else:
            self.distinct.add(_number_hashes(distinct), counts)
        if self.levels is not None:
            if len(distinct) <= MOST_LEVELS:
                self.levels.update(dict(zip(arrays.texts(distinct).to_pylist(), counts.tolist(), strict=True)))
            if len(distinct) > MOST_LEVELS or len(self.levels) > MOST_LEVELS:
                self.levels = None

    def _read(self, values: pa.Array, counts: NDArray[np.int64]) -> None:
        if self.lines is None:
            self.lines = [LineSketch(reader=reader) for reader in readers(values)]
        for line in self.lines:
            line.add(values, counts)
        self.lines = [line for line in self.lines if not line.dead]

    def _typed(self, values: pa.Array) -> None:
        """A typed column of many values: nothing needs to be spelled or counted one by one."""
        absent = arrays.absent(values)
        self.missing += int(absent.sum())
        values = values.filter(pa.array(~absent)) if absent.any() else values
        if len(values):
            self.distinct.add(_number_hashes(values))
            self._read(values, np.ones(len(values), np.int64))

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing


def _is_spelled(values: pa.Array) -> bool:
    return bool(pa.types.is_dictionary(values.type) or arrays.is_text(values) or pa.types.is_decimal(values.type))


def _number_hashes(values: pa.Array) -> NDArray[np.uint64]:
    if pa.types.is_decimal(values.type):
        return text_hashes(arrays.texts(values))
    if pa.types.is_floating(values.type):
        return mixed(values.cast(pa.float64()).to_numpy(zero_copy_only=False))
    if pa.types.is_uint64(values.type):
        return mixed(values.to_numpy(zero_copy_only=False).view(np.int64))
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    if pa.types.is_date32(values.type) or pa.types.is_time32(values.type):
        values = values.cast(pa.int32())
    return mixed(pc.cast(values, pa.int64()).to_numpy(zero_copy_only=False))
