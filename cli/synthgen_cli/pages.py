"""The pages that people read: a plan, what was quarantined, a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from synthgen.model import Model, describe, statement
from synthgen.plan import Plan
from synthgen.schema import ROW
from synthgen.spending import Statement
from synthgen.tables import Quarantine
from synthgen_cli.output import duration, indented, one_line, size, table


def plan_page(plan: Plan) -> Iterator[RenderableType]:
    """What a fit will do."""
    budget = plan.budget
    price = f"epsilon {budget.epsilon:g}, delta {budget.delta:g}" if budget.is_private else "no privacy"
    unit = "each row" if plan.unit == ROW else f"each {plan.unit}, with at most {plan.rows_per_unit} rows"
    protected = f", protecting {unit}" if budget.is_private else ""
    yield one_line(f"Plan for {plan.schema_name}: {price}{protected}")
    if plan.lines:
        rows = [(line.what, _percent(line.share), _between(line.noise_multiplier)) for line in plan.lines]
        yield indented(table("what is measured", "share of budget", "noise multiplier", rows=rows, right=(1, 2)))
    yield (
        f"  {_count(plan.rounds, 'round')} and {_count(plan.steps, 'step')} at most, {plan.levels:,} levels,"
        f" {plan.codebook:,} codebook rows at most"
    )
    yield f"  about {duration(plan.seconds)} on one core after the rows are read, {size(plan.memory)} of memory"
    yield "  " + one_line(f"training on rows: {plan.phase.name} ({plan.phase.reason})")
    for warning in plan.warnings:
        yield f"warning: {one_line(warning)}"


def quarantine_page(found: Quarantine) -> Iterator[RenderableType]:
    """What validation met. It counts private rows exactly, so it goes to the screen and nowhere else."""
    if not found.violations:
        return
    done = {"drop": "left out", "clip": "left out (others were clipped)", "error": "refused"}[found.policy]
    yield f"{found.quarantined:,} of {found.rows_read:,} rows were {done}; values outside the schema:"
    yield indented(violations(found))
    yield "  These are exact counts of private rows: do not share them. They are stored nowhere."


def violations(found: Quarantine) -> RenderableType:
    """Values outside the schema, by column and rule; the most frequent first."""
    rows = [(column, rule, count) for column, rules in found.violations.items() for rule, count in rules.items()]
    listed = sorted(rows, key=lambda row: -row[2])
    return table("column", "rule", "values", rows=[(c, r, f"{n:,}") for c, r, n in listed], right=(2,))


def reserving_page(ledger: Path | None, *, planned: bool) -> Iterator[RenderableType]:
    """What will happen to the ledger of the data set."""
    if ledger is not None:
        then = "this fit fits into it" if planned else "this fit is reserved there first; if it stops, that stays"
        yield one_line(f"  ledger {ledger}: {then}")


def receipt_page(model: Model) -> Iterator[RenderableType]:
    """What the ledger of the data set said when it was charged."""
    kept = model.manifest.ledger
    if kept is not None:
        yield indented(one_line(f"Receipt: entry {kept.entry}, head {kept.rows} {kept.hash}"))


def spending_page(told: Statement) -> Iterator[RenderableType]:
    """The ledger of a data set."""
    budget, unit = told.budget, "each row" if told.unit == ROW else f"each {told.unit}"
    yield one_line(f"{told.dataset}: epsilon {budget.epsilon:g} at delta {budget.delta:g} for ever, protecting {unit}")
    yield (
        f"  spent {told.spent:.4g}, reserved {told.reserved:.4g}, left {told.left:.4g} (composed; single epsilons"
        f" would add up to {told.added:.4g})"
    )
    rows = [
        (one.number, one.time[:16].replace("T", " "), one.by, one.what, one.state, f"{one.price.alone:.4g}", one.reason)
        for one in told.entries
    ]
    if rows:
        heads = ("entry", "when", "by", "what", "state", "epsilon alone", "reason")
        yield indented(table(*heads, rows=rows, right=(0, 5)))
    if told.curve:
        points = [(f"{delta:g}", f"{epsilon:.4g}") for delta, epsilon in told.curve]
        yield "  All of it together, spent and reserved:"
        yield indented(table("delta", "epsilon", rows=points, right=(0, 1)))
    yield f"  head {told.head}"
    for warning in told.warnings:
        yield f"warning: {one_line(warning)}"


def statement_page(model: Model) -> Iterator[RenderableType]:
    """The privacy statement."""
    yield "Privacy"
    for sentence in statement(model):
        yield indented(one_line(sentence))


def taught_page(model: Model) -> Iterator[RenderableType]:
    """What became of training on rows; nothing where there was none."""
    if model.manifest.taught:
        yield one_line(f"Training on rows, {model.manifest.taught}.")


def model_page(model: Model) -> Iterator[RenderableType]:
    """Everything that `describe` says, for people."""
    facts = describe(model)
    made = facts["manifest"]
    about = "about " if model.schema.rows is None and model.budget.is_private else ""
    yield one_line(f"{facts['name']}: {about}{facts['rows']:,} rows, {len(facts['columns'])} columns")
    versions = ", ".join(f"{name} {number}" for name, number in made["versions"].items())
    yield indented(
        one_line(f"fitted {made['created']}, effort {made['effort']}, seed {made['seed']}, {made['device']}")
    )
    yield indented(one_line(f"{versions}; file format {facts['format']}; {facts['codebook_rows']:,} codebook rows"))
    yield ""
    columns = [(each["name"], each["type"], f"{each['levels']:,}") for each in facts["columns"]]
    yield indented(table("column", "type", "levels", rows=columns, right=(2,)))
    yield ""
    yield from _ledger_page(facts["privacy"])
    yield from taught_page(model)
    yield ""
    yield from statement_page(model)


def _ledger_page(privacy: dict[str, Any]) -> Iterator[RenderableType]:
    if privacy["private"]:
        yield f"Ledger: epsilon {privacy['spent']:.4g} of {privacy['epsilon']:g} spent, at delta {privacy['delta']:g}"
        rows = [(event["what"], event["parts"], _noise(event)) for event in privacy["events"]]
    else:
        yield "Ledger: exact counts, no privacy"
        rows = [(event["what"], event["parts"], "none") for event in privacy["events"]]
    yield indented(table("what was measured", "tables", "noise multiplier", rows=rows, right=(1, 2)))


def _noise(event: dict[str, Any]) -> str:
    """Noise over sensitivity; of DP-SGD that of each step, and how many there were."""
    if event["mu"] is None:
        return f"{event['noise_multiplier']:.3g}, {event['steps']:,} steps at rate {event['sample_rate']:.3g}"
    return f"{1 / event['mu']:.3g}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _percent(share: tuple[float, float]) -> str:
    low, high = (f"{100 * each:.3g}" for each in share)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _between(noise: tuple[float, float]) -> str:
    low, high = (f"{each:.3g}" for each in noise)
    return low if low == high else f"{low} to {high}"
