"""Reading a table into a view, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.errors import TableError
from synthgen.evaluate.views import Column, View
from synthgen.schema import ROW, Boolean, Levels, Line, Number, Point, Privacy, Schema, Text, learned, sources, spell
from synthgen.schema import columns as kinds
from synthgen.schema.lines import SECONDS
from synthgen.tables import Source, arrays, check_columns
from synthgen.tables.conform import levels_of
from synthgen.tables.faults import Fault
from synthgen.tables.lines import points

Whose = Literal["real", "holdout", "synthetic"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A column of one batch; `dictionary` spells its levels where the schema lists none."""

    values: NDArray[np.float64]
    special: NDArray[np.int16]
    missing: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    dictionary: tuple[str, ...] = ()


def view(
    source: Source,
    schema: Schema,
    *,
    whose: Whose,
    rows: int | None = None,
    rng: np.random.Generator,
    like: View | None = None,
) -> View:
    """A table, or `rows` of its rows at random where it has more; `like` knows levels that the schema does not list.

    Raises TableError for a table without the schema's columns, with others, or without rows.
    """
    named = replace(source, name=f"{whose} table {source.name}")
    known = _without_unit(schema) if schema.privacy.unit not in source.columns else schema
    check_columns(named, known)
    left_out = {name for name, column in schema.columns.items() if isinstance(column, Text)} | set(schema.exclude)
    chosen = [name for name in source.columns if name not in left_out or name == known.privacy.unit]
    read, records = _sampled(named, chosen, rows, rng)
    if not read:
        raise TableError(named.name, expected="rows", got="none", fix="there is nothing to compare")
    columns = dict(_columns(records, known, like))
    count = sum(batch.num_rows for batch in records)
    return View(rows=count, read=read, columns=columns, unit=_units(records, known), records=tuple(records))


def _without_unit(schema: Schema) -> Schema:
    """A table may leave out who its rows belong to: then each is looked at as a person's only one."""
    return schema.model_copy(update={"privacy": Privacy()})


def _sampled(
    source: Source, names: Sequence[str], most: int | None, rng: np.random.Generator
) -> tuple[int, list[pa.RecordBatch]]:
    """How many rows there are, and the rows with the smallest of random keys, in their order."""
    if most is None:
        records = list(source.batches(names))
        return sum(batch.num_rows for batch in records), records
    read, kept, keys = 0, list[pa.RecordBatch](), np.zeros(0)
    for batch in source.batches(names):
        read += batch.num_rows
        kept.append(batch)
        keys = np.concatenate([keys, rng.random(batch.num_rows)])
        if len(keys) > 2 * most:
            kept, keys = _smallest(kept, keys, most)
    if len(keys) > most:
        kept, keys = _smallest(kept, keys, most)
    return read, kept


def _smallest(
    batches: Sequence[pa.RecordBatch], keys: NDArray[np.float64], most: int
) -> tuple[list[pa.RecordBatch], NDArray[np.float64]]:
    keep = np.zeros(len(keys), np.bool_)
    keep[np.argpartition(keys, most - 1)[:most]] = True
    ends = np.cumsum([batch.num_rows for batch in batches])
    masks = np.split(keep, ends[:-1])
    left = [batch.filter(pa.array(mask)) for batch, mask in zip(batches, masks, strict=True)]
    return [batch for batch in left if batch.num_rows], keys[keep]


def _columns(records: Sequence[pa.RecordBatch], schema: Schema, like: View | None) -> Iterator[tuple[str, Column]]:
    for name, column in learned(schema).items():
        if isinstance(column, Point):
            half = Number(
                type="number", decimals=column.decimals, nullable=column.nullable, null_values=column.null_values
            )
            for axis in sources(name, column):
                yield axis, replace(_line(axis, [batch.column(axis) for batch in records], half), type="point")
        elif isinstance(column, Line):
            yield name, _line(name, [batch.column(name) for batch in records], column)
        else:
            known = None if like is None else like.columns[name].levels
            yield name, _levels(name, [batch.column(name) for batch in records], column, known)


def _line(name: str, found: Sequence[pa.Array], column: Line) -> Column:
    parts = [_points(array, column) for array in found]
    return _joined(name, column, parts, specials=tuple(map(spell, column.special)))


