"""The best of a random number of runs, and what that costs.

A private run is repeated, and only the best run's output is kept. Were the number of runs fixed, all of them would
have to be paid for. Where it is random, secret and drawn from a truncated negative binomial distribution, the best one
costs little more than twice a run (Liu, Talwar 2019, Private selection from private candidates; Papernot, Steinke 2022,
Hyperparameter tuning with Renyi differential privacy, def. 1 and thm 2): if a run is (lambda, e)- and
(lambda', e')-RDP, the best of K runs is (lambda, e*)-RDP with

    e* = e + (1 + shape) (1 - 1/lambda') e' + (1 + shape) log(1/gamma) / lambda' + log(E[K]) / (lambda - 1).

Every run must draw its settings anew and in secret, from one distribution that is fixed beforehand; what is compared
is part of the run's output, so it is noisy and paid for. K and all other runs stay secret, the time that they took too.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.errors import ConfigError
from synthgen.privacy.budget import Budget
from synthgen.privacy.envelope import Envelope

SHAPES: Final = {"logarithmic": 0.0, "geometric": 1.0}
"""Of the number of runs. Logarithmic is cheapest and most often few; geometric costs about a run more."""
_ORDERS = 1 + np.logspace(-3, 5, 4001)
MOST_MEAN = 10_000.0

Orders = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Runs:
    """How many runs there are: K = 1, 2, ..., of this mean.

    >>> runs = Runs(mean=10.0, shape="logarithmic")
    >>> round(runs.gamma, 4)
    0.0269
    """

    mean: float
    shape: str = "logarithmic"

    def __post_init__(self) -> None:
        """Raise ConfigError for a mean or a shape that makes no sense."""
        if not 1 < self.mean <= MOST_MEAN:
            raise ConfigError("runs", expected=f"a mean above 1, at most {MOST_MEAN:g}", got=f"{self.mean:g}")
        if self.shape not in SHAPES:
            raise ConfigError("runs", expected=" or ".join(SHAPES), got=repr(self.shape))

    @property
    def gamma(self) -> float:
        """The distribution's second parameter, between 0 and 1; smaller gives more runs. Rounded down."""
        if self.shape == "geometric":
            return 1 / self.mean * (1 - 1e-12)
        low, high = 0.0, 1.0
        while high - low > 1e-12 * high:
            middle = (low + high) / 2
            low, high = (low, middle) if _logarithmic_mean(middle) < self.mean else (middle, high)
        return low

    def draw(self) -> int:
        """A number of runs, from the operating system's entropy. Secret: not to be printed or stored."""
        rng = np.random.default_rng(secrets.randbits(128))
        gamma = self.gamma
        return int(rng.geometric(gamma) if self.shape == "geometric" else rng.logseries(1 - gamma))


def draw_one(number: int) -> int:
    """One of 0, ..., number - 1, all equally likely, from the operating system's entropy."""
    return secrets.randbelow(number)


def renyi(order: Orders, mu: float, runs: Runs) -> Orders:
    """RDP, at these orders, of the best of a random number of runs that are each a Gaussian of `mu`.

    >>> orders = np.array([2.0, 11.0])
    >>> renyi(orders, 0.0, Runs(mean=math.e, shape="geometric")).tolist()  # runs that learn nothing
    [1.0, 0.1]
    """
    eta, halting = SHAPES[runs.shape], math.log(1 / runs.gamma)
    other = max(1.0, math.sqrt(2 * halting) / mu) if mu else math.inf  # the best lambda' for a Gaussian
    once = (other - 1) * mu**2 / 2 + halting / other if mu else 0.0
    return order * mu**2 / 2 + (1 + eta) * once + math.log(runs.mean) / (order - 1)


def selected(run: Envelope, runs: Runs, *, delta: float) -> Budget:
    """(epsilon, delta) of the best run. Raises ConfigError where `delta` is too small for what a run may fail by.

    A run is a Gaussian of `run.mu` but for a probability of `run.delta`. With the probability that any of K runs fails
    taken for E[K] x run.delta, the best of K runs differs from that of K runs which cannot fail by that much in total
    variation, on either table, so its delta grows by (1 + e^epsilon) times as much. From RDP to epsilon: Canonne,
    Kamath, Steinke 2020, prop. 12.

    >>> one = Envelope(mu=0.237)  # epsilon 1 at delta 1e-6
    >>> round(selected(one, Runs(mean=10.0), delta=1e-6).epsilon, 2)
    1.8
    """
    half = delta / 2 if run.delta else delta
    orders = _ORDERS
    epsilons = renyi(orders, run.mu, runs) + np.log1p(-1 / orders) - (math.log(half) + np.log(orders)) / (orders - 1)
    price = max(float(epsilons.min()), 1e-6)
    failing = runs.mean * run.delta * (1 + math.exp(min(price, 700.0)))
    if not half + failing <= delta or not price < math.inf:
        fix = "discover no values here, or tune on a public table"
        raise ConfigError("delta of tuning", expected=f"at most {delta:g}", got=f"{half + failing:.3g}", fix=fix)
    return Budget(epsilon=price, delta=delta)


def _logarithmic_mean(gamma: float) -> float:
    return (1 / gamma - 1) / math.log(1 / gamma) if 0 < gamma < 1 else math.inf if gamma == 0 else 1.0
