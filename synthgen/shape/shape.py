"""The user's table and the columns that a generator learns, and the way from one to the other.

What a user describes is not always what is best learned: an identifier is made up, a total is computed, an interval
between two days is kept where its second day would break a rule. A shape is a chain of such steps, made from the public
schema alone. Where nothing is to do it has no steps, and costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from synthgen.constrain import Compiled, compiled
from synthgen.errors import SchemaError
from synthgen.schema import Schema, sources
from synthgen.shape.computed import computed_in
from synthgen.shape.differences import differences_in
from synthgen.shape.leaving import leaving
from synthgen.shape.points import points_in
from synthgen.shape.step import Inside, Outside, Step
from synthgen.tables import Conformed


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How a table is learned.

    table     what the user describes
    modelled  what the generator learns: plain kinds of columns only
    steps     from the one to the other, in this order
    rules     what every row keeps, and how
    """

    table: Schema
    modelled: Schema
    steps: tuple[Step, ...]
    rules: Compiled

    def inward(self, rows: Conformed) -> Conformed:
        """Conformed rows of the table as rows of what is learned: row by row, and whatever they hold."""
        if not self.steps:
            return rows
        columns: Inside = rows.columns
        with np.errstate(all="ignore"):  # a warning would tell of the row that caused it
            for step in self.steps:
                columns = step.inward(columns)
        return replace(rows, columns={name: columns[name] for name in self.modelled.columns})

    def outward(self, batch: pa.RecordBatch, rng: np.random.Generator) -> pa.RecordBatch:
        """Sampled rows of what is learned as rows of the table, in its order; identifiers are not made here."""
        if not self.steps:
            return batch
        columns: Outside = dict(zip(batch.schema.names, batch.columns, strict=True))
        for step in reversed(self.steps):
            columns = step.outward(columns, batch.num_rows, rng)
        names = [
            source
            for name, column in self.table.columns.items()
            for source in sources(name, column)
            if source in columns
        ]
        return pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)


def shape_of(schema: Schema) -> Shape:
    """The shape of a table, from public facts alone. Raises SchemaError where the schema contradicts itself."""
    rules = compiled(schema)
    found = (
        leaving(schema),
        points_in(schema),
        computed_in(schema, rules.computed),
        differences_in(schema, rules.differences),
    )
    steps: list[Step] = [step for step in found if step is not None]
    modelled = schema
    for step in steps:
        modelled = step.modelled(modelled)
    if not modelled.columns:
        fix = "describe one that is learned"
        raise SchemaError("columns", expected="a column to learn", got="identifiers and text only", fix=fix)
    return Shape(table=schema, modelled=modelled, steps=tuple(steps), rules=rules)
