"""`synthgen lint`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from synthgen_cli import release_options as of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from synthgen.release.lint import Linted


def lint(target: of.LintTarget, *, against: of.Against, schema: of.LintSchema = None, json: of.Json = False) -> None:
    """Search what would leave for private values: rows, numbers, identifiers, levels; exit code 1 if any is found.

    Data, JSON, HTML, names of files, comments and Parquet's statistics are searched. What it says holds no value, but
    it was read from private rows: it stays inside.

    Example: [bold]synthgen lint bundle --against train.parquet[/]
    """
    from synthgen.errors import GateError
    from synthgen.release.lint import lint as search
    from synthgen.release.lint.described import described
    from synthgen_cli.output import Output
    from synthgen_cli.progress import watched

    out = Output(json=json)
    known = described(target, schema)
    with watched() as progress:
        found = search(target, against, known.schema, released=known.released, progress=progress)
    out.say(*_page(found))
    out.result({"target": target, "clean": found.clean} | asdict(found))
    if not found.clean:
        places = tuple(f"{leak.kind} in {leak.where}" for leak in found.leaks)
        fix = "find out how they came there; honest rows and reports hold none"
        raise GateError(str(target), expected="no private value", got=f"{len(places)} places", fix=fix, rules=places)


def _page(found: Linted) -> list[RenderableType]:
    from synthgen_cli.output import size, table

    rows = [(leak.kind, leak.where, f"{leak.found:,}", f"{leak.chance:.2g}") for leak in found.leaks]
    page: list[RenderableType] = []
    if rows:
        page += [table("what", "where", "found", "by chance", rows=rows, right=(2, 3)), ""]
    looked = f"Looked at {found.files:,} files, {found.rows:,} rows, {size(found.bytes)}"
    page += [*found.notes, f"{looked}: {'private values found.' if rows else 'no private value found.'}"]
    return page
