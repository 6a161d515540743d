"""The columns that rules may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from synthgen.encode.grid import Grid, grid, value_of
from synthgen.schema import Categorical, Column, Line, Plain, Point, Schema
from synthgen.schema.model import learned, sources
from synthgen.sql.cells import Field


def is_bounded(column: Column) -> bool:
    """Whether the schema says what values a column may hold: its levels, or both ends of its line."""
    if isinstance(column, Categorical):
        return column.values is not None
    return not isinstance(column, Line) or (column.minimum is not None and column.maximum is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fields(Mapping[str, Field]):
    """Columns as conditions know them; a domain is made when it is first asked for.

    A line whose bounds are open has a domain of one point, which is enough to read literals by.
    """

    columns: Mapping[str, Column]
    made: dict[str, Field] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Field:
        if name not in self.made:
            self.made[name] = Field(column=self.columns[name], grid=_grid(name, self.columns[name]))
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return name in self.columns


def fields_of(schema: Schema) -> Fields:
    """The columns that rules and conditions may name: those that are learned, of plain kinds."""
    return Fields(columns={name: column for name, column in learned(schema).items() if isinstance(column, Plain)})


def out_of_reach(schema: Schema) -> dict[str, str]:
    """The other columns, each with what it is, in words."""
    known = fields_of(schema)
    found: dict[str, str] = {}
    for name, column in schema.columns.items():
        if isinstance(column, Point):
            found |= dict.fromkeys((name, *sources(name, column)), "a point")
        elif name not in known:
            found[name] = f"an {column.type}" if column.type == "identifier" else f"left out (type: {column.type})"
    return found


def _grid(name: str, column: Column) -> Grid | None:
    if is_bounded(column):
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # bounds beyond float64 are refused by those who draw from it
            return grid(name, column)
    if not isinstance(column, Line):
        return None
    end = value_of(column, 0)
    bounds = {key: getattr(column, key) for key in ("minimum", "maximum")}
    known = next((bound for bound in bounds.values() if bound is not None), end)
    return grid(name, column.model_copy(update=dict.fromkeys(bounds, known)))
