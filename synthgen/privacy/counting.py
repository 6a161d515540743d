"""Exact counts of coded rows: integers, additive over blocks. What leaves this module is still private.

Counting a pair of columns is one `np.bincount` of the pair's codes: 0.3 seconds per million rows for all 190 pairs
of 20 columns with 20 levels in 2 groups, on one core, against 5 for one-hot products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from synthgen.errors import ConfigError
from synthgen.privacy.rows import Block, rows_in

Counts = NDArray[np.int64]
Pairs = dict[tuple[str, str], Counts]

MOST_CELLS = 2**27
"""Of all count tables together: a gibibyte."""

CHUNK_ROWS = 2**15, 2**18
"""Fewest and most rows counted at once: codes of fewer are in a cache's reach, of more would cost memory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """How count tables see the rows; all of it public.

    level_of      by column, in the order of the table: cell -> level
    group_column  whose levels `group_of` maps to groups; None: one group
    """

    level_of: Mapping[str, NDArray[np.intp]]
    group_column: str | None
    group_of: NDArray[np.intp]

    @property
    def levels(self) -> dict[str, int]:
        """Number of levels of each column."""
        return {name: int(level_of.max()) + 1 for name, level_of in self.level_of.items()}

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.group_of.max()) + 1

    def check_size(self) -> None:
        """Refuse tables that memory could not hold; raises ConfigError naming the columns of most levels."""
        levels = np.array(list(self.levels.values()), float)
        cells = self.groups * (levels.sum() ** 2 - (levels**2).sum()) / 2
        if cells > MOST_CELLS:
            widest = sorted(self.levels.items(), key=lambda item: -item[1])[:3]
            raise ConfigError(
                f"count tables of {len(levels)} columns in {self.groups} groups",
                expected=f"at most {MOST_CELLS} cells",
                got=f"{cells:.0f} ({', '.join(f'{name}: {number} levels' for name, number in widest)})",
                fix="allow fewer levels a column, or drop columns",
            )


def cell_counts(blocks: Sequence[Block], column: str, cells: int) -> Counts:
    """Rows in each cell of a column, int64 [cells]."""
    total = np.zeros(cells, np.int64)
    for block in blocks:
        total += np.bincount(block[column], minlength=cells)
    return total


def units_in(sizes: tuple[Counts, Counts], edges: NDArray[np.int64]) -> Counts:
    """Units in each bin of numbers of rows, int64 [edges]; `sizes` are distinct numbers, and how many have each."""
    rows, number = sizes
    units = np.zeros(len(edges), np.int64)
    np.add.at(units, np.searchsorted(edges, rows, side="right") - 1, number)
    return units


def units_alike(
    blocks: Sequence[Block], twos: tuple[NDArray[np.intp], NDArray[np.intp]], columns: Sequence[str], view: View
) -> Counts:
    """Units with two rows (at the places `twos`), and those whose two have one level, int64 [1 + columns]."""
    first, second = twos
    counts = [len(first)]
    for column in columns:
        nothing = np.zeros(0, np.uint8)  # a table without rows has no blocks
        level = view.level_of[column][np.concatenate([nothing, *(block[column] for block in blocks)])]
        counts.append(int((level[first] == level[second]).sum()))
    return np.array(counts, np.int64)


def pair_counts(blocks: Sequence[Block], view: View) -> Pairs:
    """Rows in each pair of levels, for all pairs of columns a before b: int64 [groups, levels of a, levels of b]."""
    levels = view.levels
    shapes = {(a, b): (view.groups, levels[a], levels[b]) for a, b in combinations(levels, 2)}
    totals = {pair: np.zeros(shape, np.int64) for pair, shape in shapes.items()}
    largest = max((total.size for total in totals.values()), default=0)
    step = min(max(largest, CHUNK_ROWS[0]), CHUNK_ROWS[1])
    for block in blocks:
        for start in range(0, rows_in(block), step):
            _add(totals, {name: codes[start : start + step] for name, codes in block.items()}, view)
    return totals


def _add(totals: Pairs, rows: Block, view: View) -> None:
    level = {name: level_of[rows[name]] for name, level_of in view.level_of.items()}
    group = 0 if view.group_column is None else view.group_of[level[view.group_column]]
    first, base = "", np.empty(0, np.intp)
    code = np.empty(rows_in(rows), np.intp)
    for (a, b), total in totals.items():
        _, size_a, size_b = total.shape
        if a != first:
            first, base = a, group * size_a + level[a]
        np.multiply(base, size_b, out=code)
        np.add(code, level[b], out=code)
        np.add(total, np.bincount(code, minlength=total.size).reshape(total.shape), out=total)
