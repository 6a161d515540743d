"""Reading arrays as times of day and as lengths of time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.schema.lines import SECONDS
from synthgen.tables import arrays
from synthgen.tables.faults import Fault
from synthgen.tables.numbers import TOO_BIG, Reading, read_numbers

_DAY = 86_400
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_CLOCK = (
    r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])?"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?$"
)
_ISO = (
    r"^(?P<sign>[+-]?)P(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,9})(?:[.,][0-9]+)?S)?)?$"
)
_COUNTED = (
    r"^(?P<sign>[+-]?)(?:(?P<days>[0-9]{1,9}) days?,? \+?)?"
    r"(?P<hours>[0-9]{1,9}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})(?:[.,][0-9]+)?$"
)
_EACH = {"weeks": 7 * _DAY, "days": _DAY, "hours": 3600, "minutes": 60, "seconds": 1}


def read_clock(values: pa.Array, *, step: int = 1) -> Reading:
    """Seconds since midnight as int64, what is finer than `step` seconds cut off; of a moment, its time of day.

    >>> reading = read_clock(pa.array(["08:30", "1:05:09 PM", "24:00", "noon"]))
    >>> reading.data.tolist(), [Fault(fault).rule for fault in reading.fault]
    ([30600, 47109, 0, 0], ['none', 'none', 'not a time', 'not a time'])
    """
    missing = arrays.absent(values)
    seconds, valid = _clock(values)
    fault = np.where(valid | missing, Fault.NONE, Fault.NOT_A_TIME).astype(np.uint8)
    return Reading(np.where(valid & ~missing, seconds // step * step, 0), missing, fault)


def _clock(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    kind = values.type
    everywhere = np.ones(len(values), np.bool_)
    if arrays.is_text(values):
        return _clock_of_text(arrays.trimmed(values))
    if pa.types.is_time(kind) or pa.types.is_timestamp(kind):
        width = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        ticks = values.cast(width).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return ticks // _TICKS[kind.unit] % _DAY, everywhere
    return np.zeros(len(values), np.int64), ~everywhere


def _clock_of_text(text: pa.StringArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    parts = pc.extract_regex(text, _CLOCK)
    valid: NDArray[np.bool_] = parts.is_valid().to_numpy(zero_copy_only=False)
    hour, minute, second = (_count(parts.field(name)) for name in ("hour", "minute", "second"))
    half = pc.utf8_lower(pc.utf8_slice_codeunits(parts.field("half"), 0, 1)).fill_null("")
    halved: NDArray[np.bool_] = pc.not_equal(half, "").to_numpy(zero_copy_only=False)
    after_noon: NDArray[np.bool_] = pc.equal(half, "p").to_numpy(zero_copy_only=False)
    valid &= (minute < 60) & (second < 60) & np.where(halved, (hour >= 1) & (hour <= 12), hour < 24)
    hour = np.where(halved, hour % 12 + 12 * after_noon, hour)
    return (hour * 60 + minute) * 60 + second, valid


def read_duration(values: pa.Array, unit: str) -> Reading:
    """Whole units as int64, what is finer cut off downwards; numbers count units.

    >>> reading = read_duration(pa.array(["PT1H30M", "1:30:59", "2 days 00:00:00", "-PT1M", "90", "long"]), "minutes")
    >>> reading.data.tolist(), Fault(reading.fault[-1]).rule
    ([90, 90, 2880, -1, 90, 0], 'not a duration')
    """
    missing = arrays.absent(values)
    if pa.types.is_duration(values.type):
        ticks: NDArray[np.int64] = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return Reading(ticks // (_TICKS[values.type.unit] * SECONDS[unit]), missing, np.zeros(len(values), np.uint8))
    numbers = read_numbers(values)
    valid = (numbers.fault == Fault.NONE) & ~missing
    inside = np.abs(numbers.data) < float(TOO_BIG)
    data = np.where(inside, np.floor(np.where(inside, numbers.data, 0.0)), 0.0).astype(np.int64)
    data = np.where(inside, data, np.where(numbers.data > 0, TOO_BIG, -TOO_BIG))
    if arrays.is_text(values):
        text = arrays.trimmed(values)
        for pattern in (_ISO, _COUNTED):
            seconds, found = _spelled_out(text, pattern)
            data, valid = np.where(found, seconds // SECONDS[unit], data), valid | found
    fault = np.where(valid | missing, Fault.NONE, Fault.NOT_A_DURATION).astype(np.uint8)
    return Reading(np.where(valid, data, 0), missing, fault)


def _spelled_out(text: pa.StringArray, pattern: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Seconds of what a pattern matches, and what it matches; `P` alone says nothing."""
    parts = pc.extract_regex(text, pattern)
    found: NDArray[np.bool_] = parts.is_valid().to_numpy(zero_copy_only=False)
    seconds = np.zeros(len(text), np.int64)
    for name, each in _EACH.items():
        if parts.type.get_field_index(name) >= 0:
            seconds += _count(parts.field(name)) * each
    found = found & ~arrays.matches(text, r"[PT]$")
    behind: NDArray[np.bool_] = pc.equal(parts.field("sign"), "-").fill_null(False).to_numpy(zero_copy_only=False)
    return np.where(behind, -seconds, seconds), found


def _count(part: pa.StringArray) -> NDArray[np.int64]:
    """Digits as numbers; nothing is 0."""
    digits = pc.if_else(pc.equal(pc.utf8_length(part), 0), "0", part).fill_null("0")
    numbers: NDArray[np.int64] = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers
