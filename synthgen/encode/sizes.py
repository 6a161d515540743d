"""How many rows a person has: public bins, their noisy counts, and sizes of synthetic persons drawn from them.

A person is counted with all rows, also where `rows_per_unit` lets fewer of them teach the model: one person moves one
bin by one either way, so the tail costs nothing. What is measured is a histogram over sizes 1 to 16, then over
quarters of octaves up to 16,384 and beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.project import TRACE, credible_range, denoise, project
from synthgen.schema import Schema
from synthgen.schema.model import ROW

UNIT_SIZES: Final = "rows of each unit"
"""What the ledger calls the measurement."""
MOST: Final = 16_384
"""Rows of a synthetic person, at most; whoever has more is counted in the last bin."""
Law = NDArray[np.float64]
"""Probability of each number of rows a person may have, float64 [MOST], for 1, 2, ..."""
_QUARTERS = np.floor(16 * 2 ** (np.arange(4 * 10 + 1) / 4)).astype(np.int64)
DOUBT: Final = 4.0
"""So many noises above zero must stand the first and the last window of bins that holds anybody."""
EDGES: Final[NDArray[np.int64]] = np.unique(np.concatenate([np.arange(1, 16), _QUARTERS]))
"""First size of each bin; a bin ends before the next one's first, the last has no end (and stands for `MOST`)."""


def has_sizes(schema: Schema) -> bool:
    """Are sizes measured? Only where the unit is a person who may bring several rows to the model."""
    return schema.privacy.unit != ROW and schema.privacy.rows_per_unit > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """Noisy numbers of units, int64 [EDGES], and the scale of their noise (0: exact)."""

    counts: NDArray[np.int64] = field(repr=False)
    sigma: float

    def shares(self) -> NDArray[np.float64]:
        """Share of the units in each bin, float64 [EDGES], sums to 1.

        Shrunk and cut like every other long histogram (see `project`), but with more doubt of the ends: a few imagined
        persons of 10,000 rows would fill a table. All have one row, where nothing stands above the noise.
        """
        counts = self.counts.astype(np.float64)
        kept = np.zeros(len(EDGES), np.bool_)
        shrunk = denoise(counts, self.sigma) if self.sigma else counts
        credible = credible_range(counts, self.sigma, noises=DOUBT) if self.sigma else slice(None)
        kept[credible] = shrunk[credible] > TRACE * self.sigma
        if credible == slice(0, len(EDGES)) and counts[0] <= DOUBT * self.sigma:
            kept[:] = False  # no window was credible
        shares = np.zeros(len(EDGES))
        if not kept.any():
            shares[0] = 1.0
            return shares
        total = shrunk[kept].sum()
        shares[kept] = project(shrunk[kept], total) / total
        return shares

    def law(self) -> Law:
        """Probability of each number of rows: within a bin in proportion to 1 / size, for bins are of logarithms."""
        size = np.arange(1, MOST + 1)
        bin_of = np.searchsorted(EDGES, size, side="right") - 1
        weight = 1.0 / size
        weight /= np.bincount(bin_of, weight)[bin_of]
        return np.asarray(self.shares()[bin_of] * weight)

    def mean(self, *, most: int = MOST) -> float:
        """Expected rows of a unit, of which at most `most` count."""
        return float(self.law() @ np.minimum(np.arange(1, MOST + 1), most))


def mean_size(law: Law) -> float:
    """Expected rows of a person."""
    return float(law @ np.arange(1, MOST + 1))


def draw_sizes(law: Law, rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Sizes of synthetic persons who have `rows` rows together, int64 [persons], in random order.

    As many of each size as expected, rounded (systematic sampling); the last person's rows end with the table.
    """
    cumulated, mean, sizes = np.cumsum(law), mean_size(law), np.zeros(0, np.int64)
    while (left := rows - int(sizes.sum())) > 0:
        persons = int(np.ceil(left / mean))
        places = (rng.permutation(persons) + rng.random()) / persons * cumulated[-1]
        more = np.minimum(np.searchsorted(cumulated, places, side="right"), MOST - 1) + 1
        sizes = np.concatenate([sizes, more])
    ends = np.cumsum(sizes)
    sizes = sizes[: int(np.searchsorted(ends, rows)) + 1] if rows else sizes
    sizes[-1:] += rows - int(sizes.sum())
    return sizes


def law_given(law: Law, *, share: float, stays: float) -> Law:
    """Numbers of rows that meet a condition, of persons who have any.

    share  of all rows that meet it
    stays  of the persons for whom meeting it stays: all of their rows do, or none. Of the others' each does by chance

    A bin's sizes count as one, their geometric mean: binomial numbers of each exact size would differ by less.
    """
    bin_of = np.searchsorted(EDGES, np.arange(1, MOST + 1), side="right") - 1
    ends = np.append(EDGES[1:], MOST + 1) - 1
    rows = np.rint(np.sqrt(EDGES * ends.astype(np.float64))).astype(np.int64)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, MOST + 1)))])  # of factorials
    met, of = np.arange(1, MOST + 1)[None], rows[:, None]
    missed = np.maximum(of - met, 0)
    share = float(np.clip(share, 1e-300, 1 - 1e-12))
    chances = logs[of] - logs[met] - logs[missed] + met * np.log(share) + missed * np.log1p(-share)
    by_chance = np.bincount(bin_of, law) @ np.where(met <= of, np.exp(chances), 0.0)
    found = stays * share * law + (1 - stays) * by_chance
    return np.asarray(found / found.sum() if found.sum() > 0 else law)
