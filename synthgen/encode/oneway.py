"""Noisy one-way histograms of every column: the first thing that is measured.

A column with few cells is counted cell by cell. A long line is counted twice, for half the budget each: in at most
256 stretches, fewer where the noise is large beside the rows (the two bounds on their own: values pile up there),
then again with the crowded stretches cut finer. The two counts are pooled by inverse variance, so a stretch that was
not cut loses nothing. Where a line has at most 2^17 units, one more histogram of all units finds *atoms*: single
heavy values such as 0 or 40 hours. A longer one is asked how people round: trailing zeros by number of digits. A
column with a hierarchy is counted once more at each depth of it: the groups stand above the noise where levels do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.grid import FULL_RESOLUTION, Grid, LevelGrid, LineGrid
from synthgen.privacy import Histogram, PrivateTable, sigma_for
from synthgen.tables.conform import Values

SMALL = 128
"""A line of at most so many cells is counted cell by cell."""
FEWEST_STRETCHES, MOST_STRETCHES = 16, 256
ROWS_PER_NOISE = 2.0
"""A stretch should hold so many noises of rows, on average: else noise alone draws peaks."""
LEAVES = 256
"""A stretch is cut when it holds more than twice this part of the rows."""
PLANE = 4
"""Times as many leaves follow a crowd over a plane."""
MOST_PARTS = 64
PASSES = (0.5, 0.5)
ATOMS_WEIGHT = 0.6
"""Budget of the search for atoms, beside 1 for the histogram itself."""
ROUNDING_WEIGHT = 0.2
DEPTH_WEIGHT = 0.3
"""Budget of the groups at one depth of a hierarchy, likewise."""
DIGITS, ZEROS = 8, 7
"""Rounding is counted by number of digits (1 to 8 and more) and trailing zeros (0 to 6 and more)."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class OneWay:
    """What is known of one column alone; counts are noisy and may be negative.

    edges     int64, units, length bins + 1; None for a column of levels
    counts    float64, one a bin (or a level)
    outside   float64, sentinels then missing (for levels: missing)
    sigma     std of the noise of a typical count; 0 without privacy
    atoms     unit -> count, single heavy values
    rounding  float64 [DIGITS, ZEROS], share of trailing zeros by number of digits; None where nobody asked
    groups    of a hierarchy: float64 counts of the groups at each depth, coarse to fine
    loudness  std of the noise of those
    """

    edges: NDArray[np.int64] | None
    counts: Floats
    outside: Floats
    sigma: float
    atoms: Mapping[int, float]
    rounding: Floats | None
    groups: tuple[Floats, ...] = ()
    loudness: float = 0.0

    @property
    def total(self) -> float:
        """The noisy number of rows, by this column."""
        return float(self.counts.sum() + self.outside.sum())


def weight(grid: Grid) -> float:
    """How much of the one-way budget a column takes, relative to a column of few cells."""
    depths = len(grid.depths) * DEPTH_WEIGHT if isinstance(grid, LevelGrid) else 0.0
    more = (ATOMS_WEIGHT if seeks_atoms(grid) else 0.0) + (ROUNDING_WEIGHT if asks_rounding(grid) else 0.0)
    columns = 2.0 if isinstance(grid, LineGrid) and grid.plane else 1.0
    return columns + depths + more


def seeks_atoms(grid: Grid) -> bool:
    """Whether all units of a column are counted, to find single heavy values."""
    return isinstance(grid, LineGrid) and SMALL < grid.units <= FULL_RESOLUTION


def asks_rounding(grid: Grid) -> TypeGuard[LineGrid]:
    """Whether a column is too long for that, and people may round its values."""
    return isinstance(grid, LineGrid) and grid.whole and grid.units > FULL_RESOLUTION


def rounding_name(column: str) -> str:
    """The name under which a column's rounding code enters the private table."""
    return f"{column}#rounding"


