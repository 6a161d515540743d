"""Who spent what: an append-only list of events that never costs more than its budget."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from synthgen.errors import LedgerError
from synthgen.privacy import accounting
from synthgen.privacy.budget import Budget
from synthgen.privacy.events import Event, Exact, to_json
from synthgen.privacy.mechanisms import Noise


class OverBudgetError(LedgerError):
    """A refused charge: the `event`, what all would have cost with it, and the epsilon that was left before it."""

    def __init__(self, event: Event, *, budget: Budget, before: float, after: float) -> None:
        self.event = event
        self.epsilon_after = after
        self.left = budget.epsilon - before
        super().__init__(
            event.what,
            expected=f"a total epsilon of at most {budget.epsilon:g} at delta {budget.delta:g}",
            got=f"{after:.4g} with this charge, {before:.4g} without",
            fix="raise the epsilon or measure less",
        )


class Ledger:
    """Append-only; a charge is refused before it is recorded, so before anything is computed.

    Mutable on purpose: an immutable ledger that callers thread through would lose a charge wherever a result is
    dropped. A charge is recorded *before* its mechanism runs, so a crash can only over-count.
    """

    __slots__ = ("_budget", "_epsilon", "_events", "_fixed", "rehearsal")

    def __init__(self, budget: Budget, *, rehearsal: Noise | None = None) -> None:
        """`rehearsal` is noise for rows that are nobody's: what it pays for counts as noised by somebody's own."""
        self._budget = budget
        self._events: list[Event] = []
        self._epsilon = 0.0
        self._fixed = rehearsal is not None
        self.rehearsal = rehearsal

    @classmethod
    def replay(cls, budget: Budget, events: Iterable[Event]) -> Ledger:
        """A ledger with these charges, in order; raises LedgerError where the budget could not carry them."""
        ledger = cls(budget)
        for event in events:
            ledger.charge(event)
        return ledger

    @property
    def budget(self) -> Budget:
        """What may be spent."""
        return self._budget

    @property
    def events(self) -> tuple[Event, ...]:
        """Every charge so far, oldest first."""
        return tuple(self._events)

    @property
    def noise_is_fixed(self) -> bool:
        """Whether somebody brought noise of his own, which he may know and take off again."""
        return self._fixed

    def tell_fixed_noise(self) -> None:
        """Remember for ever that noise did not come from the operating system."""
        self._fixed = True

    def epsilon(self) -> float:
        """What the events cost together at the budget's delta; infinite without privacy, once anything was read."""
        return self._epsilon

    def charge(self, event: Event) -> None:
        """Record `event`, or raise OverBudgetError (a LedgerError) and stay as it is."""
        after = self._price(event)
        if not after <= self._budget.epsilon:  # a price that is no number is refused too
            raise OverBudgetError(event, budget=self._budget, before=self._epsilon, after=after)
        self._events.append(event)
        self._epsilon = after

    def _price(self, event: Event) -> float:
        if not self._budget.is_private or isinstance(event, Exact):
            return math.inf
        return accounting.epsilon((*self._events, event), self._budget.delta)

    def to_json(self) -> dict[str, Any]:
        """Budget, events and cost as plain JSON values; what is infinite is null."""
        private = self._budget.is_private
        return {
            "epsilon": self._budget.epsilon if private else None,
            "delta": self._budget.delta if private else None,
            "spent": self._epsilon if private else None,
            "events": [to_json(event) for event in self._events],
        }

    def __repr__(self) -> str:
        return f"Ledger(epsilon {self._epsilon:.4g} of {self._budget.epsilon:g}, {len(self._events)} events)"
