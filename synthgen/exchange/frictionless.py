"""Frictionless Table Schema, alone, in a Data Resource or in a Data Package; pandas writes it too (`orient="table"`).

After https://datapackage.org/standard/table-schema/ (version 2, with what it keeps of version 1). `minimum`, `maximum`,
`enum` and `categories` are public domains: this is the format to bring a documented table in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synthgen.errors import SchemaError
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
    typed,
)
from synthgen.exchange.periods import duration, months
from synthgen.exchange.tables import chosen, lose_others
from synthgen.schema.mistakes import show

SPECIAL = "special"
"""How the label of a missing value begins that is a sentinel of ours, a level of its own."""

FORMATS = {"email": "email", "uri": "url", "uuid": "uuid"}
"""Formats of strings, and our kinds."""
_LEFT = "a schema has no place for it"


def read(document: Any, *, name: str, table: str | None, source: str) -> Imported:
    """The schema that a Table Schema describes."""
    draft, descriptor = _described(document, name, table, source)
    content = Reader(descriptor, "", draft)
    for said_elsewhere in ("$schema", "pandas_version", "fieldsMatch"):
        content.take(said_elsewhere)
    draft.description = content.text("description") or draft.description
    primary, missing = content.texts("primaryKey"), content.lists("missingValues")
    keys = [*([primary] if primary else []), *(names_in(key, "uniqueKeys") for key in content.lists("uniqueKeys"))]
    _lose_labels(missing, content)
    for index, each in enumerate(content.lists("fields")):
        field = Reader(each, f"fields.{index}", draft)
        label = str(field.take("name", index))
        field.place = f"fields.{label}"
        if label in draft.columns:
            raise SchemaError(f"{source} fields.{index}", expected="each name once", got=f"{label!r} again")
        words = field.lists("missingValues") if field.has("missingValues") else missing
        column = _column(field, draft, label, keys)
        column["nullable"] &= label not in primary
        draft.columns[label] = column | _missing(words, column)
        if words is not missing:
            _lose_labels(words, field)
        field.close(_LEFT)
    for key in keys:
        draft.unique(key, "uniqueKeys")
    for key in content.lists("foreignKeys"):
        _lose_foreign(Reader(key, "foreignKeys", draft))
    content.close(_LEFT)
    open_ends(draft, "fields.{}")
    return draft.finished(source)


def _described(document: Any, name: str, table: str | None, source: str) -> tuple[Draft, Any]:
    """The Table Schema itself, wherever it stands, and a draft under the name of its resource."""
    outer = Reader(document, "", Draft(name=name))
    resources = {str(index): each for index, each in enumerate(outer.lists("resources"))}
    named = {str(Reader(each, "resources", Draft(name=name)).take("name", at)): each for at, each in resources.items()}
    if named:
        name, document = chosen(named, table, source)
        outer = Reader(document, f"resources.{name}", Draft(name=name))
    draft = Draft(name=name)
    lose_others(named, name, draft, "resources")
    if not outer.has("schema"):
        return draft, document
    draft.description, descriptor = outer.text("description"), outer.take("schema")
    if isinstance(descriptor, str):
        fix = "give that file itself"
        raise SchemaError(f"{source} schema", expected="a Table Schema", got=f"the path {descriptor}", fix=fix)
    return draft, descriptor


def _lose_foreign(key: Reader) -> None:
    columns, reference = key.texts("fields"), key.reader("reference")
    other = f"{', '.join(reference.texts('fields'))} of {reference.take('resource') or 'the same table'}"
    key.lose("reference", f"{', '.join(columns)} to {other}", "a schema has no foreign keys")


def _column(field: Reader, draft: Draft, name: str, keys: list[list[str]]) -> Column:
    kind, said = str(field.take("type", "any")), field.reader("constraints")
    alone, required = said.take("unique") is True or [name] in keys, said.take("required") is True
    column: Column = {"description": field.text("description") or field.text("title")}
    allowed = _allowed(field, said)
    if allowed is not None and kind != "boolean":
        column |= {"type": "categorical"} | allowed
    else:
        if allowed is not None:
            field.lose("enum", allowed["values"], "booleans are two levels")
        column |= _READERS.get(kind, _text)(_Field(field=field, said=said, alone=alone))
        field.take("format")
    _bounds(column, said, draft, name)
    if column["type"] == "identifier":
        column["unique"] = alone
    elif alone and [name] not in keys:
        keys.append([name])
    said.close("a schema has no such rule")
    return column | {"nullable": not required}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Field:
    """A field, its constraints, and whether it is a key by itself."""

    field: Reader
    said: Reader
    alone: bool


def _allowed(field: Reader, said: Reader) -> Column | None:
    """The levels that `enum` or `categories` list."""
    listed = field.take("categories")
    if listed is not None and not isinstance(listed, list):
        raise SchemaError(f"{field.place}.categories", expected="a list", got=show(listed))
    labels = [each.get("label") for each in listed or () if isinstance(each, Mapping)]
    if any(labels):
        field.lose("categories", f"{len(labels)} labels", "levels have no labels")
    values = said.take("enum")
    if values is None and listed is not None:
        values = [each.get("value") if isinstance(each, Mapping) else each for each in listed]
    ordered = field.take("categoriesOrdered") is True or field.take("ordered") is True
    return None if values is None else {"values": levels(values, f"{field.place}.enum")[0], "ordered": ordered}


def _bounds(column: Column, said: Reader, draft: Draft, name: str) -> None:
    """Both kinds of bound, where the column is a line; an end that is itself out becomes a rule besides."""
    if column["type"] not in _LINES:
        return
    kind = column["type"]
    for key, sign, step in (("minimum", ">", 1), ("maximum", "<", -1)):
        inside, outside = (_end_of(said.take(word), kind, said.place) for word in (key, f"exclusive{key.title()}"))
        if outside is not None and kind == "integer":
            outside += step
        elif outside is not None:
            draft.rule(f"{quoted(name)} {sign} {outside if isinstance(outside, int | float) else repr(outside)}")
        ends = [end for end in (inside, outside) if end is not None]
        column |= {key: max(ends) if sign == ">" else min(ends)} if ends else {}


def _end_of(end: Any, kind: str, place: str) -> Any:
    if end is None:
        return None
    if kind != "duration":
        return bound(end, place, moment=kind in {"date", "datetime", "time"})
    try:
        return duration(str(end))
    except ValueError:
        raise SchemaError(place, expected="a length of time such as PT1H30M", got=show(end)) from None


def _lose_labels(words: Any, place: Reader) -> None:
    """Why a value is missing has no place in a schema, but for our own sentinels."""
    labels = [str(each.get("label") or "") for each in words if isinstance(each, Mapping)]
    if lost := [label for label in labels if label and not label.startswith(SPECIAL)]:
        place.lose("missingValues", lost, "missing values have no labels")


def _missing(words: Any, column: Column) -> Column:
    """What stands for missing; in a line, what has a label `special` is a sentinel."""
    listed = [each if isinstance(each, Mapping) else {"value": each} for each in words]
    labels = [str(each.get("label") or "") for each in listed]
    values = [(typed(each.get("value")), name.startswith(SPECIAL)) for each, name in zip(listed, labels, strict=True)]
    taken = {"", *map(str, column.get("values", ()))}
    nulls = [value for value, own in values if not own and str(value) not in taken] if column["nullable"] else []
    special = [value for value, own in values if own]
    return {"null_values": nulls} | ({"special": special} if column["type"] in _LINES else {})


def _number(one: _Field) -> Column:
    return {"type": "number", "format": _format(one.field, "50")}


def _integer(one: _Field) -> Column:
    if one.alone and not one.said.has("minimum") and not one.said.has("maximum"):
        return {"type": "identifier", "kind": "sequence"}
    return {"type": "integer", "format": _format(one.field, "")}


def _format(field: Reader, decimals: str) -> str | None:
    """An example of the column's spelling; None for plain numbers."""
    group, point, bare = field.take("groupChar"), field.take("decimalChar"), field.take("bareNumber", default=True)
    if not bare:
        field.lose("bareNumber", "false", "it is not said what stands around the digits: add it to format")
    if not group and not point:
        return None
    if decimals:
        field.lose("decimalChar", point or ".", "it is not said how many decimals there are: two are assumed")
    return f"1{group or ''}234" + (f"{point or '.'}{decimals}" if decimals else "")


