"""What the events cost together: the only caller of dp-accounting.

Every mechanism is a Gaussian, so the whole ledger is one Gaussian of sensitivity over noise
mu = sqrt(mu_1^2 + mu_2^2 + ...), exactly; its privacy loss distribution (PLD, pessimistic) gives epsilon for a delta.
A later noise scale may depend on earlier noisy answers, because the limit on the sum is fixed beforehand and the
ledger refuses what would pass it: a filter (Smith, Thakurta 2022, Fully adaptive composition for Gaussian DP).

A partition selection is its Gaussian, and with a probability of at most its delta anything at all: that delta is
taken off first, and conditioning on its absence costs a further -log(1 - delta) of epsilon. The scales and deltas of
selections must be fixed in advance.

Neighbours: one unit added or removed. `replace_one_epsilon` states the price for a unit replaced by another.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

from dp_accounting.pld import privacy_loss_distribution as pld

from synthgen.errors import ConfigError
from synthgen.privacy.budget import Budget
from synthgen.privacy.events import Event, Exact, Part, PartitionSelection

FALSE_POSITIVE_RATES = (0.001, 0.01, 0.1)
"""Where `operational` reports an attacker's power."""

_GRID, _FINE_GRID = 1e-3, 1e-4
"""Width of a PLD's grid as a share of the epsilon it is about. Its rounding up costs 1e-6 of epsilon for one
Gaussian, and as little on the fine grid for hundreds of discrete ones composed."""


def epsilon(events: Iterable[Event], delta: float) -> float:
    """The epsilon that all events together cost at `delta`, rounded up; infinite if any is exact.

    >>> from synthgen.privacy.events import Gaussian
    >>> released = Gaussian(what="counts", parts=(Part(name="age", cells=74, sigma=4.24, sensitivity=1.0),))
    >>> round(epsilon([released], 1e-6), 2)
    1.0
    """
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return math.inf
    mus, deltas = _mus(events), _deltas(events)
    return _gaussian_epsilon(math.hypot(*mus), delta - math.fsum(deltas)) + _conditioning(deltas)


def replace_one_epsilon(events: Iterable[Event], delta: float) -> float:
    """The same where neighbours differ by one unit *replaced*: out and in again, so mu doubles."""
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return math.inf
    mus, deltas = _mus(events), _deltas(events)
    return _gaussian_epsilon(2 * math.hypot(*mus), delta - math.fsum(deltas)) + _conditioning(deltas)


def calibrate_mu(budget: Budget, *, delta_elsewhere: float = 0.0) -> float:
    """The largest total mu whose price is at most the budget's epsilon, and at least 99.5 % of it.

    `delta_elsewhere` is what partition selections will take of delta. Infinite without privacy. Raises ConfigError
    if nothing of delta is left. Splitting rho = mu^2 / 2 into shares and turning each into noise by
    `mechanisms.sigma_for` spends exactly this.

    >>> round(calibrate_mu(Budget(epsilon=1, delta=1e-6)), 3)
    0.237
    """
    if not budget.is_private:
        return math.inf
    if not 0 <= delta_elsewhere < budget.delta:
        got = f"{delta_elsewhere:g} of {budget.delta:g} taken elsewhere"
        raise ConfigError("delta", expected="some left for noisy counts", got=got, fix="discover fewer columns")
    deltas = (delta_elsewhere,)
    target, delta = budget.epsilon - _conditioning(deltas), budget.delta - delta_elsewhere
    if target <= 0:
        raise ConfigError("epsilon", expected=f"more than {delta_elsewhere:g}", got=f"{budget.epsilon:g}")
    return _largest_mu(target, delta)


@lru_cache(maxsize=64)
def _largest_mu(target: float, delta: float) -> float:
    # eps <= mu^2/2 + mu sqrt(2 log 1/delta) always (zCDP's conversion), so its root costs at most the target.
    width = math.sqrt(2 * math.log(1 / delta))
    low = math.sqrt(width**2 + 2 * target) - width
    high = 1.1 * low
    while _gaussian_epsilon(high, delta) <= target:
        low, high = high, 1.1 * high
    for _ in range(11):  # 1.1 / 2^11 of mu is less than 0.01 % of epsilon for any budget
        middle = (low + high) / 2
        low, high = (middle, high) if _gaussian_epsilon(middle, delta) <= target else (low, middle)
    return low * (1 - 1e-9)  # shares of it are added up again in floating point


