"""The whole search: remember the private table, then walk through what would leave."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from synthgen.errors import ConfigError, TableError
from synthgen.progress import Progress, Silent
from synthgen.release.lint import tables, texts
from synthgen.release.lint.places import Place, places
from synthgen.release.lint.private import Private, public_words, remember
from synthgen.release.lint.result import Leak, Linted
from synthgen.schema import Schema, to_json
from synthgen.tables import open_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_OWN_FILES = ("*.py", "*.html", "*.css", "*.js", "*.yaml", "*.md", "*.txt")
_MOST_LEAKS = 1000


def lint(
    target: str | Path,
    against: str | Path | pd.DataFrame | pa.Table,
    schema: Schema,
    *,
    released: Mapping[str, Collection[str]] | None = None,
    progress: Progress | None = None,
) -> Linted:
    """Search a model file, a bundle or any other file or folder for values of a private table.

    `released` are the levels of open columns that a fit found with noise (`Model.discovered`); every other level of
    such a column is private. Where they are not known (None), only levels of few rows are searched for. What is in the
    schema is public.

    Raises ConfigError for a target that is not there, and TableError for a private table that cannot be read.
    """
    path = Path(target)
    if not path.exists():
        raise ConfigError(str(target), expected="a model file, a bundle or a folder", got="nothing there")
    progress = progress or Silent()
    progress.stage("remembering the private table", None)
    private = remember(
        open_table(against),
        schema,
        released=released,
        public=public_words(schema, [json.dumps(to_json(schema), ensure_ascii=False)]) | _own_words(),
        progress=progress,
    )
    progress.stage("searching", None)
    leaks: list[Leak] = []
    notes: list[str] = [] if private.has_rows else ["the private table lacks columns of the schema: no rows compared"]
    hidden: list[str] = []
    files = rows = size = 0
    for place in places(path):
        found, read = _looked(place, private, progress)
        leaks += (own := [one for one in found if isinstance(one, Leak)])
        notes += [one for one in found if isinstance(one, str)]
        hidden += [name for name in place.names if own and _is_private(name, private)]
        if place.size:  # what stands beside a file has none of its own
            files, rows, size = files + 1, rows + read, size + place.size
    return Linted(
        leaks=tuple(replace(leak, where=_without(leak.where, hidden)) for leak in leaks[:_MOST_LEAKS]),
        notes=tuple(_without(note, hidden) for note in notes),
        files=files,
        rows=rows,
        bytes=size,
    )


def _is_private(name: str, private: Private) -> bool:
    """Whether a name of a file or column holds a private value."""
    met = texts.read((name.encode("utf-8", "replace"),), private, markup=False)
    return bool(met.strings or met.rows)


def _without(text: str, hidden: Sequence[str]) -> str:
    """A message without names that are private themselves."""
    for name in hidden:
        text = text.replace(name, "***")
    return text


def _looked(place: Place, private: Private, progress: Progress) -> tuple[list[Leak | str], int]:
    """What one place holds, and how many rows it has."""
    notes: list[str] = []
    if place.table is not None:
        try:
            found = tables.search(place.table, private, progress)
        except TableError:
            notes.append(f"{place.where}: a table that cannot be read, and was searched as a text")
        else:
            return list(tables.judged(found, private, place.where)), found.rows
    assert place.pieces is not None, "a place is a table or a text"
    met = texts.read(place.pieces(), private, markup=place.markup)
    return [*notes, *texts.judged(met, private, place.where)], 0


@cache
def _own_words() -> frozenset[str]:
    """Words of our own files, which stand in every release."""
    root, found = Path(__file__).parents[2], set[str]()
    for pattern in _OWN_FILES:
        for file in root.rglob(pattern):
            found.update(re.findall(r"\w+", file.read_text(encoding="utf-8", errors="replace")))
    return frozenset(found)
