"""Columns that leave the model: identifiers, free text, and what is dropped or masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthgen.schema import Categorical, Column, Identifier, Schema
from synthgen.schema.model import learned
from synthgen.shape.step import Inside, Outside


@dataclass(frozen=True, kw_only=True, slots=True)
class LeavingColumns:
    """These columns are not learned; a masked one comes back as one text, the others do not come back here.

    masked  column -> the text in every row
    kept    identifiers whose frequent values are learned as they are
    """

    names: tuple[str, ...]
    masked: Mapping[str, str]
    kept: Mapping[str, Categorical]

    def modelled(self, schema: Schema) -> Schema:
        """Without these columns. The target stays only where it is learned."""
        columns: dict[str, Column] = {
            name: self.kept.get(name, column) for name, column in schema.columns.items() if name not in self.names
        }
        target = schema.target if schema.target in columns else None
        return schema.model_copy(update={"columns": columns, "target": target})

    def inward(self, columns: Inside) -> Inside:
        """Nothing to do: columns that leave are not read."""
        return columns

    def outward(self, columns: Outside, rows: int, _rng: np.random.Generator) -> Outside:
        """The masked columns again."""
        return dict(columns) | {name: pa.repeat(text, rows) for name, text in self.masked.items()}


def leaving(schema: Schema) -> LeavingColumns | None:
    """The step for a schema; None where every column is learned."""
    known = learned(schema)
    names = tuple(name for name in schema.columns if name not in known)
    kept = {
        name: Categorical(type="categorical", discover=True, nullable=column.nullable, null_values=column.null_values)
        for name, column in schema.columns.items()
        if isinstance(column, Identifier) and name not in names
    }
    masked = {name: schema.columns[name].mask for name in names if schema.columns[name].action == "mask"}
    return LeavingColumns(names=names, masked=masked, kept=kept) if names or kept else None
