"""`synthgen drift`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer

from synthgen_cli import evaluate_options as of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from synthgen.drift import Drift

REFIT: Final = 3
"""Exit code: done, and the model should be fitted again."""
SHOWN: Final = 10


def drift(
    model: of.ModelPath,
    new: of.NewRows,
    *,
    alpha: of.Alpha = 0.01,
    least: of.Least = 0.03,
    seed: of.DriftSeed = 0,
    json: of.Json = False,
) -> None:
    """Ask whether new rows still look like those that a model was fitted to; the old rows are not needed.

    Compares by column and by pair with the noisy counts inside the model, their noise taken into account. Exit code
    0: keep the model; 3: refit it. The new rows are read without noise, so what it says of them stays inside.

    Example: [bold]synthgen drift adult.synthgen january.parquet || echo "fit again"[/]
    """
    from synthgen.drift import drift as compare
    from synthgen_cli.output import Output
    from synthgen_cli.progress import watched

    out = Output(json=json)
    with watched() as progress:
        found = compare(model, new, alpha=alpha, least=least, seed=seed, progress=progress)
    out.say(*_page(found))
    out.result(_told(found))
    if found.verdict == "refit":
        raise typer.Exit(code=REFIT)


def _page(found: Drift) -> list[RenderableType]:
    from synthgen_cli.output import table

    shifts = [*found.columns, *found.pairs][:SHOWN] if found.verdict == "keep" else _drifted(found)
    rows = [
        (
            " and ".join(one.columns),
            f"{100 * one.moved:.2g} %",
            f"{one.p:.2g}",
            one.level,
            f"{100 * one.before:.3g} %",
            f"{100 * one.now:.3g} %",
        )
        for one in shifts
    ]
    page: list[RenderableType] = [
        f"{found.verdict.upper()}: {found.rows:,} new rows, {found.outside:,} break the schema."
    ]
    page += [f"  {reason}" for reason in found.reasons]
    if rows:
        page += ["", table("what", "moved", "p", "most of all", "before", "now", rows=rows, right=(1, 2, 4, 5))]
    if found.skipped:
        page.append(f"Not looked at: {len(found.skipped)} columns or pairs: drowned in noise, or a column has drifted.")
    return page


def _drifted(found: Drift) -> list[Any]:
    return [one for one in (*found.columns, *found.pairs) if one.drifted][:SHOWN]


def _told(found: Drift) -> dict[str, Any]:
    """All of it, for machines; what has two names as its key is a list of objects."""
    plain = {name: getattr(found, name) for name in ("verdict", "reasons", "rows", "outside", "alpha", "least")}
    shifts = {name: [asdict(one) for one in getattr(found, name)] for name in ("columns", "pairs")}
    breaches = [{"column": name, "rule": rule, "values": count} for (name, rule), count in found.breaches.items()]
    skipped = [{"columns": columns, "why": why} for columns, why in found.skipped.items()]
    return plain | shifts | {"breaches": breaches, "skipped": skipped}
