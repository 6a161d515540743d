"""Reading values of any Arrow type as points of a line: whole numbers, numbers, days, seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.schema.columns import Date, DateTime, Duration, Integer, Line, Number, Time, spell
from synthgen.schema.lines import point_of
from synthgen.tables import arrays, levels
from synthgen.tables.clocks import read_clock, read_duration
from synthgen.tables.faults import Fault
from synthgen.tables.moments import read_days, read_instants, read_seconds
from synthgen.tables.numbers import TOO_BIG, Reading, read_integers, read_numbers
from synthgen.tables.spellings import numerals

_BIGGEST = TOO_BIG - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """Values on a line. `data` is int64 or float64 and 0 where there is no value; the others have its length."""

    data: NDArray[Any]
    missing: NDArray[np.bool_]
    special: NDArray[np.int16]
    fault: NDArray[np.uint8]

    def take(self, positions: NDArray[np.int64]) -> Points:
        """The points at these positions; position `len` stands for a missing one."""
        return Points(
            data=np.append(self.data, self.data.dtype.type(0))[positions],
            missing=np.append(self.missing, True)[positions],
            special=np.append(self.special, np.int16(-1))[positions],
            fault=np.append(self.fault, np.uint8(Fault.NONE))[positions],
        )


def points(array: pa.Array, column: Line) -> Points:
    """The points of a line that an array of any type holds, before bounds are looked at.

    Missing values and sentinels (`special`) have no fault. Dates are days and moments are seconds since 1970-01-01, in
    the wall time they are written in, or in UTC for a column with a time zone; a moment given for a date counts for its
    day. Times of day are seconds since midnight, durations whole units.

    >>> column = Integer(type="integer", special=("N",))
    >>> found = points(pa.array(["7", "N", "1.0", "x", None]), column)
    >>> found.data.tolist(), found.missing.tolist(), found.special.tolist()
    ([7, 0, 1, 0, 0], [False, False, False, False, True], [-1, 0, -1, -1, -1])
    >>> [Fault(fault).rule for fault in found.fault if fault]
    ['not a number']
    """
    values = array if _is_zoned(array, column) else arrays.plain(array)
    if pa.types.is_dictionary(values.type) or arrays.is_text(values) or column.special or column.null_values:
        distinct, positions = arrays.encoded(values)
        return _points_with_sentinels(distinct, column).take(positions)
    return _points(values, column)


def bounds(column: Line) -> tuple[float, float]:
    """The least and the greatest point; whole numbers stay within 64 bits, numbers without bound are infinite."""
    if isinstance(column, Number):
        return (
            -np.inf if column.minimum is None else column.minimum,
            np.inf if column.maximum is None else column.maximum,
        )
    low = -_BIGGEST if column.minimum is None else point_of(column, column.minimum)
    high = _BIGGEST if column.maximum is None else point_of(column, column.maximum, late=True)
    return max(-_BIGGEST, low), min(_BIGGEST, high)


def _points_with_sentinels(distinct: pa.Array, column: Line) -> Points:
    found = _points(distinct, column)
    vocabulary = (*column.special, *column.null_values)
    if not vocabulary:
        return found
    word = levels.match(distinct, vocabulary)
    own = _points(pa.array([spell(name) for name in vocabulary], pa.string()), column)
    for place in np.flatnonzero((own.fault == Fault.NONE) & ~own.missing):
        word[(word < 0) & (found.fault == Fault.NONE) & ~found.missing & (found.data == own.data[place])] = place
    special = (word >= 0) & (word < len(column.special))
    missing = (word >= len(column.special)) | (found.missing & ~special)
    return Points(
        data=np.where(word >= 0, 0, found.data),
        missing=missing,
        special=np.where(special, word, -1).astype(np.int16),
        fault=np.where(word >= 0, Fault.NONE, found.fault).astype(np.uint8),
    )


def _is_zoned(array: pa.Array, column: Line) -> bool:
    """Whether an array holds instants, and its column wants them: `plain` would make wall time of them."""
    has_zone = pa.types.is_timestamp(array.type) and array.type.tz is not None
    return has_zone and isinstance(column, DateTime) and column.timezone is not None


def _read(values: pa.Array, column: Line) -> Reading:
    match column:
        case Integer():
            reading = read_integers(numerals(values, column.format, whole=True))
        case Number():
            reading = read_numbers(numerals(values, column.format, whole=False))
        case Date():
            reading = read_days(values)
        case DateTime():
            reading = read_seconds(values) if column.timezone is None else read_instants(values, column.timezone)
        case Time():
            reading = read_clock(values, step=60 if column.format else 1)
        case Duration():
            reading = read_duration(values, column.unit)
    return reading


def _points(values: pa.Array, column: Line) -> Points:
    data, missing, fault = _read(values, column)
    return Points(data=data, missing=missing, special=np.full(len(data), -1, np.int16), fault=fault)
