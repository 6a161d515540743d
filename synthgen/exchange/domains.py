"""Domains as tools for marginals take them: `{column: {lower, upper} | {categories}}` (dpmm), `{column: size}` (mbi).

After the README and user guide of https://github.com/sassoftware/dpmm (`TableBinner.set_domain`), and the files
`data/*-domain.json` of https://github.com/ryan112358/private-pgm, which `Dataset.load` reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from synthgen.errors import SchemaError
from synthgen.exchange.apart import apart
from synthgen.exchange.draft import Column, Draft, Imported, Reader, levels, open_ends
from synthgen.schema import Boolean, Categorical, Date, DateTime, Integer, Number, Schema
from synthgen.schema import Column as Kind
from synthgen.schema.mistakes import show

MOST_LEVELS = 256
"""Codes of an mbi domain that are read as levels; more are read as whole numbers."""

WHY_DPMM: Mapping[str, str] = {
    "": "a domain of dpmm is bounds or categories, and nothing else",
    "point": "dpmm has latitude and longitude as two columns",
    "nullable": "dpmm finds missing values in the data",
    "null_values": "dpmm finds missing values in the data",
    "identifier": "dpmm has no identifiers: leave the column out of the data",
    "text": "dpmm has no free text: leave the column out of the data",
    "categorical": "its levels are not known: dpmm takes them from the data, unprotected",
    "boolean": "dpmm has two categories",
}
WHY_PGM: Mapping[str, str] = {
    "": "a domain of mbi is a number of codes from 0, and nothing else",
    "point": "mbi has latitude and longitude as two columns",
    "categorical": "its levels are not known",
    "identifier": "mbi has no identifiers: leave the column out of the data",
    "text": "mbi has no free text: leave the column out of the data",
    "number": "a number without decimals has no finite domain: cut it into bins",
    "values": "codes count from 0: write the levels as their place in the list",
}


def read_dpmm(document: Any, *, name: str, table: str | None, source: str) -> Imported:  # noqa: ARG001  (one table a file)
    """The schema of a dpmm domain."""
    draft = Draft(name=name)
    domain = Reader(document, "", draft)
    for column in list(document):
        draft.columns[str(column)] = _of_dpmm(domain.take(column), str(column), draft)
    draft.lose("", "which may be missing", WHY_DPMM["nullable"] + ": add nullable: true where they may")
    open_ends(draft, "{}")
    return draft.finished(source)


def _of_dpmm(said: Any, name: str, draft: Draft) -> Column:
    if isinstance(said, list):  # the user guide's short form: two bounds
        said = {"lower": said[0], "upper": said[1]} if _two_numbers(said) else {"categories": said}
    entry = Reader(said, name, draft)
    if entry.has("categories"):
        values, missing = levels(entry.take("categories"), f"{name}.categories")
        entry.close("categories have none")
        return {"type": "categorical", "values": values, "nullable": missing}
    ends = {"minimum": entry.take("lower"), "maximum": entry.take("upper")}
    entry.close("a schema has no place for it")
    given = [end for end in ends.values() if end is not None]
    if given and all(isinstance(end, str) for end in given):
        return {"type": "date" if all(len(end) == 10 for end in given) else "datetime"} | ends
    if given and all(isinstance(end, int) and not isinstance(end, bool) for end in given):
        draft.lose(name, "whole bounds", "read as whole numbers: make it type: number if it has decimals")
        return {"type": "integer"} | ends
    return {"type": "number"} | ends


def _two_numbers(said: list[Any]) -> bool:
    return len(said) == 2 and all(isinstance(end, int | float) and not isinstance(end, bool) for end in said)


def write_dpmm(schema: Schema) -> dict[str, Any]:
    """A dpmm domain; columns that have none are left out."""
    said = {name: _to_dpmm(column) for name, column in apart(schema).items()}
    return {name: domain for name, domain in said.items() if domain}


def _to_dpmm(column: Kind) -> dict[str, Any]:
    match column:
        case Categorical() | Boolean():
            return {"categories": list(column.values)} if column.values else {}
        case Integer() | Number() | Date() | DateTime():
            ends = {"lower": column.minimum, "upper": column.maximum}
            real = isinstance(column, Number)
            return {key: _plain(end, real=real) for key, end in ends.items() if end is not None}
    return {}


def _plain(end: float | dt.date, *, real: bool) -> int | float | str:
    return end.isoformat() if isinstance(end, dt.date) else float(end) if real else end


def read_pgm(document: Any, *, name: str, table: str | None, source: str) -> Imported:  # noqa: ARG001  (one table a file)
    """The schema of an mbi domain: every column is codes from 0."""
    draft = Draft(name=name)
    domain = Reader(document, "", draft)
    for column in list(document):
        size = domain.take(column)
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise SchemaError(f"{source} {column}", expected="a number of codes, 1 or more", got=show(size))
        few = size <= MOST_LEVELS
        kind = {"type": "categorical", "values": list(range(size))} if few else {"type": "integer"}
        draft.columns[str(column)] = kind | ({} if few else {"minimum": 0, "maximum": size - 1})
    draft.lose("", "what the codes mean", "the file has sizes only: write the levels or bounds they stand for")
    return draft.finished(source)


def write_pgm(schema: Schema) -> dict[str, int]:
    """An mbi domain: the number of values each column can have; columns without a finite domain are left out."""
    columns = apart(schema)
    sizes = {name: _size(column) for name, column in columns.items()}
    return {name: size + _extra(columns[name]) for name, size in sizes.items() if size}


def _size(column: Kind) -> int:
    match column:
        case Categorical() | Boolean():
            return len(column.values or ())
        case Integer(minimum=int(low), maximum=int(high)):
            return high - low + 1
        case Number(minimum=float(low), maximum=float(high), decimals=int(digits)):
            steps: int = round((high - low) * 10**digits)
            return steps + 1
        case Date(minimum=dt.date() as first, maximum=dt.date() as last):
            return (last - first).days + 1
    return 0


def _extra(column: Kind) -> int:
    """Codes for sentinels and for missing."""
    special: tuple[object, ...] = getattr(column, "special", ())
    return len(special) + int(column.nullable)
