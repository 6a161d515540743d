"""Bounds of a line whose ends nobody declared, from two noisy histograms over public marks.

The marks are laid without the rows: coarse bins that grow with the distance from zero (or decades of a calendar), each
cut into fine cells. The first histogram counts every coarse bin of every column; the outermost bins that stand above
the noise hold the ends. The second counts the fine cells of those two bins. Two releases, always: which cells the
second one counts is decided by the first one's noisy answer, how many releases there are by nobody.

Source: a noisy histogram over powers of two is the usual way (Wilson et al., "Differentially Private SQL with Bounded
User Contribution", PETS 2020, section 5.1.1); the second look, inside the two bins that were found, is ours.

Too narrow clips rows, too wide wastes resolution, and far too wide wastes all of it. So a bin counts as seen where it
stands some four noises above zero, or one and a half beside a bin that does; and inside the two outermost bins cells
are cut off only as long as they hold no more than one row in 200, in all likelihood. Where noise is large beside the
rows, the ends are those of the coarse bins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from synthgen.privacy.counting import Counts
from synthgen.privacy.mechanisms import sigma_for
from synthgen.privacy.requests import Histogram
from synthgen.privacy.table import PrivateTable

FALSE_ALARM = 1e-3
"""How rarely, about, noise alone moves an end of a column outwards to a bin where nobody is."""
BESIDE = 1.5
"""Noises that a bin beside a seen one must stand above zero."""
LOSS = 0.005
"""Part of the rows that may be cut off at each end."""
LOOKS = 2
"""Releases: coarse, then fine; each gets the same part of the budget."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """Public cells of a line, as a column of a private table has them; its cells beyond these hold no value.

    coarse  int64 [bins + 1], increasing from 0: bin b has the cells coarse[b] <= cell < coarse[b + 1]
    """

    coarse: NDArray[np.int64]

    @property
    def cells(self) -> int:
        """Cells of the line."""
        return int(self.coarse[-1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """First and last cell that rows are seen in; `sure` is False where no bin stands above the noise."""

    first: int
    last: int
    sure: bool


def find_ends(table: PrivateTable, marks: Mapping[str, Marks], *, rho: float) -> dict[str, Ends]:
    """The ends of every column in `marks`, for `rho` (zCDP; infinite: exact) in all.

    Two vector releases; L2 sensitivity rows_per_unit for each column in each of them.
    """
    if not marks:
        return {}
    sigma = sigma_for(rho / (LOOKS * len(marks)), table.rows_per_unit)
    coarse = table.histograms(
        "bounds, coarse", [_request(table, name, _coarse(own), sigma) for name, own in marks.items()]
    )
    seen = {name: _outermost(counts[:-1], sigma) for name, counts in zip(marks, coarse, strict=True)}
    spare = {name: _spare(counts, seen[name], sigma) for name, counts in zip(marks, coarse, strict=True)}
    fine = table.histograms(
        "bounds, fine", [_request(table, name, _fine(own, seen[name]), sigma) for name, own in marks.items()]
    )
    return {
        name: _within(own, seen[name], counts, sigma, spare[name])
        for (name, own), counts in zip(marks.items(), fine, strict=True)
    }


def _coarse(marks: Marks) -> NDArray[np.int64]:
    """Bin of each cell of the line: its coarse one."""
    return np.repeat(np.arange(len(marks.coarse) - 1), np.diff(marks.coarse))


def _fine(marks: Marks, seen: Ends) -> NDArray[np.int64]:
    """Bin of each cell: one of its own inside the two bins at the ends, one for all the others."""
    looked_at = np.union1d(_cells_of(marks, seen.first), _cells_of(marks, seen.last))
    bin_of = np.full(marks.cells, len(looked_at))
    bin_of[looked_at] = np.arange(len(looked_at))
    return bin_of


def _cells_of(marks: Marks, coarse: int) -> NDArray[np.int64]:
    return np.arange(marks.coarse[coarse], marks.coarse[coarse + 1])


def _request(table: PrivateTable, name: str, bin_of: NDArray[np.int64], sigma: float) -> Histogram:
    """A histogram of these bins; the cells that hold no value join the last one."""
    bins = int(bin_of.max()) + 2
    beyond = np.full(table.cells[name] - len(bin_of), bins - 1)
    return Histogram(column=name, bins=bins, bin_of=np.concatenate([bin_of, beyond]), sigma=sigma)


def _outermost(counts: Counts, sigma: float) -> Ends:
    """The first and the last bin that is seen; the fullest one where there is none."""
    above = counts > sigma * NormalDist().inv_cdf(1 - FALSE_ALARM / len(counts))
    sure = bool(above.any())
    heavy = np.flatnonzero(above if sure else counts == counts.max())[: None if sure else 1]
    beside = np.append(counts > BESIDE * sigma, [False])  # index -1 and the one past the end stop the walk
    first, last = int(heavy[0]), int(heavy[-1])
    while sure and beside[first - 1]:
        first -= 1
    while sure and beside[last + 1]:
        last += 1
    return Ends(first=first, last=last, sure=sure)


def _spare(counts: Counts, seen: Ends, sigma: float) -> float:
    """How many rows may be cut off at each end; none where counts are exact."""
    return LOSS * max(float(counts[seen.first : seen.last + 1].sum()), 0.0) if sigma else 0.0


def _within(marks: Marks, seen: Ends, counts: Counts, sigma: float, spare: float) -> Ends:
    """The ends, to a fine cell; `counts` begins with the cells of the first bin and of the last, each once."""
    left, right = _cells_of(marks, seen.first), _cells_of(marks, seen.last)
    looked_at = len(np.union1d(left, right))
    low = min(left[0] + _cut(counts[: len(left)], sigma, spare), right[-1])
    high = max(right[-1] - _cut(counts[looked_at - len(right) : looked_at][::-1], sigma, spare), left[0])
    return Ends(first=int(min(low, high)), last=int(max(low, high)), sure=seen.sure)


def _cut(counts: Counts, sigma: float, spare: float) -> int:
    """How many cells are cut off from the left: while their sum and its noise, sigma sqrt(cells), come to `spare`."""
    likely = np.cumsum(counts) + sigma * np.sqrt(np.arange(1, len(counts) + 1))
    kept = np.flatnonzero(likely > spare)
    return int(kept[0]) if len(kept) else len(counts)
