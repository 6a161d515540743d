"""Whether a phase made the pairs worse, asked of noisy counts that nothing was learned from: free post-processing.

Without privacy rows are asked: see `openly`.
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
ALLOWED = 1.0
"""A phase may add so many times the squared error that a random sample of as many rows has: it brings what no pair
shows, and a sample of the model will not be nearer than that anyway.
"""
MOST_ROWS = 100_000.0
"""Of that sample: what a sample of so many does not show, no score of it does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CountsAnswer:
    """What counts that were held out say of a codebook after against before: of their chi-square.

    excess    estimated increase of the squared error, and its standard deviation `noise`
    yardstick what a random sample of as many rows, or MOST_ROWS, would have as squared error
    """

    excess: float
    noise: float
    yardstick: float

    @property
    def is_worse(self) -> bool:
        """Whether they say, beyond their noise, that more was lost than is allowed."""
        return not self.excess - self.noise <= ALLOWED * self.yardstick  # what is no number is worse, too

    @property
    def words(self) -> str:
        """The verdict, for people."""
        if self.is_worse:
            return "rejected, noisy counts held out were better before it"
        return "kept, noisy counts held out are no worse for it"


def asked_of_counts(before: Sequence[Floats], after: Sequence[Floats], held: Evidence) -> CountsAnswer:
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
    return CountsAnswer(excess=excess, noise=noise**0.5, yardstick=yardstick)
