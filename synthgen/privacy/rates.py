"""How often something happens at most, from how often it was seen: an exact bound, at a stated doubt."""

from __future__ import annotations

import math

import numpy as np


def most(seen: int, tries: int, doubt: float) -> float:
    """The largest rate that gives so few of so many tries with a probability of at least `doubt`.

    Clopper and Pearson, The use of confidence or fiducial limits, Biometrika 1934: one-sided. The smallest rate is
    1 - most(tries - seen, ...).

    >>> round(most(1, 100, 0.025), 4)
    0.0545
    """
    if seen == tries:
        return 1.0
    few = np.arange(seen + 1)
    logs = np.concatenate([[0.0], np.log(np.arange(1, tries + 1)).cumsum()])
    ways = logs[tries] - logs[few] - logs[tries - few]
    low, high = seen / tries, 1.0
    while high - low > 1e-9:
        rate = (low + high) / 2
        chance = np.exp(ways + few * math.log(rate) + (tries - few) * math.log1p(-rate)).sum()
        low, high = (rate, high) if chance > doubt else (low, rate)
    return high
