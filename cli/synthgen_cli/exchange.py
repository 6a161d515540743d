"""`synthgen schema import` and `synthgen schema export`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import RenderableType

from synthgen_cli import options as of

if TYPE_CHECKING:
    from synthgen.exchange import Loss


def import_(
    file: of.ForeignFile,
    *,
    output: of.SchemaOutput,
    from_: of.From = None,
    table: of.Table = None,
    constraints: of.Constraints = None,
    force: of.Force = False,
    json: of.Json = False,
) -> None:
    """Write a schema from another tool's description of the table, and say item by item what is not carried over.

    Example: [bold]synthgen schema import metadata.json --from sdv -o hotel.yaml[/]
    """
    from synthgen.exchange import annotated, load_foreign
    from synthgen.tables import atomic_path, check_output
    from synthgen_cli.output import Output

    out = Output(json=json)
    check_output(output, force=force)
    found = load_foreign(file, from_, table=table, constraints=constraints)
    with atomic_path(output, force=force) as temporary:
        temporary.write_text(annotated(found, file.name), encoding="utf-8")
    count = len(found.schema.columns)
    out.say(*_losses(found.losses), f"Wrote {output}: {count} columns, {_items(found.losses)} to look at.")
    out.result({"output": output, "columns": count, "losses": [asdict(loss) for loss in found.losses]})


def export(
    schema: of.SchemaFile, *, to: of.To, output: of.ForeignOutput, force: of.Force = False, json: of.Json = False
) -> None:
    """Write a schema in another tool's form, and say item by item what that form cannot say.

    Example: [bold]synthgen schema export adult.yaml --to frictionless -o adult.json[/]
    """
    from synthgen.exchange import save_foreign
    from synthgen.schema import load_schema
    from synthgen_cli.output import Output

    out = Output(json=json)
    losses = save_foreign(load_schema(schema), output, to, force=force)
    out.say(*_losses(losses), f"Wrote {output} ({to}): {_items(losses)} not carried over.")
    out.result({"output": output, "to": to, "losses": [asdict(loss) for loss in losses]})


def _losses(losses: Sequence[Loss]) -> Iterator[RenderableType]:
    """What is lost, item by item."""
    from synthgen_cli.output import indented, table

    if losses:
        yield indented(table("where", "what", "why", rows=[(each.where, each.what, each.why) for each in losses]))


def _items(losses: Sequence[Loss]) -> str:
    return f"{len(losses)} item{'' if len(losses) == 1 else 's'}"
