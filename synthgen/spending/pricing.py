"""What the entries of a ledger cost together, and what is left.

One entry alone costs what the accountant says of its events. From the second on, every entry is a Gaussian of some mu,
and anything at all with a probability of at most its delta (`privacy.envelope`): squares of mu and the deltas add up,
whatever made later fits choose what they chose. The deltas may come to POOL of the ledger's; the rest is for the
Gaussian. That an entry that stands alone is priced in full needs no adaptive argument: it was chosen before anything
was seen, and where it does not fit under the limits of many, nothing is let in after it.

A claim, of which only (epsilon, delta) is known, makes a wide Gaussian. Beside claims there is a second way: their
epsilons add up (so much loss they have at most), and the Gaussian of the other entries gets what they leave. To choose
between the ways, and how much to keep for claims, after answers were seen, is a choice that must be paid for: let each
of k limits, "claims at most e_k and mu at most m_k", be a filter that fails with probability delta_k at most. Whatever
ends under one of them fails under that one, so all of it fails with at most the sum of the delta_k. WAYS is their
number, CLAIMS the share of delta that they divide.
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
CLAIMS, WAYS = 0.1, 32
"""Of the ledger's delta, for limits that keep 1/WAYS, 2/WAYS, ... of epsilon for claims; each gets an equal part."""
SLIP = 1 / 512
"""Of the ledger's delta, for each kind of DP-SGD step: its envelope's."""
DELTAS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
"""Where the composed curve is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What an entry costs.

    mu, delta  its envelope: a Gaussian, and anything at all with that probability
    alone      its epsilon at the ledger's delta, if nothing else were there
    claim      of a claim its epsilon, which is what it costs where claims are added up; None: it is no claim
    """

    mu: float
    delta: float
    alone: float
    claim: float | None = None

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
        return Price(mu=claim.mu, delta=claim.delta, alone=alone, claim=cost.epsilon)
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
    (3.0, 5.7)
    """
    each = [price for price in prices if price.mu or price.delta]
    if len(each) <= 1:
        return each[0].alone if each else 0.0
    if not math.fsum(price.delta for price in each) <= POOL * budget.delta:
        return math.inf
    return min(way.kept + _gaussian(way.mu, way.delta, budget) for way in _ways(each, budget))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """One limit under which all may be: epsilon `kept` for claims, and a Gaussian of `mu` at `delta`."""

    kept: float
    mu: float
    delta: float


def _ways(prices: Sequence[Price], budget: Budget) -> list[_Way]:
    """The limits worth looking at: no claims apart, and the least that holds all claims."""
    every = together(price.envelope for price in prices)
    found = [_Way(kept=0.0, mu=every.mu, delta=(1 - POOL - CLAIMS) * budget.delta)]
    claims = math.fsum(price.claim for price in prices if price.claim is not None)
    step = math.ceil(claims / budget.epsilon * WAYS) if claims < math.inf else WAYS + 1
    if 0 < step < WAYS:
        others = together(price.envelope for price in prices if price.claim is None)
        found.append(_Way(kept=step / WAYS * budget.epsilon, mu=others.mu, delta=CLAIMS / WAYS * budget.delta))
    return found


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
    if not math.fsum(price.delta for price in each) <= POOL * budget.delta:
        return 0.0
    rests = [_limit(way, budget) ** 2 - way.mu**2 for way in _ways(each, budget)]
    rest = max(rests)
    return Totals(mu=math.sqrt(rest / fits)).epsilon(delta) if rest > 0 else 0.0


def rounded_down(epsilon: float) -> float:
    """Three digits of what is left: what is said must fit.

    >>> rounded_down(4.3289), rounded_down(0.0), rounded_down(5.0)
    (4.32, 0.0, 5.0)
    """
    if not 0 < epsilon < math.inf:
        return 0.0
    places = 2 - math.floor(math.log10(epsilon))
    return float(math.floor(round(epsilon * 10.0**places, 6)) / 10.0**places)


def _limit(way: _Way, budget: Budget) -> float:
    """The largest mu of such a limit."""
    target = budget.epsilon - way.kept - conditioning((POOL * budget.delta,))
    return calibrate_mu(Budget(epsilon=target, delta=way.delta)) if target > 0 else 0.0


def _gaussian(mu: float, delta: float, budget: Budget) -> float:
    """Price of many entries of this mu together; the pool of deltas is set aside, used or not."""
    return Totals(mu=mu).epsilon(delta) + conditioning((POOL * budget.delta,))
