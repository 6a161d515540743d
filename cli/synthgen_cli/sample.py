"""`synthgen sample`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthgen_cli import options as of

if TYPE_CHECKING:
    from synthgen.sample.complete import Completed
    from synthgen.sample.scenario.segments import Segmented
    from synthgen.sample.stream import Draws
    from synthgen_cli.output import Output


def sample(
    model: of.ModelPath,
    *,
    output: of.Output,
    rows: of.Rows = None,
    where: of.Where = None,
    scenario: of.ScenarioPath = None,
    balance: of.Balance = None,
    complete: of.Partial = None,
    seed: of.Seed = 0,
    iid: of.Iid = False,
    format: of.Format = None,  # noqa: A002  (the option's name)
    force: of.Force = False,
    json: of.Json = False,
) -> None:
    """Draw synthetic rows from a model, with a condition if you like.

    Example: [bold]synthgen sample adult.synthgen -n 1000 --where "age > 40 AND sex = 'Female'" -o rows.parquet[/]
    """
    from synthgen.model import Model
    from synthgen.pipeline import balanced, draws, filled, in_segments
    from synthgen.tables import check_output
    from synthgen_cli.output import Output
    from synthgen_cli.segments import beside, told, write_manifest

    _check_options(rows=rows, where=where, scenario=scenario, balance=balance, complete=complete)
    out, kind = Output(json=json), _kind(output, format)
    check_output(output, force=force)
    facts: dict[str, Any] = {"output": output, "format": kind, "seed": seed}
    if scenario is not None:
        check_output(beside(output), force=force)
        planned = in_segments(Model.load(model), scenario, rows, seed=seed, iid=iid)
        out.say(*told(planned))
        written = _written(planned.sample, output, kind=kind, force=force, out=out)
        found = write_manifest(planned, beside(output), force=force)
        out.result(facts | written | {"manifest": beside(output), "scenario": found})
        return
    if complete is not None:
        whole = filled(Model.load(model), complete, as_text=kind == "csv", seed=seed)
        out.result(facts | _written(whole, output, kind=kind, force=force, out=out) | {"completed": complete})
        return
    if balance is not None:
        classes = balanced(Model.load(model), balance, rows, where=where, seed=seed, iid=iid)
        out.result(facts | _written(classes, output, kind=kind, force=force, out=out) | {"balance": balance})
        return
    drawn = draws(Model.load(model), rows, where=where, seed=seed, iid=iid)
    out.say(*(_odds(drawn) if where is not None else _again(drawn)))
    written = _written(drawn, output, kind=kind, force=force, out=out)
    out.result(facts | written | {"probability": probability(drawn), "acceptance": drawn.acceptance})


def _check_options(
    *, rows: int | None, where: str | None, scenario: Path | None, balance: str | None, complete: Path | None
) -> None:
    """Refuse options that ask for two things at once."""
    asked = {"--where": where, "--balance": balance, "--scenario": scenario, "-n": rows}
    given = [name for name, value in asked.items() if value is not None]
    if complete is not None and given:
        raise of.Misused(f"--complete says how many rows there are, and which; leave out {' and '.join(given)}")
    if scenario is not None and (where is not None or balance is not None):
        raise of.Misused(
            f"--scenario says which rows are drawn; put {'--where' if where else '--balance'} into the file,"
            " as where or mix of a segment; see synthgen sample --help"
        )


def _written(
    drawn: Draws | Segmented | Completed, path: Path, *, kind: Literal["parquet", "csv"], force: bool, out: Output
) -> dict[str, Any]:
    """Write the rows, say so, and return the facts of it."""
    from synthgen_cli.output import duration, size

    begun = time.monotonic()
    rows = write(drawn, path, kind=kind, force=force)
    seconds, written = time.monotonic() - begun, path.stat().st_size
    out.say(f"Wrote {rows:,} rows to {path} ({size(written)}) in {duration(seconds)}.")
    return {"rows": rows, "bytes": written}


def write(drawn: Draws | Segmented | Completed, path: Path, *, kind: Literal["parquet", "csv"], force: bool) -> int:
    """Stream the rows into a file, which is there whole or not at all; returns how many there are."""
    from synthgen.tables import open_writer
    from synthgen_cli.progress import watched

    rows = 0
    with open_writer(path, drawn.schema, format=kind, force=force) as writer, watched() as progress:
        for batch in drawn.batches(progress=progress):
            writer.write(batch)
            rows += batch.num_rows
    return rows


def _kind(path: Path, said: Literal["parquet", "csv"] | None) -> Literal["parquet", "csv"]:
    """What to write: what was said, or what the suffix tells."""
    if said is not None:
        return said
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return "csv"
    if name.endswith((".parquet", ".pq")):
        return "parquet"
    raise of.Misused(
        f"{path.name} tells no format; end it in .parquet or .csv, or add --format; see synthgen sample --help"
    )


def probability(drawn: Draws) -> float:
    """Of the condition, by the model and its rules: exact, or estimated where a part of it must be filtered."""
    return drawn.probability * (1.0 if drawn.acceptance is None else drawn.acceptance / drawn.lawful)


def _again(drawn: Draws) -> list[str]:
    """How much work rules are that are kept by drawing again."""
    if drawn.acceptance is None or drawn.lawful == 1.0:
        return []
    all_drawn = drawn.rows / drawn.acceptance
    return [
        f"Rules: about {100 * drawn.lawful:.3g} % of {all_drawn:,.0f} rows drawn keep them; the others are redrawn."
    ]


def _odds(drawn: Draws) -> list[str]:
    """How likely the condition is, and how much work it will be."""
    if drawn.acceptance is None:
        return [f"P(condition) = {probability(drawn):.4g}"]
    if drawn.condition is None or drawn.condition.rest is None:
        return [f"P(condition) = {probability(drawn):.3g}, estimated", *_again(drawn)]
    passing, all_drawn = 100 * drawn.acceptance, drawn.rows / drawn.acceptance
    return [
        f"P(condition) = {probability(drawn):.3g}, estimated",
        f"Part of the condition is filtered: about {passing:.3g} % of {all_drawn:,.0f} rows drawn will pass.",
    ]
