"""`synthgen inspect`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from synthgen_cli import options as of


def inspect(model: of.ModelPath, *, json: of.Json = False) -> None:
    """Show what is inside a model file: columns, budget, ledger and the privacy statement.

    Example: [bold]synthgen inspect adult.synthgen[/]
    """
    from synthgen.model import Model, describe, statement
    from synthgen_cli.output import Output
    from synthgen_cli.pages import model_page

    out, loaded = Output(json=json), Model.load(model)
    if json:
        out.result(describe(loaded) | {"statement": statement(loaded)})
    else:
        out.say(*model_page(loaded))