def rounding_code(grid: LineGrid, values: Values) -> NDArray[np.int64]:
    """Digits and trailing zeros of each value, as digits * ZEROS + zeros; what is outside has the last cell."""
    steps = np.abs(grid.unit_of(values.data) + int(grid.origin / grid.step))
    outside = values.null | (values.special >= 0)
    return np.where(outside, DIGITS * ZEROS, digits_of(steps) * ZEROS + zeros_of(steps))


def digits_of(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Decimal digits less one, at most DIGITS - 1.

    >>> digits_of(np.array([0, 9, 10, 12_345])).tolist()
    [0, 0, 1, 4]
    """
    return np.minimum(np.searchsorted(10 ** np.arange(1, DIGITS), steps, side="right"), DIGITS - 1)


def zeros_of(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Trailing zeros, at most ZEROS - 1; none in 0.

    >>> zeros_of(np.array([0, 7, 50, 12_000])).tolist()
    [0, 0, 1, 3]
    """
    powers = 10 ** np.arange(1, ZEROS)
    return np.asarray(((steps[:, None] % powers == 0) & (steps[:, None] > 0)).sum(axis=1))


def measure(
    table: PrivateTable,
    grids: Mapping[str, Grid],
    *,
    rho: float,
    sensitivity: int,
    rows: float,
    leaves: int = LEAVES,
) -> dict[str, OneWay]:
    """Noisy histograms of every column, for `rho` (zCDP; infinite: exact) in all.

    `rows` is the public or a noisy row count. Two vector releases at most: every column, then the long lines once more.
    """
    share = rho / sum(weight(grid) for grid in grids.values())
    stretches = _stretches(rows, sigma_for(share, sensitivity))
    lines = {name: grid for name, grid in grids.items() if _is_long(grid, stretches)}
    first = {name: grid.edges if isinstance(grid, LineGrid) else None for name, grid in grids.items()}
    first |= {name: _even(grid, stretches) for name, grid in lines.items()}
    requests = {
        name: _request(grid, first[name], share * (PASSES[0] if name in lines else 1.0), sensitivity)
        for name, grid in grids.items()
    }
    extras = _extra_requests(grids, share, sensitivity)
    answers = iter(table.histograms("one-way histograms", [*requests.values(), *extras.values()]))
    known = {name: _oneway(grids[name], first[name], next(answers), requests[name].sigma) for name in grids}
    found = {key: next(answers) for key in extras}
    known |= _zoom(table, lines, known, rho=share * PASSES[1], sensitivity=sensitivity, rows=rows, leaves=leaves)
    return {name: _with_extras(grids[name], known[name], found, extras, rows) for name in grids}


def row_count(known: Mapping[str, OneWay]) -> float:
    """The number of rows, from all the noisy totals by inverse variance; at least 1."""
    totals = np.array([one.total for one in known.values()])
    cells = np.array([len(one.counts) + len(one.outside) for one in known.values()])
    noise = np.array([one.sigma for one in known.values()])
    weights = np.where(noise > 0, 1 / (cells * np.maximum(noise, 1e-12) ** 2), 1.0)
    return max(float((totals * weights).sum() / weights.sum()), 1.0)


def _stretches(rows: float, sigma: float) -> int:
    """In how many stretches a long line is counted first: a power of two."""
    if sigma == 0:
        return MOST_STRETCHES
    carried = max(rows / (ROWS_PER_NOISE * sigma), 1.0)
    return int(np.clip(2 ** int(np.log2(carried)), FEWEST_STRETCHES, MOST_STRETCHES))


def _is_long(grid: Grid, stretches: int) -> TypeGuard[LineGrid]:
    return isinstance(grid, LineGrid) and grid.value_cells > min(SMALL, stretches)


def _even(grid: LineGrid, parts: int) -> NDArray[np.int64]:
    """Unit edges of `parts` stretches of equal length on the column's scale; the first and last unit on their own."""
    ends = np.array([0, grid.value_cells])
    even = grid.edges[_split(grid.positions, ends, np.array([parts]))]
    return np.unique(np.concatenate([even, grid.edges[[1, -2]]]))


def _split(positions: Floats, cells: NDArray[np.int64], parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cell indices that cut each stretch cells[i] .. cells[i + 1] into parts[i], evenly on the scale."""
    low, high = np.repeat(positions[cells[:-1]], parts), np.repeat(positions[cells[1:]], parts)
    step = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    cuts = low + (high - low) * step / np.repeat(parts, parts)
    return np.unique(np.append(np.searchsorted(positions, cuts), cells[-1]))


def _request(grid: Grid, edges: NDArray[np.int64] | None, rho: float, sensitivity: float) -> Histogram:
    """Count a column's bins, its sentinels and its missing values."""
    sigma = sigma_for(rho, sensitivity)
    if isinstance(grid, LevelGrid) or edges is None or len(edges) == len(grid.edges):
        return Histogram(column=grid.name, bins=grid.cells, bin_of=None, sigma=sigma)
    inside = np.searchsorted(edges, grid.edges[:-1], side="right") - 1
    outside = np.arange(grid.cells - grid.value_cells) + len(edges) - 1
    bin_of = np.concatenate([inside, outside])
    return Histogram(column=grid.name, bins=len(edges) - 1 + len(outside), bin_of=bin_of, sigma=sigma)


def _extra_requests(grids: Mapping[str, Grid], share: float, sensitivity: float) -> dict[tuple[str, str], Histogram]:
    """Histograms of all units, of rounding, and of the groups of hierarchies, for the columns that need them."""
    wanted: dict[tuple[str, str], Histogram] = {}
    for name, grid in grids.items():
        if seeks_atoms(grid):
            sigma = sigma_for(share * ATOMS_WEIGHT, sensitivity)
            wanted[name, "atoms"] = Histogram(column=name, bins=grid.cells, bin_of=None, sigma=sigma)
        if asks_rounding(grid):
            sigma = sigma_for(share * ROUNDING_WEIGHT, sensitivity)
            bins = DIGITS * ZEROS + 1
            wanted[name, "rounding"] = Histogram(column=rounding_name(name), bins=bins, bin_of=None, sigma=sigma)
        for depth, groups in enumerate(grid.depths if isinstance(grid, LevelGrid) else ()):
            bins = int(groups.max()) + 1
            bin_of = np.append(groups, bins) if grid.nullable else groups
            sigma = sigma_for(share * DEPTH_WEIGHT, sensitivity)
            wanted[name, f"depth {depth}"] = Histogram(
                column=name, bins=bins + grid.nullable, bin_of=bin_of, sigma=sigma
            )
    return wanted


def _oneway(grid: Grid, edges: NDArray[np.int64] | None, answer: NDArray[np.int64], sigma: float) -> OneWay:
    """A fresh answer, cut into the line and what lies outside it."""
    bins = grid.value_cells if edges is None else len(edges) - 1
    counts = answer.astype(np.float64)
    return OneWay(edges=edges, counts=counts[:bins], outside=counts[bins:], sigma=sigma, atoms={}, rounding=None)


def _zoom(
    table: PrivateTable,
    lines: Mapping[str, LineGrid],
    known: Mapping[str, OneWay],
    *,
    rho: float,
    sensitivity: float,
    rows: float,
    leaves: int,
) -> dict[str, OneWay]:
    """Cut the long lines finer where rows are, count again, and pool with what was known."""
    edges = {name: _finer(grid, known[name], rows, leaves) for name, grid in lines.items()}
    requests = {name: _request(grid, edges[name], rho, sensitivity) for name, grid in lines.items()}
    answers = table.histograms("one-way histograms, cut finer", list(requests.values()))
    return {
        name: _pool(known[name], _oneway(grid, edges[name], answer, requests[name].sigma))
        for (name, grid), answer in zip(lines.items(), answers, strict=True)
    }


def _finer(grid: LineGrid, one: OneWay, rows: float, leaves: int) -> NDArray[np.int64]:
    """Edges that cut each bin into leaves of about rows / leaves rows, none smaller than its noise."""
    assert one.edges is not None
    leaf = max(rows / (leaves * PLANE if grid.plane else leaves), 3 * one.sigma)
    parts = np.clip(np.floor(one.counts / leaf), 1, MOST_PARTS).astype(np.int64)
    parts = np.where(one.counts > 2 * leaf, parts, 1)
    cells = np.searchsorted(grid.edges, one.edges)
    return grid.edges[_split(grid.positions, cells, parts)]


def _pool(old: OneWay, new: OneWay) -> OneWay:
    """Combine a coarse and a fine histogram of one column by inverse variance.

    Within an old bin of m new ones, the sum of the new counts has variance m s^2 and the old count has S^2; their
    weighted mean is spread evenly over the m.
    """
    outside = _weighted(old.outside, old.sigma**2, new.outside, new.sigma**2)
    if old.edges is None or new.edges is None or new.sigma == 0:
        return replace(new, outside=outside)
    bin_of = np.searchsorted(old.edges, new.edges[:-1], side="right") - 1
    many: Floats = np.maximum(np.bincount(bin_of, minlength=len(old.counts)), 1).astype(np.float64)
    sums = np.bincount(bin_of, weights=new.counts, minlength=len(old.counts))
    better = _weighted(old.counts, old.sigma**2, np.asarray(sums, np.float64), many * new.sigma**2)
    # typical noise: a bin that was not cut has been counted twice
    sigma = new.sigma if np.median(many) > 1 else float(1 / np.sqrt(1 / old.sigma**2 + 1 / new.sigma**2))
    return replace(new, counts=new.counts + ((better - sums) / many)[bin_of], outside=outside, sigma=sigma)


def _weighted(a: Floats, a_variance: float, b: Floats, b_variance: float | Floats) -> Floats:
    """The mean of two measurements by inverse variance; exact ones (variance 0) are the same."""
    if a_variance == 0:
        return b
    return np.asarray((a / a_variance + b / b_variance) / (1 / a_variance + 1 / b_variance))


def _with_extras(
    grid: Grid,
    one: OneWay,
    found: Mapping[tuple[str, str], NDArray[np.int64]],
    asked: Mapping[tuple[str, str], Histogram],
    rows: float,
) -> OneWay:
    if not isinstance(grid, LineGrid):
        keys = [(grid.name, f"depth {depth}") for depth in range(len(grid.depths))]
        groups = tuple(
            found[key][: int(own.max()) + 1].astype(np.float64) for key, own in zip(keys, grid.depths, strict=True)
        )
        return replace(one, groups=groups, loudness=asked[keys[0]].sigma if keys else 0.0)
    if (key := (grid.name, "atoms")) in found:
        one = replace(one, atoms=_atoms(grid, one, found[key][: grid.units].astype(np.float64), asked[key].sigma, rows))
    if (key := (grid.name, "rounding")) in found:
        one = replace(one, rounding=_rounding(found[key][:-1].astype(np.float64), asked[key].sigma))
    return one


def _atoms(grid: LineGrid, one: OneWay, counts: Floats, sigma: float, rows: float) -> dict[int, float]:
    """Units far heavier than their surroundings: above the largest of so many noises, and 3 times their bin's mean.

    The threshold sigma (sqrt(2 ln R) + 1/2) is above the largest of R Gaussian noises nearly always.
    """
    assert one.edges is not None
    bin_of = np.searchsorted(one.edges, np.arange(grid.units), side="right") - 1
    mean = (np.maximum(one.counts, 0) / np.diff(one.edges))[bin_of]
    least = sigma * (np.sqrt(2 * np.log(grid.units)) + 0.5) if sigma > 0 else max(0.001 * rows, 2.5)
    heavy = np.flatnonzero((counts > least) & (counts > 3 * mean))
    return {int(unit): float(counts[unit]) for unit in heavy}


def _rounding(counts: Floats, sigma: float) -> Floats:
    """Shares of trailing zeros by digits; what is within twice its noise counts as none."""
    table = np.where(counts > 2 * sigma, counts, 0.0).reshape(DIGITS, ZEROS)
    table[:, 0] += 1e-6  # a number of digits never seen is not rounded
    return np.asarray(table / table.sum(axis=1, keepdims=True))
