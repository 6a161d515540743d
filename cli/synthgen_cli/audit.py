"""`synthgen audit`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from synthgen_cli import audit_options as of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from synthgen.audit import Audit
    from synthgen.model import Model
    from synthgen.schema import Schema

BROKEN: Final = 1
"""Exit code: done, and a lower bound lies above what was claimed."""


def audit(
    model: of.MaybeModel = None,
    *,
    schema: of.Described = None,
    epsilon: of.Epsilon = None,
    delta: of.Delta = None,
    quick: of.Quick = False,
    full: of.Full = None,
    confidence: of.Confidence = 0.99,
    output: of.AuditOutput = None,
    force: of.Force = False,
    json: of.Json = False,
) -> None:
    """Attack the mechanisms behind a model, and prove how much they leak at least, beside what is claimed.

    Reads no private row: tables are made up from the public schema. Exit code 0: consistent with the claim, which is
    no proof of it; 1: the claim is broken.

    Example: [bold]synthgen audit adult.synthgen --quick -o audit.json[/]
    """
    from synthgen.audit import QUICK, to_json
    from synthgen.audit import audit as attack
    from synthgen.audit import full as for_minutes
    from synthgen.tables import check_output
    from synthgen_cli.output import Output
    from synthgen_cli.progress import watched

    out = Output(json=json)
    if quick and full is not None:
        raise of.Misused("--quick and --full exclude each other; see synthgen audit --help")
    if output is not None:
        check_output(output, force=force)
    effort = QUICK if full is None else for_minutes(full)
    fitted, declared = _claim(model, schema, epsilon, delta)
    with watched() as progress:
        found = attack(fitted, schema=declared, effort=effort, confidence=confidence, progress=progress)
    out.say(*_page(found))
    if output is not None:
        _write(to_json(found), output, force=force)
        out.say(f"Wrote {output}.")
    out.result(to_json(found))
    if found.verdict == "claim broken":
        raise typer.Exit(code=BROKEN)


def _claim(
    path: Path | None, schema: Path | None, epsilon: float | None, delta: float | None
) -> tuple[Model, Schema | None]:
    """Whose claim is attacked, and the schema as it was declared, where it was given."""
    from synthgen.audit import model_of_nothing
    from synthgen.model import Model
    from synthgen.schema import load_schema

    if path is not None:
        if epsilon is not None or delta is not None:
            raise of.Misused("a model has its own epsilon and delta; leave them out; see synthgen audit --help")
        return Model.load(path), None if schema is None else load_schema(schema)
    if schema is None or epsilon is None:
        raise of.Misused("give a model, or --schema and --epsilon; see synthgen audit --help")
    declared = load_schema(schema)
    return model_of_nothing(declared, epsilon=epsilon, delta=1e-6 if delta is None else delta), declared


def _write(told: dict[str, Any], path: Path, *, force: bool) -> None:
    from json import dumps

    from synthgen.tables import atomic_path

    with atomic_path(path, force=force) as made:
        made.write_text(dumps(told, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _page(found: Audit) -> list[RenderableType]:
    from synthgen_cli.output import indented, table

    rows = [
        (
            bound.what,
            "no end" if bound.faults else f"{bound.lower:.3g}",
            f"{bound.claimed:.4g}",
            f"{bound.runs:,}",
            bound.verdict,
        )
        for bound in found.bounds
    ]
    page: list[RenderableType] = [
        f"{found.verdict.upper()}: epsilon {found.epsilon:g} at delta {found.delta:g} for each {found.unit}.",
        "",
        table("attack", "at least", "claimed", "runs", "verdict", rows=rows, right=(1, 2, 3)),
        "",
        f"At delta {found.delta:g}; all bounds hold together with a confidence of {found.confidence:.4g}.",
    ]
    page += [indented(f"{bound.what}: {fault}") for bound in found.bounds for fault in bound.faults]
    if found.verdict != "claim broken":
        page.append("These attacks found no more than was claimed. That is no proof that there is no more.")
    return page
