"""The schema of what is searched: given, or the one that a model file or a bundle carries."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.release import files
from synthgen.schema import Schema, load_schema, parse_schema

NAME = "schema.yaml"
"""What a bundle calls it."""
_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A schema, and the levels of open columns that a fit released with noise; None where that is not known."""

    schema: Schema
    released: Mapping[str, tuple[str, ...]] | None


def described(target: str | Path, schema: str | Path | None) -> Described:
    """Raises ConfigError where no schema is given and the target has none, SchemaError, ModelFileError, BundleError."""
    path = Path(target)
    model = Model.load(path) if path.is_file() and _is_model(path) else None
    if schema is not None:
        return Described(schema=load_schema(schema), released=None if model is None else model.discovered)
    if model is not None:
        return Described(schema=model.schema, released=model.discovered)
    if path.is_dir() or (path.is_file() and zipfile.is_zipfile(path)):
        with files.opened(path) as inside:
            if NAME in inside.sizes:
                text = files.content(inside, NAME, most=_MOST_BYTES).decode("utf-8", "replace")
                return Described(schema=parse_schema(text, source=f"{path.name}/{NAME}"), released=None)
    fix = "add --schema FILE"
    raise ConfigError(str(target), expected="a model file or a bundle, which carry a schema", got="neither", fix=fix)


def _is_model(path: Path) -> bool:
    return path.suffix == ".synthgen"
