"""Identifiers for rows: one identity per synthetic person, the same in every batch.

A column without `unique: true` has one value a person. With it, values that follow the row (uuid, pattern, sequence)
differ from row to row, and those that name a person differ from person to person. The n-th column of a kind belongs to
the n-th identity of its row: a second full_name, city or email is someone else's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from synthgen.errors import SchemaError
from synthgen.identifiers.ask import Ask
from synthgen.identifiers.chance import Index
from synthgen.identifiers.codes import BRANDS
from synthgen.identifiers.kinds import kind_of
from synthgen.identifiers.locales import LOCALES
from synthgen.identifiers.persona import Persona
from synthgen.schema import Identifier
from synthgen.schema.mistakes import Mistake, closest
from synthgen.schema.pattern import parse_pattern

AGREES = {
    "gender": frozenset({"given_name", "full_name", "email", "username"}),
    "birth": frozenset({"birth_date"}),
    "age": frozenset({"birth_date"}),
}
"""Which kinds a column can agree with."""


def check(
    columns: Mapping[str, Identifier],
    rows: int,
    *,
    persons: int | None = None,
    unit: str | None = None,
    given: Collection[str] | None = None,
) -> None:
    """Refuse, before any work, what `fill` cannot keep; `rows` rows of `persons` persons (one each without it).

    Raises SchemaError for a locale or brand that there is not, a pattern that spells nothing, a column to agree with
    that makes no difference or is not among those `given` (when told), and `unique: true` over too few values.
    """
    for name, column in columns.items():
        _known(name, column)
        for key, told in column.agrees.items():
            if given is not None and told not in given:
                got, fix = repr(told), "a column that is left out, masked or made up says nothing"
                raise SchemaError(f"columns.{name}.agrees.{key}", expected="a learned column", got=got, fix=fix)
        capacity = kind_of(column).capacity
        if not column.unique and name != unit:
            continue
        needed = rows if _by_row(name, column, unit) or persons is None else persons
        if capacity is None:
            fix = "take unique out, or add a column of another kind"
            raise SchemaError(
                f"columns.{name}.unique", expected="a kind whose values differ", got=str(column.kind), fix=fix
            )
        if capacity(column) < needed:
            raise SchemaError(
                f"columns.{name}.unique",
                expected=f"at most {capacity(column):,} rows, one for each {column.kind or 'text of the pattern'}",
                got=f"{needed:,}",
                fix="take unique out, or ask for fewer" if column.pattern is None else "make the pattern longer",
            )


def fill(
    columns: Mapping[str, Identifier],
    rows: int,
    *,
    person: Index,
    given: Mapping[str, pa.Array],
    seed: int,
    start: int,
    unit: str | None = None,
) -> dict[str, pa.Array]:
    """Values of identifier columns for one batch; text, but birth_date (date32) and sequence (int64).

    columns  all identifier columns of the table, in its order
    person   number of the synthetic person of each row, 0 .., int64 [rows]
    given    columns that are already there, for `agrees`
    start    number of the batch's first row in the whole table
    unit     the column that names the person, if there is one: always one value a person

    Raises ConfigError when a column to agree with cannot be read as what it should be.
    """
    assert len(person) == rows
    row = np.arange(start, start + rows)
    genders, personas = _genders(columns, given), dict[int, Persona]()
    filled = {}
    for name, number in _identities(columns).items():
        if number not in personas:
            personas[number] = Persona(seed=seed, number=number, person=person, gender=genders.get(number))
        index = row if _by_row(name, columns[name], unit) else person
        ask = Ask(name=name, column=columns[name], seed=seed, index=index, persona=personas[number], given=given)
        filled[name] = kind_of(columns[name]).make(ask)
    return filled


def _by_row(name: str, column: Identifier, unit: str | None) -> bool:
    """Whether the value belongs to the row, not to its person."""
    return name != unit and kind_of(column).by_row and (column.unique or column.kind == "sequence")


def _identities(columns: Mapping[str, Identifier]) -> dict[str, int]:
    """Which identity of its row each column belongs to: the n-th column of a kind to the n-th."""
    seen: dict[object, int] = {}
    numbers = {}
    for name, column in columns.items():
        numbers[name] = seen.get(column.kind, 0)
        seen[column.kind] = numbers[name] + 1
    return numbers


def _genders(columns: Mapping[str, Identifier], given: Mapping[str, pa.Array]) -> dict[int, pa.Array]:
    """What the table says of the gender of each identity: the first of its columns to say so counts for all."""
    genders: dict[int, pa.Array] = {}
    for name, number in _identities(columns).items():
        told = columns[name].agrees.get("gender")
        if told is not None:
            genders.setdefault(number, given[told])
    return genders


def _known(name: str, column: Identifier) -> None:
    subject = f"columns.{name}"
    if column.locale not in LOCALES:
        fix = closest(column.locale, LOCALES)
        raise SchemaError(f"{subject}.locale", expected=f"one of {', '.join(LOCALES)}", got=column.locale, fix=fix)
    if column.brand is not None and column.brand not in BRANDS:
        fix = closest(column.brand, BRANDS)
        raise SchemaError(f"{subject}.brand", expected=f"one of {', '.join(BRANDS)}", got=column.brand, fix=fix)
    for key in column.agrees:
        if column.kind not in AGREES[key]:
            kinds = ", ".join(sorted(AGREES[key]))
            raise SchemaError(f"{subject}.agrees.{key}", expected=f"kind {kinds}", got=column.kind or "a pattern")
    if column.pattern is not None:
        try:
            parse_pattern(column.pattern)
        except Mistake as mistake:
            raise SchemaError(
                f"{subject}.pattern", expected=mistake.expected, got=mistake.got, fix=mistake.fix
            ) from None
