"""Pandera's serialised schema: what `DataFrameSchema.to_yaml` and `to_json` write.

After https://pandera.readthedocs.io/en/stable/schema_inference.html (Schema Persistence) and `pandera.io`: checks stand
in a mapping by name, in a list with `options.check_name`, or (the newest) as keys of the column itself; the oldest
files say `pandas_dtype`. The form with a mapping is written: old and new versions read it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any

from synthgen.errors import SchemaError
from synthgen.exchange.apart import apart
from synthgen.exchange.draft import Column, Draft, Imported, Reader, bound, levels, open_ends, quoted, spelled_by
from synthgen.exchange.rules import Unique, rule_of
from synthgen.schema import Boolean, Categorical, Date, DateTime, Identifier, Integer, Number, Schema, spell
from synthgen.schema import Column as Kind
from synthgen.schema.mistakes import show

VERSION = "0.24.0"
"""The version of Pandera whose form we write; it reads older and newer ones."""

WHY: Mapping[str, str] = {
    "": "Pandera has no place for it",
    "null_values": "Pandera knows real nulls only: replace these values in the data",
    "special": "a check of Pandera's is one range: sentinels would be outside it",
    "values": "Pandera's levels are read as text",
    "categorical": "a column without levels is a string to Pandera",
    "boolean": "Pandera has no spellings of true and false",
    "identifier": "Pandera knows patterns, but no kinds",
    "point": "Pandera has latitude and longitude as two columns",
    "text": "free text is a string to Pandera",
    "duration": "read from numbers, a duration is an integer to Pandera",
    "time": "Pandera has no times of day",
    "constraints": "Pandera writes down unique columns, and no other rules",
}
_LEFT = "a schema has no place for it"


def read(document: Any, *, name: str, table: str | None, source: str) -> Imported:  # noqa: ARG001  (one table a file)
    """The schema that a serialised DataFrameSchema describes."""
    draft = Draft(name=name)
    content = Reader(document, "", draft)
    if content.take("schema_type") != "dataframe":
        raise SchemaError(source, expected="schema_type: dataframe", got="another", fix="write it with to_yaml")
    for about_pandas in ("version", "api", "coerce", "dataframe_library", "report_duplicates", "unique_column_names"):
        content.take(about_pandas)
    draft.name = content.text("name") or name
    draft.description = content.text("description") or content.text("title")
    for nothing_said in ("name", "title", "description", "dtype", "strict", "ordered", "add_missing_columns"):
        _take_if_empty(content, nothing_said)
    columns = content.take("columns")
    for label, each in (columns if isinstance(columns, Mapping) else {}).items():
        field = Reader(each, f"columns.{label}", draft)
        draft.columns[str(label)] = _column(field, draft, str(label))
        field.close(_LEFT)
    if names := content.texts("unique"):
        draft.unique(names, "unique")
    _take_if_empty(content, "index", "checks")
    content.close(_LEFT)
    open_ends(draft, "columns.{}")
    return draft.finished(source)


def _take_if_empty(content: Reader, *keys: str) -> None:
    """Pass over keys that say nothing."""
    for key in keys:
        if content.has(key):
            value = content.take(key)
            if value not in (None, False, [], {}):
                content.lose(key, value, _LEFT)


def _column(field: Reader, draft: Draft, name: str) -> Column:
    dtype = str(field.take("dtype") or field.take("pandas_dtype") or "object")
    for about_pandas in ("pandas_dtype", "coerce", "name"):
        field.take(about_pandas)
    if field.take("required", default=True) is False:
        field.lose("required", "false", "a schema's columns are always there")
    column: Column = {"description": field.text("description") or field.text("title")} | _type(dtype, field)
    for empty in ("description", "title", "regex", "metadata", "default"):
        _take_if_empty(field, empty)
    column["nullable"], alone = field.take("nullable", default=False) is True, field.take("unique") is True
    for check, said in [*_checks(field.take("checks"), field.place), *_checks(field.rest(), field.place)]:
        _check(check, said, column, draft, name)
    if alone:
        draft.columns[name] = column
        draft.unique([name], field.place)
    return column


def _type(dtype: str, field: Reader) -> Column:
    found = next((kind for beginning, kind in _DTYPES if dtype.lower().startswith(beginning)), None)
    if found is None:
        field.lose("dtype", dtype, "no kind of ours: read as text, which is left out of the synthetic table")
        return {"type": "text"}
    zone = re.search(r",\s*([^\]]+)\]", dtype)
    return {"type": found} | ({"timezone": zone.group(1)} if zone and found == "datetime" else {})


_DTYPES = (
    (("int", "uint"), "integer"),
    (("float", "decimal"), "number"),
    (("bool",), "boolean"),
    (("datetime", "timestamp"), "datetime"),
    (("date",), "date"),
    (("timedelta",), "duration"),
    (("category", "str", "object"), "categorical"),
)
"""How the names of dtypes begin, and our types."""


def _checks(checks: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every check by name with what it says: a value, or a mapping of its arguments."""
    if isinstance(checks, Mapping):
        listed = [(str(word), said) for word, said in checks.items()]
    elif isinstance(checks, list) and all(isinstance(each, Mapping) for each in checks):
        listed = [(str((each.get("options") or {}).get("check_name")), each) for each in checks]
    elif checks is None:
        listed = []
    else:
        raise SchemaError(f"{place}.checks", expected="checks by name", got=show(checks))
    for word, said in listed:
        bare = {key: each for key, each in said.items() if key != "options"} if isinstance(said, Mapping) else said
        yield word, bare["value"] if isinstance(bare, Mapping) and bare.keys() == {"value"} else bare


