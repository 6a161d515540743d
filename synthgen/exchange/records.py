"""The JSON Schema of a record: an object with one property a column, or an array of such objects.

After https://json-schema.org/draft/2020-12/json-schema-validation. Its dates have formats but no bounds, and a property
that is not required may be missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from synthgen.errors import SchemaError
from synthgen.exchange.apart import apart
from synthgen.exchange.draft import (
    Column,
    Draft,
    Imported,
    Reader,
    bound,
    levels,
    names_in,
    open_ends,
    quoted,
    spelled_by,
)
from synthgen.schema import (
    Boolean,
    Categorical,
    Date,
    DateTime,
    Duration,
    Identifier,
    Integer,
    Number,
    Schema,
    Time,
)
from synthgen.schema import Column as Kind
from synthgen.schema.mistakes import show

DRAFT = "https://json-schema.org/draft/2020-12/schema"

WHY: Mapping[str, str] = {
    "": "JSON Schema has no place for it",
    "null_values": "JSON has null: replace these values in the data",
    "minimum": "JSON Schema has bounds for numbers only",
    "maximum": "JSON Schema has bounds for numbers only",
    "categorical": "a property without levels is a string to JSON Schema",
    "boolean": "JSON has true and false: other spellings are levels",
    "identifier": "JSON Schema knows some formats and patterns, but no other kinds",
    "text": "free text is a string to JSON Schema",
    "point": "JSON Schema has latitude and longitude as two properties",
    "constraints": "JSON Schema has no rules between properties of this kind",
    "decimals": "multipleOf needs a decimal step that a float holds",
    "unit": "JSON Schema has durations as ISO 8601, and no unit to count them in",
    "format": "JSON Schema has numbers as JSON writes them",
}
_FORMATS = {"email": "email", "idn-email": "email", "uri": "url", "iri": "url", "uuid": "uuid", "ipv4": "ipv4"} | {
    "ipv6": "ipv6"
}
_STRINGS = {"email": "email", "url": "uri", "uuid": "uuid", "ipv4": "ipv4", "ipv6": "ipv6"}
_MOMENTS = {"date": "date", "date-time": "datetime", "time": "time", "duration": "duration"}
_ABOUT = ("$schema", "$id", "$comment", "$anchor", "$defs", "definitions", "examples", "default", "deprecated")
_LEFT = "a schema has no such rule"


def read(document: Any, *, name: str, table: str | None, source: str) -> Imported:  # noqa: ARG001  (one table a file)
    """The schema that an object's JSON Schema describes."""
    root = document if isinstance(document, Mapping) else {}
    inner = _resolved(root["items"], root) if root.get("type") == "array" and "items" in root else root
    draft = Draft(name=str(inner.get("title") or root.get("title") or name))
    content = Reader(_resolved(inner, root), "", draft)
    kind, properties = content.take("type", "object"), content.take("properties")
    if kind != "object" or not isinstance(properties, Mapping):
        raise SchemaError(source, expected="the schema of an object", got=show(kind), fix="describe one record")
    draft.description = content.text("description")
    for about in (*_ABOUT, "title", "additionalProperties"):
        content.take(about)
    required = content.lists("required")
    for label, each in properties.items():
        field = Reader(_resolved(each, root), f"properties.{label}", draft)
        draft.columns[str(label)] = _column(field, draft, str(label), missing=label not in required)
        field.close(_LEFT)
    content.close(_LEFT)
    open_ends(draft, "properties.{}")
    return draft.finished(source)


def _resolved(value: Any, root: Mapping[str, Any], *, depth: int = 0) -> Any:
    """A schema with its local reference followed, and a choice between null and one other made."""
    if not isinstance(value, Mapping):
        return value
    found = dict(value)
    reference = found.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/") and depth < 20:
        target: Any = root
        for step in reference[2:].split("/"):
            target = target.get(step, {}) if isinstance(target, Mapping) else {}
        if not isinstance(target, Mapping):
            return found
        del found["$ref"]
        return _resolved({**target, **found}, root, depth=depth + 1)
    for word in ("anyOf", "oneOf"):
        choices = found.get(word)
        if isinstance(choices, list):
            parts = [_resolved(each, root, depth=depth + 1) for each in choices]
            rest = [each for each in parts if each != {"type": "null"}]
            del found[word]
            found |= {"nullable": True} if len(rest) < len(parts) else {}
            if len(rest) == 1 and isinstance(rest[0], Mapping):
                return {**rest[0], **found}
            found[word] = rest
    return found


def _column(field: Reader, draft: Draft, name: str, *, missing: bool) -> Column:
    for about in _ABOUT:
        field.take(about)
    column: Column = {"description": field.text("description") or field.text("title")}
    field.take("title")
    missing = missing or field.take("nullable", default=False) is True
    special, field = _sentinels(field, draft)
    said = field.take("type")
    kinds = [each for each in names_in(said, f"{field.place}.type") if each != "null"] if said is not None else []
    missing = missing or "null" in (said if isinstance(said, list) else ())
    allowed = [field.take("const")] if field.has("const") else field.take("enum")
    if allowed is not None and not _simple(allowed):
        field.lose("enum", allowed, "levels are text, numbers, true and false")
        return column | {"type": "text", "nullable": missing}
    if allowed is not None:
        values, null = levels(allowed, f"{field.place}.enum")
        return column | {"type": "categorical", "values": values, "nullable": missing or null}
    column |= _typed(kinds, field, draft, name)
    if special:
        field.close(_LEFT)
    return column | {"nullable": missing} | ({"special": special} if special else {})


