r"""A schema from YAML text or JSON, and back again.

>>> schema = parse_schema("name: people\ncolumns:\n  age: {type: integer, minimum: 0, maximum: 120}\n")
>>> schema.columns["age"].maximum
120
>>> print(dump_schema(schema), end="")
synthgen: 1
name: people
columns:
  age: {type: integer, minimum: 0, maximum: 120}
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from synthgen.errors import SchemaError
from synthgen.schema.columns import Column, Tree
from synthgen.schema.document import Document, plain
from synthgen.schema.listing import PublicTable, named_in, read_lines
from synthgen.schema.mistakes import Mistake, Place, closest, explain, show, wrong
from synthgen.schema.model import Privacy, Schema, Survival

LARGEST = 64 * 2**20
"""Bytes of the largest schema or list of levels that is read."""


def load_schema(path: str | Path) -> Schema:
    """Read a schema file (YAML, UTF-8).

    Lists named by `values_from` are read from beside it. Raises SchemaError, with `.line` where there is one,
    for a file that cannot be read, is not YAML, or says something a schema cannot mean.
    """
    path = Path(path)
    return parse_schema(read_text(path, str(path)), source=path.name, folder=path.parent)


def parse_schema(text: str, *, source: str = "schema", folder: Path | None = None) -> Schema:
    """Read a schema from YAML text; `source` names it in errors, `folder` is where `values_from` looks."""
    document = Document(text, source=source)
    if not isinstance(document.value, dict):
        got = (
            "an empty file" if document.value is None else "a list" if isinstance(document.value, list) else "one word"
        )
        raise wrong(source, (), 1, expected="a mapping with name and columns", got=got, fix="begin with name: ...")
    raw = _with_tables(document, _with_levels(document, folder), folder)
    try:
        return Schema.model_validate(raw)
    except ValidationError as error:
        raise _explained(error, raw, source=source, line=document.line) from None


def dump_schema(schema: Schema) -> str:
    """YAML text that `parse_schema` reads as the same schema."""
    said = {"synthgen": schema.synthgen} | schema.model_dump(exclude_unset=True, exclude_none=True)
    said["columns"] = {name: {"type": column["type"]} | column for name, column in said["columns"].items()}
    return yaml_text(said)


def yaml_text(value: Mapping[str, Any], *, width: int = 110) -> str:
    """YAML text of plain values, a key a line, quoted where our reader would take them for something else."""
    flow = None if any(isinstance(inner, dict | list | tuple) for inner in value.values()) else False
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width, default_flow_style=flow)


def to_json(schema: Schema) -> dict[str, Any]:
    """The schema as JSON values, defaults spelled out; `from_json` reads it back."""
    return schema.model_dump(mode="json", exclude_none=True)


def from_json(value: object, *, source: str = "schema") -> Schema:
    """Read what `to_json` wrote; `source` stands in errors. Raises SchemaError when it is something else."""
    try:
        return Schema.model_validate(value)
    except ValidationError as error:
        raise _explained(error, value, source=source) from None


def _explained(error: ValidationError, raw: Any, **place: Any) -> SchemaError:
    """The words of `explain`, with the keys and types that a schema knows."""

    def unknown_key(place: Place) -> Mistake:
        kind = raw["columns"][place[1]]["type"] if place[0] == "columns" else None
        within = "hierarchy" if "hierarchy" in place else place[0] if place[0] in ("tables", "survival") else None
        known = _KEYS[within or kind or ("privacy" if len(place) > 1 else "")]
        owners = [other for other in _KINDS if kind and place[-1] in _KEYS[other]]
        fix = f"it goes with type: {' or '.join(owners)}" if owners else closest(place[-1], known)
        return Mistake(expected=f"one of {', '.join(known)}", got=repr(place[-1]), fix=fix)

    def unknown_type(word: object) -> Mistake:
        kind = _OTHER_NAMES.get(str(word).lower())
        fix = f"type: {kind} is the word here" if kind in _KINDS else kind or closest(word, _KINDS)
        return Mistake(expected=f"one of {', '.join(_KINDS)}", got=show(word), fix=fix)

    return explain(error, unknown_key=unknown_key, unknown_type=unknown_type, **place)


_KINDS: dict[str, type[BaseModel]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(Column)[0])
}
_KEYS: dict[str, list[str]] = {
    "": list(Schema.model_fields),
    "privacy": list(Privacy.model_fields),
    "hierarchy": list(Tree.model_fields),
    "tables": list(PublicTable.model_fields),
    "survival": list(Survival.model_fields),
} | {name: ["type", *(key for key in kind.model_fields if key != "type")] for name, kind in _KINDS.items()}
_OTHER_NAMES = (
    dict.fromkeys(("string", "str", "object", "category", "enum", "factor", "nominal"), "categorical")
    | dict.fromkeys(("int", "int32", "int64", "long", "count"), "integer")
    | dict.fromkeys(("float", "float32", "float64", "double", "decimal", "real", "numeric"), "number")
    | {"bool": "boolean", "binary": "boolean", "timestamp": "datetime", "day": "date"}
    | {"timedelta": "duration", "interval": "duration", "id": "identifier", "pii": "identifier", "key": "identifier"}
    | dict.fromkeys(("geo", "location", "coordinates", "latlong", "geopoint"), "point")
    | {"ordinal": "type: categorical with ordered: true", "free_text": "text", "freetext": "text"}
)
"""What other tools call our types."""


def read_text(path: Path, subject: str, line: int | None = None) -> str:
    """The text of a small public file; `subject` and `line` say in errors who asked for it. Raises SchemaError."""
    try:
        if path.stat().st_size > LARGEST:
            expected = f"a text of at most {LARGEST >> 20} MB"
            raise SchemaError(subject, expected=expected, got="more", fix="is it the data?", line=line)
        return path.read_text(encoding="utf-8-sig")
    except IsADirectoryError:
        raise SchemaError(subject, expected="a file", got="a folder", line=line) from None
    except FileNotFoundError:
        raise SchemaError(subject, expected="a file", got="nothing there", fix="check the path", line=line) from None
    except UnicodeDecodeError:
        raise SchemaError(subject, expected="UTF-8 text", got="other bytes", fix="is it the data?", line=line) from None
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        got = str(getattr(error, "strerror", None) or error).lower()
        raise SchemaError(subject, expected="a file that can be read", got=got, line=line) from None


def _with_levels(document: Document, folder: Path | None) -> dict[str, Any]:
    """The document's value with every `values_from`, and every hierarchy, replaced by what it names."""
    raw: dict[str, Any] = document.value
    columns = raw.get("columns")
    if not isinstance(columns, dict):
        return raw
    listed = {
        name: {key: value for key, value in column.items() if key != "values_from"}
        | {"values": _levels(document, name, column["values_from"], folder)}
        for name, column in columns.items()
        if _names_a_list(column)
    }
    columns = columns | listed
    trees = {
        name: column | {"hierarchy": {"groups": _groups(document, name, column["hierarchy"]["file"], folder)}}
        for name, column in columns.items()
        if _names_a_tree(column)
    }
    return raw | {"columns": columns | trees}


