"""How many distinct values a column has, and how often each occurs, in memory that does not grow with the rows.

The values whose hashes are smallest are kept with exact counts: a uniform sample of the distinct values, since a hash
does not care how often its value occurs. From it follow the number of distinct values (Beyer et al., "On Synopses for
Distinct-Value Estimation Under Multiset Operations", SIGMOD 2007, section 4: (k - 1) / the k-th smallest) and the
distribution of rows per value. Up to `KEPT` distinct values everything is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

KEPT = 2048
_WHOLE = 2.0**64


@dataclass(kw_only=True, slots=True)
class Distinct:
    """A growing sketch: `hashes` (uint64, increasing) of the kept values, and rows of each (`counts`, int64)."""

    hashes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, hashes: NDArray[np.uint64], counts: NDArray[np.int64] | None = None) -> None:
        """Take in hashes of values, in any order and repeated at will, each for 1 row or for `counts`."""
        if len(self.hashes) == KEPT:
            near = hashes <= self.hashes[-1]
            hashes, counts = hashes[near], None if counts is None else counts[near]
        if not len(hashes):
            return
        rows = np.ones(len(hashes), np.int64) if counts is None else counts
        every, place = np.unique(np.concatenate([self.hashes, hashes]), return_inverse=True)
        total = np.bincount(place, weights=np.concatenate([self.counts, rows])).astype(np.int64)
        self.hashes, self.counts = every[:KEPT], total[:KEPT]

    @property
    def is_exact(self) -> bool:
        """Whether every distinct value is kept."""
        return len(self.hashes) < KEPT

    @property
    def number(self) -> float:
        """Distinct values, exact or estimated to about 2 %."""
        return float(len(self.hashes)) if self.is_exact else (KEPT - 1) * _WHOLE / float(self.hashes[-1])

    @property
    def repeats(self) -> float:
        """Share of the kept values that occur more than once."""
        return float((self.counts > 1).mean()) if len(self.counts) else 0.0


def mixed(numbers: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.uint64]:
    """A hash of 64-bit numbers (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).

    >>> len(set(mixed(np.arange(1000)).tolist()))
    1000
    """
    bits = numbers.view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def text_hashes(text: pa.StringArray) -> NDArray[np.uint64]:
    """A hash of each text; null is text like any other."""
    return np.asarray(pd.util.hash_array(text.to_numpy(zero_copy_only=False), categorize=False), np.uint64)
