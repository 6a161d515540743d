"""Values as the Arrow columns that they are written as."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.schema import (
    Boolean,
    Categorical,
    Column,
    Date,
    DateTime,
    Duration,
    Integer,
    Line,
    Number,
    Scalar,
    Time,
    spell,
)


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type that a column is written as.

    Levels take the type of their spellings (text, whole numbers, decimals or booleans; text when mixed). A line with
    a sentinel that is no number is text.
    """
    if isinstance(column, Categorical | Boolean):
        return level_array(column.values or ("",)).type
    assert isinstance(column, Line), "a shape leaves plain columns only"
    if not all(_fits(value, column) for value in column.special):
        return pa.string()
    return _line_type(column)


def level_array(values: tuple[Scalar, ...]) -> pa.Array:
    """All levels as one array; of none, text."""
    if not values:
        return pa.array([], pa.string())
    kinds = {bool if isinstance(value, bool) else type(value) for value in values}
    if len(kinds) == 1:
        return pa.array(values)
    return pa.array([spell(value) for value in values])


def line_array(values: NDArray[Any], column: Line, missing: NDArray[np.bool_] | None) -> pa.Array:
    """Numbers, days or seconds as an Arrow column."""
    target = _line_type(column)
    if isinstance(column, Date | Time):
        return pa.array(values.astype(np.int32), pa.int32(), mask=missing).cast(target)
    return pa.array(values, mask=missing).cast(target)


def line_texts(values: NDArray[Any], column: Line) -> pa.Array:
    """Values of a line as text, decimals to the last."""
    if isinstance(column, Number) and column.decimals is not None:
        distinct, place = np.unique(values, return_inverse=True)
        texts = pa.array([f"{value:.{column.decimals}f}" for value in distinct.tolist()], pa.string())
        return texts.take(pa.array(place))
    return line_array(values, column, None).cast(pa.string())


def _line_type(column: Line) -> pa.DataType:
    if isinstance(column, DateTime):
        return pa.timestamp("s", column.timezone)
    if isinstance(column, Number):
        return pa.float64()
    kinds = {Integer: pa.int64(), Duration: pa.int64(), Date: pa.date32(), Time: pa.time32("s")}
    return kinds[type(column)]


def _fits(value: Scalar, column: Line) -> bool:
    """Whether a sentinel can stand in the column's own type."""
    if isinstance(value, bool | str) or not isinstance(column, Integer | Number | Duration):
        return False
    return isinstance(column, Number) or float(value).is_integer()