def _points(array: pa.Array, column: Line) -> _Part:
    found = points(array, column)
    wrong, special = found.fault != Fault.NONE, found.special >= 0
    missing = found.missing & ~special & ~wrong
    values = found.data.astype(np.float64) * _scale(column)
    if isinstance(column, Number) and column.decimals is not None:
        # The schema says that digits beyond these are no part of the column.
        near = np.abs(values) < arrays.EXACT / 10.0**column.decimals
        values = np.where(near, np.round(np.where(near, values, 0.0), column.decimals), values)
    values[wrong | missing | special] = np.nan
    return _Part(values=values, special=found.special, missing=missing, wrong=wrong)


def _scale(column: Line) -> float:
    """What a unit of the column is worth in a view: seconds since 1970 are told in days, durations in seconds."""
    if isinstance(column, kinds.DateTime):
        return 1 / 86_400
    return float(SECONDS[column.unit]) if isinstance(column, kinds.Duration) else 1.0


def _levels(name: str, found: Sequence[pa.Array], column: kinds.Column, known: tuple[str, ...] | None) -> Column:
    declared = column.values if isinstance(column, Levels) else None
    parts = [_coded(array, column) for array in found]
    if declared is not None:
        return _joined(name, column, parts, levels=tuple(map(spell, declared)))
    levels = tuple(sorted(set().union(*map(_used, parts)))) if known is None else known
    return _joined(name, column, [_translated(part, levels) for part in parts], levels=levels)


def _coded(array: pa.Array, column: kinds.Column) -> _Part:
    declared = column.values if isinstance(column, Levels) else None
    truths = isinstance(column, Boolean) and column.values == (False, True)
    values, fault = levels_of(array, declared, column.null_values, truths=truths)
    wrong = fault == Fault.UNKNOWN_LEVEL
    codes = np.where(values.null, -1, values.data).astype(np.float64)
    if declared is not None:
        codes[wrong] = len(declared)
    return _Part(values=codes, special=values.special, missing=values.null, wrong=wrong, dictionary=values.dictionary)


def _used(part: _Part) -> set[str]:
    return {part.dictionary[code] for code in np.unique(part.values[~part.missing].astype(np.int64))}


def _translated(part: _Part, levels: tuple[str, ...]) -> _Part:
    """A batch's own codes as those of the levels that all share."""
    place: Mapping[str, int] = {level: index for index, level in enumerate(levels)}
    codes = np.array([*(place.get(spelling, len(levels)) for spelling in part.dictionary), -1])
    values = codes[part.values.astype(np.int64)].astype(np.float64)
    return replace(part, values=values, wrong=values == len(levels), dictionary=())


def _joined(
    name: str,
    column: kinds.Column,
    parts: Sequence[_Part],
    *,
    levels: tuple[str, ...] = (),
    specials: tuple[str, ...] = (),
) -> Column:
    values = np.concatenate([part.values for part in parts])
    is_line = isinstance(column, Line)
    return Column(
        name=name,
        type=column.type,
        is_line=is_line,
        values=values if is_line else values.astype(np.int32),
        levels=levels,
        special=np.concatenate([part.special for part in parts]),
        specials=specials,
        missing=np.concatenate([part.missing for part in parts]),
        wrong=np.concatenate([part.wrong for part in parts]),
    )


def _units(records: Sequence[pa.RecordBatch], schema: Schema) -> NDArray[np.int64] | None:
    """Persons numbered by their first row; a row without a person is one of its own."""
    if schema.privacy.unit == ROW:
        return None
    named = [_names(batch.column(schema.privacy.unit)) for batch in records]
    index, persons = pd.factorize(pd.Series(np.concatenate(named), dtype=object))
    nameless = index < 0
    index[nameless] = len(persons) + np.arange(int(nameless.sum()))
    return index.astype(np.int64)


def _names(array: pa.Array) -> NDArray[np.object_]:
    distinct, positions = arrays.encoded(arrays.plain(array))
    spelled = arrays.trimmed(arrays.texts(distinct)).to_pylist()
    named = [None if gone else text for text, gone in zip(spelled, arrays.absent(distinct), strict=True)]
    return np.array([*named, None], object)[positions]
