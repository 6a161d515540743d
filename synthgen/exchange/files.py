"""Descriptions of tables in other tools' files: read and written here, understood in `formats`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import yaml

from synthgen.errors import SchemaError
from synthgen.exchange.draft import Imported, Loss
from synthgen.exchange.formats import FORMATS, Name, export_schema, import_schema
from synthgen.schema import Schema
from synthgen.schema.yaml import read_text
from synthgen.tables import atomic_path

_ARROW = {".parquet", ".pq", ".arrow", ".feather", ".ipc"}


def load_foreign(
    path: str | Path, form: Name | None = None, *, table: str | None = None, constraints: str | Path | None = None
) -> Imported:
    """The schema that another tool's file describes; `constraints` is a second file, with SDV's list of them.

    Of a Parquet, Arrow or Feather file the types are read, and no row. Raises SchemaError and ConfigError as
    `import_schema` does, and SchemaError for a file that cannot be read.
    """
    path = Path(path)
    name = path.name.split(".")[0] or "table"
    if form == "arrow" or (form is None and path.suffix.lower() in _ARROW):
        return import_schema(_arrow_schema(path), "arrow", name=name, source=path.name)
    value = _parsed(path)
    if constraints is not None:
        rules = _parsed(Path(constraints))
        listed = rules.get("constraints") if isinstance(rules, dict) else rules
        if not isinstance(value, dict) or not isinstance(listed, list):
            raise SchemaError(str(constraints), expected="a list of SDV's constraints", got="something else")
        value = value | {"constraints": [*(value.get("constraints") or []), *listed]}
    return import_schema(value, form, name=name, table=table, source=path.name)


def save_foreign(schema: Schema, path: str | Path, form: Name, *, force: bool = False) -> tuple[Loss, ...]:
    """Write a schema in another tool's form (an Arrow file has no rows); what the form does not say is returned.

    Raises ConfigError as `atomic_path` does.
    """
    made = export_schema(schema, form)
    with atomic_path(path, force=force) as temporary:
        if FORMATS[form].text == "arrow":
            _write_arrow(made.value, temporary, Path(path).suffix.lower())
        elif FORMATS[form].text == "yaml" and Path(path).suffix.lower() != ".json":
            temporary.write_text(yaml.safe_dump(made.value, sort_keys=False, allow_unicode=True), encoding="utf-8")
        else:
            temporary.write_text(json.dumps(made.value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return made.losses


def _parsed(path: Path) -> Any:
    """JSON or YAML values."""
    text = read_text(path, str(path))
    try:
        return json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        raise SchemaError(path.name, expected="JSON", got=error.msg.lower(), line=error.lineno) from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        got = str(getattr(error, "problem", None) or "a value that is none")
        raise SchemaError(path.name, expected="YAML", got=got, line=mark.line + 1 if mark else None) from None
    except RecursionError:
        raise SchemaError(path.name, expected="a few levels of nesting", got="hundreds") from None


def _arrow_schema(path: Path) -> pa.Schema:
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return pyarrow.parquet.read_schema(path)
        with pa.memory_map(str(path)) as file:
            return pyarrow.ipc.open_file(file).schema
    except (OSError, pa.ArrowException):
        expected = "a Parquet, Arrow or Feather file"
        raise SchemaError(str(path), expected=expected, got="none that can be read", fix="check the path") from None


def _write_arrow(schema: pa.Schema, path: Path, suffix: str) -> None:
    table = schema.empty_table()
    if suffix in {".parquet", ".pq"}:
        pyarrow.parquet.write_table(table, path)
    else:
        with pyarrow.ipc.new_file(str(path), schema) as file:
            file.write_table(table)