def _simple(allowed: Any) -> bool:
    return isinstance(allowed, list) and all(
        each is None or isinstance(each, bool | int | float | str) for each in allowed
    )


def _sentinels(field: Reader, draft: Draft) -> tuple[list[Any], Reader]:
    """A choice between a line and a few values: the values are sentinels of the line."""
    for word in ("anyOf", "oneOf"):
        parts = field.take(word) if field.has(word) else None
        if not isinstance(parts, list):
            continue
        lists = [part for part in parts if isinstance(part, Mapping) and part.keys() == {"enum"}]
        rest = [part for part in parts if part not in lists]
        if len(lists) == 1 and len(rest) == 1 and _simple(lists[0]["enum"]):
            return levels(lists[0]["enum"], field.place)[0], Reader(rest[0], field.place, draft)
        field.lose(word, parts, _LEFT)
    return [], field


def _typed(kinds: Sequence[str], field: Reader, draft: Draft, name: str) -> Column:
    match list(kinds):
        case ["boolean"]:
            return {"type": "boolean"}
        case ["integer"]:
            return {"type": "integer"} | _ends(field, draft, name, whole=True)
        case ["number"] | ["integer", "number"] | ["number", "integer"]:
            return {"type": "number"} | _decimals(field) | _ends(field, draft, name, whole=False)
        case ["string"]:
            return _string(field)
    field.lose("type", list(kinds) or "none", "read as text, which is left out of the synthetic table")
    for nested in ("items", "properties", "required", "minItems", "uniqueItems"):
        field.take(nested)
    return {"type": "text"}


def _ends(field: Reader, draft: Draft, name: str, *, whole: bool) -> Column:
    """Bounds; an exclusive one is the next whole number, or a bound and a rule."""
    column: Column = {}
    for key, sign, step in (("minimum", ">", 1), ("maximum", "<", -1)):
        inside, outside = field.take(key), field.take(f"exclusive{key.title()}")
        if isinstance(outside, bool):  # draft 4: a flag beside the bound
            inside, outside = (None, inside) if outside else (inside, None)
        inside, outside = (None if end is None else bound(end, field.at(key)) for end in (inside, outside))
        if outside is not None and not whole:
            draft.rule(f"{quoted(name)} {sign} {outside}")
        elif outside is not None:
            outside = (math.floor(outside) if step > 0 else math.ceil(outside)) + step
        ends = [end for end in (inside, outside) if end is not None]
        column |= {key: max(ends) if step > 0 else min(ends)} if ends else {}
    return column


def _decimals(field: Reader) -> Column:
    """A step of 0.01 means two decimals; other steps have no such meaning."""
    step = field.take("multipleOf")
    digits = next((digits for digits in range(13) if step == float(f"1e-{digits}")), None)
    if step is not None and digits is None:
        field.lose("multipleOf", step, "decimals are steps of 1, 0.1, 0.01, ...")
    return {"decimals": digits}


def _string(field: Reader) -> Column:
    form, pattern = field.text("format"), field.take("pattern")
    if form in _MOMENTS:
        extra = {"unit": "seconds", "format": "PT1H30M"} if form == "duration" else {}
        return {"type": _MOMENTS[form]} | extra
    if form in _FORMATS:
        return {"type": "identifier", "kind": _FORMATS[form]}
    if form is not None:
        field.lose("format", form, "no kind of ours")
    if isinstance(pattern, str) and pattern.startswith("^") and pattern.endswith("$"):
        return spelled_by(pattern, field, "pattern")
    if pattern is not None:
        field.lose("pattern", pattern, "only a pattern of the whole text, ^...$, says how to make it up")
    return {"type": "categorical"}


def write(schema: Schema) -> dict[str, Any]:
    """The JSON Schema of one row."""
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, column in apart(schema).items():
        properties[name] = _about(column)
        required += [] if column.nullable else [name]
    return (
        {"$schema": DRAFT, "title": schema.name}
        | ({"description": schema.description} if schema.description else {})
        | {"type": "object", "properties": properties, "required": required}
        | {"additionalProperties": bool(schema.exclude)}
    )


def _about(column: Kind) -> dict[str, Any]:
    """A property, with its sentinels and null."""
    about = {"description": column.description} if column.description else {}
    said = _property(column)
    special = list(getattr(column, "special", ()))
    choices = [said, *([{"enum": special}] if special else []), *([{"type": "null"}] if column.nullable else [])]
    if not column.nullable and not special:
        return about | said
    return about | ({"enum": [*said["enum"], None]} if "enum" in said else {"anyOf": choices})


def _property(column: Kind) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "string"}
    match column:
        case Categorical(values=values) if values:
            said = {"enum": list(values)}
        case Boolean(values=(False, True)):
            said = {"type": "boolean"}
        case Boolean():
            said = {"enum": list(column.values)}
        case Integer() | Number():
            kind = "integer" if isinstance(column, Integer) else "number"
            ends = {"minimum": column.minimum, "maximum": column.maximum}
            digits = column.decimals if isinstance(column, Number) else None
            step = {} if digits is None else {"multipleOf": float(f"1e-{digits}") if digits else 1}
            said = {"type": kind} | {key: end for key, end in ends.items() if end is not None} | step
        case Date() | DateTime() | Time() | Duration():
            form = next(form for form, kind in _MOMENTS.items() if kind == column.type)
            said = {"type": "string", "format": form}
        case Identifier(kind="sequence"):
            said = {"type": "integer"}
        case Identifier(pattern=str(pattern)):
            said = {"type": "string", "pattern": f"^{pattern}$"}
        case Identifier(kind=str(kind)) if kind in _STRINGS:
            said = {"type": "string", "format": _STRINGS[kind]}
    return said
