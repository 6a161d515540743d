"""The last step of a sample: numbers and durations as their column's declared format writes them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.schema import Column, Duration, Integer, Number, Schema, Time, spell
from synthgen.schema.lines import SECONDS
from synthgen.schema.numerals import Spelling, spelling_of
from synthgen.tables.clocks import read_clock

Whole = NDArray[np.int64]


def written(batch: pa.RecordBatch, schema: Schema) -> pa.RecordBatch:
    """A batch of the table's columns, those with a `format` as text; what such a column reads is what it was.

    >>> columns = {"pay": {"type": "number", "format": "$1,234.50"}}
    >>> batch = pa.RecordBatch.from_pydict({"pay": [1234.5, -0.25, None]})
    >>> written(batch, Schema(name="t", columns=columns)).column("pay").to_pylist()
    ['$1,234.50', '-$0.25', None]
    """
    formatted = formats(schema)
    if not formatted.keys() & set(batch.schema.names):
        return batch
    arrays = [
        _spelled(array, formatted[name]) if name in formatted else array
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def written_schema(before: pa.Schema, schema: Schema) -> pa.Schema:
    """The Arrow schema of what `written` returns."""
    formatted = formats(schema)
    return pa.schema([field.with_type(pa.string()) if field.name in formatted else field for field in before])


def formats(schema: Schema) -> dict[str, Column]:
    """The columns that are written by a format."""
    return {name: column for name, column in schema.columns.items() if getattr(column, "format", None) is not None}


def _spelled(array: pa.Array, column: Column) -> pa.StringArray:
    """One column as text; its sentinels stay as they are."""
    assert isinstance(column, Integer | Number | Duration | Time), "other kinds have no format"
    assert column.format is not None, "asked for"
    missing: NDArray[np.bool_] = array.is_null().to_numpy(zero_copy_only=False)
    aside = np.zeros(len(array), np.bool_)
    if column.special:
        words = pa.array([spell(word) for word in column.special], pa.string())
        aside = pc.is_in(array.cast(pa.string()), value_set=words).to_numpy(zero_copy_only=False)
    plain = pc.if_else(pa.array(missing | aside), pa.scalar(None, array.type), array)
    if isinstance(column, Time):
        plain = pa.array(read_clock(plain).data)
    numbers = plain.cast(pa.float64() if isinstance(column, Number) else pa.int64()).fill_null(0)
    values = numbers.to_numpy(zero_copy_only=False)
    if isinstance(column, Time):
        text = _clock(values // 60, halved=column.format.endswith("M"))
    elif isinstance(column, Duration):
        text = _length(values * SECONDS[column.unit], iso=column.format.startswith("P"))
    else:
        rules = spelling_of(column.format, whole=isinstance(column, Integer))
        text = _number(values, rules)
    text = pc.if_else(pa.array(aside), array.cast(pa.string()), text)
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), text)


def _number(values: NDArray[np.float64] | Whole, rules: Spelling) -> pa.StringArray:
    """Numbers by the rules; exact, for a bound has at most 15 digits."""
    steps = np.rint(np.abs(values) * 10.0**rules.decimals).astype(np.int64) if rules.decimals else np.abs(values)
    steps = steps.astype(np.int64)
    digits = pc.utf8_lpad(pa.array(steps).cast(pa.string()), rules.decimals + 1, "0")
    body = pc.utf8_slice_codeunits(digits, 0, -rules.decimals) if rules.decimals else digits
    if rules.thousands:
        grouped = pc.replace_substring_regex(pc.utf8_reverse(body), r"([0-9]{3})", rf"\1{rules.thousands}")
        body = pc.utf8_ltrim(pc.utf8_reverse(grouped), characters=rules.thousands)
    if rules.decimals:
        body = _joined(body, rules.point, pc.utf8_slice_codeunits(digits, -rules.decimals))
    around = _joined(rules.prefix, body, rules.suffix)
    behind = {
        "before": _joined("-", around),
        "after": _joined(rules.prefix, "-", body, rules.suffix),
        "around": _joined("(", around, ")"),
    }
    return pc.if_else(pa.array((values < 0) & (steps > 0)), behind[rules.minus], around)


def _clock(minutes: Whole, *, halved: bool) -> pa.StringArray:
    """Minutes since midnight as 23:59 or 11:59 PM."""
    hour, minute = minutes // 60, pc.utf8_lpad(_text(minutes % 60), 2, "0")
    if not halved:
        return _joined(pc.utf8_lpad(_text(hour), 2, "0"), ":", minute)
    half = pc.if_else(pa.array(hour < 12), " AM", " PM")
    return _joined(_text((hour + 11) % 12 + 1), ":", minute, half)


def _length(seconds: Whole, *, iso: bool) -> pa.StringArray:
    """Lengths of time as PT1H30M or 1:30:00."""
    size = np.abs(seconds)
    sign = pc.if_else(pa.array(seconds < 0), "-", "")
    if not iso:
        parts = [_text(size // 3600), *(pc.utf8_lpad(_text(part % 60), 2, "0") for part in (size // 60, size))]
        return _joined(sign, parts[0], ":", parts[1], ":", parts[2])
    days, rest = size // 86_400, size % 86_400
    clock = {"H": rest // 3600, "M": rest // 60 % 60, "S": rest % 60}
    clock["S"] = np.where(size == 0, -1, clock["S"])  # nothing at all is PT0S, not P
    times = [_part(number, letter) for letter, number in clock.items()]
    mark = pc.if_else(pa.array((rest > 0) | (size == 0)), "T", "")
    return _joined(sign, "P", _part(days, "D"), mark, *times)


def _part(number: Whole, letter: str) -> pa.StringArray:
    """A number and its letter; of 0 nothing, of -1 a 0."""
    return pc.if_else(pa.array(number != 0), _joined(_text(np.maximum(number, 0)), letter), "")


def _text(numbers: Whole) -> pa.StringArray:
    return pa.array(numbers).cast(pa.string())


def _joined(*parts: pa.Array | str) -> pa.StringArray:
    return pc.binary_join_element_wise(*parts, "")