_BOUNDS = {
    "greater_than_or_equal_to": ">=",
    "greater_than": ">",
    "less_than_or_equal_to": "<=",
    "less_than": "<",
}


def _check(check: str, said: Any, column: Column, draft: Draft, name: str) -> None:
    place = f"columns.{name}.checks.{check}"
    line = column["type"] in {"integer", "number", "date", "datetime", "duration"}
    if check in _BOUNDS and line:
        _bound(column, draft, name, _BOUNDS[check], _only(said))
    elif check == "in_range" and line and isinstance(said, Mapping):
        low, high = (said.get(f"include_{end}", True) for end in ("min", "max"))
        _bound(column, draft, name, ">=" if low else ">", said.get("min_value"))
        _bound(column, draft, name, "<=" if high else "<", said.get("max_value"))
    elif check in {"isin", "eq", "equal_to"}:
        allowed = _only(said)
        values = levels(allowed if isinstance(allowed, list) else [allowed], place)[0]
        description, missing = column.get("description"), column["nullable"]
        column.clear()
        column |= {"type": "categorical", "values": values, "nullable": missing, "description": description}
    elif check == "str_matches" and column["type"] == "categorical" and isinstance(_only(said), str):
        column |= spelled_by(_only(said), Reader({}, f"columns.{name}.checks", draft), check)
    else:
        draft.lose(place, said, "a schema has no such rule")


def _only(said: Any) -> Any:
    """The one argument of a check."""
    return next(iter(said.values()), None) if isinstance(said, Mapping) else said


def _bound(column: Column, draft: Draft, name: str, relation: str, said: Any) -> None:
    low, kind, place = relation.startswith(">"), column["type"], f"columns.{name}.checks"
    if kind in {"date", "datetime"}:
        end = bound(str(said), place, moment=True)[: 10 if kind == "date" else 19].replace(" ", "T")
    else:
        end = bound(said, place)
    if kind in {"integer", "duration"}:
        scale = 1_000_000_000 if kind == "duration" else 1  # pandera writes timedeltas in nanoseconds
        step = (1 if low else -1) if relation in {">", "<"} and end % scale == 0 else 0
        end = int(-(-end // scale) if low else end // scale) + step
    elif relation in {">", "<"}:
        draft.rule(f"{quoted(name)} {relation} {end if isinstance(end, int | float) else repr(end)}")
    column["minimum" if low else "maximum"] = end


def write(schema: Schema) -> dict[str, Any]:
    """A serialised DataFrameSchema."""
    columns = {name: _component(each) for name, each in apart(schema).items()}
    keys = [list(rule.columns) for rule in map(rule_of, schema.constraints) if isinstance(rule, Unique)]
    return {
        "schema_type": "dataframe",
        "version": VERSION,
        "columns": columns,
        "checks": None,
        "index": None,
        "dtype": None,
        "coerce": True,
        "strict": not schema.exclude,
        "name": schema.name,
        "ordered": False,
        "unique": keys[0] if keys else None,
        "report_duplicates": "all",
        "unique_column_names": True,
        "add_missing_columns": False,
        "title": None,
        "description": schema.description,
    }


def _component(column: Kind) -> dict[str, Any]:
    dtype, checks = _dtype(column), _written(column)
    return {
        "title": None,
        "description": column.description,
        "dtype": dtype,
        "nullable": column.nullable,
        "checks": checks or None,
        "unique": isinstance(column, Identifier) and column.unique,
        "coerce": False,
        "required": True,
        "regex": False,
    }


def _dtype(column: Kind) -> str:
    whole = "Int64" if column.nullable else "int64"  # numpy's has no nulls
    dtype = "str"
    match column:
        case Integer():
            dtype = whole
        case Number():
            dtype = "float64"
        case Boolean(values=(False, True)):
            dtype = "boolean" if column.nullable else "bool"
        case Date():
            dtype = "date"
        case DateTime():
            dtype = f"datetime64[ns, {column.timezone}]" if column.timezone else "datetime64[ns]"
        case Categorical(values=values) if values and len({type(each) for each in values}) == 1:
            dtype = {bool: "bool", int: whole, float: "float64"}.get(type(values[0]), "str")
        case Identifier(kind="sequence"):
            dtype = "int64"
    return dtype


def _written(column: Kind) -> dict[str, Any]:
    """The checks that say a column's domain; a column with sentinels has no range."""
    match column:
        case Categorical(values=values) if values:
            alike = len({type(each) for each in values}) == 1
            return {"isin": list(values) if alike else [spell(each) for each in values]}
        case Identifier(pattern=str(pattern)):
            return {"str_matches": f"^{pattern}$"}
        case Integer() | Number() | Date() | DateTime() if not column.special:
            ends = {"greater_than_or_equal_to": column.minimum, "less_than_or_equal_to": column.maximum}
            return {check: _plain(end) for check, end in ends.items() if end is not None}
    return {}


def _plain(end: float | dt.date) -> int | float | str:
    """A bound as Pandera writes it down."""
    if isinstance(end, dt.datetime):
        return end.strftime("%Y-%m-%d %H:%M:%S")
    return end.isoformat() if isinstance(end, dt.date) else end
