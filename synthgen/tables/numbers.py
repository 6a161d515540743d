"""Reading arrays as numbers and as whole numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.tables import arrays
from synthgen.tables.faults import Fault

TOO_BIG = 2**63 - 1
"""What a whole number beyond 64 bits is read as: above any maximum (with the sign of the number)."""
_SHORT = r"^[+-]?[0-9]{1,18}$"
_LONG = r"^[+-]?[0-9]{19,60}$"
_COMMA = r"^[+-]?[0-9.]*[0-9],[0-9.,]*$"


class Reading(NamedTuple):
    """What was read: `data` is 0 wherever a value is missing or at fault."""

    data: NDArray[Any]  # int64 or float64
    missing: NDArray[np.bool_]
    fault: NDArray[np.uint8]


def read_numbers(values: pa.Array) -> Reading:
    """Numbers as float64; infinity is not a number.

    >>> reading = read_numbers(pa.array([" 1.5 ", "1,5", "inf", ""]))
    >>> reading.data.tolist(), reading.missing.tolist(), [Fault(fault).rule for fault in reading.fault]
    ([1.5, 0.0, 0.0, 0.0], [False, False, False, True], ['none', 'comma in a number', 'not a number', 'none'])
    """
    data = arrays.floats(values)
    missing = arrays.absent(values)
    finite = np.isfinite(data)
    return Reading(np.where(finite, data, 0.0), missing, _faults(values, ~finite & ~missing))


def read_integers(values: pa.Array) -> Reading:
    """Whole numbers as int64, exact to 64 bits whatever they are spelled as.

    >>> read_integers(pa.array(["1.0", "+9007199254740993", "1e3"])).data.tolist()
    [1, 9007199254740993, 1000]
    """
    if pa.types.is_decimal(values.type):
        values = arrays.texts(values)
    missing = arrays.absent(values)
    if pa.types.is_integer(values.type):
        return Reading(_machine_integers(values), missing, np.zeros(len(values), np.uint8))
    numbers = arrays.floats(values)
    whole = np.isfinite(numbers) & (numbers == np.trunc(numbers))
    big = whole & (np.abs(numbers) >= float(TOO_BIG))
    data = np.where(whole & ~big, numbers, 0.0).astype(np.int64)
    data[big] = np.where(numbers[big] > 0, TOO_BIG, -TOO_BIG)
    if arrays.is_text(values):
        _put_exact(data, arrays.trimmed(values))
    fault = _faults(values, ~whole & ~missing)
    fault[np.isfinite(numbers) & ~whole] = Fault.NOT_A_WHOLE_NUMBER
    return Reading(data, missing, fault)


def _machine_integers(values: pa.Array) -> NDArray[np.int64]:
    if pa.types.is_uint64(values.type):
        unsigned: NDArray[np.uint64] = values.fill_null(0).to_numpy(zero_copy_only=False)
        return np.minimum(unsigned, np.uint64(TOO_BIG)).astype(np.int64)
    data: NDArray[np.int64] = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return data


def _put_exact(data: NDArray[np.int64], text: pa.StringArray) -> None:
    """Floats round whole numbers beyond 2^53: read digits as digits."""
    short = arrays.matches(text, _SHORT)
    data[short] = pc.utf8_ltrim(text.filter(pa.array(short)), characters="+").cast(pa.int64()).to_numpy()
    long = arrays.matches(text, _LONG)
    numbers = (int(digits) for digits in text.filter(pa.array(long)).to_pylist())
    data[long] = [max(-TOO_BIG, min(TOO_BIG, number)) for number in numbers]


def _faults(values: pa.Array, wrong: NDArray[np.bool_]) -> NDArray[np.uint8]:
    fault = np.where(wrong, Fault.NOT_A_NUMBER, Fault.NONE).astype(np.uint8)
    if arrays.is_text(values) and wrong.any():
        fault[wrong & arrays.matches(arrays.trimmed(values), _COMMA)] = Fault.COMMA_IN_A_NUMBER
    return fault