_USUAL = ({"false", "False", "FALSE", "0"}, {"true", "True", "TRUE", "1"})
"""What Table Schema reads as false and true unless a field says otherwise."""


def _boolean(one: _Field) -> Column:
    ends = [one.field.take(key) for key in ("falseValues", "trueValues")]
    if all(end is None or (len(end) > 1 and set(end) <= usual) for end, usual in zip(ends, _USUAL, strict=True)):
        return {"type": "boolean"}
    first = [list(end or [word]) for end, word in zip(ends, ("false", "true"), strict=True)]
    for key, words in zip(("falseValues", "trueValues"), first, strict=True):
        if len(words) > 1:
            one.field.lose(key, ", ".join(map(str, words[1:])), "one spelling each: write the column in it")
    return {"type": "boolean", "values": [typed(words[0]) for words in first]}


def _moment(kind: str) -> Callable[[_Field], Column]:
    def read_moment(one: _Field) -> Column:
        form = one.field.text("format") or "default"
        if form != "default":
            one.field.lose("format", form, "dates are read as YYYY-MM-DD and times as HH:MM:SS: convert the column")
        return {"type": kind, "timezone": one.field.text("tz")} if kind == "datetime" else {"type": kind}

    return read_moment


def _month(one: _Field) -> Column:
    """Months are levels such as 2024-01, in order; both bounds together list them."""
    ends = [one.said.take("minimum"), one.said.take("maximum")]
    try:
        return {"type": "categorical"} | ({"values": months(*map(str, ends)), "ordered": True} if all(ends) else {})
    except ValueError:
        raise SchemaError(
            one.field.place, expected="months such as 2024-01", got=" and ".join(map(str, ends))
        ) from None


def _string(one: _Field) -> Column:
    form, pattern = one.field.text("format"), one.said.text("pattern")
    if pattern is not None:
        return spelled_by(pattern, one.said, "pattern")
    if form in FORMATS:
        return {"type": "identifier", "kind": FORMATS[form]}
    if one.alone:
        one.field.lose("type", "a key", "its form is not said: made up as twelve letters and digits")
        return {"type": "identifier", "pattern": "[0-9A-Z]{12}"}
    return {"type": "text"} if form == "binary" else {"type": "categorical"}


def _text(one: _Field) -> Column:
    one.field.lose("type", "no kind of ours", "read as text, which is left out of the synthetic table")
    return {"type": "text"}


_READERS: Mapping[str, Callable[[_Field], Column]] = {
    "string": _string,
    "any": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _moment("date"),
    "time": _moment("time"),
    "datetime": _moment("datetime"),
    "year": lambda _: {"type": "integer"},
    "yearmonth": _month,
    "duration": lambda _: {"type": "duration", "unit": "seconds", "format": "PT1H30M"},
}

_LINES = frozenset({"integer", "number", "date", "datetime", "time", "duration"})
"""Our types that have bounds and sentinels."""
