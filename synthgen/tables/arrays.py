"""Arrow arrays of any type, brought to the few that the rules are written for.

Everything here is total: whatever type a column arrives in, it can be spelled, encoded and compared.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

EXACT = 2**53
"""Whole numbers up to here are exact as floats."""
NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
"""A decimal number as text."""
_INFINITE = r"^[+-]?(?i:inf|infinity)$"
_ABSENT = r"^(?i:[+-]?nan|nat)?$"


def plain(array: pa.Array) -> pa.Array:
    """The same values as text, integers, float32, float64, decimals, booleans, dates, times or a dictionary of these.

    Moments with a time zone become what a clock on the wall there shows.

    >>> plain(pa.array([b"a", None])).to_pylist()
    ['a', None]
    >>> plain(pa.nulls(2)).type
    DataType(string)
    """
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(array.storage)
    if pa.types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(array))
    if pa.types.is_dictionary(kind):
        return _plain_dictionary(array)
    return _simple(array)


def _simple(array: pa.Array) -> pa.Array:
    kind = array.type
    if _is_bytes(kind):
        return _decoded(array)
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_float16(kind):
        return array.cast(pa.float32())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return _wall_time(array)
    return _unreadable(array) if pa.types.is_nested(kind) or pa.types.is_interval(kind) else array


def _wall_time(array: pa.TimestampArray) -> pa.Array:
    try:
        return pc.local_timestamp(array)
    except pa.ArrowInvalid:  # a time zone that this machine does not know
        return _unreadable(array)


def _unreadable(array: pa.Array) -> pa.StringArray:
    """The name of the type for every value: no level, no number and no date."""
    return pc.if_else(array.is_valid(), pa.scalar(str(array.type)), pa.scalar(None, pa.string()))


def _plain_dictionary(array: pa.DictionaryArray) -> pa.Array:
    # A slice of a big table carries the whole table's dictionary; beyond the slice's size decoding is cheaper.
    if len(array.dictionary) > len(array):
        return plain(array.dictionary_decode())
    return pa.DictionaryArray.from_arrays(array.indices.cast(pa.int64()), plain(array.dictionary))


def _is_bytes(kind: pa.DataType) -> bool:
    checks = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(check(kind) for check in checks)


def _decoded(array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:  # some bytes are not UTF-8: rare, so the slow way is good enough
        encoded = array.cast(pa.binary()).dictionary_encode()
        text = [None if value is None else value.decode(errors="replace") for value in encoded.dictionary.to_pylist()]
        return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(text, pa.string())).dictionary_decode()


def is_text(array: pa.Array) -> bool:
    """Whether a plain array holds text."""
    return bool(pa.types.is_string(array.type))


def is_number(array: pa.Array) -> bool:
    """Whether a plain array holds numbers; booleans count as 0 and 1."""
    kind = array.type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )


def encoded(array: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """A plain array as its distinct values and, for each row, a position among them; len(distinct) is null.

    >>> distinct, positions = encoded(pa.array(["b", None, "a", "b"]))
    >>> distinct.to_pylist(), positions.tolist()
    (['b', 'a'], [0, 2, 1, 0])
    """
    pair = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    positions = pair.indices.cast(pa.int64()).fill_null(len(pair.dictionary))
    return pair.dictionary, positions.to_numpy(zero_copy_only=False)


def texts(array: pa.Array) -> pa.StringArray:
    """The spelling of each value of a plain array without dictionary; null stays null.

    One number has one spelling whatever its type: without a point when it is whole, without final zeros.

    >>> texts(pa.array([1.0, 2.5, None])).to_pylist()
    ['1', '2.5', None]
    """
    if pa.types.is_floating(array.type):
        values = array.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
        whole = (np.abs(values) <= EXACT) & (values == np.trunc(values))
        integers = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
        return pc.if_else(pa.array(whole), integers, array.cast(pa.string()))
    if pa.types.is_decimal(array.type):
        shorter = pc.replace_substring_regex(array.cast(pa.string()), r"(\.[0-9]*[1-9])0+$", r"\1")
        return pc.replace_substring_regex(shorter, r"\.0+$", "")
    return array.cast(pa.string())


def trimmed(text: pa.StringArray) -> pa.StringArray:
    """Text without blanks around it."""
    return pc.utf8_trim_whitespace(text)


def matches(text: pa.StringArray, pattern: str) -> NDArray[np.bool_]:
    """Where text matches a regular expression; null does not."""
    found: NDArray[np.bool_] = pc.match_substring_regex(text, pattern).fill_null(False).to_numpy(zero_copy_only=False)
    return found


def absent(array: pa.Array) -> NDArray[np.bool_]:
    """Where a plain array without dictionary holds nothing: null, NaN, or text that is blank, NaN or NaT.

    >>> absent(pa.array(["1", " ", "nan", None])).tolist()
    [False, True, True, True]
    """
    if is_text(array):
        return matches(trimmed(array).fill_null(""), _ABSENT)
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), None, array)
    if array.null_count == 0:
        return np.zeros(len(array), np.bool_)
    empty: NDArray[np.bool_] = array.is_null().to_numpy(zero_copy_only=False)
    return empty


def floats(array: pa.Array) -> NDArray[np.float64]:
    """A plain array without dictionary as numbers; NaN where it is null or not a number, infinity where it says so.

    >>> floats(pa.array([" 1.5", "+2", "1e3", "1,5", "x", None])).tolist()
    [1.5, 2.0, 1000.0, nan, nan, nan]
    """
    if is_text(array):
        clean = trimmed(array)
        valid = matches(clean, NUMBER) | matches(clean, _INFINITE)
        clean = pc.if_else(pa.array(valid), pc.utf8_ltrim(clean, characters="+"), None)
    elif pa.types.is_floating(array.type) and array.type != pa.float64():
        clean = array.cast(pa.string())  # 0.1 stays 0.1, and equals the 0.1 of the schema
    elif is_number(array):
        clean = array.cast(pa.int8()) if pa.types.is_boolean(array.type) else array
    else:
        return np.full(len(array), np.nan)
    values: NDArray[np.float64] = clean.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values
