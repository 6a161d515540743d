"""`synthgen fit`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthgen_cli import options as of
from synthgen_cli.tracking import Mlflow, check_server, log_fit

if TYPE_CHECKING:
    from synthgen.plan import Plan
    from synthgen.schema import Schema
    from synthgen_cli.output import Output


def fit(
    data: of.DataPath,
    *,
    schema: of.SchemaPath = None,
    epsilon: of.Epsilon = None,
    delta: of.Delta = None,
    output: of.MaybeOutput = None,
    effort: of.MaybeEffort = None,
    seed: of.MaybeSeed = None,
    device: of.MaybeDevice = None,
    config: of.ConfigPath = None,
    no_privacy: of.NoPrivacy = None,
    model: of.MaybeGenerator = None,
    dp_sgd: of.MaybeDpSgd = None,
    parts: of.MaybeParts = None,
    batch: of.MaybeBatch = None,
    hardened: of.MaybeHardened = None,
    log: of.MaybeLog = None,
    ledger: of.MaybeLedger = None,
    force: of.MaybeForce = None,
    mlflow: Mlflow = None,
    plan: of.OnlyPlan = False,
    json: of.Json = False,
) -> None:
    """Learn a generator from a private table, within a privacy budget.

    Example: [bold]synthgen fit adult.parquet --schema adult.yaml --epsilon 3 -o adult.synthgen[/]
    """
    from synthgen.curves import check_log
    from synthgen.tables import check_output
    from synthgen_cli.config import settled
    from synthgen_cli.output import Output
    from synthgen_cli.pages import plan_page, reserving_page

    given: dict[str, Any] = {
        "schema": schema,
        "epsilon": epsilon,
        "delta": delta,
        "output": output,
        "effort": effort,
        "seed": seed,
    }
    given |= {
        "model": model,
        "dp_sgd": dp_sgd,
        "parts": parts or None,
        "batch": batch,
        "hardened": hardened,
        "log": log,
        "ledger": ledger,
    }
    chosen = settled(given | {"device": device, "no_privacy": no_privacy, "force": force}, config)
    for name in ("schema", "epsilon") if plan else ("schema", "epsilon", "output"):
        if name not in chosen:
            raise of.Misused(f"Missing option --{name}; give it here or in --config; see synthgen fit --help")
    out = Output(json=json)
    target, overwrite = chosen.pop("output", None), chosen.pop("force", False)
    if not plan:
        check_output(target, force=overwrite)
        if "log" in chosen:
            check_log(chosen["log"])
    chosen["schema"], agreed = _agreed(data, **chosen)
    out.say(*plan_page(agreed), *reserving_page(chosen.get("ledger"), planned=plan))
    if not plan:
        check_server(mlflow)
    done = {} if plan else _fit(data, chosen, target, force=overwrite, out=out, mlflow=mlflow)
    out.result({"plan": asdict(agreed)} | done)


def _fit(
    data: Path, chosen: dict[str, Any], target: Path, *, force: bool, out: Output, mlflow: str | None
) -> dict[str, Any]:
    """Fit, save and tell; returns the facts for machines. Counts of private rows are not among them."""
    from synthgen import pipeline
    from synthgen.model import statement
    from synthgen_cli.output import duration, size
    from synthgen_cli.pages import quarantine_page, receipt_page, statement_page, taught_page
    from synthgen_cli.progress import watched
    from synthgen_cli.stopping import load

    begun = time.monotonic()
    load("synthgen.train")
    with watched() as progress:
        fitted = pipeline.fit(data, progress=progress, **chosen)
    fitted.save(target, force=force)
    seconds, written = time.monotonic() - begun, target.stat().st_size
    out.say(*(f"warning: {text}" for text in fitted.warnings))
    if fitted.quarantine is not None:
        out.say(*quarantine_page(fitted.quarantine))
    out.say(
        *taught_page(fitted.model),
        "",
        *statement_page(fitted.model),
        *receipt_page(fitted.model),
        "",
        f"Wrote {target} ({size(written)}) in {duration(seconds)}.",
    )
    log = chosen.get("log")
    if log is not None and log.exists():
        out.say(f"Wrote {log}.")
    run = log_fit(mlflow, fitted.model, chosen, file=target)
    # No seconds: reading takes as long as there are rows, and their number is private.
    facts = {"model": target, "bytes": written, "warnings": fitted.warnings, "log": log, "mlflow": run}
    facts |= {"private": fitted.model.budget.is_private, "taught": fitted.model.manifest.taught}
    return facts | {"statement": statement(fitted.model)}


def _agreed(data: Path, *, schema: Path, **options: Any) -> tuple[Schema, Plan]:
    """The schema and the plan; all that can be refused before a row is read is refused here."""
    from synthgen import pipeline
    from synthgen.plan import check_room, checked_budget, plan
    from synthgen.schema import load_schema
    from synthgen.spending import Spending
    from synthgen.tables import check_columns, open_table
    from synthgen_cli.config import fit_defaults

    options = fit_defaults() | options
    budget = checked_budget(options["epsilon"], options["delta"], no_privacy=options["no_privacy"])
    described = load_schema(schema)
    wish = pipeline.wished(**{name: options[name] for name in ("model", "dp_sgd", "parts", "batch", "hardened")})
    agreed = plan(described, budget=budget, effort=options["effort"], wish=wish)
    pipeline.check_memory(agreed)
    if options["ledger"] is not None:
        check_room(Spending.open(options["ledger"]), described, budget, options["effort"], wish)
    check_columns(open_table(data), described)
    return described, agreed
