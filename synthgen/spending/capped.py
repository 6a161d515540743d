"""The ledger of one run under a reservation: what was not reserved is refused before it is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synthgen.errors import LedgerError
from synthgen.privacy import Budget, Event, Ledger
from synthgen.privacy.accounting import Totals, totals
from synthgen.privacy.events import SubsampledGaussian
from synthgen.privacy.subsampling import steps_of

_ROUNDING = 1 + 1e-9
"""Shares of mu^2 are added up again in floating point."""


class Capped(Ledger):
    """A ledger with two limits: its own (epsilon, delta), and what was reserved in the ledger of the data set."""

    __slots__ = ("_cap",)

    def __init__(self, budget: Budget, *, cap: Totals) -> None:
        super().__init__(budget)
        self._cap = cap

    def charge(self, event: Event) -> None:
        """Record `event`; raises LedgerError where it was not reserved, OverBudgetError as any ledger does."""
        if not within(totals((*self.events, event)), self._cap):
            raise LedgerError(
                event.what,
                expected="what was reserved in the ledger of the data set",
                got="more",
                fix="nothing was computed; this is a bug in synthgen, please report it",
            )
        super().charge(event)


def within(known: Totals, cap: Totals) -> bool:
    """Is each of the totals at most that of the cap? Runs of DP-SGD must be the very ones.

    >>> within(Totals(mu=0.5), Totals(mu=0.6)), within(Totals(mu=0.5, deltas=(1e-9,)), Totals(mu=0.6))
    (True, False)
    """
    fits = known.mu <= cap.mu * _ROUNDING and math.fsum(known.deltas) <= math.fsum(cap.deltas) * _ROUNDING
    return fits and _fewer(known.runs, cap.runs)


def _fewer(runs: Sequence[SubsampledGaussian], cap: Sequence[SubsampledGaussian]) -> bool:
    most = {(each.multiplier, each.rate): each.times for each in steps_of(cap)}
    return all(each.times <= most.get((each.multiplier, each.rate), 0) for each in steps_of(runs))
