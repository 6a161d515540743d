"""What the entries of a ledger cost together, and what is left.

One entry alone costs what the accountant says of its events. From the second on, every entry is a Gaussian of some mu,
and anything at all with a probability of at most its delta (`privacy.envelope`): squares of mu and the deltas add up,
whatever made later fits choose what they chose. The deltas may come to POOL of the ledger's; the rest is for the
Gaussian. That an entry that stands alone is priced in full needs no adaptive argument: it was chosen before anything
was seen, and where it does not fit under the limits of many, nothing is let in after it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthgen.privacy import Budget, Event
from synthgen.privacy.accounting import Totals, calibrate_mu, conditioning, totals
from synthgen.privacy.envelope import Envelope, of_claim, of_totals, together

POOL = 0.25
"""Of the ledger's delta, for all deltas of entries together; what is left of it costs 1 % of epsilon at most."""
SLIP = 1 / 512
"""Of the ledger's delta, for each kind of DP-SGD step: its envelope's."""
DELTAS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
"""Where the composed curve is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What an entry costs.

    mu, delta  its envelope: a Gaussian, and anything at all with that probability
    alone      its epsilon at the ledger's delta, if nothing else were there
    """

    mu: float
    delta: float
    alone: float

    @property
    def envelope(self) -> Envelope:
        """What is added up."""
        return Envelope(mu=self.mu, delta=self.delta)


Cost = Sequence[Event] | Totals | Budget | Price
"""What a reservation may be asked for: events; what they come to; an (epsilon, delta) of which no more is known; or a
price that was worked out elsewhere."""


def priced(cost: Cost, budget: Budget) -> Price:
    """The price of a cost in a ledger of this budget; infinite where it has none."""
    if isinstance(cost, Price):
        return cost
    if isinstance(cost, Budget):
        claim = of_claim(cost)
        alone = cost.epsilon if cost.is_private and cost.delta <= budget.delta else math.inf
        return Price(mu=claim.mu, delta=claim.delta, alone=alone)
    known = cost if isinstance(cost, Totals) else totals(cost)
    if not known.mu < math.inf:
        return Price(mu=math.inf, delta=math.fsum(known.deltas), alone=math.inf)
    cover = of_totals(known, slip=SLIP * budget.delta)
    return Price(mu=cover.mu, delta=cover.delta, alone=known.epsilon(budget.delta))


def composed(prices: Iterable[Price], budget: Budget) -> float:
    """The epsilon of all together at the budget's delta; infinite where they have no price.

    >>> budget = Budget(epsilon=10, delta=1e-6)
    >>> one = priced(Totals(mu=0.648), budget)
    >>> round(one.alone, 1), round(composed([one] * 3, budget), 1)
    (3.0, 5.6)
    """
    each = [price for price in prices if price.mu or price.delta]
    if len(each) <= 1:
        return each[0].alone if each else 0.0
    cover = together(price.envelope for price in each)
    if not cover.mu < math.inf or cover.delta > POOL * budget.delta:
        return math.inf
    return _shared(cover.mu, budget)


def curve(prices: Iterable[Price], budget: Budget) -> tuple[tuple[float, float], ...]:
    """(delta, epsilon) points of the composed curve, where it is finite."""
    each = [price for price in prices if price.mu or price.delta]
    cover = together(price.envelope for price in each)
    if not each or not cover.mu < math.inf:
        return ()
    whole = Totals(mu=cover.mu, deltas=(cover.delta,) if cover.delta else ())
    points = ((delta, whole.epsilon(delta)) for delta in sorted({*DELTAS, budget.delta}, reverse=True))
    return tuple((delta, epsilon) for delta, epsilon in points if math.isfinite(epsilon))


def left(prices: Iterable[Price], budget: Budget, delta: float, *, fits: int = 1) -> float:
    """The largest epsilon at `delta` of one more Gaussian, or of each of `fits` alike, that fits; 0 where none does."""
    each = [price for price in prices if price.mu or price.delta]
    if not each and fits == 1:
        return budget.epsilon if delta == budget.delta else Totals(mu=calibrate_mu(budget)).epsilon(delta)
    cover = together(price.envelope for price in each)
    rest = _limit(budget) ** 2 - cover.mu**2
    free = rest > 0 and cover.delta <= POOL * budget.delta
    return Totals(mu=math.sqrt(rest / fits)).epsilon(delta) if free else 0.0


def _limit(budget: Budget) -> float:
    """The largest mu of many entries."""
    pool = POOL * budget.delta
    return calibrate_mu(Budget(epsilon=budget.epsilon - conditioning((pool,)), delta=budget.delta - pool))


def _shared(mu: float, budget: Budget) -> float:
    """Price of many entries of this mu together, the pool of deltas set aside, used or not."""
    pool = POOL * budget.delta
    return Totals(mu=mu, deltas=(pool,)).epsilon(budget.delta)
