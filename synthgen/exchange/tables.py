"""Which of the tables in a foreign file is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthgen.errors import SchemaError
from synthgen.exchange.draft import Draft
from synthgen.schema.mistakes import closest, show


def lose_others(tables: Mapping[str, Any], name: str, draft: Draft, place: str) -> None:
    """Note the tables that were not chosen."""
    for other in tables:
        if other != name:
            draft.lose(f"{place}.{other}", "a table", f"one schema is one table; import it with --table {other}")


def chosen(tables: Any, wanted: str | None, source: str) -> tuple[str, Any]:
    """The table of that name, or the only one. Raises SchemaError when there is no such table, or a choice.

    >>> chosen({"guests": 1}, None, "metadata.json")
    ('guests', 1)
    """
    if not isinstance(tables, Mapping) or not tables:
        raise SchemaError(source, expected="tables by their names", got=show(tables))
    names = ", ".join(map(str, tables))
    if wanted is None and len(tables) > 1:
        raise SchemaError(source, expected="one table", got=f"{len(tables)} ({names})", fix="choose one with --table")
    if wanted is not None and wanted not in tables:
        fix = closest(wanted, map(str, tables))
        raise SchemaError(source, expected=f"a table of {names}", got=repr(wanted), fix=fix)
    name = next(iter(tables)) if wanted is None else wanted
    return str(name), tables[name]
