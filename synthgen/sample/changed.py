"""Rows of a block after values were set in them: in modelled columns, and in those that a difference stands for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.codec import VALUE, ColumnCodec, Pieces
from synthgen.encode.grid import Grid, grid
from synthgen.sample.change import Change
from synthgen.sample.decode import decode_column
from synthgen.sample.partial import place_of
from synthgen.sample.placing import Places, table_of
from synthgen.schema.model import Privacy, learned
from synthgen.shape import Shape
from synthgen.tables import Conformed, conform

Mask = NDArray[np.bool_]


def changed(
    shape: Shape, places: Places, before: pa.RecordBatch, changes: Mapping[str, Change], rng: np.random.Generator
) -> tuple[pa.RecordBatch, Mask]:
    """Rows of the table after the changes, and which of them came out as they were set (bool [rows]).

    `before` is what the places are without. A column that is learned as its difference to another is set in the table's
    own terms: its difference is taken anew, and a row whose difference may not be so large did not come out.
    """
    places = dict(places)
    for name in changes.keys() & places.keys():
        codec, kind, unit = places[name]
        places[name] = (codec, *changes[name](kind, unit, rng))
    batch = table_of(shape, places, rng)
    sound = np.ones(batch.num_rows, np.bool_)
    late = [difference for difference in shape.rules.differences if difference.column in changes]
    if not late:
        return batch, sound
    wanted = dict(zip(batch.schema.names, batch.columns, strict=True))
    old = conformed(before, shape)
    for difference in late:
        name = difference.column
        known = alone(grid(name, shape.table.columns[name]))
        kind, unit = place_of(known, old.columns[name])
        if (source := getattr(changes[name], "source", None)) is not None:
            sound &= (kind != VALUE) | source.holds(unit)
        wanted[name] = decode_column(known, shape.table.columns[name], *changes[name](kind, unit, rng))
    found = shape.inward(conformed(pa.RecordBatch.from_pydict(wanted), shape))
    for difference in late:
        codec = places[difference.name][0]
        places[difference.name] = (codec, *place_of(codec, found.columns[difference.name]))
    batch = table_of(shape, places, rng)
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for difference in late:
        made, told = columns[difference.column], wanted[difference.column]
        same = pc.or_kleene(pc.equal(made, told), pc.and_(made.is_null(), told.is_null())).fill_null(False)
        sound &= same.to_numpy(zero_copy_only=False)
        columns[difference.column] = told  # so that the rule which stands against it is found
    return pa.RecordBatch.from_pydict(columns), sound


def alone(known: Grid) -> ColumnCodec:
    """A codec without levels: a grid to decode by."""
    nothing, none = np.zeros(0, np.int64), np.zeros(0)
    pieces = Pieces(level=nothing, mass=none, kind=np.zeros(0, np.int8), first=nothing, stride=nothing, count=nothing)
    return ColumnCodec(grid=known, pieces=pieces, marginal=none, variance=none)


def conformed(batch: pa.RecordBatch, shape: Shape) -> Conformed:
    """Sampled rows as if they were read."""
    columns = {name: column.model_copy(update={"nullable": True}) for name, column in learned(shape.table).items()}
    narrow = {"columns": columns, "privacy": Privacy(), "on_violation": "error"}
    return conform(batch, shape.table.model_copy(update=narrow))
