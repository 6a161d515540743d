"""What the release cost in privacy, and what that means: all from the model file, so all of it may be published.

An attacker who knows every row but one unit's asks whether that unit was in the table. The composed privacy loss of
all that was measured bounds how well any test of his does, whatever he computes from the model or from rows drawn of
it: his advantage, his true positives at a rate of false alarms, and what he may believe once his alarm rang.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from synthgen.evaluate import releases
from synthgen.evaluate.report import Absent, Curves, Figure, Line, Note, Section, Table
from synthgen.model import Model, statement
from synthgen.privacy import Operational, epsilon, operational, replace_one_epsilon
from synthgen.privacy.accounting import FALSE_POSITIVE_RATES
from synthgen.schema import ROW

if TYPE_CHECKING:
    from synthgen.evaluate.inputs import Inputs

NAME, TITLE = "budget", "What it cost in privacy"
PRIORS: Final = (0.01, 0.1, 0.5)
"""Beliefs before the release, for which the belief after it is told."""
ALARM: Final = FALSE_POSITIVE_RATES[0]
"""The rarest alarm that is reported, and so the surest: it rings for one absent unit in a thousand."""
DRAWN: Final = (0.0, *np.geomspace(1e-4, 0.1, 16).tolist(), *np.linspace(0.12, 0.99, 30).tolist(), 1.0)
"""False positive rates where the trade-off curve is drawn."""

_EXACT = Absent(why="it follows from the noise, not from a sample of data")
_STATED = Absent(why="it is a setting")
_NO_MODEL = (
    "no model file was given: a table alone cannot tell what was spent on it, or whether it has any guarantee at all"
)
_UNPROTECTED = "infinite: the model was fitted to exact counts, without noise, and promises nothing"
_SOURCES = (
    Note(
        text="The advantage and the rates are read from the composed privacy loss of all mechanisms, which says more "
        "than one pair of epsilon and delta does.",
        source="Dong, Roth, Su 2022, Gaussian differential privacy, JRSS B 84(1)",
        tier="synthetic_only",
    ),
    Note(
        text=f"The belief after an alarm is that of an attacker whose alarm rings for {ALARM:.1%} of absent units. A "
        "rarer alarm is surer, and rings for fewer of those present.",
        source="Bayes' rule at a point of the trade-off curve",
        tier="synthetic_only",
    ),
    Note(
        text="These figures speak of the model file. That a table was drawn from it is for a signature to show.",
        tier="synthetic_only",
    ),
)


def section(inputs: Inputs) -> Section:
    """What the model file of the inputs says, if there is one."""
    return of_model(inputs.model)


def of_model(model: Model | None) -> Section:
    """Figures, the ledger, the noise of each marginal and the trade-off curve; what is not known, where none is given.

    All of it has the tier synthetic_only.
    """
    if model is None:
        figure = _figure("epsilon", "Epsilon promised", Absent(why=_NO_MODEL), interval=Absent(why=_NO_MODEL))
        return Section(name=NAME, title=TITLE, figures=(figure,), notes=(_note(f"{_sentence(_NO_MODEL)}."),))
    known = operational(model.events, (*FALSE_POSITIVE_RATES, *DRAWN))  # once: DP-SGD takes seconds to compose
    return Section(
        name=NAME,
        title=TITLE,
        figures=(*_promised(model), *_attacker(known)),
        drawings=(
            terms(model),
            releases.ledger(model.events),
            releases.noise(model.events),
            beliefs(known),
            trade_off(model, known),
        ),
        notes=(*map(_note, statement(model)), *_SOURCES),
    )


def _note(text: str) -> Note:
    return Note(text=text, tier="synthetic_only")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _figure(
    key: str,
    title: str,
    value: float | Absent,
    *,
    interval: Absent = _EXACT,
    best: float | Absent = 0.0,
    worst: float | Absent | None = None,
    note: str = "",
) -> Figure:
    """`best` is nothing released, `worst` exact counts."""
    return Figure(
        key=f"{NAME}.{key}",
        title=title,
        value=value,
        tier="synthetic_only",
        better="lower",
        interval=interval,
        ceiling=best,
        floor=Absent(why="infinite: counts without noise") if worst is None else worst,
        note=note,
    )


def _promised(model: Model) -> tuple[Figure, ...]:
    """What was promised, and what was spent of it."""
    budget, private = model.budget, model.budget.is_private
    spent = epsilon(model.events, budget.delta)
    replaced = replace_one_epsilon(model.events, budget.delta)
    nothing = Absent(why="the model promises nothing")
    one = Absent(why="it is a number of rows")
    return (
        _figure("epsilon", "Epsilon promised", _finite(budget.epsilon, _UNPROTECTED), interval=_STATED),
        _figure("delta", "Delta promised", budget.delta if private else nothing, interval=_STATED, worst=1.0),
        _figure("spent", "Epsilon spent", _finite(spent, _UNPROTECTED), note="At the delta that was promised."),
        _figure(
            "replace_one_epsilon",
            "Epsilon where one unit is replaced by another",
            _finite(replaced, "no finite bound is known" if private else _UNPROTECTED),
            note="At the delta that was promised.",
        ),
        _figure(
            "rows_per_unit",
            "Rows of one unit that are used, at most",
            float(model.schema.privacy.rows_per_unit),
            interval=_STATED,
            best=one,
            worst=one,
        ),
    )


def _finite(value: float, otherwise: str) -> float | Absent:
    return value if math.isfinite(value) else Absent(why=otherwise)


def _attacker(known: Operational) -> tuple[Figure, ...]:
    """What the best of all tests reaches."""
    advantage = _figure(
        "advantage",
        "Attacker's advantage, at most",
        known.advantage,
        worst=1.0,
        note="True minus false positive rate of the best test of whether a unit was there.",
    )
    found = known.true_positive_rate
    rates = (
        _figure(f"tpr_at_{rate:g}", f"Units found at {rate:.1%} false alarms", found[rate], best=rate, worst=1.0)
        for rate in FALSE_POSITIVE_RATES
    )
    beliefs = (
        _figure(
            f"posterior_at_{prior:g}",
            f"Belief after an alarm, where it was {prior:.0%}, at most",
            posterior(prior, true=found[ALARM], false=ALARM),
            best=prior,
            worst=posterior(prior, true=1.0, false=ALARM),
            note=f"Of an attacker whose alarm rings for {ALARM:.1%} of absent units.",
        )
        for prior in PRIORS
    )
    return (advantage, *rates, *beliefs)


def posterior(prior: float, *, true: float, false: float) -> float:
    """Probability that a unit is there, once an alarm rang with these true and false positive rates: Bayes' rule.

    >>> posterior(0.5, true=0.75, false=0.25)
    0.75
    """
    return prior * true / (prior * true + (1 - prior) * false)


def terms(model: Model) -> Table:
    """Who is protected, how, and from what, in words."""
    privacy, budget = model.schema.privacy, model.budget
    cells: tuple[tuple[str, str], ...] = (
        ("unit of privacy", "each row" if privacy.unit == ROW else f"each value of column {privacy.unit}"),
        ("contribution bound", f"at most {privacy.rows_per_unit:,} rows of a unit are used"),
        ("adjacency", "one unit added or removed"),
        ("epsilon", f"{budget.epsilon:g}" if budget.is_private else _UNPROTECTED),
        ("delta", f"{budget.delta:g}" if budget.is_private else "means nothing without noise"),
    )
    return Table(title="What is promised", tier="synthetic_only", header=("term", "value"), cells=cells)


def beliefs(known: Operational) -> Table:
    """What may be believed after an alarm, by prior and by how rarely the alarm rings falsely."""
    found = known.true_positive_rate
    return Table(
        title="What an attacker may believe after an alarm, at most",
        tier="synthetic_only",
        header=("belief before", *(f"alarm rings for {rate:.1%} of absent units" for rate in FALSE_POSITIVE_RATES)),
        cells=tuple(
            (f"{prior:.0%}", *(posterior(prior, true=found[rate], false=rate) for rate in FALSE_POSITIVE_RATES))
            for prior in PRIORS
        ),
    )


def trade_off(model: Model, known: Operational) -> Curves:
    """The most true positives at each rate of false ones: of all that was released, and of what was promised alone.

    `known` must hold the rates of `DRAWN`. Where no false one is allowed, what is left is discovery's delta.
    """
    reached = tuple(known.true_positive_rate[rate] for rate in DRAWN)
    lines = [
        Line(name="guessing", role="guide", x=(0.0, 1.0), y=(0.0, 1.0)),
        Line(name="best attack on what was released", role="synthetic", x=DRAWN, y=reached),
    ]
    if model.budget.is_private:
        allowed = promised_rates(DRAWN, epsilon=model.budget.epsilon, delta=model.budget.delta)
        lines.append(Line(name="what epsilon and delta alone would allow", role="floor", x=DRAWN, y=allowed))
    return Curves(
        title="What the best attack could find",
        tier="synthetic_only",
        x="false positive rate",
        y="true positive rate, at most",
        lines=tuple(lines),
    )


def promised_rates(rates: Sequence[float], *, epsilon: float, delta: float) -> tuple[float, ...]:
    """The most true positives that (epsilon, delta) allows at each false positive rate (Kairouz, Oh, Viswanath 2015).

    >>> promised_rates((0.0, 0.5, 1.0), epsilon=0.0, delta=0.25)
    (0.25, 0.75, 1.0)
    """
    false, grown = np.array(rates), math.exp(min(epsilon, 700.0))
    allowed = np.minimum(grown * false + delta, 1 - (1 - delta - false) / grown)
    return tuple(np.clip(allowed, 0.0, 1.0).tolist())
