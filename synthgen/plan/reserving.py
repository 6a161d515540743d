"""A fit and the ledger of its data set: reserve before a row is read, say what was done when it is over."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from synthgen.encode.fingerprint import Watch
from synthgen.engine.phase import Phase
from synthgen.engine.settings import Effort
from synthgen.errors import LedgerError
from synthgen.plan.budgeting import DISCOVER_DELTA, after_bounds, for_counts, hidden_columns, total_mu
from synthgen.plan.outline import Wish, phase_of
from synthgen.privacy import Budget, Ledger, SubsampledGaussian
from synthgen.privacy.accounting import Totals
from synthgen.schema import Schema
from synthgen.shape import shape_of
from synthgen.spending import Receipt, Reservation, Spending
from synthgen.tables import Conformed


def most(schema: Schema, budget: Budget, effort: Effort, wish: Wish | None = None) -> Totals:
    """What the events of a fit come to at most, from public facts alone; as `plan` divides the budget.

    Raises ConfigError and SchemaError as `plan` does. Infinite without privacy.
    """
    modelled = shape_of(schema).modelled
    whole = total_mu(modelled, budget)
    if math.isinf(whole):
        return Totals(mu=math.inf)
    phase = phase_of(schema, modelled, budget, effort, wish or Wish())
    mu = after_bounds(schema, whole)
    bounds = max(whole**2 - mu**2, 0.0)
    run = _run(phase)
    whole_table = run is not None and run.rate == 1
    steps = math.sqrt(run.steps) / run.multiplier if run is not None and whole_table else 0.0
    return Totals(
        mu=math.hypot(math.sqrt(bounds), for_counts(mu, phase), steps),
        deltas=(DISCOVER_DELTA * budget.delta,) if hidden_columns(modelled) else (),
        runs=() if run is None or whole_table else (run,),
    )


def _run(phase: Phase) -> SubsampledGaussian | None:
    """The event of a phase, but for its divisor, which costs nothing."""
    if not phase.share:
        return None
    return SubsampledGaussian(
        what=phase.kind,
        noise_multiplier=phase.noise_multiplier,
        sample_rate=phase.sample_rate,
        steps=phase.steps,
        clip=phase.clip,
        divisor=phase.batch or 1.0,
        hardened=phase.hardened,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What a fit charges: a ledger of its own, and, where there is one, a reservation in that of the data set."""

    ledger: Ledger
    reservation: Reservation | None = None
    watch: Watch | None = None

    @property
    def see(self) -> Callable[[Conformed], None] | None:
        """Takes every batch of the table, for its fingerprint."""
        return None if self.watch is None else self.watch.see

    def close(self) -> tuple[Receipt | None, tuple[str, ...]]:
        """Tell the data set's ledger what was done; a receipt, and warnings.

        Where it cannot be told, that is a warning: the reservation stays, which counts at least as much.
        """
        if self.reservation is None or self.watch is None:
            return None, ()
        reservation, warnings, head = self.reservation, [], self.reservation.head
        try:
            head = reservation.spending.commit(reservation.number, self.ledger.events)
            reservation.spending.remember(self.watch.sketch())
        except LedgerError as error:
            warnings.append(f"reservation {reservation.number} is not settled and counts in full: {error}")
        receipt = Receipt(dataset=reservation.dataset, entry=reservation.number, rows=head.count, hash=head.hash)
        return receipt, (*warnings, *self.watch.warnings())


def account(
    spending: Spending | None, schema: Schema, budget: Budget, effort: Effort, wish: Wish, *, what: str
) -> Account:
    """Reserve what the fit may come to, if there is a ledger of the data set; before a row is read.

    Raises SpentError where too little is left of it, and LedgerError.
    """
    if spending is None:
        return Account(ledger=Ledger(budget))
    watch = Watch(spending)
    cap = _private(spending, schema, budget, effort, wish)
    words = "".join(letter if letter.isprintable() else "?" for letter in what)[:400]
    reservation = spending.reserve(cap, what=words, unit=schema.privacy.unit)
    return Account(ledger=reservation.ledger(budget), reservation=reservation, watch=watch)


def check_room(spending: Spending, schema: Schema, budget: Budget, effort: Effort, wish: Wish) -> None:
    """Raise what `account` would raise, and write nothing."""
    spending.check(_private(spending, schema, budget, effort, wish), unit=schema.privacy.unit)


def _private(spending: Spending, schema: Schema, budget: Budget, effort: Effort, wish: Wish) -> Totals:
    if not budget.is_private:
        fix = (
            "a run without privacy belongs in no ledger; leave --ledger out, and treat the model as you treat the rows"
        )
        raise LedgerError(str(spending.path), expected="a fit with a finite epsilon", got="epsilon inf", fix=fix)
    return most(schema, budget, effort, wish)
