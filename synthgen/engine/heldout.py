"""Whether a phase made the pairs worse, asked of noisy counts that nothing was learned from: free post-processing.

Without privacy it is asked of the counts themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.engine.evidence import Evidence

Floats = NDArray[np.float64]

HELD_SHARE = 0.05
"""Of the worth of every noisy table, for the check."""
ALLOWED, ALLOWED_OPEN = 1.0, 4.0
"""A phase may add so many times the squared error that a random sample of as many rows has: it brings what no pair
shows, and a sample of the model will not be nearer than that anyway. The second is for exact counts, to which counts
alone are fitted far closer than any sample is.
"""
MOST_ROWS = 100_000.0
"""Of that sample: what a sample of so many does not show, no score of it does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """Before against after, in units of the chi-square of the held-out tables.

    excess    estimated increase of the squared error, and its standard deviation `noise`
    yardstick what a random sample of as many rows, or MOST_ROWS, would have as squared error
    """

    excess: float
    noise: float
    yardstick: float
    allowed: float

    @property
    def is_worse(self) -> bool:
        """Whether the tables say, beyond their noise, that more was lost than is allowed."""
        return not self.excess - self.noise <= self.allowed * self.yardstick  # what is no number is worse, too


def check(before: Sequence[Floats], after: Sequence[Floats], held: Evidence, *, allowed: float = ALLOWED) -> Check:
    """Compare expected tables, in the order of `held`, with what was held out.

    With y the held-out count, (y - after)^2 - (y - before)^2 has the mean that the true squared errors differ by: the
    noise of y cancels.
    """
    excess = noise = yardstick = 0.0
    for old, new, measured in zip(before, after, held.tables.values(), strict=True):
        spread = measured.variance + np.maximum(old, 1.0)
        excess += float((((measured.counts - new) ** 2 - (measured.counts - old) ** 2) / spread).sum())
        noise += float((4 * measured.variance * (new - old) ** 2 / spread**2).sum())
        counts = np.maximum(old, 0.0)
        yardstick += float((counts / spread).sum()) * max(float(counts.sum()) / MOST_ROWS, 1.0)
    return Check(excess=excess, noise=noise**0.5, yardstick=yardstick, allowed=allowed)
