"""The cells of one column of a batch, as conditions and rules look at them: of private rows and of sampled ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.grid import Grid, LevelGrid
from synthgen.schema import Column, Date, DateTime, Levels, Line, spell
from synthgen.sql.literals import as_number, meaning
from synthgen.tables import Values, arrays
from synthgen.tables.levels import match

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A column as conditions know it: its type and its domain, None where its levels are not declared."""

    column: Column
    grid: Grid | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """One column of a batch; arrays have one entry a row.

    level    int32, index of the level among `words`, -1 where missing; for columns of levels
    words    what each level means
    numbers  float64, what the column counts in; NaN where missing or a sentinel that is no number; for lines
    special  int16, which sentinel, -1 where none; for lines
    missing  bool
    """

    column: Column
    missing: Mask
    level: NDArray[np.int32]
    words: tuple[str, ...] = ()
    numbers: Floats
    special: NDArray[np.int16]

    @property
    def known(self) -> Mask:
        """Where there is a value that has an order: neither missing nor a sentinel."""
        known: Mask = ~self.missing & (self.special < 0)
        return known


def cells_of_values(columns: Mapping[str, Values], fields: Mapping[str, Field]) -> dict[str, Cells]:
    """The cells of conformed columns, for those of the fields that are there."""
    return {name: _of_values(columns[name], field) for name, field in fields.items() if name in columns}


def _of_values(values: Values, field: Field) -> Cells:
    rows = len(values.null)
    if isinstance(field.column, Levels):
        words = values.dictionary if field.grid is None else _words(field.grid)
        level = np.where(values.null, -1, values.data).astype(np.int32)
        return _levels(field.column, level, words)
    assert isinstance(field.column, Line), "other kinds are not looked at"
    spelled = [as_number(field.column, special) for special in field.column.special]
    numbers = np.array([*(np.nan if number is None else number for number in spelled), np.nan])
    special = np.where(values.null, -1, values.special).astype(np.int16)
    return Cells(
        column=field.column,
        missing=values.null,
        level=np.full(rows, -1, np.int32),
        numbers=np.where(values.null | (special >= 0), numbers[special], values.data.astype(np.float64)),
        special=special,
    )


def cells_of_batch(
    batch: pa.RecordBatch | Mapping[str, pa.Array], fields: Mapping[str, Field], names: Iterable[str]
) -> dict[str, Cells]:
    """The cells of sampled columns, as they are written without formats."""
    return {name: _of_array(batch[name], fields[name]) for name in names}


def _of_array(array: pa.Array, field: Field) -> Cells:
    column = field.column
    if isinstance(column, Levels) and field.grid is None:
        distinct, positions = arrays.encoded(arrays.plain(array))
        level = np.where(positions < len(distinct), positions, -1).astype(np.int32)
        return _levels(column, level, tuple(arrays.texts(distinct).to_pylist()))
    if isinstance(column, Levels):
        assert isinstance(field.grid, LevelGrid), "levels belong to a grid of levels"
        return _levels(column, match(array, field.grid.values), _words(field.grid))
    assert isinstance(column, Line), "other kinds are not looked at"
    spelled = [as_number(column, special) for special in column.special]
    special = np.full(len(array), -1, np.int64)
    missing: Mask = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_string(array.type):
        found = pc.index_in(array, value_set=pa.array([spell(word) for word in column.special], pa.string()))
        special = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        array = pc.if_else(found.is_valid(), pa.scalar(None, array.type), array)
    numbers = _numbers(array, column)
    for index, number in enumerate(spelled):
        special = np.where((numbers == number) & (special < 0), index, special) if number is not None else special
    by_name = np.array([*(np.nan if number is None else number for number in spelled), np.nan])
    return Cells(
        column=column,
        missing=missing,
        level=np.full(len(array), -1, np.int32),
        numbers=np.where(special >= 0, by_name[special], numbers),
        special=special.astype(np.int16),
    )


def _numbers(array: pa.Array, column: Column) -> Floats:
    """A column as the numbers it counts in, NaN where missing."""
    if isinstance(column, Date):
        array = array.cast(pa.date32()).cast(pa.int32())
    elif isinstance(column, DateTime):
        array = array.cast(pa.timestamp("s")).cast(pa.int64())
    elif pa.types.is_time32(array.type):
        array = array.cast(pa.time32("s")).cast(pa.int32())
    numbers: Floats = array.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return numbers


def _levels(column: Column, level: NDArray[np.int32], words: tuple[str, ...]) -> Cells:
    nothing = np.full(len(level), np.nan)
    none = np.full(len(level), -1, np.int16)
    return Cells(column=column, missing=level < 0, level=level, words=words, numbers=nothing, special=none)


def _words(grid: Grid) -> tuple[str, ...]:
    return tuple(meaning(level) for level in grid.values) if isinstance(grid, LevelGrid) else ()