@lru_cache(maxsize=1024)
def _gaussian_epsilon(mu: float, delta: float) -> float:
    if mu == 0:
        return 0.0
    if delta <= 0:
        return math.inf
    loss = pld.from_gaussian_mechanism(
        1 / mu,
        value_discretization_interval=_GRID * _rough_epsilon(mu, delta),
        log_mass_truncation_bound=min(-50.0, math.log(delta) - 10),
    )
    return float(loss.get_epsilon_for_delta(delta))


def _rough_epsilon(mu: float, delta: float) -> float:
    return mu**2 / 2 + mu * math.sqrt(2 * math.log(1 / min(delta, 0.5)))


def discrete_epsilon(events: Iterable[Event], delta: float) -> float:
    """The same price by another road: every part as the discrete Gaussian that it is, composed one by one.

    An independent check of `epsilon` (which merges continuous Gaussians at a variance a little too small), for the
    certificate and the tests; some seconds for hundreds of distinct noise scales.
    """
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return math.inf
    parts, deltas = _parts(events), _deltas(events)
    left = delta - math.fsum(deltas)
    if not parts or left <= 0:
        return math.inf if parts else 0.0
    grid = _FINE_GRID * _rough_epsilon(math.hypot(*_mus(events)), left)
    losses = (
        _discrete_loss(sigma, shift, times, grid)
        for (sigma, shift), times in sorted(_repeated(parts).items(), reverse=True)
    )
    total = next(losses)
    for loss in losses:
        total = total.compose(loss)
    return float(total.get_epsilon_for_delta(left)) + _conditioning(deltas)


def _repeated(parts: Sequence[Part]) -> Counter[tuple[float, int]]:
    times: Counter[tuple[float, int]] = Counter()
    for part in parts:
        times[part.sigma, part.per_cell] += part.copies
    return times


def _discrete_loss(sigma: float, shift: int, times: int, grid: float) -> Any:
    loss = pld.from_discrete_gaussian_mechanism(
        sigma,
        shift,
        truncation_bound=math.ceil(11.6 * sigma) + shift,  # its default forgets the shift: fatal above 5 sigma
        value_discretization_interval=grid,
        use_connect_dots=True,
    )
    return loss.self_compose(times) if times > 1 else loss


@dataclass(frozen=True, kw_only=True, slots=True)
class Operational:
    """What an attacker can do who knows all rows but one unit's, and asks whether that unit was there.

    `advantage` is true minus false positive rate at its largest; `true_positive_rate` maps a false positive rate
    to the most true positives possible at it.
    """

    advantage: float
    true_positive_rate: dict[float, float]


def operational(events: Iterable[Event]) -> Operational:
    """The trade-off curve of the composed Gaussian (Dong, Roth, Su 2022, eq. 6), not just one point of it.

    >>> perfect = operational([Exact(what="counts", names=("age",))])
    >>> perfect.advantage, perfect.true_positive_rate[0.01]
    (1.0, 1.0)
    """
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return Operational(advantage=1.0, true_positive_rate=dict.fromkeys(FALSE_POSITIVE_RATES, 1.0))
    mu, deltas, normal = math.hypot(*_mus(events)), _deltas(events), NormalDist()
    slip, slack = math.fsum(deltas), math.exp(_conditioning(deltas))
    rates = {
        rate: min(1.0, normal.cdf(normal.inv_cdf(rate * slack) + mu) + slip) if rate * slack < 1 else 1.0
        for rate in FALSE_POSITIVE_RATES
    }
    advantage = min(1.0, 2 * normal.cdf(mu / 2) - 1 + slip + (slack - 1))
    return Operational(advantage=advantage, true_positive_rate=rates)


def _parts(events: Iterable[Event]) -> list[Part]:
    return [part for event in events if not isinstance(event, Exact) for part in event.parts]


def _mus(events: Iterable[Event]) -> list[float]:
    return [part.mu for part in _parts(events)]


def _deltas(events: Iterable[Event]) -> tuple[float, ...]:
    return tuple(event.delta for event in events if isinstance(event, PartitionSelection))


def _conditioning(deltas: Iterable[float]) -> float:
    return -math.fsum(math.log1p(-delta) for delta in deltas)
