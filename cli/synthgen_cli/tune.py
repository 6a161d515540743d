"""`synthgen tune`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthgen_cli import options as of

if TYPE_CHECKING:
    from synthgen.spending import Spending
    from synthgen.tune import Job, Offer, Space, Tuned
    from synthgen_cli.output import Output

POOL_PART = 1 / 32
"""Of a ledger's delta, for one tuning."""


def tune(
    data: of.DataPath,
    *,
    schema: of.TunedSchema,
    epsilon: of.TunedEpsilon,
    delta: of.TunedDelta = 1e-6,
    output: of.ConfigOutput = None,
    public: of.Public = False,
    paid: of.Paid = False,
    tries: of.Try = None,
    trials: of.Trials = 20,
    runs: of.Runs = 10.0,
    shape: of.RunsShape = "logarithmic",
    ledger: of.MaybeLedger = None,
    seed: of.Seed = 0,
    force: of.Force = False,
    plan: of.OnlyPlan = False,
    json: of.Json = False,
) -> None:
    """Choose options of fit, on a public table for free or on the private one for a price; writes a file for --config.

    Example: [bold]synthgen tune last_year.parquet --schema adult.yaml --epsilon 3 --public -o best.yaml[/]
    """
    from synthgen.tables import check_output
    from synthgen.tune import parse_space
    from synthgen_cli.output import Output

    if public == paid:
        raise of.Misused("Say --public or --paid: whose rows DATA holds decides what choosing costs")
    if public and ledger is not None:
        raise of.Misused("--ledger is for --paid: what is public is charged to nobody")
    if output is None and not plan:
        raise of.Misused("Missing option --output; see synthgen tune --help")
    if output is not None:
        check_output(output, force=force)
    job, space, out = _job(data, schema, epsilon, delta, seed), parse_space(tries or ()), Output(json=json)
    if public:
        _free(job, space, trials=trials, out=out, target=None if plan else output, force=force)
    else:
        from synthgen.privacy.selection import Runs

        _paid(job, space, Runs(mean=runs, shape=shape), ledger, out=out, target=None if plan else output, force=force)


def _job(data: Path, schema: Path, epsilon: float, delta: float, seed: int) -> Job:
    from synthgen.privacy import Budget
    from synthgen.schema import load_schema
    from synthgen.tables import check_columns, open_table
    from synthgen.tune import Job

    source, described = open_table(data), load_schema(schema)
    check_columns(source, described)
    return Job(source=source, schema=described, budget=Budget(epsilon=epsilon, delta=delta), seed=seed)


def _free(job: Job, space: Space, *, trials: int, out: Output, target: Path | None, force: bool) -> None:
    from dataclasses import replace

    from synthgen.tune import tune_free
    from synthgen_cli.progress import watched

    out.say(f"Trying {len(space.choices())} combinations in {trials} fits; the table is public, so nothing is charged.")
    if target is None:
        out.result({"combinations": len(space.choices()), "trials": trials, "price": None})
        return
    with watched() as progress:
        tuned = tune_free(replace(job, progress=progress), space, trials=trials)
    _write(tuned, target, force=force, out=out)


def _paid(
    job: Job, space: Space, runs: Any, ledger: Path | None, *, out: Output, target: Path | None, force: bool
) -> None:
    from dataclasses import replace

    from synthgen.spending import Spending
    from synthgen.tune import offer, tune_paid
    from synthgen_cli.progress import watched

    spending = None if ledger is None else Spending.open(ledger)
    offered = offer(job, space, runs, delta=_delta(job, spending))
    if spending is not None:
        spending.check(offered.price, unit=job.schema.privacy.unit)
    _say_price(offered, spending, out)
    if target is None:
        out.result({"combinations": len(space.choices()), "price": _price(offered)})
        return
    with watched() as progress:
        tuned = tune_paid(replace(job, progress=progress), offered, spending=spending)
    _write(tuned, target, force=force, out=out)


def _delta(job: Job, spending: Spending | None) -> float:
    """Of the selection: out of what a ledger sets aside for claims."""
    return job.budget.delta if spending is None else spending.book().budget.delta * POOL_PART


def _say_price(offered: Offer, spending: Spending | None, out: Output) -> None:
    from synthgen_cli.output import one_line

    price, number = offered.price, len(offered.space.choices())
    out.say(
        f"Trying {number} combinations in {offered.runs.mean:g} fits on average, on private rows.",
        f"  choosing costs epsilon {price.epsilon:.4g} at delta {price.delta:g}, beside what the fit itself will cost",
        "  (the best of a random number of runs: Papernot, Steinke 2022; how long it takes is secret too)",
        "  that price is of this tuning alone: no ledger adds it to others"
        if spending is None
        else one_line(f"  ledger {spending.path}: it is reserved there first; if it stops, that stays"),
    )


def _price(offered: Offer) -> dict[str, float]:
    return {"epsilon": offered.price.epsilon, "delta": offered.price.delta}


def _write(tuned: Tuned, target: Path, *, force: bool, out: Output) -> None:
    from dataclasses import asdict

    from synthgen.tables.write import atomic_path
    from synthgen.tune import to_text
    from synthgen_cli.output import one_line

    with atomic_path(target, force=force) as temporary:
        temporary.write_text(to_text(tuned), encoding="utf-8")
    chosen = ", ".join(f"{name.replace('_', '-')} {value}" for name, value in tuned.choice.items())
    out.say(one_line(f"Best: {chosen}; mean distance of pairs of columns {tuned.score:.4f}."))
    out.say(one_line(f"Wrote {target}: synthgen fit DATA --schema S --config {target} -o MODEL"))
    out.result({"config": target, **asdict(tuned)})
