"""What runs of DP-SGD cost: privacy losses of Poisson-subsampled Gaussians, composed with that of a plain Gaussian.

With `accounting` the only caller of dp-accounting. A unit added and a unit removed are two directions, followed apart
(Zhu, Dong, Wang 2022); both are rounded up (connect the dots; Doroshenko and others 2022), and the worse one counts.

*Replaced* units: a unit out and another in, so two steps away by the triangle that the hockey-stick divergence obeys,
    delta_2(e) <= delta(e1) + exp(e1) delta(e - e1)   for every e1,
with delta(e) the whole ledger's curve. It is sound for any mechanism. No tight formula is proved for Poisson sampling;
this one is 0.1 to 4 % above the worst pair that is known, of opposite gradients (Lebeda and others 2024), at
multipliers of 4 and more, and about twice as much at 0.6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from dp_accounting.pld import privacy_loss_distribution as pld
from numpy.typing import NDArray

from synthgen.privacy.events import SubsampledGaussian

MOST_LOSS = 1e4
"""Expected privacy loss beyond which nothing is computed: the price is infinite."""

_MOST_EPSILON = 100.0
"""Beyond it a curve is not followed: its exponential would say nothing."""

_OF_EPSILON, _OF_STEP, _FINEST = 3e-4, 0.05, 2e-5
"""Width of the grid: as a share of the epsilon it is about; as a share of one step's standard deviation; and, however
small a step is, never below the last share of epsilon, for time and memory. Rounding up keeps every width sound."""

_MOST_POINTS = 2**16
"""Of one step's distribution: each takes microseconds. A wider grid is sound too."""

_TAIL = -60.0
"""Log of the probability that may be cut off each tail, and is counted as infinite loss."""


class Steps(NamedTuple):
    """So many steps of one noise multiplier and sample rate."""

    multiplier: float
    rate: float
    times: int

    @property
    def spread(self) -> float:
        """Standard deviation of one step's privacy loss, about."""
        return self.rate * math.sqrt(math.expm1(min(self.multiplier**-2, 50.0)))

    @property
    def reach(self) -> float:
        """The largest privacy loss of a step that is not cut off."""
        furthest = self.multiplier**-2 / 2 + math.sqrt(-2 * _TAIL) / self.multiplier
        return furthest if furthest > 500 else math.log1p(self.rate * math.expm1(furthest))

    @property
    def loss(self) -> float:
        """Expected privacy loss of all steps, at most about this: by chi-square, or by convexity where it is less."""
        return self.times * min(self.spread**2, self.rate * self.multiplier**-2) / 2


def steps_of(runs: Sequence[SubsampledGaussian]) -> tuple[Steps, ...]:
    """The runs as what the price depends on, sorted; steps of one kind are added up."""
    times: dict[tuple[float, float], int] = {}
    for run in runs:
        kind = (run.multiplier, run.rate)
        times[kind] = times.get(kind, 0) + run.steps
    return tuple(Steps(*kind, number) for kind, number in sorted(times.items()))


@lru_cache(maxsize=256)
def mixed_epsilon(mu: float, steps: tuple[Steps, ...], delta: float, coarse: int = 1) -> float:
    """The epsilon at `delta` of a Gaussian of this mu and all the steps, rounded up; `coarse`: more so, and faster."""
    loss = _loss(mu, steps, delta, coarse)
    return math.inf if loss is None or delta <= 0 else float(loss.get_epsilon_for_delta(delta))


@lru_cache(maxsize=64)
def replaced_epsilon(mu: float, steps: tuple[Steps, ...], delta: float) -> float:
    """The same where a unit is replaced by another: sound, not tight. Infinite where the bound says nothing."""
    loss, once = _loss(mu, steps, delta), mixed_epsilon(mu, steps, delta)
    if loss is None or not once < _MOST_EPSILON:
        return math.inf
    epsilons = np.linspace(0, 4 * once, 1601)
    deltas = np.asarray(loss.get_delta_for_epsilon(epsilons))
    for place in range(400, len(epsilons)):
        if (deltas[: place + 1] + np.exp(epsilons[: place + 1]) * deltas[place::-1]).min() <= delta:
            return float(epsilons[place])
    return math.inf


def attack(mu: float, steps: tuple[Steps, ...], rates: Sequence[float]) -> tuple[float, NDArray[np.float64]]:
    """The largest advantage of an attacker, and the most true positives at each false positive rate, rounded up.

    By the privacy curve: at rate a no test finds more than exp(e) a + delta(e) of the true ones, nor more than
    1 - exp(-e) (1 - delta(e) - a), for any e.
    """
    loss, false = _loss(mu, steps, 1e-6, coarse=2), np.array(rates)
    if loss is None:
        return 1.0, np.ones(len(false))
    reach = float(loss.get_epsilon_for_delta(1e-12))
    epsilons = np.linspace(0, min(reach, 4 * _MOST_EPSILON), 1001)
    deltas = np.asarray(loss.get_delta_for_epsilon(epsilons))
    upper = np.exp(epsilons) * false[:, None] + deltas
    lower = 1 - np.exp(-epsilons) * (1 - deltas - false[:, None])
    return float(deltas[0]), np.minimum(np.minimum(upper, lower).min(axis=1), 1.0)


def curve(steps: tuple[Steps, ...], slip: float, *, points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The steps' privacy curve: epsilons from 0 to where delta is at most `slip`, and the deltas there, rounded up.

    The last epsilon is infinite where that is never reached.
    """
    loss = _loss(0.0, steps, slip)
    if loss is None:
        return np.array([0.0, math.inf]), np.array([1.0, 1.0])
    epsilons = np.linspace(0, float(loss.get_epsilon_for_delta(slip)) * (1 + 1e-6), points)
    return epsilons, np.asarray(loss.get_delta_for_epsilon(epsilons))


def _loss(mu: float, steps: tuple[Steps, ...], delta: float, coarse: int = 1) -> Any:
    """The distribution of all together, on a grid fit for the epsilon at `delta`; None: too large to be computed."""
    loss = mu**2 / 2 + math.fsum(each.loss for each in steps)
    if not loss <= MOST_LOSS:
        return None
    width = math.sqrt(4 * loss * math.log(1 / min(max(delta, 1e-300), 0.5)))
    floor = max(each.reach for each in steps) / _MOST_POINTS
    first = _composed(mu, steps, _power_of_two(max(0.01 * width, floor)))
    rough = max(min(float(first.get_epsilon_for_delta(delta)), 1e3), 0.1 * width)
    grid = max(min(_OF_EPSILON * rough, _OF_STEP * min(each.spread for each in steps)), _FINEST * rough, floor)
    return _composed(mu, steps, _power_of_two(coarse * grid))


def _power_of_two(width: float) -> float:
    """Rounded down, so that prices of similar ledgers share a grid and with it what is cached."""
    return 2.0 ** math.floor(math.log2(width))


def _composed(mu: float, steps: tuple[Steps, ...], grid: float) -> Any:
    total = _repeated(steps[0], grid)
    for each in steps[1:]:
        total = total.compose(_repeated(each, grid))
    if not mu:
        return total
    plain = pld.from_gaussian_mechanism(1 / mu, value_discretization_interval=grid, log_mass_truncation_bound=_TAIL)
    return total.compose(plain)


@lru_cache(maxsize=32)
def _repeated(steps: Steps, grid: float) -> Any:
    loss = pld.from_gaussian_mechanism(
        steps.multiplier,
        value_discretization_interval=grid,
        log_mass_truncation_bound=_TAIL,
        sampling_prob=steps.rate,
    )
    return loss.self_compose(steps.times) if steps.times > 1 else loss
