"""Reading arrays as days and as seconds since 1970-01-01, in the wall time they are written in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.tables import arrays
from synthgen.tables.faults import Fault
from synthgen.tables.numbers import Reading

_MOMENT = (
    r"^(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400


def read_days(values: pa.Array) -> Reading:
    """Days as int64; a moment counts for its day.

    >>> read_days(pa.array(["1970-01-02", "1969-12-31 23:59"])).data.tolist()
    [1, -1]
    """
    reading = read_seconds(values)
    return reading._replace(data=reading.data // _DAY)


def read_seconds(values: pa.Array) -> Reading:
    """Seconds as int64, fractions cut off; text is read as ISO 8601 writes it, and a date is its midnight.

    >>> reading = read_seconds(pa.array(["1970-01-01T00:01:00+02:00", "1970-02-30", None]))
    >>> reading.data.tolist(), [Fault(fault).rule for fault in reading.fault]
    ([60, 0, 0], ['none', 'not a date', 'none'])
    """
    missing = arrays.absent(values)
    seconds, valid = _seconds(values)
    fault = np.where(valid | missing, Fault.NONE, Fault.NOT_A_DATE).astype(np.uint8)
    return Reading(np.where(valid & ~missing, seconds, 0), missing, fault)


def _seconds(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    kind = values.type
    everywhere = np.ones(len(values), np.bool_)
    if arrays.is_text(values):
        return _seconds_of_text(arrays.trimmed(values))
    if pa.types.is_date32(kind):
        return _integers(values.cast(pa.int32())) * _DAY, everywhere
    if pa.types.is_date64(kind):
        return _integers(values) // 1000, everywhere
    if pa.types.is_timestamp(kind):
        return _integers(values) // _TICKS[kind.unit], everywhere
    return np.zeros(len(values), np.int64), ~everywhere


def _integers(values: pa.Array) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return numbers


def _seconds_of_text(text: pa.StringArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    parts = pc.extract_regex(text, _MOMENT)
    valid: NDArray[np.bool_] = parts.is_valid().to_numpy(zero_copy_only=False)
    year, month, day, hour, minute, second = (_digits(part) for part in parts.flatten())
    valid &= (year >= 1) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    valid &= (day >= 1) & (days.astype("datetime64[D]").astype("datetime64[M]") == months)
    return days * _DAY + hour * 3600 + minute * 60 + second, valid


def _digits(part: pa.StringArray) -> NDArray[np.int64]:
    return _integers(pc.if_else(pc.equal(pc.utf8_length(part), 0), "0", part))
