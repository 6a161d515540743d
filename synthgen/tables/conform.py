"""From an Arrow batch to the schema's values: pure, total, and counting every rule that a value breaks.

Whatever a batch holds, `conform` returns: NaN, infinity, wrong types and empty batches break rules, not runs. After it
every entry is inside the schema's domain, those that were not as well, so nothing downstream can trip over a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.schema import columns as kinds
from synthgen.schema.columns import Scalar
from synthgen.schema.model import ROW, Schema, learned, sources
from synthgen.tables import arrays
from synthgen.tables.faults import CLIPPED, Fault
from synthgen.tables.levels import match, spoken
from synthgen.tables.lines import bounds, points


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """One column of one batch, every entry inside the schema's domain. All arrays have one entry a row.

    data        categorical and boolean: int32 index into the declared values, or into `dictionary` where no values are
                declared. integer: int64. number: float64, rounded to `decimals`. date: int64 days since 1970-01-01.
                datetime: int64 seconds since 1970-01-01 (UTC where it has a time zone). time: int64 seconds since
                midnight. duration: int64 units. point: float64 [rows, 2], latitude and longitude, rounded to
                `decimals`. Where a value is missing, special or at fault: a filler.
    null        bool; only in nullable columns.
    special     int16 index into the column's `special`, -1 where none.
    dictionary  the batch's own distinct spellings; never empty when there are rows, empty when values are declared.
    """

    data: NDArray[Any]
    null: NDArray[np.bool_]
    special: NDArray[np.int16]
    dictionary: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Conformed:
    """One batch after the policy was applied.

    rows         in `columns` and `unit`.
    columns      by name, in the order of the schema.
    unit         the privacy unit of each row as text (one spelling whatever the type), or None when a row is a unit.
    violations   how many values break a rule, by (column, rule), before any row was removed.
    quarantined  rows that the policy removed; under `error`, where none is removed, rows that break a rule.
    read         rows of the batch.
    broken       bool, rows that break a rule and stay, as they do under `error`; None where there is none.
    """

    rows: int
    columns: dict[str, Values]
    unit: pa.StringArray | None
    violations: Counter[tuple[str, str]]
    quarantined: int
    read: int
    broken: NDArray[np.bool_] | None = None


def conform(batch: pa.RecordBatch, schema: Schema) -> Conformed:
    """Bring a batch that has the schema's columns (and others) into the schema's domain; those that are learned.

    `on_violation` decides about values that break a rule: `error` keeps the row, with a filler (the caller refuses the
    table at the end); `drop` removes the row; `clip` puts what is beyond a bound on the bound and removes other rows.
    Rules: missing, missing unit, unknown level, below minimum, above maximum, not a number, comma in a number,
    not a whole number, not a date, not a time, not a duration. NaN and blank text are missing, unless a blank is a
    declared level; a point is missing where either of its two columns is.

    >>> schema = Schema(name="t", on_violation="drop", columns={"age": kinds.Integer(type="integer", maximum=90)})
    >>> result = conform(pa.RecordBatch.from_pydict({"age": ["17", "old", None, "91", "90.0"]}), schema)
    >>> result.columns["age"].data.tolist(), result.quarantined
    ([17, 90], 3)
    >>> sorted(result.violations)
    [('age', 'above maximum'), ('age', 'missing'), ('age', 'not a number')]
    """
    pairs = {
        name: _column([batch.column(source) for source in sources(name, column)], column)
        for name, column in learned(schema).items()
    }
    # The unit stands under None: it may be a column of the schema as well.
    faults: dict[str | None, NDArray[np.uint8]] = {name: fault for name, (_, fault) in pairs.items()}
    unit = None
    if schema.privacy.unit != ROW:
        unit = _unit(batch.column(schema.privacy.unit))
        nameless = unit.is_null().to_numpy(zero_copy_only=False)
        faults[None] = np.where(nameless, Fault.MISSING_UNIT, Fault.NONE).astype(np.uint8)
    lost = np.zeros(batch.num_rows, np.bool_)
    for fault in faults.values():
        lost |= _loses_its_row(fault, schema.on_violation)
    rows = Conformed(
        rows=batch.num_rows,
        columns={name: values for name, (values, _) in pairs.items()},
        unit=unit,
        violations=Counter(dict(_violations(faults, schema.privacy.unit))),
        quarantined=0,
        read=batch.num_rows,
    )
    return without(rows, lost, schema.on_violation)


def without(rows: Conformed, lost: NDArray[np.bool_], policy: str) -> Conformed:
    """The batch after the policy has dealt with the rows that break a rule (`lost`, bool [rows]).

    Under `error` they stay, and are counted once however many rules they break; else they go.
    """
    keep = ~lost if lost.any() and policy != "error" else None
    columns = {name: _tidied(_kept(values, keep)) for name, values in rows.columns.items()}
    if policy == "error":
        broken = lost if rows.broken is None else lost | rows.broken
        return replace(rows, columns=columns, quarantined=int(broken.sum()), broken=broken if broken.any() else None)
    return replace(
        rows,
        rows=rows.rows if keep is None else int(keep.sum()),
        columns=columns,
        unit=rows.unit if rows.unit is None or keep is None else rows.unit.filter(pa.array(keep)),
        quarantined=rows.quarantined + int(lost.sum()),
    )


def _violations(faults: Mapping[str | None, NDArray[np.uint8]], unit: str) -> Iterator[tuple[tuple[str, str], int]]:
    for key, fault in faults.items():
        name = unit if key is None else key
        counts = np.bincount(fault, minlength=len(Fault))
        yield from (((name, broken.rule), int(counts[broken])) for broken in Fault if broken and counts[broken])


def _loses_its_row(fault: NDArray[np.uint8], policy: str) -> NDArray[np.bool_]:
    broken: NDArray[np.bool_] = fault != Fault.NONE
    if policy == "clip" and broken.any():
        broken &= ~np.isin(fault, CLIPPED)
    return broken


def _kept(values: Values, keep: NDArray[np.bool_] | None) -> Values:
    if keep is None:
        return values
    return replace(values, data=values.data[keep], null=values.null[keep], special=values.special[keep])


def _tidied(values: Values) -> Values:
    """Only the spellings that rows still have, and one at least: a filler needs an index."""
    if not values.dictionary:
        return values
    used = np.zeros(len(values.dictionary), np.bool_)
    used[values.data[~values.null]] = True
    if used.all():
        return values
    used[0] |= not used.any()
    data = np.where(values.null, 0, (np.cumsum(used) - 1)[values.data]).astype(np.int32)
    return replace(values, data=data, dictionary=tuple(np.array(values.dictionary, object)[used]))


def _unit(array: pa.Array) -> pa.StringArray:
    distinct, positions = arrays.encoded(arrays.plain(array))
    names = arrays.trimmed(arrays.texts(distinct))
    named = pc.if_else(pa.array(arrays.absent(distinct)), pa.scalar(None, pa.string()), names)
    return pa.concat_arrays([named, pa.nulls(1, pa.string())]).take(pa.array(positions))


def _column(found: Sequence[pa.Array], column: kinds.Column) -> tuple[Values, NDArray[np.uint8]]:
    if isinstance(column, kinds.Point):
        values, fault = _point(found, column)
    elif isinstance(column, kinds.Line):
        values, fault = _line(found[0], column)
    else:
        known = column.values if isinstance(column, kinds.Levels) else None  # of an identifier that is kept, none is
        truths = isinstance(column, kinds.Boolean) and column.values == (False, True)
        values, fault = levels_of(found[0], known, column.null_values, truths=truths)
    if not column.nullable and values.null.any():
        fault = np.where(values.null, Fault.MISSING, fault).astype(np.uint8)
        values = replace(values, null=np.zeros(len(values.null), np.bool_))
    return values, fault


def _point(latitude_longitude: Sequence[pa.Array], column: kinds.Point) -> tuple[Values, NDArray[np.uint8]]:
    said = {"decimals": column.decimals, "null_values": column.null_values, "nullable": column.nullable}
    pairs = [
        _line(array, kinds.Number(type="number", minimum=low, maximum=high, **said))
        for array, low, high in zip(latitude_longitude, column.minimum, column.maximum, strict=True)
    ]
    null = pairs[0][0].null | pairs[1][0].null
    worst = np.maximum(pairs[0][1], pairs[1][1])
    values = Values(
        data=np.stack([values.data for values, _ in pairs], axis=1), null=null, special=np.full(len(null), -1, np.int16)
    )
    return values, np.where(null, Fault.NONE, worst).astype(np.uint8)


def levels_of(
    array: pa.Array, declared: Sequence[Scalar] | None, null_values: Sequence[Scalar], *, truths: bool = False
) -> tuple[Values, NDArray[np.uint8]]:
    """One array as levels, and the fault (`faults.Fault`, uint8) of each value: none where none is declared.

    `truths`: words such as yes and no are read as the two levels.
    """
    distinct, positions = arrays.encoded(arrays.plain(array))
    known = declared or ()
    index = match(distinct, (*known, *null_values))
    if truths:
        index = np.where(index < 0, spoken(distinct), index)
    missing = (index >= len(known)) | ((index < 0) & arrays.absent(distinct))
    dictionary: tuple[str, ...] = ()
    if declared is None:
        spelled = arrays.texts(distinct).dictionary_encode()
        index = spelled.indices.fill_null(0).to_numpy(zero_copy_only=False)
        dictionary = tuple(spelled.dictionary.to_pylist()) or ("",)
    fault = np.where((index < 0) & ~missing, Fault.UNKNOWN_LEVEL, Fault.NONE)
    filled = np.where(missing | (index < 0), 0, index)
    values = Values(
        data=np.append(filled, 0).astype(np.int32)[positions],
        null=np.append(missing, True)[positions],
        special=np.full(len(positions), -1, np.int16),
        dictionary=dictionary,
    )
    return values, np.append(fault, Fault.NONE).astype(np.uint8)[positions]


def _line(array: pa.Array, column: kinds.Line) -> tuple[Values, NDArray[np.uint8]]:
    found = points(array, column)
    data = found.data
    if isinstance(column, kinds.Number) and column.decimals is not None:
        data = _rounded(data, column.decimals)
    low, high = bounds(column)
    inside = (found.fault == Fault.NONE) & ~found.missing & (found.special < 0)
    fault = found.fault
    if (below := inside & (data < low)).any():
        fault = np.where(below, Fault.BELOW_MINIMUM, fault).astype(np.uint8)
    if (above := inside & (data > high)).any():
        fault = np.where(above, Fault.ABOVE_MAXIMUM, fault).astype(np.uint8)
    return Values(data=np.clip(data, low, high), null=found.missing, special=found.special), fault


def _rounded(data: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Numbers on the grid of so many decimals; beyond 2^53 steps from 0 floats are coarser than the grid already."""
    small = np.abs(data) < arrays.EXACT / 10.0**decimals
    return np.where(small, np.round(np.where(small, data, 0.0), decimals), data) + 0.0  # + 0.0 makes -0.0 a zero
