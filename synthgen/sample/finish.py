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
from synthgen.schema import Identifier, Schema, sources

PERSON: Final = "\0person"
"""Holds the number of each row's person in its block; no column of a table has this name."""

YEAR: Final = 365.2425
"""Days."""
GOLDEN: Final = 0.6180339887498949
"""Multiples of it fill the unit interval evenly (Weyl, 1916)."""

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

    Ages that advance are those of the person's first row with both age and day, as of each row's day. Order within a
    person is that of the first column said to be monotone. Values of further ones are put in order
    within the person, which gives them to other rows of that person.
    """
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    first = np.searchsorted(person, person, side="left")
    for name, array in columns.items():
        take = first if name in constant else source.get(name)
        columns[name] = array if take is None else array.take(pa.array(take))
    for rule in rules:
        if rule.kind == "advances" and all(name in columns for name in rule.columns):
            columns[rule.columns[0]] = advanced(columns[rule.columns[0]], columns[rule.columns[1]], person)
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
    described = (each for name, column in schema.columns.items() for each in sources(name, column))
    names = [name for name in described if name in given or name in made]
    columns = {name: made.get(name, given.get(name)) for name in names}
    if known is not None and unit not in schema.columns:
        columns = {unit: pa.array(number + 1)} | columns
    after = Place(rows=before.rows + rows, persons=int(number[-1]) + 1 if rows else before.persons)
    return pa.RecordBatch.from_pydict(columns), after


def advanced(age: pa.Array, day: pa.Array, person: Rows) -> pa.Array:
    """Ages (whole years) of rows by one day of birth for each person, no lower and no higher than any that was drawn.

    The day of birth lies half a year before the age in the person's first row was reached, in the mean: at a share of
    the year that the person's number decides, evenly. Rows without an age or a day stay as they are.
    """
    days, years = _days(day), age.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    known = np.flatnonzero(~np.isnan(days) & ~np.isnan(years))
    if not known.size:
        return age
    owners, lead = np.unique(person[known], return_index=True)
    lead = known[lead]
    share = owners * GOLDEN % 1.0
    birth = days[lead] - (years[lead] + share) * YEAR
    place = np.minimum(np.searchsorted(owners, person), len(owners) - 1)
    reached = np.floor((days - birth[place]) / YEAR + 1e-9)
    reached = np.clip(reached, np.nanmin(years), np.nanmax(years))
    usable = np.isin(np.arange(len(person)), known)
    return pc.if_else(pa.array(usable), pa.array(np.where(usable, reached, 0.0)).cast(age.type), age)


def check_rules(batch: pa.RecordBatch, rules: Sequence[PersonRule]) -> None:
    """Look at a block once more: raises TableError where a rule over persons is broken in it."""
    person = batch.column(PERSON).to_numpy() if rules else np.zeros(0, np.int64)
    for rule in rules:
        arrays = [batch.column(name) for name in rule.columns if name in batch.schema.names]
        if rule.kind == "advances":
            broken = len(arrays) == 2 and _is_ageless(arrays[0], arrays[1], person)
        else:
            broken = any(_is_broken(rule, array, person) for array in arrays)
        if broken:
            fix = "take the rule out: it contradicts another one"
            raise TableError(f"rule {rule.sql}", expected="every row to keep it", got="rows that break it", fix=fix)


def _is_broken(rule: PersonRule, array: pa.Array, person: Rows) -> bool:
    ranks, known = _ranks(array), array.is_valid().to_numpy(zero_copy_only=False)
    if rule.kind == "constant":
        together = person[1:] == person[:-1]
        return bool((together & ((ranks[1:] != ranks[:-1]) | (known[1:] != known[:-1]))).any())
    rank, owner = ranks[known], person[known]
    return bool(((owner[1:] == owner[:-1]) & (rank[1:] < rank[:-1])).any())


def _is_ageless(age: pa.Array, day: pa.Array, person: Rows) -> bool:
    """Is there a person whose ages no day of birth explains? The lowest and the highest age stand for all beyond."""
    days, years = _days(day), age.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    known = ~np.isnan(days) & ~np.isnan(years)
    if not known.any():
        return False
    low, high = years[known].min(), years[known].max()
    persons = int(person.max()) + 1
    latest, earliest = np.full(persons, np.inf), np.full(persons, -np.inf)
    np.minimum.at(latest, person[known & (years > low)], (days - years * YEAR)[known & (years > low)])
    np.maximum.at(earliest, person[known & (years < high)], (days - (years + 1) * YEAR)[known & (years < high)])
    return bool((earliest > latest + 1).any())


def _days(array: pa.Array) -> NDArray[np.float64]:
    """Days since 1970, NaN where missing."""
    if pa.types.is_date(array.type):
        days = array.cast(pa.date32()).cast(pa.int32()).cast(pa.float64())
        return np.asarray(days.fill_null(np.nan).to_numpy(zero_copy_only=False))
    seconds = array.cast(pa.timestamp("s")).cast(pa.int64()).cast(pa.float64())
    return np.asarray(seconds.fill_null(np.nan).to_numpy(zero_copy_only=False)) / 86_400


def _order(array: pa.Array, person: Rows) -> pa.Array:
    """Places sorted by person, then by value; missing values last, equal ones as they stand."""
    known = array.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.lexsort((_ranks(array), ~known, person)))


def _ranks(array: pa.Array) -> Rows:
    """A number for each value, in the order of the values; equal where they are, 0 where missing."""
    ranks = pc.rank(array, tiebreaker="dense").to_numpy().astype(np.int64)
    return np.where(array.is_valid().to_numpy(zero_copy_only=False), ranks, 0)
