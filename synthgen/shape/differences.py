"""Columns that are learned as their difference to another: `discharge` as `discharge - admit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthgen.constrain import Difference, Fields
from synthgen.encode.grid import FULL_RESOLUTION
from synthgen.encode.typed import line_array
from synthgen.errors import SchemaError
from synthgen.schema import Column, Integer, Line, Number, Schema
from synthgen.shape.step import Inside, Outside
from synthgen.sql.cells import Cells, cells_of_batch, cells_of_values
from synthgen.sql.evaluate import rounded
from synthgen.tables import Values

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """These differences are learned in the place of their columns, each after the column that it is counted from.

    columns  those of the table
    lines    what the differences are, by their names
    """

    differences: tuple[Difference, ...]
    columns: Mapping[str, Column]
    lines: Mapping[str, Integer | Number]

    def modelled(self, schema: Schema) -> Schema:
        """A line for each difference, where its column stood."""
        names = {difference.column: difference.name for difference in self.differences}
        for name in names.values():
            if name in schema.columns:
                expected, fix = "a name that is not kept for a difference of two columns", "rename the column"
                raise SchemaError(f"column {name}", expected=expected, got="that one", fix=fix)
        columns = {
            names.get(name, name): self.lines.get(names.get(name, ""), column)
            for name, column in schema.columns.items()
        }
        target = names.get(schema.target, schema.target) if schema.target else None
        return schema.model_copy(update={"columns": columns, "target": target})

    def inward(self, columns: Inside) -> Inside:
        """Differences for columns; where the base is missing or a sentinel, counted from the column's own end."""
        found = dict(columns)
        fields = Fields(columns=self.columns)
        for difference in self.differences:
            values = found.pop(difference.column)
            wanted = {difference.base: fields[difference.base]}
            base = cells_of_values({difference.base: columns[difference.base]}, wanted)[difference.base]
            beyond = values.data.astype(np.float64) - _start(difference, base)
            found[difference.name] = self._values(difference, values, beyond)
        return found

    def outward(self, columns: Outside, _rows: int, _rng: np.random.Generator) -> Outside:
        """The columns themselves again, in the order in which they are counted from one another."""
        found = dict(columns)
        for difference in self.differences:
            if difference.name not in found or difference.base not in found:
                continue
            beyond = found.pop(difference.name)
            fields = Fields(columns={difference.base: self.columns[difference.base]})
            base = cells_of_batch(found, fields, [difference.base])[difference.base]
            missing: NDArray[np.bool_] = beyond.is_null().to_numpy(zero_copy_only=False)
            numbers: Floats = beyond.fill_null(0).to_numpy(zero_copy_only=False).astype(np.float64)
            found[difference.column] = self._array(difference, _start(difference, base) + numbers, missing)
        return found

    def _values(self, difference: Difference, values: Values, beyond: Floats) -> Values:
        line = self.lines[difference.name]
        inside = np.clip(rounded(beyond, getattr(line, "decimals", None)), difference.low, difference.high)
        data: NDArray[Any] = np.rint(inside).astype(np.int64) if isinstance(line, Integer) else inside
        return replace(values, data=data, special=np.full(len(data), -1, np.int16))

    def _array(self, difference: Difference, numbers: Floats, missing: NDArray[np.bool_]) -> Any:
        column = self.columns[difference.column]
        assert isinstance(column, Line), "a difference is of lines"
        if isinstance(column, Number):
            return line_array(rounded(numbers, column.decimals), column, missing)
        return line_array(np.where(missing, 0, np.rint(numbers)).astype(np.int64), column, missing)


def _start(difference: Difference, base: Cells) -> Floats:
    """What a difference is counted from, in each row."""
    first, last = difference.origin
    start = first - difference.low if difference.from_low else last - difference.high
    return np.where(base.known, difference.factor * np.where(base.known, base.numbers, 0.0), start)


def differences_in(schema: Schema, differences: Sequence[Difference]) -> Differences | None:
    """The step for a schema; None without differences."""
    if not differences:
        return None
    columns = {name: schema.columns[name] for one in differences for name in (one.column, one.base)}
    lines = {one.name: _line(one, columns[one.column]) for one in differences}
    return Differences(differences=tuple(differences), columns=columns, lines=lines)


def _line(difference: Difference, column: Column) -> Integer | Number:
    low, high = difference.low, difference.high
    decimals = column.decimals if isinstance(column, Number) else 0
    wide = decimals is None or (high - low) * 10**decimals > FULL_RESOLUTION
    scale = "log" if wide or getattr(column, "scale", "linear") == "log" else "linear"
    if isinstance(column, Number):
        return Number(
            type="number", minimum=low, maximum=high, decimals=decimals, scale=scale, nullable=column.nullable
        )
    return Integer(type="integer", minimum=int(low), maximum=int(high), scale=scale, nullable=column.nullable)
