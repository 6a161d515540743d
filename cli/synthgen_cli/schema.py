"""`synthgen schema`: infer, check, import and export."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from dataclasses import asdict

import typer

from synthgen_cli import exchange, infer
from synthgen_cli import options as of

app = typer.Typer()
app.command()(infer.infer)
app.command("import")(exchange.import_)
app.command("export")(exchange.export)


@app.callback()
def _group() -> None:
    """Draft and check the file that describes a table, and exchange it with other tools.

    Example: [bold]synthgen schema check adult.yaml adult.parquet[/]
    """


@app.command()
def check(schema: of.SchemaFile, data: of.MaybeDataPath = None, *, json: of.Json = False) -> None:
    """Check a schema and show how each of its rules is kept; with DATA, count what breaks it. No value is shown.

    Counts are by column and by rule. Exit code 1 when there are any. Example: [bold]synthgen schema check adult.yaml
    adult.parquet[/]
    """
    from synthgen.constrain import compiled
    from synthgen.constrain.survey import survey
    from synthgen.infer import repeated_units
    from synthgen.schema import load_schema
    from synthgen.tables import open_table
    from synthgen_cli.domains import check_page, outside, schema_page, tallied
    from synthgen_cli.output import Output

    out, described = Output(json=json), load_schema(schema)
    facts = {"schema": schema, "name": described.name, "columns": len(described.columns)}
    if data is None:
        rules = compiled(described)
        out.say(*schema_page(described, rules))
        out.result(facts | {"rules": [{"rule": each.sql, "way": rules.ways[each.number]} for each in rules.rules]})
        return
    source = open_table(data)
    found = survey(source, described)
    out.say(*check_page(described, found))
    ok = not found.values.violations and not found.broken
    out.result(facts | {"data": data, "ok": ok, "rules": list(map(tallied, found.rules))} | asdict(found.values))
    if not ok:
        raise outside(data, found)
    repeated_units(source, described)
