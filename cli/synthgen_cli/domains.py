"""The pages of `schema check`: what each column may hold, and how many values are outside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from synthgen.constrain import Compiled, PersonRule, Way, spelled
from synthgen.constrain.survey import Survey, Tally
from synthgen.errors import ViolationError
from synthgen.schema import ROW, Boolean, Categorical, Column, Identifier, Point, Schema, Text
from synthgen.tables import Quarantine
from synthgen_cli.output import indented, one_line, table

_WAYS: dict[Way, str] = {
    "computed": "1, computed and not learned",
    "difference": "2, learned as a difference",
    "mask": "3, a mask, exact",
    "rejection": "4, rejection",
    "no row twice": "no row twice",
    "by person": "person by person",
}
"""How synthetic rows keep a rule, in the order in which it is tried."""


def schema_page(schema: Schema, rules: Compiled) -> Iterator[RenderableType]:
    """What each column may hold, and how each rule is kept."""
    yield _head(schema)
    yield indented(table("column", "may hold", rows=[(name, domain(kind)) for name, kind in schema.columns.items()]))
    if rules.rules:
        listed = [(spelled(each), _WAYS[rules.ways[each.number]]) for each in rules.rules]
        yield indented(table("rule", "kept by", rows=listed))


def check_page(schema: Schema, survey: Survey) -> Iterator[RenderableType]:
    """The same, with what was found."""
    found = survey.values
    yield _head(schema)
    rows = [(name, domain(kind), _found(found, name)) for name, kind in schema.columns.items()]
    if schema.privacy.unit not in {ROW, *schema.columns}:
        rows.append((schema.privacy.unit, "the unit of privacy", _found(found, schema.privacy.unit)))
    yield indented(table("column", "may hold", "outside", rows=rows))
    if survey.rules:
        listed = [(spelled(each.rule), _WAYS[each.way], f"{each.rows:,}", _broken(each)) for each in survey.rules]
        yield indented(table("rule", "kept by", "rows checked", "violations", rows=listed, right=(2, 3)))
        of = f"{len(survey.rules)} rule{'s' if len(survey.rules) > 1 else ''}"
        yield f"{of} checked: {f'{survey.broken:,} violations' if survey.broken else 'every one is kept'}"
    outcome = f"{found.quarantined:,} are outside the schema" if found.violations else "every value is in the schema"
    if found.violations and found.policy == "clip":
        outcome = f"{found.quarantined:,} cannot be clipped into the schema"
    yield f"{found.rows_read:,} rows checked: {outcome} (on_violation: {found.policy})"


def tallied(tally: Tally) -> dict[str, Any]:
    """What became of a rule, for machines."""
    of = "persons" if isinstance(tally.rule, PersonRule) else "rows"
    return {"rule": tally.rule.sql, "way": tally.way, "rows": tally.rows, "violations": tally.violations, "of": of}


def _broken(tally: Tally) -> str:
    persons = isinstance(tally.rule, PersonRule) and tally.violations
    return f"{tally.violations:,} persons" if persons else f"{tally.violations:,}"


def outside(data: Path, survey: Survey) -> ViolationError:
    """The error for a table with values outside the schema, whatever its policy does about them in a fit."""
    by_column = survey.values.violations
    counts = {(column, rule): n for column, rules in by_column.items() for rule, n in rules.items()}
    counts |= {("constraint", spelled(each.rule)): each.violations for each in survey.rules if each.violations}
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
        case Identifier():
            words = f"{column.kind or column.pattern}, made up"
        case Text():
            words = "never learned"
        case Point():
            words = f"{_corner(column.minimum)} to {_corner(column.maximum)}"
        case _ if getattr(column, "bounds", None) == "discover":
            words = "bounds to be discovered"
        case _:
            words = _between(column.minimum, column.maximum)
    extra = [str(value) for value in getattr(column, "special", ())] + (["missing"] if column.nullable else [])
    return ", or ".join([f"{column.type}, {words}", *extra])


def _corner(degrees: tuple[float, float]) -> str:
    return " ".join(f"{end:g}" for end in degrees)


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
