"""What a sampled block needs to be the user's table: rules over persons kept, identifiers made, persons named.

Between drawing and finishing, a column of the block says whose row each is; whatever filters the block's rows takes
that column along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.constrain import PersonRule
from synthgen.errors import TableError
from synthgen.identifiers import fill
from synthgen.schema import Identifier, Schema

PERSON: Final = "\0person"
"""Holds the number of each row's person in its block; no column of a table has this name."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """How many rows and persons stand before a block."""

    rows: int
    persons: int


def identifiers(schema: Schema) -> dict[str, Identifier]:
    """The columns that are made up."""
    return {
        name: column
        for name, column in schema.columns.items()
        if isinstance(column, Identifier) and column.action == "synthesize"
    }


def constant_columns(schema: Schema, rules: Sequence[PersonRule]) -> tuple[str, ...]:
    """Columns of one value a person: what rules say, and what a person's identity agrees with."""
    told = [name for rule in rules if rule.kind == "constant" for name in rule.columns]
    agreed = [name for column in identifiers(schema).values() for name in column.agrees.values()]
    unit = [schema.privacy.unit] if schema.privacy.unit in schema.columns else []
    return tuple(dict.fromkeys([*told, *agreed, *unit]))


def with_persons(
    batch: pa.RecordBatch,
    person: Rows,
    source: Mapping[str, Rows],
    *,
    rules: Sequence[PersonRule] = (),
    constant: Sequence[str] = (),
) -> pa.RecordBatch:
    """A block whose rows know their person and keep the rules over persons; rows of a person are together.

    source    column -> for each row the row whose value it takes
    constant  columns of one value a person, that of the first row

    Order within a person is that of the first column said to be monotone. Values of further ones are put in order
    within the person, which gives them to other rows of that person.
    """
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    first = np.searchsorted(person, person)
    for name, array in columns.items():
        take = first if name in constant else source.get(name)
        columns[name] = array if take is None else array.take(pa.array(take))
    rising = [name for rule in rules if rule.kind == "monotone" for name in rule.columns if name in columns]
    if rising:
        order = _order(columns[rising[0]], person)
        columns = {name: array.take(order) for name, array in columns.items()}
    for name in rising[1:]:
        columns[name] = columns[name].take(_order(columns[name], person))
    return pa.RecordBatch.from_pydict(columns | {PERSON: pa.array(person)})


def finished(batch: pa.RecordBatch, schema: Schema, *, seed: int, before: Place) -> tuple[pa.RecordBatch, Place]:
    """A block as rows of the table, in its order, and how much stands before the next block.

    The person's column comes first where the schema does not describe it.
    """
    given = dict(zip(batch.schema.names, batch.columns, strict=True))
    rows, unit = batch.num_rows, schema.privacy.unit
    person = np.arange(rows)
    known = given.pop(PERSON, None)
    if known is not None:
        _, person = np.unique(known.to_numpy(), return_inverse=True)
    number = before.persons + person.astype(np.int64)
    made = fill(
        identifiers(schema),
        rows,
        person=number,
        given=given,
        seed=seed,
        start=before.rows,
        unit=unit if unit in schema.columns else None,
    )
    names = [name for name in schema.columns if name in given or name in made]
    columns = {name: made.get(name, given.get(name)) for name in names}
    if known is not None and unit not in schema.columns:
        columns = {unit: pa.array(number + 1)} | columns
    after = Place(rows=before.rows + rows, persons=int(number[-1]) + 1 if rows else before.persons)
    return pa.RecordBatch.from_pydict(columns), after


def check_rules(batch: pa.RecordBatch, rules: Sequence[PersonRule]) -> None:
    """Look at a block once more: raises TableError where a rule over persons is broken in it."""
    if not rules:
        return
    person = batch.column(PERSON).to_numpy()
    for rule in rules:
        for name in rule.columns:
            if name in batch.schema.names and _is_broken(rule, batch.column(name), person):
                fix = "take the rule out: it contradicts another one"
                raise TableError(f"rule {rule.sql}", expected="every row to keep it", got="rows that break it", fix=fix)


def _is_broken(rule: PersonRule, array: pa.Array, person: Rows) -> bool:
    ranks, known = _ranks(array), array.is_valid().to_numpy(zero_copy_only=False)
    if rule.kind == "constant":
        together = person[1:] == person[:-1]
        return bool((together & ((ranks[1:] != ranks[:-1]) | (known[1:] != known[:-1]))).any())
    rank, owner = ranks[known], person[known]
    return bool(((owner[1:] == owner[:-1]) & (rank[1:] < rank[:-1])).any())


def _order(array: pa.Array, person: Rows) -> pa.Array:
    """Places sorted by person, then by value; missing values last, equal ones as they stand."""
    known = array.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.lexsort((_ranks(array), ~known, person)))


def _ranks(array: pa.Array) -> Rows:
    """A number for each value, in the order of the values; equal where they are, 0 where missing."""
    ranks = pc.rank(array, tiebreaker="dense").to_numpy().astype(np.int64)
    return np.where(array.is_valid().to_numpy(zero_copy_only=False), ranks, 0)
