"""Any mechanism as a Gaussian that is no better: what lets budgets of a data set be spent one after another.

A ledger over many fits is *fully adaptive*: whoever plans the next fit has seen the last one. Prices of Gaussians may
be added up even so (squares of mu; Smith, Thakurta 2022, Fully adaptive composition for Gaussian DP). Curves of other
mechanisms cross, and adding those up where each was chosen after the one before is sound only where their order was
fixed. So each is put under an envelope first, which is fixed before it runs: a Gaussian of some mu, and, with a
probability of at most delta, anything at all. A curve delta_f lies under that envelope when, for every epsilon >= 0,

    delta_f(epsilon) <= delta + (1 - delta) delta_mu(epsilon)

(the right-hand side is the curve of a pair that differs openly with probability delta, and is a Gaussian pair
otherwise; a pair whose curve is nowhere below dominates, also in adaptive composition: Zhu, Dong, Wang 2022, thm 10;
negative epsilons follow from the other direction's curve, since that pair is symmetric).

Then sums of mu^2 and of delta, each held below a limit that was fixed in advance, bound all that was learnt: the total
is at most the sum of the deltas plus the curve of one Gaussian. That is a filter: later choices may depend on
everything seen before, also where runs overlap in time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from synthgen.privacy.accounting import Totals
from synthgen.privacy.budget import Budget
from synthgen.privacy.subsampling import Steps, curve, steps_of

_POINTS = 4001
"""Of a curve. Between two of them the higher delta is held against the Gaussian's lower one: coarser is looser."""
_MOST_MU = 1e3
_ROUNDING = 1 + 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """No worse than one Gaussian of this mu, apart from a probability of `delta`."""

    mu: float
    delta: float = 0.0


def together(envelopes: Iterable[Envelope]) -> Envelope:
    """Several as one, whatever chose the later ones.

    >>> together([Envelope(mu=3.0), Envelope(mu=4.0, delta=1e-9)])
    Envelope(mu=5.0, delta=1e-09)
    """
    each = tuple(envelopes)
    return Envelope(mu=math.hypot(*(one.mu for one in each)), delta=math.fsum(one.delta for one in each))


def of_totals(known: Totals, *, slip: float) -> Envelope:
    """The envelope of events: exact for Gaussians and selections; runs of DP-SGD take `slip` of delta, each kind."""
    kinds = steps_of(known.runs)
    mus = (_of_steps(kind, slip) for kind in kinds)
    return Envelope(mu=math.hypot(known.mu, *mus), delta=math.fsum((*known.deltas, *(slip for _ in kinds))))


def of_claim(claim: Budget) -> Envelope:
    """Of a mechanism of which only (epsilon, delta) is known: with probability 1 - delta it is randomised response.

    That has the corner alpha = beta = 1/(1 + e^epsilon) on its trade-off curve, straight lines on both sides; the
    Gaussian's convex curve through that corner, of mu = -2 quantile(1/(1 + e^epsilon)), lies below them. (Every
    (epsilon, delta) mechanism is a randomised response of those parameters, processed further: Kairouz, Oh, Viswanath
    2015, thm 3.3.) Far more than most mechanisms of that epsilon cost: give events where they are known.

    >>> round(of_claim(Budget(epsilon=1, delta=1e-6)).mu, 3)
    1.232
    """
    if not claim.is_private:
        return Envelope(mu=math.inf)
    corner = math.exp(-claim.epsilon) / (1 + math.exp(-claim.epsilon))
    mu = -2 * NormalDist().inv_cdf(corner) if corner > 0 else math.inf
    return Envelope(mu=mu * _ROUNDING, delta=claim.delta)


def of_curve(epsilons: NDArray[np.float64], deltas: NDArray[np.float64], *, slip: float) -> Envelope:
    """Of a privacy curve, float64 [points] each; epsilons begin at 0 and rise, and the last delta is at most `slip`.

    The smallest mu that is enough, within 1e-9 of it; infinite where none is.
    """
    if not (math.isfinite(epsilons[-1]) and deltas[-1] <= slip):
        return Envelope(mu=math.inf, delta=slip)
    low, high = 0.0, 1.0
    while not _covers(high, epsilons, deltas, slip):
        low, high = high, 2 * high
        if high > _MOST_MU:
            return Envelope(mu=math.inf, delta=slip)
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _covers(middle, epsilons, deltas, slip) else (middle, high)
    return Envelope(mu=high * _ROUNDING, delta=slip)


@lru_cache(maxsize=256)
def _of_steps(steps: Steps, slip: float) -> float:
    """What one kind of DP-SGD step comes to, repeated, as mu."""
    epsilons, deltas = curve((steps,), slip, points=_POINTS)
    return of_curve(epsilons, deltas, slip=slip).mu


def _covers(mu: float, epsilons: NDArray[np.float64], deltas: NDArray[np.float64], slip: float) -> bool:
    """Is the curve under the envelope, also between its points? Both curves fall, so ends are held against ends."""
    return bool((deltas[:-1] <= slip + (1 - slip) * gaussian_delta(mu, epsilons[1:])).all())


def gaussian_delta(mu: float, epsilons: NDArray[np.float64]) -> NDArray[np.float64]:
    """The privacy curve of a Gaussian (Balle, Wang 2018, thm 8), float64 [points]."""
    near, far = -epsilons / mu + mu / 2, -epsilons / mu - mu / 2
    return np.asarray(np.exp(log_ndtr(near)) - np.exp(epsilons + log_ndtr(far)))
