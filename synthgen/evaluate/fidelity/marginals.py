"""How far k-way tables of counts are apart, and how many real rows would come as near.

Total variation distance of a set of columns is half the sum of the absolute differences of shares, over all
combinations of their levels (numbers in bins); a k-marginal is the mean over sets of k columns.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from synthgen.evaluate.fidelity.estimate import Estimate, Floats
from synthgen.evaluate.report import Absent

Sets = Sequence[tuple[int, ...]]
Ints = NDArray[np.int64]

MOST_SETS: Final = {1: 10_000, 2: 2_000, 3: 200}
"""Sets of k columns that are looked at; where there are more, so many are picked at random."""
MOST_EQUIVALENT: Final = 1e9
"""Beyond so many rows a sample is as good as exact."""


def sets_of(columns: int, k: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """All sets of k of so many columns, or `MOST_SETS[k]` of them at random."""
    count = math.comb(columns, k)
    if count <= 100 * MOST_SETS[k]:
        every = list(itertools.combinations(range(columns), k))
        chosen = range(count) if count <= MOST_SETS[k] else rng.choice(count, MOST_SETS[k], replace=False)
        return [every[index] for index in chosen]
    return [tuple(sorted(rng.choice(columns, k, replace=False).tolist())) for _ in range(MOST_SETS[k])]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Marginals:
    """Total variation over sets of columns.

    mean     over all sets, with influences
    each     float64 (sets,)
    repeats  int64: at index c, how many cells of all sets hold c real rows
    """

    mean: Estimate
    each: Floats
    repeats: Ints


def marginals(
    real: NDArray[np.int32], other: NDArray[np.int32], levels: Sequence[int], sets: Sets
) -> Marginals | Absent:
    """k-marginals of codes (rows, columns) that have one meaning, each below its column's number of `levels`.

    >>> real, other = np.array([[0, 0], [1, 1]], np.int32), np.array([[0, 1], [1, 0]], np.int32)
    >>> [marginals(real, other, (2, 2), sets).mean.value for sets in ([(0,), (1,)], [(0, 1)])]
    [0.0, 1.0]
    """
    if not sets:
        return Absent(why="too few columns")
    if not len(real) or not len(other):
        return Absent(why="no rows")
    real, other = np.asfortranarray(real), np.asfortranarray(other)  # sets are read a column at a time
    each = np.empty(len(sets))
    on_real, on_other = np.zeros(len(real)), np.zeros(len(other))
    repeats = np.zeros(len(real) + 1, np.int64)
    for index, chosen in enumerate(sets):
        one, two, cells = keyed(real, other, levels, chosen)
        counts = np.bincount(one, minlength=cells)
        apart = counts / len(real) - np.bincount(two, minlength=cells) / len(other)
        each[index] = min(0.5 * np.abs(apart).sum(), 1.0)  # sums of shares round
        side = 0.5 * np.sign(apart)
        on_real += side[one]
        on_other -= side[two]
        repeats += np.bincount(counts, minlength=len(repeats))
    repeats[0] = 0
    mean = Estimate(value=float(each.mean()), real=on_real / len(sets), other=on_other / len(sets))
    return Marginals(mean=mean, each=each, repeats=repeats)


def keyed(
    real: NDArray[np.int32], other: NDArray[np.int32], levels: Sequence[int], chosen: Sequence[int]
) -> tuple[Ints, Ints, int]:
    """Which cell of the table of the chosen columns each row is in, (rows,) each, and how many cells there are."""
    size = math.prod(levels[column] for column in chosen)
    if size <= len(real) + len(other) + 100_000:
        shape = tuple(levels[column] for column in chosen)
        return _flat(real, shape, chosen), _flat(other, shape, chosen), size
    both = np.zeros(len(real) + len(other), np.int64)
    cells = 1
    for column in chosen:  # as many cells as are not empty: a table of all would not fit
        joined = np.concatenate([real[:, column], other[:, column]])
        _, both = np.unique(both * levels[column] + joined, return_inverse=True)
        cells = int(both.max()) + 1
    return both[: len(real)], both[len(real) :], cells


def _flat(codes: NDArray[np.int32], shape: tuple[int, ...], chosen: Sequence[int]) -> Ints:
    key = np.zeros(len(codes), np.int64)
    for size, column in zip(shape, chosen, strict=True):
        key = key * size + codes[:, column]
    return key


def expected(repeats: Ints, rows: int, sets: int, sample: float) -> float:
    """The mean distance that `sample` rows, drawn from the real ones with replacement, would have from them.

    A cell of share p has the mean absolute deviation of a binomial, 2 k C(m, k) p^k (1 - p)^(m - k + 1) / m with
    k = floor(m p) + 1 (De Moivre; Diaconis and Zabell, "Closed Form Summation for Classical Distributions", 1991).

    >>> expected(np.array([0, 2]), rows=2, sets=1, sample=1)  # two cells of one row: one of them must be missed
    0.5
    """
    counts = np.nonzero(repeats)[0]
    share = counts / rows
    some = share < 1
    weight, share = repeats[counts][some], share[some]
    above = np.floor(sample * share) + 1
    logs = gammaln(sample + 1) - gammaln(above + 1) - gammaln(sample - above + 1)
    logs += np.log(above) + above * np.log(share) + (sample - above + 1) * np.log1p(-share)
    return float(weight @ np.exp(logs) / (sample * sets))  # half of it, twice


def equivalent(distance: float, repeats: Ints, rows: int, sets: int) -> float | Absent:
    """The size m of a sample of real rows, drawn with replacement, whose mean distance from them is `distance`.

    The answer lies between 1 and `MOST_EQUIVALENT`.
    """
    if expected(repeats, rows, sets, MOST_EQUIVALENT) >= distance:
        return Absent(why="nearer to the real rows than any sample of them would be")
    low, high = 1.0, MOST_EQUIVALENT
    if expected(repeats, rows, sets, low) <= distance:
        return low
    while high / low > 1.0001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if expected(repeats, rows, sets, round(middle)) > distance else (low, middle)
    return float(round(low))


def subsample(equivalent_rows: float, rows: int) -> float:
    """The share of the real rows that, drawn without replacement, come as near as `equivalent_rows` drawn with.

    Leaving rows out and never repeating one, s of n rows vary as p (1 - p) (1 / s - 1 / n), so 1 / s = 1 / m + 1 / n.
    """
    return equivalent_rows / (equivalent_rows + rows)


def nist(mean: float) -> float:
    """NIST's k-marginal score: 1000 for the same table, 0 for one without a common cell (SDNist, `kmarginal.py`)."""
    return 1000 * (1 - mean)


def excess(
    each: Floats, real: NDArray[np.int32], other: NDArray[np.int32], levels: Sequence[int], sets: Sets
) -> Floats:
    """Distances (sets,) less what two samples of one table would have, so that sets of many cells do not lead a list.

    The difference of a cell's shares is about normal, with variance p (1 - p) (1 / n + 1 / m), p that of both tables.
    """
    real, other = np.asfortranarray(real), np.asfortranarray(other)
    by_chance = np.empty(len(sets))
    sizes = 1 / len(real) + 1 / len(other)
    for index, chosen in enumerate(sets):
        one, two, cells = keyed(real, other, levels, chosen)
        counts = np.bincount(one, minlength=cells) + np.bincount(two, minlength=cells)
        share = counts / (len(real) + len(other))
        by_chance[index] = np.sqrt(share * (1 - share) * sizes).sum() / math.sqrt(2 * math.pi)
    return each - by_chance
