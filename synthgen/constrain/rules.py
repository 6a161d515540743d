"""The rules of a schema: what may be said about rows, and about the rows of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synthgen.sql.expression import Expression
from synthgen.sql.terms import Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Equation:
    """A column that is computed from others: `column` = `term`."""

    column: str
    term: Term


@dataclass(frozen=True, kw_only=True, slots=True)
class RowRule:
    """A rule that each row keeps or breaks on its own.

    number    from 1, as the schema lists its rules
    sql       as it was written
    kept      true where the rule is not certainly false: like SQL's CHECK, a rule that is unknown, because something
              is missing, is kept
    equation  where the rule says what a column is computed from
    """

    number: int
    sql: str
    kept: Expression
    equation: Equation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UniqueRule:
    """No two rows hold the same values of these columns; a row in which one is missing is like no other."""

    number: int
    sql: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRule:
    """A rule over the rows of one person.

    kind     constant: one value in all rows of the person; monotone: values never fall, in the order of the rows
             (missing values are passed over); advances: the first column is the person's age in years on the day in
             the second, so that one day of birth explains all rows (where neither is missing)
    columns  that it is about: each on its own, or an age and a day
    """

    number: int
    sql: str
    kind: Literal["constant", "monotone", "advances"]
    columns: tuple[str, ...]


Rule = RowRule | UniqueRule | PersonRule


def spelled(rule: Rule) -> str:
    """How errors and pages name a rule."""
    line = " ".join(rule.sql.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
