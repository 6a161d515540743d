"""The pages of `schema check`: what each column may hold, and how many values are outside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from synthgen.errors import ViolationError
from synthgen.schema import ROW, Boolean, Categorical, Column, Identifier, Schema, Text
from synthgen.tables import Quarantine
from synthgen_cli.output import indented, one_line, table


def schema_page(schema: Schema) -> Iterator[RenderableType]:
    """What each column may hold."""
    yield _head(schema)
    yield indented(table("column", "may hold", rows=[(name, domain(kind)) for name, kind in schema.columns.items()]))


def check_page(schema: Schema, found: Quarantine) -> Iterator[RenderableType]:
    """The same, with what was found."""
    yield _head(schema)
    rows = [(name, domain(kind), _found(found, name)) for name, kind in schema.columns.items()]
    if schema.privacy.unit not in {ROW, *schema.columns}:
        rows.append((schema.privacy.unit, "the unit of privacy", _found(found, schema.privacy.unit)))
    yield indented(table("column", "may hold", "outside", rows=rows))
    outcome = f"{found.quarantined:,} are outside the schema" if found.violations else "every value is in the schema"
    if found.violations and found.policy == "clip":
        outcome = f"{found.quarantined:,} cannot be clipped into the schema"
    yield f"{found.rows_read:,} rows checked: {outcome} (on_violation: {found.policy})"


def outside(data: Path, found: Quarantine) -> ViolationError:
    """The error for a table with values outside the schema, whatever its policy does about them in a fit."""
    counts = {(column, rule): n for column, rules in found.violations.items() for rule, n in rules.items()}
    return ViolationError(str(data), counts=counts, fix="mend the table or the schema, or set on_violation")


def domain(column: Column) -> str:
    """What a column may hold, in words; all of it is public.

    >>> from synthgen.schema import Integer
    >>> domain(Integer(type="integer", minimum=0, maximum=9, nullable=True, special=(-1,)))
    'integer, 0 to 9, or -1, or missing'
    """
    match column:
        case Categorical(values=None):
            words = "levels that the data has" if not column.discover else "levels to be discovered"
        case Categorical() | Boolean():
            words = f"one of {len(column.values or ())} values"
        case Identifier() | Text():
            words = "never learned"
        case _:
            words = _between(column.minimum, column.maximum)
    extra = [str(value) for value in getattr(column, "special", ())] + (["missing"] if column.nullable else [])
    return ", or ".join([f"{column.type}, {words}", *extra])


def _between(low: Any, high: Any) -> str:
    if low is None or high is None:
        known = f"at least {low}" if low is not None else f"at most {high}" if high is not None else ""
        return f"{known or 'without bounds'}: for --no-privacy only"
    return f"{low} to {high}"


def _head(schema: Schema) -> str:
    unit = "each row" if schema.privacy.unit == ROW else f"each {schema.privacy.unit}"
    return one_line(f"{schema.name}: {len(schema.columns)} columns, privacy for {unit}")


def _found(found: Quarantine, name: str) -> str:
    return ", ".join(f"{count:,} {rule}" for rule, count in found.violations.get(name, {}).items()) or "0"
