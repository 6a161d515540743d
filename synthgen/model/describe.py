"""What a model promises and what is inside, for machines and in plain sentences."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from synthgen.model.document import FORMAT_VERSION
from synthgen.model.model import Model
from synthgen.model.refusal import printable
from synthgen.privacy import Event, Exact, Gaussian, SubsampledGaussian, epsilon, replace_one_epsilon
from synthgen.schema import ROW
from synthgen.shape import shape_of

_POLICY = {
    "error": "a table with any value outside the schema was refused, so that a model exists says there was none",
    "drop": "rows with a value outside the schema were left out",
    "clip": "numbers and dates beyond a bound were moved to it, other rows outside the schema were left out",
}
_READABLE = 10
"""Up to here e^epsilon is a number that says something."""


def describe(model: Model) -> dict[str, Any]:
    """What `synthgen inspect --json` prints: JSON values only; what is infinite is null."""
    modelled = shape_of(model.schema).modelled
    privacy = model.schema.privacy
    private = model.budget.is_private
    delta = model.budget.delta
    return {
        "format": FORMAT_VERSION,
        "name": model.schema.name,
        "rows": model.rows,
        "columns": [
            {"name": name, "type": modelled.columns[name].type, "levels": column.levels}
            for name, column in model.codec.columns.items()
        ],
        "codebook_rows": model.codebook.rows,
        **({} if model.people is None else {"rows_per_person": model.people.sizes.mean()}),
        "privacy": {
            "private": private,
            "epsilon": model.budget.epsilon if private else None,
            "delta": delta if private else None,
            "spent": epsilon(model.events, delta) if private else None,
            "unit": privacy.unit,
            "rows_per_unit": privacy.rows_per_unit,
            "adjacency": "one unit added or removed",
            "replace_one_epsilon": _number(replace_one_epsilon(model.events, delta)),
            "events": [_event(event) for event in model.events],
            "assumptions": _assumptions(model),
        },
        "manifest": {
            "created": model.manifest.created,
            "versions": dict(model.manifest.versions),
            "effort": model.manifest.effort,
            "seed": model.manifest.seed,
            "device": model.manifest.device,
            "private": model.manifest.private,
            "policy": model.manifest.policy,
            "taught": model.manifest.taught,
            "noise": model.manifest.noise,
            "ledger": None if model.manifest.ledger is None else asdict(model.manifest.ledger),
        },
    }


def statement(model: Model) -> list[str]:
    """The privacy statement: plain sentences, for whoever decides about the model and its samples."""
    return _promise(model) if model.budget.is_private else list(_NO_PROMISE)


_NO_PROMISE = (
    "This model has NO privacy guarantee: it was fitted to exact counts, without noise (epsilon = inf).",
    "It and every row sampled from it can reveal private rows: treat them as you treat the private table.",
    "Nothing done later can mend that; for a guarantee, fit again with a finite epsilon.",
)


def _promise(model: Model) -> list[str]:
    budget, privacy = model.budget, model.schema.privacy
    by_row, column = privacy.unit == ROW, printable(privacy.unit)
    whom, one = ("row", "row") if by_row else (f"value of column {column}", f"value of {column} with all its rows")
    spent = epsilon(model.events, budget.delta)
    replaced = replace_one_epsilon(model.events, budget.delta)
    change = (
        f"Add or remove one {one}: anything seen in this model, or in rows sampled from it, becomes at most "
        f"{_factor(budget.epsilon)} times as likely, apart from a probability of {budget.delta:g}."
    )
    promise = (
        f"This model protects each {whom} of its table by differential privacy "
        f"(epsilon = {budget.epsilon:g}, delta = {budget.delta:g}); its measurements cost epsilon = {spent:.4g}."
    )
    return [
        promise,
        *(
            []
            if by_row
            else [f"Of each, {privacy.rows_per_unit} rows at most are used, picked at random{_counted(model)}."]
        ),
        change,
        _replacing(model, replaced),
        *(f"{text[0].upper()}{text[1:]}." for text in _assumptions(model)),
        _scope(model),
    ]


def _scope(model: Model) -> str:
    """What the epsilon covers."""
    kept = model.manifest.ledger
    if kept is None:
        return (
            "This epsilon is that of this run alone, and no ledger adds it to others: other models and reports made "
            "from the same private rows cost extra."
        )
    return (
        f"It is entry {kept.entry} in the ledger of {printable(kept.dataset)}, which holds all that is learnt from "
        "that data set, together, to one budget."
    )


def _counted(model: Model) -> str:
    """What else is looked at."""
    return "" if model.people is None else "; how many rows each has in all is counted, within the budget"


def _replacing(model: Model, replaced: float) -> str:
    """The sentence about one unit in another's place: a bound only where rows were sampled."""
    if not math.isfinite(replaced):
        return "Replace one by another instead, and this says nothing: no bound is known that would."
    price = f"at most epsilon = {replaced:.4g}" if _runs(model) else f"epsilon = {replaced:.4g}"
    return f"Replace one by another instead, and it is {price} at the same delta."


def _runs(model: Model) -> list[SubsampledGaussian]:
    return [event for event in model.events if isinstance(event, SubsampledGaussian)]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _factor(epsilon: float) -> str:
    """What epsilon means; as a number where that says more.

    >>> _factor(1.0), _factor(100.0)
    ('e^1 = 2.72', 'e^100')
    """
    return f"e^{epsilon:g}" + (f" = {math.exp(epsilon):.3g}" if epsilon <= _READABLE else "")


def _assumptions(model: Model) -> list[str]:
    """What the promise leans on, and what it leaves out."""
    size = "" if model.schema.rows is None else ", and the number of rows it states"
    public = f"not protected is the schema, which is public: names, values and bounds of all columns{size}"
    opened = "nothing is protected; values and bounds that the schema left open were read from the private rows"
    said = [
        public if model.budget.is_private else opened,
        f"values outside the schema: {_POLICY[model.manifest.policy]}",
    ]
    if model.discovered:
        names = ", ".join(map(printable, model.discovered))
        bought = "within the budget" if model.budget.is_private else "without a budget"
        said.append(f"values of these columns were found in the private rows, {bought}: {names}")
    if model.manifest.noise == "fixed":
        said.append("its noise was NOT drawn from the operating system: whoever knows its source can take it off")
    if any(not run.hardened for run in _runs(model)):
        said.append("the noise of DP-SGD was drawn in floating point, and its price is that of ideal noise")
    return said


def _event(event: Event) -> dict[str, Any]:
    """One line of the ledger: what, how many tables, and its price as mu-GDP; of DP-SGD its noise, rate and steps."""
    if isinstance(event, SubsampledGaussian):
        run = {"noise_multiplier": event.noise_multiplier, "sample_rate": event.sample_rate, "steps": event.steps}
        return {"what": event.what, "parts": 1, "mu": None, **run}
    parts = len(event.parts) if isinstance(event, Gaussian) else len(event.names) if isinstance(event, Exact) else 1
    return {"what": event.what, "parts": parts, "mu": None if isinstance(event, Exact) else event.mu}
