"""Which tables to measure: the most wrong ones, as many as the budget can carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NOISE_WEIGHT = 0.5
"""How much a row of expected noise error counts against a row of known model error."""
MEAN_ABSOLUTE = 0.8
"""E|N(0, 1)|, rounded: sqrt(2 / pi) = 0.798."""


def effective_cells(estimate: Floats, rho: float) -> float:
    """How many cells of a table stand above the noise that one table of some forty gets of `rho`."""
    sigma = np.sqrt(40 / (2 * rho))
    return float(np.minimum(1.0, 2 * np.maximum(estimate, 0.0) / sigma).sum()) + 1.0


def select(scores: Floats, cells: Floats, rho: float) -> tuple[NDArray[np.intp], Floats]:
    """Indices of the tables to measure, and the rho of each (they sum to `rho`).

    Sorted by score / cells^(2/3), the prefix that minimises (the scores left unmeasured + NOISE_WEIGHT x the expected
    L1 noise of the measured) is taken; rho goes in proportion to cells^(2/3), which minimises that noise
    (Zhang et al., "PrivSyn", USENIX Security 2021, section 4.2). Empty when noise outweighs every prefix.
    """
    price = cells ** (2 / 3)
    order = np.argsort(-scores / price, kind="stable")
    gain = np.maximum(scores[order], 0.0)
    noise = NOISE_WEIGHT * MEAN_ABSOLUTE / np.sqrt(2 * rho) * np.cumsum(price[order]) ** 1.5
    cost = gain.sum() - np.cumsum(gain) + noise
    best = int(np.argmin(cost)) + 1
    if cost[best - 1] >= gain.sum():
        return np.zeros(0, np.intp), np.zeros(0)
    chosen = order[:best]
    return chosen, rho * price[chosen] / price[chosen].sum()
