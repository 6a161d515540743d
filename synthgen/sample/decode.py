"""From levels to values: Arrow columns of the types that the schema speaks of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec
from synthgen.encode.grid import LevelGrid, LineGrid
from synthgen.schema import Column, Integer, Number, Scalar, spell
from synthgen.schema.columns import Boolean, Categorical, Date, DateTime, Duration, Line, Time

Kinds = NDArray[np.int8]
Units = NDArray[np.int64]


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type that a column is written as.

    Levels take the type of their spellings (text, whole numbers, decimals or booleans; text when mixed). A line with
    a sentinel that is no number is text.
    """
    if isinstance(column, Categorical | Boolean):
        return _levels(column.values or ("",)).type
    assert isinstance(column, Line), "a shape leaves plain columns only"
    if not all(_fits(value, column) for value in column.special):
        return pa.string()
    return _line_type(column)


def decode_column(codec: ColumnCodec, column: Column, kind: Kinds, unit: Units) -> pa.Array:
    """Values of drawn kinds (int8 [rows]) and units or indices (int64 [rows])."""
    if isinstance(codec.grid, LevelGrid):
        values = _levels(codec.grid.values)
        return values.take(pa.array(unit, mask=kind == MISSING if codec.grid.nullable else None))
    assert isinstance(column, Line)
    return _line(codec.grid, column, kind, unit)


def _levels(values: tuple[Scalar, ...]) -> pa.Array:
    """All levels as one array; of none, text."""
    if not values:
        return pa.array([], pa.string())
    kinds = {bool if isinstance(value, bool) else type(value) for value in values}
    if len(kinds) == 1:
        return pa.array(values)
    return pa.array([spell(value) for value in values])


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
        return _typed(values, column, missing)
    spelled = _spelled(values, column)
    special_array = pa.array([spell(value) for value in column.special])
    chosen = special_array.take(pa.array(np.where(kind == SPECIAL, unit, 0)))
    text = pc.if_else(pa.array(kind == SPECIAL), chosen, spelled)
    return text if missing is None else pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text)


def _typed(
    values: NDArray[np.int64] | NDArray[np.float64], column: Line, missing: NDArray[np.bool_] | None
) -> pa.Array:
    """Numbers, days or seconds as an Arrow column."""
    target = _line_type(column)
    if isinstance(column, Date | Time):
        return pa.array(values.astype(np.int32), pa.int32(), mask=missing).cast(target)
    return pa.array(values, mask=missing).cast(target)


def _spelled(values: NDArray[np.int64] | NDArray[np.float64], column: Line) -> pa.Array:
    """Values of a line as text, decimals to the last."""
    if isinstance(column, Number) and column.decimals is not None:
        distinct, place = np.unique(values, return_inverse=True)
        texts = pa.array([f"{value:.{column.decimals}f}" for value in distinct.tolist()], pa.string())
        return texts.take(pa.array(place))
    return _typed(values, column, None).cast(pa.string())


def _line_type(column: Line) -> pa.DataType:
    if isinstance(column, DateTime):
        return pa.timestamp("s", column.timezone)
    kinds = {Integer: pa.int64(), Duration: pa.int64(), Number: pa.float64(), Date: pa.date32(), Time: pa.time32("s")}
    return kinds[type(column)]


def _fits(value: Scalar, column: Line) -> bool:
    """Whether a sentinel can stand in the column's own type."""
    if isinstance(value, bool | str) or not isinstance(column, Integer | Number | Duration):
        return False
    return isinstance(column, Number) or float(value).is_integer()