def _with_tables(document: Document, raw: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """The document's value with the tables that its rules name, read from their files."""
    rules, columns = raw.get("constraints"), raw.get("columns")
    if not isinstance(rules, list) or not isinstance(columns, dict):
        return raw
    given = raw.get("tables", {})
    found: dict[str, object] = {}
    for place, file in named_in(rules):
        if file in found or (isinstance(given, dict) and file in given):
            continue
        text, subject, line = _beside(document, ("constraints", place), file, folder)
        lines = read_lines(text, columns)
        if isinstance(lines, Mistake):
            raise SchemaError(subject, expected=lines.expected, got=lines.got, line=line)
        found[file] = lines
    return raw | {"tables": {**given, **found}} if found and isinstance(given, dict) else raw


def _names_a_list(column: object) -> bool:
    """True when a column takes its levels from a file, and from there alone; otherwise the model says what is wrong."""
    return (
        isinstance(column, dict)
        and isinstance(column.get("values_from"), str)
        and not column.keys() & {"values", "discover"}
    )


def _names_a_tree(column: object) -> bool:
    """True when a column's hierarchy is a file and nothing else."""
    tree = column.get("hierarchy") if isinstance(column, dict) else None
    return isinstance(tree, dict) and tree.keys() == {"file"} and isinstance(tree["file"], str)


def _beside(document: Document, place: Place, file: str, folder: Path | None) -> tuple[str, str, int]:
    """The text of a public file beside the schema, the subject of what is wrong with it, and the line that names it."""
    line = document.line(place)
    subject = f"{document.source} line {line}, {'.'.join(map(str, place))}, {file}"
    return read_text(Path(file) if folder is None else folder / file, subject, line), subject, line


def _groups(document: Document, column: str, file: str, folder: Path | None) -> dict[str, list[str]]:
    """The groups of each level in a public file, nearest first; a group that is left blank is none."""
    text, subject, line = _beside(document, ("columns", column, "hierarchy", "file"), file, folder)
    _, *rows = [row for row in csv.reader(io.StringIO(text)) if row] or [[]]
    if not rows or any(len(row) < 2 for row in rows):
        expected = "a header line, and on each line a level and its groups"
        raise SchemaError(subject, expected=expected, got="fewer columns or lines", line=line)
    groups = {row[0]: [group for group in row[1:] if group] for row in rows}
    if len(groups) < len(rows):
        twice = next(level for level, times in Counter(row[0] for row in rows).items() if times > 1)
        raise SchemaError(subject, expected="each level once", got=f"{show(twice)} again", line=line)
    return groups


def _levels(document: Document, column: str, file: str, folder: Path | None) -> list[str]:
    """The levels in a public file, each once."""
    text, subject, line = _beside(document, ("columns", column, "values_from"), file, folder)
    is_csv = Path(file).suffix.lower() == ".csv"
    levels = _csv_levels(text, column) if is_csv else [row for row in text.split("\n") if row]
    if levels is None:
        expected = f"one column, or a first line that names {column!r}"
        raise SchemaError(subject, expected=expected, got="several columns", line=line)
    if not levels:
        raise SchemaError(subject, expected="levels, one a line", got="an empty file", line=line)
    if len(set(levels)) < len(levels):
        twice = next(level for level, times in Counter(levels).items() if times > 1)
        raise SchemaError(subject, expected="each level once", got=f"{show(twice)} again", line=line)
    return levels


def _csv_levels(text: str, column: str) -> list[str] | None:
    """The column of the same name, or the only one; None when there are several and none has the name."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if rows and column in rows[0]:
        at = rows[0].index(column)
        return [row[at] for row in rows[1:] if len(row) > at]
    return [row[0] for row in rows] if all(len(row) == 1 for row in rows) else None


class _Dumper(yaml.SafeDumper):
    """Quotes text that our reader, or one of YAML 1.1, would take for something else."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        ours = _TAGS.get(type(plain(value))) if kind is yaml.ScalarNode and implicit[0] else None
        return ours or str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]  # PyYAML has no types here


_YAML = "tag:yaml.org,2002"
_TAGS: dict[type, str] = {
    kind: f"{_YAML}:{name}" for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (type(None), "null"))
}


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML folds line breaks inside single quotes and does not get them all back; double quotes escape them.
    return dumper.represent_scalar(f"{_YAML}:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _write_text)
# A moment holds colons and must be quoted; as a timestamp it would get a tag, which is more than our reader takes.
_Dumper.add_representer(dt.datetime, lambda dumper, value: _write_text(dumper, value.isoformat()))
_Dumper.add_representer(dt.time, lambda dumper, value: _write_text(dumper, value.isoformat()))
# PyYAML writes 1e+16 as 1.0e+16; a level must keep its spelling.
_Dumper.add_representer(float, lambda dumper, value: dumper.represent_scalar(_TAGS[float], repr(value)))
