"""Rare numbers of a private column, and how likely an honest row is to hit one by chance.

How likely depends on how thick values lie around it: among ages every number is hit, among amounts to the cent few
are, among account numbers none. Values are compared with others as round as they are (so many zeros at the end; whole
minutes, hours, days), because people round, and a generator learns that.

    chance of value v = rows around it / places around it

counted among values as round as v, or among all, whichever gives more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from synthgen.release.lint.chance import MARGIN, is_leak

RARE = 3
"""A value of more rows than these is no single person's."""
AROUND = 32
"""Values as round as v, of all rows, between which the density around v is told."""
TELLING = 0.01
"""Coincidences to expect, at most, among all values that are as unlikely as one that is called a leak."""
DECIMAL = tuple(10**k for k in range(1, 16))
CLOCK = (60, 3600, 86400)

Units = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """Rare values of one column, in units, sorted; `chance` is that of one honest row to have each."""

    values: Units
    chance: NDArray[np.float64]

    @classmethod
    def of(cls, units: Units, *, rounds: Sequence[int] = DECIMAL, public: Sequence[int] = ()) -> Self:
        """The rare ones among the units of all rows; `public` values (bounds, for instance) are none.

        >>> Numbers.of(np.array([5, 5, 5, 5, 17])).values.tolist()
        [17]
        """
        values, counts = np.unique(units, return_counts=True)
        chance = _density(values, counts, 1) / max(len(units), 1)  # of a generator that knows nothing of rounding
        level = _roundness(values, rounds)
        steps = np.array([1, *rounds], np.int64)
        for own in np.unique(level).tolist():
            here = level == own
            as_round = _density(values[here], counts[here], int(steps[own])) / max(len(units), 1)
            chance[here] = np.maximum(chance[here], as_round)
        rare = (counts <= RARE) & ~np.isin(values, np.asarray(public, np.int64))
        return cls(values=values[rare], chance=chance[rare])

    def hits(self, units: Units) -> NDArray[np.bool_]:
        """Which of the rare values occur in `units`."""
        found = np.zeros(len(self.values), np.bool_)
        if len(self.values):
            place = np.clip(np.searchsorted(self.values, units), 0, len(self.values) - 1)
            found[place[self.values[place] == units]] = True
        return found

    def judged(self, hit: NDArray[np.bool_], rows: int, *, columns: int = 1) -> tuple[int, float]:
        """How many of the values hit are leaks among `rows` honest rows, and what chance would give of such.

        A value is one by itself where all values as unlikely, of so many `columns`, would give TELLING coincidences
        together. Beside that all hits are counted together, which finds copies of values that are not so rare.
        """
        expected = 1 - np.exp(-rows * self.chance)
        order = np.argsort(self.chance, kind="stable")
        together = np.empty(len(order))
        together[order] = np.cumsum(expected[order])
        alone = hit & (MARGIN * together < TELLING / columns)
        if alone.any():
            return int(alone.sum()), float(together[alone].max())
        found, usual = int(hit.sum()), float(expected.sum())
        # so many are hit by chance that the sum's own error counts: twice as many as margin allows is a leak
        return (found, usual) if is_leak(found, 2 * usual) else (0, usual)


def _roundness(values: Units, rounds: Sequence[int]) -> NDArray[np.int64]:
    """How many of `rounds` divide each value; 0 is as round as can be."""
    level = np.zeros(len(values), np.int64)
    for number, step in enumerate(rounds, start=1):
        level[values % step == 0] = number
    return level


def _density(values: Units, counts: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """Rows per place around each value, its own rows left out; `values` are sorted and distinct.

    Around the ends, fewer values on one side make do; a value all alone has one row in the widest span there is.
    """
    total = np.concatenate([[0], np.cumsum(counts)])
    at = np.arange(len(values))
    low, high = np.maximum(at - AROUND // 2, 0), np.minimum(at + AROUND // 2, len(values) - 1)
    rows = total[high + 1] - total[low] - counts
    # float: a span of int64 may not fit into one
    places = np.maximum((values[high].astype(float) - values[low].astype(float)) / step, 1.0)
    return np.asarray(
        np.where(rows > 0, np.maximum(rows, 1) / places, 1.0 / max(float(2**31), places.max(initial=1.0)))
    )
