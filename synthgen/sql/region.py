"""The part of a column's domain that a condition leaves, and its set algebra.

A column's values are units in a row: the levels of a column without order, or the units of a line (see `LineGrid`).
A region is a set of units, kept as intervals, with a set of sentinels, and with missing or without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.grid import Grid, LevelGrid, LineGrid
from synthgen.sql.expression import (
    Either,
    Every,
    Expression,
    Fact,
    Joint,
    Lies,
    Missing,
    Named,
    OneOf,
    Otherwise,
    Range,
    Unless,
)
from synthgen.sql.listed import MISSING, SENTINEL, VALUE, WORD, Listed
from synthgen.sql.literals import is_like, meaning

Units = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Region:
    """Part of a column's domain.

    units    how many values the domain has, in a row
    low      int64, first unit of each interval; sorted
    high     int64, the unit after the last of each interval; low[i] < high[i] < low[i + 1]
    special  bool [sentinels], which of them belong
    missing  whether missing belongs
    """

    units: int
    low: Units
    high: Units
    special: NDArray[np.bool_]
    missing: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing belongs."""
        return not (self.low.size or self.special.any() or self.missing)

    def holds(self, unit: Units) -> NDArray[np.bool_]:
        """Which of these units (any shape) belong."""
        return np.asarray(np.searchsorted(self.low, unit, "right") > np.searchsorted(self.high, unit, "right"))


def unite(regions: Sequence[Region]) -> Region:
    """What belongs to any of the regions (at least one, of one column)."""
    low, high = merged(
        np.concatenate([region.low for region in regions]), np.concatenate([region.high for region in regions])
    )
    return Region(
        units=regions[0].units,
        low=low,
        high=high,
        special=np.logical_or.reduce([region.special for region in regions]),
        missing=any(region.missing for region in regions),
    )


def intersect(regions: Sequence[Region]) -> Region:
    """What belongs to all of the regions (at least one, of one column)."""
    return complement(unite([complement(region) for region in regions]))


def complement(region: Region) -> Region:
    """Everything else, missing included: the opposite of a set, not of a condition (which is unknown where missing)."""
    low, high = between(region.low, region.high, region.units)
    return Region(units=region.units, low=low, high=high, special=~region.special, missing=not region.missing)


def merged(low: Units, high: Units) -> tuple[Units, Units]:
    """Intervals in any order, sorted, empty ones left out, those that touch joined.

    >>> [ends.tolist() for ends in merged(np.array([5, 0, 2, 9]), np.array([7, 2, 3, 9]))]
    [[0, 5], [3, 7]]
    """
    order = np.argsort(low, kind="stable")
    order = order[low[order] < high[order]]
    low, reach = low[order], np.maximum.accumulate(high[order])
    starts = np.append(True, low[1:] > reach[:-1]) if low.size else np.zeros(0, np.bool_)
    return low[starts], reach[np.append(starts[1:], True)] if low.size else reach


def between(low: Units, high: Units, units: int) -> tuple[Units, Units]:
    """The gaps that sorted intervals leave in 0 .. units.

    >>> [ends.tolist() for ends in between(np.array([0, 5]), np.array([3, 7]), 10)]
    [[3, 7], [5, 10]]
    """
    return merged(np.append(0, high), np.append(low, units))


def region_of(fact: Fact, grid: Grid) -> Region:
    """Where in its column's domain a fact is certainly true."""
    if isinstance(fact, Otherwise):
        return _possible(complement(region_of(fact.fact, grid)), grid)
    units = grid.value_cells if isinstance(grid, LevelGrid) else grid.units
    special = np.zeros(0 if isinstance(grid, LevelGrid) else len(grid.special), np.bool_)
    none = np.zeros(0, np.int64)
    if isinstance(fact, Missing):
        if not fact.negated:
            return Region(units=units, low=none, high=none, special=special, missing=grid.nullable)
        return Region(units=units, low=np.array([0]), high=np.array([units]), special=~special, missing=False)
    if isinstance(fact, OneOf | Named):
        levels = np.array(sorted(fact.levels) if isinstance(fact, OneOf) else _named(fact, grid), np.int64)
        low, high = merged(levels, levels + 1)
    else:
        assert isinstance(grid, LineGrid), "ranges belong to a line"
        special[list(fact.special)] = True
        low, high = units_within(grid, fact.ranges)
    return Region(units=units, low=low, high=high, special=special, missing=False)


