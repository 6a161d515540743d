"""`synthgen budget`: the ledger of a data set, over all fits, metrics, audits and tunings."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from synthgen_cli import options as of

if TYPE_CHECKING:
    from synthgen.spending import Statement

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keep what may ever be learnt from a data set, over all that reads it, within one budget.

    Example: [bold]synthgen budget init adult.ledger --dataset adult --epsilon 10 --delta 1e-6[/]
    """


@app.command()
def init(
    ledger: of.LedgerFile,
    *,
    dataset: of.Dataset,
    epsilon: of.WholeEpsilon,
    delta: of.WholeDelta = 1e-6,
    unit: of.Unit = "row",
    json: of.Json = False,
) -> None:
    """Make the ledger of a data set. A budget belongs to its data for ever: it cannot be raised.

    Example: [bold]synthgen budget init adult.ledger --dataset adult --epsilon 10 --delta 1e-6[/]
    """
    from synthgen.privacy import Budget
    from synthgen.spending import Spending

    spending = Spending.create(ledger, dataset=dataset, budget=Budget(epsilon=epsilon, delta=delta), unit=unit)
    _say(spending.shown(), json=json)


@app.command()
def show(ledger: of.LedgerFile, *, seen: of.Seen = None, json: of.Json = False) -> None:
    """Show what is spent, reserved and left, entry by entry and composed; every row of the ledger is checked.

    Example: [bold]synthgen budget show adult.ledger[/]
    """
    from synthgen.errors import ConfigError
    from synthgen.model import Model
    from synthgen.spending import Spending

    receipt = None if seen is None else Model.load(seen).manifest.ledger
    if seen is not None and receipt is None:
        raise ConfigError(str(seen), expected="a model that was charged to a ledger", got="one that was not")
    spending = Spending.open(ledger, seen=None if receipt is None else receipt.head)
    _say(spending.shown(), json=json)


@app.command()
def plan(ledger: of.LedgerFile, *, delta: of.OneDelta = None, json: of.Json = False) -> None:
    """Say what new fits may use: the largest epsilon of one, or of each of several alike.

    Training on rows (--dp-sgd) and columns with discover take a little more than their epsilon. Example: [bold]synthgen
    budget plan adult.ledger --delta 1e-7[/]
    """
    from synthgen.spending import Spending
    from synthgen.spending.pricing import rounded_down
    from synthgen_cli.output import Output, one_line, table

    spending = Spending.open(ledger)
    told = spending.shown()
    each = {fits: rounded_down(spending.left(delta, fits=fits)) for fits in (1, 2, 3, 5, 10)}
    out, at = Output(json=json), told.budget.delta if delta is None else delta
    out.say(one_line(f"{told.dataset}: left for new fits at delta {at:g}"))
    out.say(table("fits", "epsilon of each", rows=[(fits, f"{most:g}") for fits, most in each.items()], right=(0, 1)))
    out.result({"dataset": told.dataset, "delta": at, "epsilon_of_each": each})


@app.command("release-reservation")
def release_reservation(ledger: of.LedgerFile, number: of.Number, *, reason: of.Reason, json: of.Json = False) -> None:
    """Give back a reservation under which nothing was learnt, such as that of a fit that read no row.

    Example: [bold]synthgen budget release-reservation adult.ledger 3 --reason "the file was missing"[/]
    """
    from synthgen.spending import Spending

    spending = Spending.open(ledger)
    spending.release(number, reason=reason)
    _say(spending.shown(), json=json)


def _say(told: Statement, *, json: bool) -> None:
    from synthgen_cli.output import Output
    from synthgen_cli.pages import spending_page

    out = Output(json=json)
    out.say(*spending_page(told))
    out.result(_facts(told))


def _facts(told: Statement) -> dict[str, Any]:
    """For machines."""
    facts = asdict(told) | {"total": told.total, "head": str(told.head), "events": None}
    facts["curve"] = [{"delta": delta, "epsilon": epsilon} for delta, epsilon in told.curve]
    facts["entries"] = [_entry(entry) for entry in facts["entries"]]
    return {name: value for name, value in facts.items() if name != "events"}


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    listed = len(entry.pop("events") or ())
    return entry | {"events": listed}
