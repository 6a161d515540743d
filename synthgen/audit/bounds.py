"""From an attacker's scores on two neighbouring tables to what the mechanism costs at least.

A score above a threshold is called "there". How often that is right and how often wrong is bounded by Clopper and
Pearson; then

    epsilon  >= log((true - delta) / false), and the same of the opposite calls (Kairouz, Oh, Viswanath 2015): no
                assumption, but little power where epsilon is small or delta matters;
    mu       >= z(true) - z(false) for a mechanism that is mu-GDP (Dong, Roth, Su 2022, section 2.2), as noisy counts
                are, and are charged: the epsilon of that mu, at the claim's delta (Nasr and others 2023).

Thresholds are fixed before a score is seen, so nothing is spent on choosing them: the middle, where a Gaussian shows
best, and one in either tail, where rare failures show.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.privacy.accounting import Totals
from synthgen.privacy.rates import most

Scores = NDArray[np.float64]

TAIL: Final = 0.01
"""Of wrong calls at the threshold of a tail, were the claim met exactly."""


def thresholds(mu: float) -> tuple[float, float, float]:
    """Three thresholds for scores that are N(0, mu^2) without the unit and N(mu^2, mu^2) with it, if all is right.

    >>> [round(each, 2) for each in thresholds(2.0)]
    [2.0, 4.65, -0.65]
    """
    tail = NormalDist().inv_cdf(1 - TAIL) * mu
    return mu**2 / 2, tail, mu**2 - tail


def lower_epsilon(there: Scores, absent: Scores, *, at: tuple[float, ...], delta: float, doubt: float) -> float:
    """The epsilon at `delta` that scores with the unit and without it prove, but for a probability of `doubt`.

    >>> rng = np.random.Generator(np.random.PCG64(1))
    >>> there, absent = rng.standard_normal((2, 4000)) * 2.0 + [[4.0], [0.0]]  # mu 2, epsilon 10.8
    >>> 8 < lower_epsilon(there, absent, at=thresholds(2.0), delta=1e-6, doubt=0.01) < 10.8
    True
    """
    each = doubt / (2 * len(at))
    found = [0.0]
    for threshold in at:
        false = most(int((absent > threshold).sum()), len(absent), each)
        true = 1 - most(int((there <= threshold).sum()), len(there), each)
        found += [_of_any(true, false, delta), _of_gaussian(true, false, delta)]
    return max(found)


def _of_any(true: float, false: float, delta: float) -> float:
    """Whatever the mechanism is."""
    found = math.log((true - delta) / false) if true > delta else 0.0
    opposite = math.log((1 - false - delta) / (1 - true)) if 1 - false > delta and true < 1 else 0.0
    return max(0.0, found, opposite)


def _of_gaussian(true: float, false: float, delta: float) -> float:
    """For a mechanism that is mu-GDP but for a probability of delta: discovery of levels may fail by so much."""
    normal = NormalDist()
    if not (0 < true - delta < 1 and 0 < false < 1):
        return 0.0
    mu = normal.inv_cdf(true - delta) - normal.inv_cdf(false)
    return Totals(mu=mu).epsilon(delta) if mu > 0 else 0.0
