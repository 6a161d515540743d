"""A table's columns as 64-bit codes: the same value has the same code in every file that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthgen.encode.grid import Grid, LineGrid, grid
from synthgen.errors import SchemaError
from synthgen.release.lint.words import Hashes, mixed
from synthgen.schema import DateTime, Duration, Line, Point, Schema, Time, learned
from synthgen.tables import Conformed, Values

LONG = 4096
"""A line of fewer units has no telling values: they are all hit by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """One batch: `by_column` uint64 codes, and `units` int64 of long lines, with which rows have a value there."""

    by_column: dict[str, Hashes]
    units: dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]]

    @property
    def rows(self) -> Hashes:
        """A code for each row."""
        with np.errstate(over="ignore"):
            return np.asarray(np.sum(list(self.by_column.values()), axis=0, dtype=np.uint64))


def grids_of(schema: Schema) -> dict[str, Grid]:
    """Grids of the lines whose bounds are known; a point's two axes are lines of their own."""
    found = {}
    for name, column in learned(schema).items():
        if isinstance(column, Line):
            try:
                found[name] = grid(name, column)
            except SchemaError:  # an open bound: its values are compared as rows only
                continue
    return found


def on_the_clock(schema: Schema, name: str) -> bool:
    """Whether a column is rounded as clocks are."""
    return isinstance(schema.columns[name], DateTime | Time | Duration)


def codes(batch: Conformed, schema: Schema, lines: Mapping[str, Grid]) -> Codes:
    """Codes of a conformed batch."""
    by_column, units = {}, {}
    for number, (name, values) in enumerate(batch.columns.items(), start=1):
        salt = np.uint64(number * 0x9E3779B97F4A7C15 % 2**64)
        by_column[name] = mixed(_code(values) ^ salt)
        line = lines.get(name)
        if isinstance(line, LineGrid) and line.units > LONG:
            units[name] = line.unit_of(values.data), ~values.null & (values.special < 0)
        column = schema.columns[name]
        if isinstance(column, Point):
            scale = 10.0 ** (6 if column.decimals is None else column.decimals)
            for axis, source in enumerate((column.latitude, column.longitude)):
                units[source] = np.rint(values.data[:, axis] * scale).astype(np.int64), ~values.null
    return Codes(by_column=by_column, units=units)


def _code(values: Values) -> Hashes:
    """Data, sentinel and missing in one number."""
    data = values.data
    if values.dictionary:
        spelled = pd.util.hash_array(np.array(values.dictionary, object), categorize=False)
        data = spelled[data]
    if data.ndim == 2:  # a point
        sides = np.ascontiguousarray(data.T, np.float64).view(np.uint64)
        data = mixed(sides[0]) ^ sides[1]
    kind = np.where(values.null, -2, values.special).astype(np.int64)
    plain = data.astype(np.float64) if data.dtype.kind == "f" else data
    bits = np.ascontiguousarray(plain if plain.dtype.itemsize == 8 else plain.astype(np.int64)).view(np.uint64)
    return np.where(kind == -1, bits, mixed(kind.view(np.uint64)))


def open_columns(schema: Schema) -> list[str]:
    """Columns whose levels the schema does not list: what they hold is private until it was released."""
    return [
        name
        for name, column in learned(schema).items()
        if not isinstance(column, Line | Point) and getattr(column, "values", None) is None
    ]
