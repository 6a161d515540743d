"""Rows of which some cells are given: what is there, and where it stands in what the model knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec
from synthgen.encode.grid import LevelGrid
from synthgen.encode.typed import arrow_type, level_array, line_array, line_texts
from synthgen.errors import ViolationError
from synthgen.sample.change import Kinds, Units
from synthgen.schema import Column, Levels, Line, sources, spell
from synthgen.schema.model import Privacy, learned
from synthgen.shape import Shape
from synthgen.tables import Conformed, Values, arrays, conform

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Partial:
    """A batch of partial rows.

    cells  column of the data -> the cells as they came
    given  column of the data -> which of them hold something, bool [rows]; a declared null value is something
    kinds  column of what is modelled -> kinds, units, and which of them are known
    typed  column of the table -> the given cells as the table writes them, where the model alone cannot make them
    """

    rows: int
    cells: Mapping[str, pa.Array]
    given: Mapping[str, Mask]
    places: Mapping[str, tuple[Kinds, Units, Mask]]
    typed: Mapping[str, pa.Array]

    def take(self, rows: NDArray[np.intp]) -> Partial:
        """Some of the rows."""
        index = pa.array(rows)
        return Partial(
            rows=len(rows),
            cells={name: array.take(index) for name, array in self.cells.items()},
            given={name: mask[rows] for name, mask in self.given.items()},
            places={name: (kind[rows], unit[rows], known[rows]) for name, (kind, unit, known) in self.places.items()},
            typed={name: array.take(index) for name, array in self.typed.items()},
        )


def read_partial(batch: pa.RecordBatch, shape: Shape, codec: Codec, *, subject: str) -> Partial:
    """What a batch gives of the table's rows; a column that it lacks is empty.

    A difference of two columns is known where both are given. Raises ViolationError, about `subject`, for a given cell
    that the schema does not allow.
    """
    rows = batch.num_rows
    cells = dict(zip(batch.schema.names, batch.columns, strict=True))
    known = learned(shape.table)
    needed = {source for name, column in known.items() for source in sources(name, column)}
    whole = cells | {name: pa.nulls(rows, pa.string()) for name in needed if name not in cells}
    columns = {name: column.model_copy(update={"nullable": True}) for name, column in known.items()}
    narrow = shape.table.model_copy(update={"columns": columns, "privacy": Privacy(), "on_violation": "error"})
    found = conform(pa.RecordBatch.from_pydict(whole), narrow)
    if found.violations:
        raise ViolationError(subject, counts=found.violations, fix="mend these cells, or leave them empty")
    given = {name: ~_empty(array) for name, array in cells.items()}
    given |= {name: np.zeros(rows, np.bool_) for name in needed if name not in cells}
    for name in known.keys() & given.keys():
        given[name] |= ~found.columns[name].null  # a blank that is a declared level
    inside = shape.inward(found)
    places = {
        name: (*place_of(column, inside.columns[name]), _known(name, shape, given))
        for name, column in codec.columns.items()
    }
    return Partial(rows=rows, cells=cells, given=given, places=places, typed=_typed(found, shape, places))


def _empty(array: pa.Array) -> Mask:
    distinct, positions = arrays.encoded(arrays.plain(array))
    return np.append(arrays.absent(distinct), True)[positions]


def _known(name: str, shape: Shape, given: Mapping[str, Mask]) -> Mask:
    """Where a column of what is modelled follows from given cells."""
    differences = {difference.name: difference for difference in shape.rules.differences}
    if name in differences:
        needed: tuple[str, ...] = (differences[name].column, differences[name].base)
    else:
        needed = sources(name, shape.table.columns[name])
    partly = any(equation.column == name for equation in shape.rules.computed)  # learned only where it is unknown
    known: Mask = np.logical_and.reduce([given[one] for one in needed])
    return known & ~np.bool_(partly)


def place_of(codec: ColumnCodec, values: Values) -> tuple[Kinds, Units]:
    """Kinds and units of conformed values."""
    if isinstance(codec.grid, LevelGrid):
        unit = values.data.astype(np.int64)
        if values.dictionary:
            code = {spell(level): place for place, level in enumerate(codec.grid.values)}
            last = len(codec.grid.values) - 1  # what stands for every other word
            unit = np.array([code.get(word, last) for word in values.dictionary], np.int64)[unit]
        kind = np.where(values.null, MISSING, VALUE)
        return kind.astype(np.int8), np.where(values.null, 0, unit)
    unit = np.clip(codec.grid.unit_of(values.data), 0, codec.grid.units - 1)
    special = values.special >= 0
    kind = np.where(values.null, MISSING, np.where(special, SPECIAL, VALUE))
    return kind.astype(np.int8), np.where(values.null, 0, np.where(special, values.special, unit)).astype(np.int64)


def _typed(found: Conformed, shape: Shape, places: Mapping[str, object]) -> dict[str, pa.Array]:
    """Columns of the table that are not modelled as they are: computed ones, and those learned as a difference."""
    return {
        name: _array(values, shape.table.columns[name])
        for name, values in found.columns.items()
        if name not in places and isinstance(shape.table.columns[name], Levels | Line)
    }


def _array(values: Values, column: Column) -> pa.Array:
    if isinstance(column, Levels):
        words = level_array(column.values) if column.values is not None else pa.array(values.dictionary, pa.string())
        return words.take(pa.array(values.data, mask=values.null))
    assert isinstance(column, Line), "points are modelled as they are"
    special = values.special >= 0
    if arrow_type(column) != pa.string():
        numbers = np.array([*(float(word) for word in column.special), 0.0])[values.special]
        data = np.where(special, numbers.astype(values.data.dtype), values.data)
        return line_array(np.where(values.null, 0, data), column, values.null)
    words = pa.array([*(spell(word) for word in column.special), None], pa.string())
    word = words.take(pa.array(np.where(special, values.special, len(column.special)).astype(np.int64)))
    return pc.if_else(pa.array(values.null | special), word, line_texts(values.data, column))
