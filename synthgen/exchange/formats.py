"""The formats, what reads and writes each, and how one is told from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pyarrow as pa

from synthgen.errors import ConfigError, SchemaError
from synthgen.exchange import arrow, domains, frictionless, frictionless_out, pandera, records, sdv
from synthgen.exchange.differences import differences
from synthgen.exchange.draft import Imported, Loss
from synthgen.schema import Schema

Name = Literal["sdv", "frictionless", "dpmm", "pgm", "pandera", "json-schema", "arrow"]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """One foreign form of a schema.

    read, write  between the form's own value (JSON values; an Arrow schema for `arrow`) and a schema.
    why          for a key, a type, or "" for all else: why the form cannot say it.
    text         how the value is written down: as JSON, as YAML, or as an Arrow file.
    """

    read: Callable[..., Imported]
    write: Callable[[Schema], Any]
    why: Mapping[str, str]
    text: Literal["json", "yaml", "arrow"] = "json"


FORMATS: Mapping[Name, Format] = {
    "sdv": Format(read=sdv.read, write=sdv.write, why=sdv.WHY),
    "frictionless": Format(read=frictionless.read, write=frictionless_out.write, why=frictionless_out.WHY),
    "dpmm": Format(read=domains.read_dpmm, write=domains.write_dpmm, why=domains.WHY_DPMM),
    "pgm": Format(read=domains.read_pgm, write=domains.write_pgm, why=domains.WHY_PGM),
    "pandera": Format(read=pandera.read, write=pandera.write, why=pandera.WHY, text="yaml"),
    "json-schema": Format(read=records.read, write=records.write, why=records.WHY),
    "arrow": Format(read=arrow.read, write=arrow.write, why=arrow.WHY, text="arrow"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """A schema in a foreign form: JSON values (an Arrow schema for `arrow`), and what the form does not say."""

    value: Any
    losses: tuple[Loss, ...]


def import_schema(
    value: Any, form: Name | None = None, *, name: str = "table", table: str | None = None, source: str = "schema"
) -> Imported:
    """A schema from another tool's description: JSON values, or an Arrow schema.

    Without `form` it is told by what the value holds. `name` is the schema's where the value has none, `table`
    chooses among several, `source` stands in errors. Raises ConfigError for a form that cannot be told, and
    SchemaError for a value that is not of its form or describes what no schema can.

    >>> found = import_schema({"age": {"lower": 17, "upper": 90}}, name="adult")
    >>> found.schema.columns["age"].maximum, len(found.losses)
    (90, 2)
    """
    chosen = form or told(value, source)
    return FORMATS[chosen].read(value, name=name, table=table, source=source)


def export_schema(schema: Schema, form: Name) -> Exported:
    """A schema as another tool reads it, and every place of it that the other form does not say.

    What is lost is found by reading the form back. Raises SchemaError when no column can be said in it.

    >>> from synthgen.schema import Integer
    >>> schema = Schema(name="t", columns={"age": Integer(type="integer", minimum=0, maximum=9, scale="log")})
    >>> made = export_schema(schema, "dpmm")
    >>> made.value, [loss.where for loss in made.losses]
    ({'age': {'lower': 0, 'upper': 9}}, ['columns.age.scale'])
    """
    chosen = FORMATS[form]
    value = chosen.write(schema)
    if not value:
        expected = f"a column with a domain that {form} can say"
        raise SchemaError(schema.name, expected=expected, got="none", fix="declare bounds or levels")
    back = chosen.read(value, name=schema.name, table=None, source=f"schema as {form}")
    return Exported(value=value, losses=tuple(differences(schema, back.schema, chosen.why)))


def told(value: Any, source: str) -> Name:
    """Which form a value has.

    >>> told({"fields": []}, "f"), told({"age": 85}, "f"), told({"age": {"lower": 0}}, "f")
    ('frictionless', 'pgm', 'dpmm')
    """
    if isinstance(value, pa.Schema):
        return "arrow"
    keys = value.keys() if isinstance(value, Mapping) else set()
    marks: tuple[tuple[Name, bool], ...] = (
        ("sdv", "METADATA_SPEC_VERSION" in keys),
        ("frictionless", bool(keys & {"fields", "resources"}) or "fields" in _inner(value, "schema")),
        ("pandera", "schema_type" in keys),
        ("json-schema", bool(keys & {"properties", "$defs"}) or "properties" in _inner(value, "items")),
        ("pgm", bool(keys) and all(isinstance(each, int) for each in value.values())),
        ("dpmm", bool(keys) and all(_is_domain(each) for each in value.values())),
    )
    for name, fits in marks:
        if fits:
            return name
    expected = f"a description by one of {', '.join(NAMES)}"
    raise ConfigError(source, expected=expected, got="another", fix="say which with --from")


def _inner(value: Any, key: str) -> Mapping[str, Any]:
    inner = value.get(key) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def _is_domain(each: Any) -> bool:
    return isinstance(each, list) or (
        isinstance(each, Mapping) and bool(each.keys() & {"lower", "upper", "categories"})
    )
