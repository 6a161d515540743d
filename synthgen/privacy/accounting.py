"""What the events cost together.

Every mechanism but DP-SGD is a Gaussian, so together they are one Gaussian of sensitivity over noise
mu = sqrt(mu_1^2 + mu_2^2 + ...), exactly; its privacy loss distribution (PLD, pessimistic) gives epsilon for a delta.
A later noise scale may depend on earlier noisy answers, because the limit on the sum is fixed beforehand and the
ledger refuses what would pass it: a filter (Smith, Thakurta 2022, Fully adaptive composition for Gaussian DP).

Runs of DP-SGD are Poisson-subsampled Gaussians; their distributions are composed with that one (`subsampling`). Their
rates, multipliers and steps must be fixed before the first noisy answer: curves of subsampled Gaussians cross, and
whoever chose among them by what he saw could pass the delta that each of them keeps.

A partition selection is its Gaussian, and with a probability of at most its delta anything at all: that delta is
taken off first, and conditioning on its absence costs a further -log(1 - delta) of epsilon. The scales and deltas of
selections must be fixed in advance.

Neighbours: one unit added or removed. `replace_one_epsilon` states the price for a unit replaced by another.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

from dp_accounting.pld import privacy_loss_distribution as pld

from synthgen.errors import ConfigError
from synthgen.privacy.budget import Budget
from synthgen.privacy.events import (
    COIN_GRID,
    HARDENED_SENSITIVITY,
    MIN_MULTIPLIER,
    Event,
    Exact,
    Part,
    PartitionSelection,
    SubsampledGaussian,
)
from synthgen.privacy.subsampling import Steps, attack, mixed_epsilon, replaced_epsilon, steps_of

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
    return totals(events).epsilon(delta)


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """What events come to, and all that their price depends on.

    mu      of all Gaussians as one; infinite where anything is exact
    deltas  of partition selections
    runs    of DP-SGD on samples
    """

    mu: float
    deltas: tuple[float, ...] = ()
    runs: tuple[SubsampledGaussian, ...] = ()

    def epsilon(self, delta: float) -> float:
        """Their price together at `delta`, rounded up."""
        left = delta - math.fsum(self.deltas)
        if not self.mu < math.inf or (left <= 0 and self.deltas):
            return math.inf
        price = mixed_epsilon(self.mu, steps_of(self.runs), left) if self.runs else _gaussian_epsilon(self.mu, left)
        return price + conditioning(self.deltas)


def totals(events: Iterable[Event]) -> Totals:
    """The events' totals.

    >>> totals([Exact(what="counts", names=("age",))]).mu
    inf
    """
    events = tuple(events)
    exact = any(isinstance(event, Exact) for event in events)
    runs = tuple(event for event in events if isinstance(event, SubsampledGaussian) and event.rate < 1)
    return Totals(mu=math.inf if exact else math.hypot(*_mus(events)), deltas=_deltas(events), runs=runs)


def replace_one_epsilon(events: Iterable[Event], delta: float) -> float:
    """The same where neighbours differ by one unit *replaced*: out and in again, so mu doubles.

    With DP-SGD a bound that is sound and not tight; `subsampling` says which.
    """
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return math.inf
    mu, steps, deltas = math.hypot(*_mus(events)), _steps(events), _deltas(events)
    left = delta - math.fsum(deltas)
    price = replaced_epsilon(mu, steps, left) if steps else _gaussian_epsilon(2 * mu, left)
    return price + conditioning(deltas)


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
    target, delta = budget.epsilon - conditioning(deltas), budget.delta - delta_elsewhere
    if target <= 0:
        raise ConfigError("epsilon", expected=f"more than {delta_elsewhere:g}", got=f"{budget.epsilon:g}")
    return _largest_mu(target, delta)


def calibrate_noise(
    budget: Budget,
    *,
    mu: float,
    sample_rate: float,
    steps: int,
    delta_elsewhere: float = 0.0,
    hardened: bool = False,
) -> float:
    """The smallest noise multiplier of a DP-SGD run that, with Gaussians of `mu` together, stays within the budget.

    All of it is priced together, and costs at least 99.5 % of epsilon (a run at the least noise that can be priced may
    cost less). 0 without privacy. Raises ConfigError where `mu` leaves less than a tenth of a percent of epsilon.

    >>> noise = calibrate_noise(Budget(epsilon=3, delta=1e-6), mu=0.5, sample_rate=0.1, steps=500)
    >>> round(noise, 1)
    5.5
    """
    if not budget.is_private:
        return 0.0
    target = budget.epsilon - conditioning((delta_elsewhere,))
    rest = calibrate_mu(budget, delta_elsewhere=delta_elsewhere) ** 2 - mu**2
    if rest <= 0 or _gaussian_epsilon(mu, budget.delta - delta_elsewhere) > 0.999 * target:
        got = "all of it planned for counts"
        raise ConfigError("the budget of DP-SGD", expected="some of epsilon", got=got, fix="raise its share")
    widen = HARDENED_SENSITIVITY if hardened else 1.0
    rate = min(1.0, sample_rate + COIN_GRID)

    left = budget.delta - delta_elsewhere

    def price(multiplier: float, coarse: int = 1) -> float:
        if rate == 1:
            return _gaussian_epsilon(math.hypot(mu, math.sqrt(steps) / multiplier), left)
        return mixed_epsilon(mu, (Steps(multiplier, rate, steps),), left, coarse)

    # the central limit's answer, to start from: rest = steps rate^2 (exp(1 / noise^2) - 1)
    start = 1 / math.sqrt(math.log1p(rest / (steps * rate**2)))
    near = _smallest(lambda multiplier: price(multiplier, 8), target, start, step=1.2)
    return widen * _smallest(price, target, near, step=1.02)


def _smallest(price: Callable[[float], float], target: float, start: float, *, step: float) -> float:
    """The smallest multiplier at which a falling price is at most `target`, within 0.3 % of the target; in steps."""
    high = max(start, MIN_MULTIPLIER)
    while price(high) > target:
        high, step = high * step, step**1.5
    low = max(high / step, MIN_MULTIPLIER)
    while low < high and price(low) <= target:
        low, high, step = max(low / step, MIN_MULTIPLIER), low, step**1.5
    while price(high) < 0.997 * target and high / low > 1 + 1e-9:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if price(middle) > target else (low, middle)
    return high


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
    certificate and the tests; some seconds for hundreds of distinct noise scales. Raises ValueError for DP-SGD, whose
    noise is continuous.
    """
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return math.inf
    if _steps(events):
        raise ValueError("DP-SGD has no discrete price")
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
    return float(total.get_epsilon_for_delta(left)) + conditioning(deltas)


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


