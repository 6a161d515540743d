"""`synthgen schema infer`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from synthgen_cli import options as of

if TYPE_CHECKING:
    from synthgen.infer import Draft


def infer(data: of.DataPath, *, output: of.SchemaOutput, force: of.Force = False, json: of.Json = False) -> None:
    """Write a first schema of a table, read from its rows; a person must confirm it before a private fit.

    Example: [bold]synthgen schema infer adult.parquet -o adult.yaml[/]
    """
    from synthgen.infer import infer as drafted
    from synthgen.infer import render
    from synthgen.tables import atomic_path, check_output, open_table
    from synthgen_cli.output import Output
    from synthgen_cli.progress import watched

    out = Output(json=json)
    check_output(output, force=force)
    source = open_table(data)
    with watched() as progress:
        progress.stage("reading", None)
        draft = drafted(source, on_rows=progress.advance)
    with atomic_path(output, force=force) as temporary:
        temporary.write_text(render(draft), encoding="utf-8")
    out.say(
        *_told(draft),
        f"Wrote {output}: read it, confirm what is marked, and keep it as private as the rows until then.",
    )
    out.result({"output": output} | _facts(draft))


def _facts(draft: Draft) -> dict[str, object]:
    """Kinds and names of columns; nothing that a row holds."""
    types = Counter(own.keys["type"] for own in draft.columns)
    return {
        "name": draft.name,
        "columns": len(draft.columns),
        "types": dict(types),
        "unit": draft.unit,
        "personal": {own.name: own.keys["kind"] for own in draft.columns if "kind" in own.keys},
        "marked": [own.name for own in draft.columns if own.inferred],
        "candidate_rules": len(draft.rules),
    }


def _told(draft: Draft) -> list[str]:
    types = Counter(own.keys["type"] for own in draft.columns)
    lines = [f"{len(draft.columns)} columns: {', '.join(f'{count} {kind}' for kind, count in types.most_common())}."]
    if draft.unit is not None:
        lines.append(f"{draft.unit} looks like a person with several rows: privacy.unit is set to it.")
    personal = [f"{own.name} ({own.keys['kind']})" for own in draft.columns if "kind" in own.keys]
    if personal:
        lines.append(f"Look like identifiers, and will be made up: {', '.join(personal)}.")
    if draft.rules:
        lines.append(f"{len(draft.rules)} candidates for rules stand at the end, as comments.")
    marked = sum(bool(own.inferred) for own in draft.columns)
    return [*lines, f"{marked} columns hold what was read from private rows (inferred): a private fit refuses them so."]