def _possible(region: Region, grid: Grid) -> Region:
    """The region without missing, where the column never is."""
    return region if grid.nullable else replace(region, missing=False)


def _named(fact: Named, grid: Grid) -> list[int]:
    """The levels that a fact names, in a column whose levels are known by now."""
    assert isinstance(grid, LevelGrid), "words belong to levels"
    words = [meaning(level) for level in grid.values]
    found = [word in fact.words or any(is_like(word, pattern) for pattern in fact.like) for word in words]
    return [index for index, chosen in enumerate(found) if chosen != fact.negated]


def units_within(grid: LineGrid, ranges: Sequence[Range]) -> tuple[Units, Units]:
    """The intervals of units whose value, as a 64-bit float, lies in a closed range: exact, by bisecting `value_of`."""
    bounds = np.array(ranges, np.float64).reshape(-1, 2)
    return merged(_first_unit(grid, bounds[:, 0], above=False), _first_unit(grid, bounds[:, 1], above=True))


def _first_unit(grid: LineGrid, values: NDArray[np.float64], *, above: bool) -> Units:
    """The first unit whose value is at least (`above`: more than) each of `values`; `grid.units` if there is none."""
    low, high = np.zeros(len(values), np.int64), np.full(len(values), grid.units, np.int64)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        value = grid.value_of(middle).astype(np.float64)
        short = value <= values if above else value < values
        low = np.where(open_ & short, middle + 1, low)
        high = np.where(open_ & ~short, middle, high)
    return low


def implied(expression: Expression, grids: Mapping[str, Grid]) -> dict[str, Region]:
    """What an expression demands of single columns: a region for each column that it restricts on its own.

    Exact for an expression over one column and for a conjunction of such; of an OR over several columns it is
    the part that every branch demands of the same column (which rules out no row that satisfies the condition).
    """
    if isinstance(expression, Joint):
        return _implied_by(expression, grids)
    if not isinstance(expression, Every | Either):
        return {expression.column: region_of(expression, grids[expression.column])}
    parts = [implied(term, grids) for term in expression.terms]
    names = dict.fromkeys(name for part in parts for name in part)
    if isinstance(expression, Every):
        return {name: intersect([part[name] for part in parts if name in part]) for name in names}
    return {name: unite([part[name] for part in parts]) for name in names if all(name in part for part in parts)}


def _implied_by(expression: Joint, grids: Mapping[str, Grid]) -> dict[str, Region]:
    """A public table demands that each of its columns has a value that stands in it; other joint facts nothing."""
    if isinstance(expression, Listed) and not expression.negated:
        return {name: _in_lines(expression, name, grids[name]) for name in expression.columns}
    if isinstance(expression, Unless) and isinstance(expression.fact, Listed) and expression.fact.negated:
        lines = replace(expression.fact, negated=False)
        inside = {name: _in_lines(lines, name, grids[name]) for name in lines.columns}
        return {name: replace(region, missing=grids[name].nullable) for name, region in inside.items()}
    return {}


def _in_lines(lines: Listed, name: str, grid: Grid) -> Region:
    """The values of a column that some line of a table has."""
    place = lines.columns.index(name)
    kind, value = lines.kind[:, place], lines.value[:, place]
    values = value[kind == VALUE]
    fact: Fact
    if isinstance(grid, LevelGrid) and lines.words[place]:
        fact = Named(column=name, words=frozenset(lines.words[place][int(i)] for i in value[kind == WORD]))
    elif isinstance(grid, LevelGrid):
        fact = OneOf(column=name, levels=frozenset(values.astype(int).tolist()))
    else:
        special = frozenset(value[kind == SENTINEL].astype(int).tolist())
        fact = Lies(column=name, ranges=tuple((x, x) for x in np.unique(values).tolist()), special=special)
    return replace(region_of(fact, grid), missing=bool((kind == MISSING).any()) and grid.nullable)
