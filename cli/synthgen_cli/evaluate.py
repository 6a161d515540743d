"""`synthgen evaluate`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthgen_cli import evaluate_options as of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from synthgen.evaluate.report import Report


def evaluate(
    *,
    real: of.RealPath,
    synthetic: of.SyntheticPath,
    schema: of.TableSchema,
    holdout: of.HoldoutPath = None,
    model: of.MaybeModelPath = None,
    copies: of.Copies = None,
    output: of.ReportFolder = Path("report"),
    only: of.Only = None,
    public: of.Public = False,
    markdown: of.Markdown = None,
    seed: of.EvaluationSeed = 0,
    rows: of.MostRows = 1_000_000,
    alert_rate: of.AlertRate = None,
    force: of.Force = False,
    json: of.Json = False,
) -> None:
    """Compare a synthetic table, whoever made it, with the real one: fidelity, utility, fairness, attacks, budget.

    The report reads private rows, so it stays inside; --public writes the part that may leave.

    Example: [bold]synthgen evaluate --real train.parquet --holdout test.parquet --synthetic rows.parquet
    --schema adult.yaml --model adult.synthgen -o report/[/]
    """
    import synthgen
    from synthgen.evaluate.files import check_report, write_markdown, write_report
    from synthgen.evaluate.report import public as part
    from synthgen.tables import check_output
    from synthgen_cli.output import Output, duration
    from synthgen_cli.progress import watched

    out, begun = Output(json=json), time.monotonic()
    check_report(output, is_public=public, force=force)
    if markdown is not None:
        check_output(markdown, force=force)
    with watched() as progress:
        report = synthgen.evaluate(
            real,
            synthetic,
            schema,
            holdout=holdout,
            model=model,
            copies=copies or (),
            only=named(only),
            seed=seed,
            rows=rows,
            alert_rate=alert_rate,
            progress=progress,
        )
    shown = part(report) if public else report
    files = write_report(shown, output, is_public=public, force=force)
    if markdown is not None:
        write_markdown(shown, markdown, is_public=public, force=force)
        files.append(markdown)
    out.say(*_page(shown), f"Wrote {' and '.join(map(str, files))} in {duration(time.monotonic() - begun)}.")
    out.result(_told(shown) | {"files": files})


def named(only: list[str] | None) -> list[str]:
    """Names of sections, whether commas or further options part them."""
    return [name.strip() for said in only or () for name in said.split(",") if name.strip()]


def _page(report: Report) -> list[RenderableType]:
    from synthgen.evaluate.summary import summary
    from synthgen_cli.output import table

    dials = summary(report)
    rows = [(dial.light, dial.title, dial.text) for dial in dials]
    return [table("", "question", "answer", rows=rows), ""]


def _told(report: Report) -> dict[str, Any]:
    """The report and its dials, for machines."""
    from json import loads

    from synthgen.evaluate.summary import summary
    from synthgen.evaluate.written import to_json

    dials = [
        {"name": dial.name, "light": dial.light, "position": dial.position, "text": dial.text, "tier": dial.tier}
        for dial in summary(report)
    ]
    return {"summary": dials, "report": loads(to_json(report))}
