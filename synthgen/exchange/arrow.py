"""Arrow schemas: of a file (Parquet, Arrow, Feather), whose rows are not read, or of pandas through Arrow.

After https://arrow.apache.org/docs/python/api/datatypes.html. Arrow has types and nulls, but neither bounds nor levels:
a dictionary's values are in the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from synthgen.exchange.apart import apart
from synthgen.exchange.draft import Column, Draft, Imported, open_ends
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

WHY: Mapping[str, str] = {
    "": "Arrow has types, and no place for it",
    "values": "Arrow has no levels in its schema",
    "boolean": "Arrow has true and false: other spellings are text or numbers",
    "identifier": "Arrow has no identifiers: they are text",
    "text": "free text is a string to Arrow",
    "point": "Arrow has latitude and longitude as two columns",
    "number": "without sentinels that are no numbers, it would be a number",
}
_DESCRIPTION = b"description"


def read(fields: pa.Schema, *, name: str, table: str | None, source: str) -> Imported:  # noqa: ARG001  (one table a file)
    """The schema that Arrow types describe."""
    draft = Draft(name=name)
    for field in fields:
        about = (field.metadata or {}).get(_DESCRIPTION)
        column = {"description": about.decode("utf-8", "replace") if about else None}
        draft.columns[field.name] = column | _column(field.type, field.name, draft) | {"nullable": field.nullable}
    open_ends(draft, "{}")
    return draft.finished(source)


def _column(kind: pa.DataType, name: str, draft: Draft) -> Column:
    found = next((word for is_one, word in _TYPES if is_one(kind)), None)
    if found is None:
        draft.lose(name, str(kind), "no kind of ours: read as text, which is left out of the synthetic table")
        return {"type": "text"}
    column: Column = {"type": found}
    if pa.types.is_decimal(kind) and 0 <= kind.scale <= 12:
        column["decimals"] = kind.scale
    if pa.types.is_timestamp(kind):
        column["timezone"] = kind.tz
    return column


_TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_dictionary, "categorical"),
    (pa.types.is_string, "categorical"),
    (pa.types.is_large_string, "categorical"),
    (pa.types.is_string_view, "categorical"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_time, "time"),
    (pa.types.is_duration, "duration"),
)


def write(schema: Schema) -> pa.Schema:
    """The Arrow schema of the synthetic table."""
    return pa.schema([_field(name, column) for name, column in apart(schema).items()])


def _field(name: str, column: Kind) -> pa.Field:
    about = {_DESCRIPTION: column.description.encode()} if column.description else None
    mixed = any(isinstance(each, str) for each in getattr(column, "special", ()))
    return pa.field(name, pa.string() if mixed else _type(column), nullable=column.nullable, metadata=about)


def _type(column: Kind) -> pa.DataType:
    kind = pa.string()
    match column:
        case Integer() | Identifier(kind="sequence"):
            kind = pa.int64()
        case Number():
            kind = pa.float64()
        case Date():
            kind = pa.date32()
        case DateTime():
            kind = pa.timestamp("s", tz=column.timezone)
        case Time():
            kind = pa.time32("s")
        case Duration():
            kind = pa.duration("s")
        case Boolean(values=(False, True)):
            kind = pa.bool_()
        case Categorical(values=values) if values and all(isinstance(each, str) for each in values):
            kind = pa.dictionary(pa.int32(), pa.string(), ordered=column.ordered)
    return kind
