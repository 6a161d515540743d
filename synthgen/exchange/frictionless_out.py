"""A schema as a Frictionless Table Schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from synthgen.exchange.apart import apart
from synthgen.exchange.frictionless import FORMATS, SPECIAL
from synthgen.exchange.rules import Unique, rule_of
from synthgen.schema import (
    Boolean,
    Categorical,
    Date,
    DateTime,
    Duration,
    Identifier,
    Integer,
    Number,
    Scalar,
    Schema,
    Time,
    spell,
)
from synthgen.schema import Column as Kind
from synthgen.schema.numerals import spelling_of

PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
_STRINGS = {kind: form for form, kind in FORMATS.items()}

WHY: Mapping[str, str] = {
    "": "Table Schema has no place for it",
    "null_values": "Table Schema has missing values as text: the type of a number among them is not kept",
    "special": "Table Schema has sentinels as labelled missing values, and those as text",
    "values": "Table Schema has levels of one type only, and true and false as text",
    "categorical": "a field without levels is a string to Table Schema",
    "identifier": "Table Schema knows email, uri and uuid, and patterns, but no other kinds",
    "point": "Table Schema has a place as one text, where the data has two columns",
    "text": "free text is a string to Table Schema",
    "constraints": "Table Schema has unique keys, and no other rules",
    "format": "Table Schema does not say how many decimals there are, nor what stands around a number",
    "unit": "Table Schema has durations, and no unit to count them in",
    "minimum": "implementations of Table Schema refuse bounds for such a field",
    "maximum": "implementations of Table Schema refuse bounds for such a field",
}


def write(schema: Schema) -> dict[str, Any]:
    """A Table Schema."""
    fields = [{"name": name} | _joined(_field(column), _nulls(column)) for name, column in apart(schema).items()]
    keys = [list(rule.columns) for rule in map(rule_of, schema.constraints) if isinstance(rule, Unique)]
    return (
        {"$schema": PROFILE, "fieldsMatch": "subset" if schema.exclude else "equal", "fields": fields}
        | ({"description": schema.description} if schema.description else {})
        | ({"uniqueKeys": keys} if keys else {})
    )


def _joined(field: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both, with the constraints of both."""
    rules = field.get("constraints", {}) | more.get("constraints", {})
    return field | more | ({"constraints": rules} if rules else {})


def _field(column: Kind) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "string"}
    match column:
        case Categorical(values=values) if values:
            said = _levels(column, values)
        case Boolean(values=(False, True)):
            said = {"type": "boolean"}
        case Boolean(values=(no, yes)):
            said = {"type": "boolean", "falseValues": [spell(no)], "trueValues": [spell(yes)]}
        case Identifier(kind=kind, pattern=pattern):
            form = {"format": _STRINGS[kind]} if kind in _STRINGS else {}
            rules = ({"pattern": pattern} if pattern else {}) | ({"unique": True} if column.unique else {})
            kind_of = "integer" if kind == "sequence" else "string"
            said = {"type": kind_of} | form | ({"constraints": rules} if rules else {})
        case Integer() | Number() | Date() | DateTime() | Time() | Duration():
            said = {"type": column.type} | _line(column)
    return ({"description": column.description} if column.description else {}) | said


def _levels(column: Categorical, values: Sequence[Scalar]) -> dict[str, Any]:
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    real = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    kind = "integer" if whole else "number" if real else "string"
    spelled = list(values) if real else [spell(value) for value in values]
    ordered = {"categories": spelled, "categoriesOrdered": True} if column.ordered and kind != "number" else {}
    return {"type": kind} | ordered | {"constraints": {"enum": spelled}}


def _line(column: Integer | Number | Date | DateTime | Time | Duration) -> dict[str, Any]:
    # The specification has bounds for durations, but its reference implementation refuses them.
    ends = {} if isinstance(column, Duration) else {key: getattr(column, key) for key in ("minimum", "maximum")}
    rules = {key: _end(end) for key, end in ends.items() if end is not None}
    zone = {"tz": column.timezone} if isinstance(column, DateTime) and column.timezone else {}
    return zone | _marks(column) | ({"constraints": rules} if rules else {})


def _end(end: Any) -> Any:
    return end.isoformat() if isinstance(end, dt.date | dt.time) else end


def _marks(column: Kind) -> dict[str, Any]:
    """The marks within a number that its format declares."""
    if not isinstance(column, Integer | Number) or column.format is None:
        return {}
    found = spelling_of(column.format, whole=isinstance(column, Integer))
    marks = {"groupChar": found.thousands, "decimalChar": found.point if isinstance(column, Number) else ""}
    around = {"bareNumber": False} if found.prefix or found.suffix else {}
    return {key: mark for key, mark in marks.items() if mark} | around


def _nulls(column: Kind) -> dict[str, Any]:
    """`required`, and what stands for missing; sentinels are missing values with a label."""
    special = getattr(column, "special", ())
    words: list[Any] = [{"value": spell(each), "label": f"{SPECIAL} {spell(each)}"} for each in special]
    nulls = [spell(each) for each in ("", *column.null_values)]
    listed = [*({"value": each} for each in nulls), *words] if words else nulls
    said: dict[str, Any] = {"missingValues": listed} if column.null_values or words else {}
    return said if column.nullable else said | {"constraints": {"required": True}}