def operational(events: Iterable[Event], rates: Sequence[float] = FALSE_POSITIVE_RATES) -> Operational:
    """The trade-off curve of all events composed (Dong, Roth, Su 2022, eq. 6) at the false positive `rates`.

    >>> perfect = operational([Exact(what="counts", names=("age",))])
    >>> perfect.advantage, perfect.true_positive_rate[0.01]
    (1.0, 1.0)
    """
    events = tuple(events)
    if any(isinstance(event, Exact) for event in events):
        return Operational(advantage=1.0, true_positive_rate=dict.fromkeys(rates, 1.0))
    mu, steps, deltas = math.hypot(*_mus(events)), _steps(events), _deltas(events)
    slip, slack = math.fsum(deltas), math.exp(conditioning(deltas))
    reached = [min(rate * slack, 1.0) for rate in rates]
    advantage, found = attack(mu, steps, reached) if steps else _gaussian_attack(mu, reached)
    true = [1.0 if rate == 1 else min(1.0, float(each) + slip) for rate, each in zip(reached, found, strict=True)]
    return Operational(
        advantage=min(1.0, advantage + slip + (slack - 1)),
        true_positive_rate=dict(zip(rates, true, strict=True)),
    )


def _gaussian_attack(mu: float, rates: Sequence[float]) -> tuple[float, Sequence[float]]:
    normal = NormalDist()
    found = [normal.cdf(normal.inv_cdf(rate) + mu) if 0 < rate < 1 else float(rate) for rate in rates]
    return 2 * normal.cdf(mu / 2) - 1, found


def _parts(events: Iterable[Event]) -> list[Part]:
    """Of all Gaussians."""
    return [part for event in events if not isinstance(event, Exact | SubsampledGaussian) for part in event.parts]


def _mus(events: Sequence[Event]) -> list[float]:
    """Of all Gaussians, steps of DP-SGD on the whole table among them."""
    runs = [event for event in events if isinstance(event, SubsampledGaussian) and event.rate == 1]
    return [*(part.mu for part in _parts(events)), *(math.sqrt(run.steps) / run.multiplier for run in runs)]


def _steps(events: Iterable[Event]) -> tuple[Steps, ...]:
    """Of all runs of DP-SGD on samples."""
    return steps_of([event for event in events if isinstance(event, SubsampledGaussian) and event.rate < 1])


def _deltas(events: Iterable[Event]) -> tuple[float, ...]:
    return tuple(event.delta for event in events if isinstance(event, PartitionSelection))


def conditioning(deltas: Iterable[float]) -> float:
    """What it costs of epsilon that failures of these probabilities are set aside: -log(1 - delta) each."""
    return -math.fsum(math.log1p(-delta) for delta in deltas)
