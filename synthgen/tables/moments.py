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
    r"\s*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400
_CALENDAR = -719_162 * _DAY, 2_932_897 * _DAY - 1
"""The first and the last second of the years 1 to 9999."""


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


def read_instants(values: pa.Array, zone: str) -> Reading:
    """Seconds since 1970 in UTC as int64; what has no offset is what a clock on the wall in `zone` shows.

    An hour that comes twice is taken as the first; one that is left out, as the moment at which it is.

    >>> text = pa.array(["1970-01-01 01:00", "1970-01-01T00:00:00Z", "1970-01-01T02:00:00+0100"])
    >>> read_instants(text, "Europe/Berlin").data.tolist()
    [0, 0, 3600]
    """
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        seconds = _integers(values) // _TICKS[kind.unit]
        return Reading(seconds, arrays.absent(values), np.zeros(len(values), np.uint8))
    reading = read_seconds(values)
    offset, has_offset = np.zeros(len(values), np.int64), np.zeros(len(values), np.bool_)
    if arrays.is_text(values):
        offset, has_offset = _offsets(pc.extract_regex(arrays.trimmed(values), _MOMENT).field("offset"))
    # Arrow knows the zones from year 1 to 9999, which is what a date can be.
    wall = pa.array(reading.data.clip(*_CALENDAR), pa.timestamp("s"))
    local = pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="latest")
    data = np.where(has_offset, reading.data - offset, local.cast(pa.int64()).to_numpy(zero_copy_only=False))
    return reading._replace(data=np.where(reading.missing | (reading.fault > 0), 0, data))


def _offsets(text: pa.StringArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds ahead of UTC, and whether anything is said."""
    given: NDArray[np.bool_] = pc.greater(pc.utf8_length(text), 0).fill_null(False).to_numpy(zero_copy_only=False)
    digits = pc.replace_substring_regex(text, r"[^0-9]", "")
    minutes = _digits(pc.utf8_slice_codeunits(digits, 0, 2)) * 60 + _digits(pc.utf8_slice_codeunits(digits, 2, 4))
    behind: NDArray[np.bool_] = pc.starts_with(text, "-").fill_null(False).to_numpy(zero_copy_only=False)
    return np.where(behind, -60, 60) * minutes, given


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
    year, month, day, hour, minute, second = (_digits(part) for part in parts.flatten()[:6])
    valid &= (year >= 1) & (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(valid, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    valid &= (day >= 1) & (days.astype("datetime64[D]").astype("datetime64[M]") == months)
    return days * _DAY + hour * 3600 + minute * 60 + second, valid


def _digits(part: pa.StringArray) -> NDArray[np.int64]:
    return _integers(pc.if_else(pc.equal(pc.utf8_length(part), 0), "0", part))
