"""New rows as the levels that a model knows, read by the rules that its fit read rows by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthgen.constrain import checked, fields_of
from synthgen.encode.codec import VALUE, ColumnCodec
from synthgen.model import Model
from synthgen.progress import Progress
from synthgen.sample.joint import held
from synthgen.sample.partial import place_of
from synthgen.shape import Shape, shape_of
from synthgen.tables import Conformed, Source, conformed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """New rows, coded.

    read      rows of the table
    outside   rows that break a rule of the schema
    rows      in `levels`: at most `rows_per_unit` of a person, picked at random
    levels    column of what is modelled -> int64 (rows,), its level; one past the last for a value that the model
              never makes and that has no level near it
    person    int64 (rows,), 0 to persons - 1; None where each row is a person
    breaches  (column, rule) -> values
    """

    read: int
    outside: int
    rows: int
    levels: Mapping[str, NDArray[np.int64]]
    person: NDArray[np.int64] | None
    breaches: Mapping[tuple[str, str], int]


def read_batch(source: Source, model: Model, *, seed: int, progress: Progress) -> Batch:
    """Read a table as a fit would. Raises TableError for one that has not the schema's columns.

    A row that breaks a rule is counted. Where a fit refuses a table with such rows, they are left out here, and what
    is beyond a bound is put on it.
    """
    schema = model.schema
    lenient = "drop" if schema.on_violation == "drop" else "clip"
    shape = shape_of(schema.model_copy(update={"on_violation": lenient}))
    progress.stage("reading", None)
    parts, breaches, read, outside = list[Conformed](), Counter[tuple[str, str]](), 0, 0
    for rows, broken in _sound(source, shape, progress):
        parts.append(rows)
        breaches += rows.violations
        read, outside = read + rows.read, outside + broken
    used = _used(_people(parts), schema.privacy.rows_per_unit, np.random.default_rng(seed))
    levels = {name: _levels(parts, name, codec) for name, codec in model.codec.columns.items()}
    person = _people(parts)
    if used is not None and person is not None:
        levels = {name: level[used] for name, level in levels.items()}
        person = np.unique(person[used], return_inverse=True)[1].astype(np.int64)
    count = len(next(iter(levels.values())))
    return Batch(read=read, outside=outside, rows=count, levels=levels, person=person, breaches=dict(breaches))


def _sound(source: Source, shape: Shape, progress: Progress) -> Iterator[tuple[Conformed, int]]:
    """Batches that keep the rules, as they are learned, and how many of their rows broke one."""
    fields = fields_of(shape.table)
    for batch in conformed(source, shape.table, on_rows=progress.advance):
        rows = checked(batch, shape.rules.row_rules, fields, shape.table.on_violation)
        # Clipped values break a rule too, though their rows stay.
        clipped = max((count for (_, rule), count in rows.violations.items() if "imum" in rule), default=0)
        yield shape.inward(rows), max(rows.quarantined, min(clipped + rows.quarantined, rows.read))


def _people(parts: list[Conformed]) -> NDArray[np.int64] | None:
    """Persons by number, of all rows; None where each row is one."""
    if not parts or parts[0].unit is None:
        return None
    names = np.concatenate([np.asarray(part.unit.to_pylist(), object) for part in parts if part.unit is not None])
    return pd.factorize(pd.Series(names, dtype=object), use_na_sentinel=False)[0].astype(np.int64)


def _used(person: NDArray[np.int64] | None, most: int, rng: np.random.Generator) -> NDArray[np.int64] | None:
    """At most so many rows of each person, at random, as a fit uses; None: all."""
    if person is None:
        return None
    order = rng.permutation(len(person))
    rank = pd.Series(person[order]).groupby(person[order], sort=False).cumcount().to_numpy()
    return np.sort(order[rank < most])


def _levels(parts: list[Conformed], name: str, codec: ColumnCodec) -> NDArray[np.int64]:
    found = [level_of(codec, *place_of(codec, part.columns[name])) for part in parts]
    return np.concatenate([np.zeros(0, np.int64), *found])


def level_of(codec: ColumnCodec, kind: NDArray[np.int8], unit: NDArray[np.int64]) -> NDArray[np.int64]:
    """The level of each value, int64; of a line, that of the nearest value below that the model makes.

    What the model never makes, and nothing is near to, has a number one past the last level.
    """
    level, share = held(codec, kind, unit)
    level = np.where(share > 0, level, codec.levels)
    pieces = codec.pieces
    line = pieces.take((pieces.kind == VALUE) & (codec.marginal[pieces.level] > 0))
    if not codec.is_line or not len(line.level):
        return level
    line = line.take(np.argsort(line.first, kind="stable"))
    near = line.level[np.maximum(np.searchsorted(line.first, unit, side="right") - 1, 0)]
    return np.where((share == 0) & (kind == VALUE), near, level)
