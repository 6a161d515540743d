"""From levels to rows of the table: a place inside each level, then values, then what is made of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.sample.change import Kinds, Units
from synthgen.sample.decode import decode_column
from synthgen.sample.draw import Levels, shuffled_within
from synthgen.sample.joint import parts_of
from synthgen.shape import Shape

NO_SOURCES: Mapping[str, NDArray[np.int64]] = {}

Places = dict[str, tuple[ColumnCodec, Kinds, Units]]
"""Values before they are decoded: for each column of what is modelled its codec, and a kind and a unit a row."""


def decoded(
    shape: Shape, codec: Codec, levels: list[Levels], rng: np.random.Generator, *, independent: bool
) -> pa.RecordBatch:
    """Rows of the table for levels (uint16 [rows] a column)."""
    return table_of(shape, placed(codec, levels, rng, independent=independent), rng)


def placed(
    codec: Codec,
    levels: list[Levels],
    rng: np.random.Generator,
    *,
    independent: bool,
    source: Mapping[str, NDArray[np.int64]] = NO_SOURCES,
) -> Places:
    """A place inside each row's level of each column: its codec, kinds (int8 [rows]) and units (int64 [rows]).

    `source` has, for columns of the codec, the row (int64 [rows]) whose place each row takes.
    """
    places: Places = {}
    for drawn, (name, column) in zip(levels, codec.columns.items(), strict=True):
        kind, unit = _inside(column, drawn, rng, independent=independent)
        if name in source:
            kind, unit = kind[source[name]], unit[source[name]]
        for part, owned, kinds, units in parts_of(name, column, kind, unit):
            places[part] = (owned, kinds, units)
    return places


def table_of(shape: Shape, places: Places, rng: np.random.Generator) -> pa.RecordBatch:
    """Rows of the table, in its order, for places in what is modelled."""
    modelled = shape.modelled.columns
    names = [name for name in modelled if name in places]
    arrays = {name: decode_column(places[name][0], modelled[name], *places[name][1:]) for name in names}
    return shape.outward(pa.RecordBatch.from_pydict(arrays), rng)


def _inside(
    column: ColumnCodec, levels: Levels, rng: np.random.Generator, *, independent: bool
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """A place inside each row's level: systematic within the level, or independent."""
    if column.is_plain:
        return column.pieces.kind[levels], column.pieces.first[levels]
    if independent:
        return column.draw(levels, rng.random(len(levels)))
    order = shuffled_within(levels.astype(np.int64), rng)
    counts = np.bincount(levels, minlength=column.levels)
    rank = np.arange(len(levels)) - np.repeat(np.cumsum(counts) - counts, counts)
    start = np.repeat(rng.random(column.levels), counts)
    sorted_levels = np.repeat(np.arange(column.levels), counts)
    kinds, units = column.draw(sorted_levels, (rank + start) / np.repeat(counts, counts))
    kind, unit = np.empty_like(kinds), np.empty_like(units)
    kind[order], unit[order] = kinds, units
    return kind, unit
