"""On the private table: the best of a random number of runs, whose price is known before a row is read.

One run draws its settings from the space, all alike and from the operating system's entropy, fits, and compares its
tables with the private ones under noise; what it says is the settings and that noisy score. Only the best run's words
come out (`privacy.selection`). Optuna's samplers have no place here: they choose the next settings by the last scores,
and then the runs are not alike, which the price rests on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from synthgen.errors import ConfigError
from synthgen.plan import hidden_columns, plan
from synthgen.plan.reserving import most
from synthgen.privacy import Budget, Ledger, sigma_for
from synthgen.privacy.accounting import Totals
from synthgen.privacy.envelope import Envelope, of_totals
from synthgen.privacy.selection import Runs, draw_one, selected
from synthgen.shape import shape_of
from synthgen.spending import Reservation, Spending
from synthgen.spending.capped import Capped
from synthgen.tune.config import Tuned
from synthgen.tune.space import Choice, Space, wish_of
from synthgen.tune.trial import Job, effort_of, pairs_of, score

SCORE = 0.25
"""mu of a score, as a share of that of a fit: it costs 3 % more epsilon."""
SLIP = 1e-3
"""Of the selection's delta over the mean number of runs and e^epsilon: what a run of DP-SGD may fail by."""
LEAST_SLIP = 1e-13
"""Below it float64 cannot follow a curve."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What tuning on the private table costs, before a row is read.

    run    the worst run: its fit and its score, as one Gaussian but for a probability
    price  of the best run's settings and score
    sigma  noise of a score
    """

    space: Space
    runs: Runs
    run: Envelope
    price: Budget
    score_mu: float
    sigma: float


def offer(job: Job, space: Space, runs: Runs, *, delta: float) -> Offer:
    """The price, from public facts alone. Raises ConfigError and SchemaError."""
    if not job.budget.is_private:
        raise ConfigError("epsilon", expected="a finite one, to tune on private rows", got="inf", fix="say 1 or 3")
    modelled = shape_of(job.schema).modelled
    if hidden_columns(modelled):
        fix = "declare their values, or tune on a public table"
        raise ConfigError("tuning on private rows", expected="no columns with discover", got="some", fix=fix)
    pairs = pairs_of(job.schema)
    if not pairs:
        raise ConfigError("tuning", expected="two columns or more", got="fewer", fix="there is nothing to tune")
    choices = space.choices()
    for choice in choices:
        plan(job.schema, budget=job.budget, effort=effort_of(choice), wish=wish_of(choice))
    slip = max(SLIP * delta / (runs.mean * math.exp(min(3 * job.budget.epsilon, 20.0))), LEAST_SLIP)
    fits = [of_totals(_fit(job, choice), slip=slip) for choice in choices]
    score_mu = SCORE * max(fit.mu for fit in fits)
    run = Envelope(mu=math.hypot(max(fit.mu for fit in fits), score_mu), delta=max(fit.delta for fit in fits))
    sensitivity = job.schema.privacy.rows_per_unit * math.sqrt(len(pairs))
    return Offer(
        space=space,
        runs=runs,
        run=run,
        price=selected(run, runs, delta=delta),
        score_mu=score_mu,
        sigma=sigma_for(score_mu**2 / 2, sensitivity),
    )


def _fit(job: Job, choice: Choice) -> Totals:
    return most(job.schema, job.budget, effort_of(choice), wish_of(choice))


def tune_paid(job: Job, offered: Offer, *, spending: Spending | None = None) -> Tuned:
    """Reserve the price, run, and keep the best; what is left of all other runs is nothing.

    How many runs there are is secret, so no progress tells it. Raises SpentError before a row is read where too little
    is left, LedgerError, and what a fit raises: the reservation stays then.
    """
    reservation = None if spending is None else _reserved(spending, job, offered)
    job.progress.stage("tuning: how long it takes is secret, like the number of runs", None)
    choices = offered.space.choices()
    best: tuple[float, int] | None = None
    for _ in range(offered.runs.draw()):
        picked = draw_one(len(choices))
        found = score(job, choices[picked], _ledgers(job, choices[picked], offered), sigma=offered.sigma)
        best = min(best or (math.inf, picked), (found, picked))
    assert best is not None, "there is at least one run"
    if reservation is not None:
        reservation.commit()
    return Tuned(choice=choices[best[1]], score=best[0], budget=job.budget, price=offered.price)


def _reserved(spending: Spending, job: Job, offered: Offer) -> Reservation:
    what = f"tune {job.schema.name[:200]}: the best of {offered.runs.mean:g} runs on average"
    words = "".join(letter if letter.isprintable() else "?" for letter in what)
    return spending.reserve(offered.price, what=words, unit=job.schema.privacy.unit)


def _ledgers(job: Job, choice: Choice, offered: Offer) -> tuple[Ledger, Ledger]:
    """Of one run: its fit may charge what the plan says, its score what was offered, and neither more."""
    score_budget = Budget(epsilon=100.0, delta=0.5)  # its limit is the cap
    return (
        Capped(job.budget, cap=_fit(job, choice)),
        Capped(score_budget, cap=Totals(mu=offered.score_mu)),
    )
