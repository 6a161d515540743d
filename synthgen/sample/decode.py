"""From levels to values: Arrow columns of the types that the schema speaks of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec
from synthgen.encode.grid import LevelGrid, LineGrid
from synthgen.encode.typed import arrow_type, level_array, line_array, line_texts
from synthgen.schema import Column, Line, spell

__all__ = ["arrow_type", "decode_column"]

Kinds = NDArray[np.int8]
Units = NDArray[np.int64]


def decode_column(codec: ColumnCodec, column: Column, kind: Kinds, unit: Units) -> pa.Array:
    """Values of drawn kinds (int8 [rows]) and units or indices (int64 [rows])."""
    if isinstance(codec.grid, LevelGrid):
        values = level_array(codec.grid.values)
        return values.take(pa.array(unit, mask=kind == MISSING if codec.grid.nullable else None))
    assert isinstance(column, Line)
    return _line(codec.grid, column, kind, unit)


def _line(grid: LineGrid, column: Line, kind: Kinds, unit: Units) -> pa.Array:
    inside = kind == VALUE
    everywhere = bool(inside.all())
    values = grid.value_of(unit if everywhere else np.where(inside, unit, 0))
    missing = None if everywhere else kind == MISSING
    target = arrow_type(column)
    if target != pa.string():
        if not everywhere and column.special:
            special = np.array([float(value) for value in column.special if not isinstance(value, str)])
            is_special = kind == SPECIAL
            values[is_special] = special[unit[is_special]]
        return line_array(values, column, missing)
    spelled = line_texts(values, column)
    special_array = pa.array([spell(value) for value in column.special])
    chosen = special_array.take(pa.array(np.where(kind == SPECIAL, unit, 0)))
    text = pc.if_else(pa.array(kind == SPECIAL), chosen, spelled)
    return text if missing is None else pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text)
