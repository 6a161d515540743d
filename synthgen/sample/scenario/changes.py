"""What `set` does to a column's values, in units of its grid: move them, choose others, draw from a distribution.

Values change before they are decoded and before computed columns are computed, so whatever is made from them agrees.
A change that depends on the old value (x 3, + 2 days) says for which old values the new one stays in the schema's
domain; rows are drawn from those, exactly. The others never leave the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE
from synthgen.encode.grid import LineGrid
from synthgen.sample.change import Kinds, Units
from synthgen.sample.draw import shares_of
from synthgen.sql.region import Region

Floats = NDArray[np.float64]

DISTRIBUTIONS: Mapping[str, tuple[int, Callable[[tuple[float, ...], np.random.Generator, int], Floats]]] = {
    "normal": (2, lambda of, rng, rows: rng.normal(of[0], of[1], rows)),
    "lognormal": (2, lambda of, rng, rows: of[0] * np.exp(rng.normal(0.0, of[1], rows))),
    "exponential": (1, lambda of, rng, rows: rng.exponential(of[0], rows)),
    "poisson": (1, lambda of, rng, rows: rng.poisson(of[0], rows).astype(np.float64)),
    "uniform": (2, lambda of, rng, rows: rng.uniform(min(of), max(of), rows)),
}
"""Name: how many numbers it takes, and how it is drawn. lognormal takes the median and the deviation of the log."""
TRIES = 200
"""A distribution that misses the domain so many times in a row is put on its nearest end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """Values times `factor` plus `offset`, in what the column counts in; sentinels and missing stay as they are."""

    grid: LineGrid
    factor: float
    offset: float

    def __call__(self, kind: Kinds, unit: Units, rng: np.random.Generator) -> tuple[Kinds, Units]:
        """The nearest units of the new values; within the domain for old values of `source`."""
        inside = np.where(kind == VALUE, unit, 0)
        return kind, np.where(kind == VALUE, np.clip(self._image(inside), 0, self.grid.units - 1), unit)

    @property
    def source(self) -> Region:
        """The old values whose new ones are in the domain, every sentinel, and missing."""
        low, high = self._first_at_least(0), self._first_at_least(self.grid.units)
        some = low < high
        return Region(
            units=self.grid.units,
            low=np.array([low] if some else [], np.int64),
            high=np.array([high] if some else [], np.int64),
            special=np.ones(len(self.grid.special), np.bool_),
            missing=self.grid.nullable,
        )

    def _image(self, unit: Units) -> Units:
        moved = self.grid.value_of(unit) * self.factor + self.offset
        return self.grid.unit_of(np.asarray(moved, np.float64))

    def _first_at_least(self, target: int) -> int:
        """The first unit whose image is at least `target`, by bisection; `grid.units` when there is none."""
        low, high = 0, self.grid.units
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._image(np.array([middle]))[0] >= target else (middle + 1, high)
        return low


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """One of these regions, each with its share of the rows, and any value in it, all equally likely."""

    regions: tuple[Region, ...]
    shares: tuple[float, ...]

    def __call__(self, kind: Kinds, unit: Units, rng: np.random.Generator) -> tuple[Kinds, Units]:
        """Shares rounded to whole rows, in random order."""
        counts = shares_of(np.array(self.shares), len(unit), rng)
        drawn = [within(region, count, rng) for region, count in zip(self.regions, counts.tolist(), strict=True)]
        order = rng.permutation(len(unit))
        kinds, units = (np.concatenate(parts)[order] for parts in zip(*drawn, strict=True))
        return kinds, units


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """Values of a distribution, in what the column counts in; those beyond the domain are drawn again."""

    grid: LineGrid
    draw: Callable[[np.random.Generator, int], Floats]

    def __call__(self, kind: Kinds, unit: Units, rng: np.random.Generator) -> tuple[Kinds, Units]:
        """Independent of the old values."""
        units = self.grid.unit_of(self.draw(rng, len(unit)))
        for _ in range(TRIES):
            beyond = np.flatnonzero((units < 0) | (units >= self.grid.units))
            if not beyond.size:
                break
            units[beyond] = self.grid.unit_of(self.draw(rng, len(beyond)))
        return np.full(len(unit), VALUE, np.int8), np.clip(units, 0, self.grid.units - 1)


def within(region: Region, rows: int, rng: np.random.Generator) -> tuple[Kinds, Units]:
    """Values of a region: its units, equally likely; where it has none its sentinels, or else missing."""
    if region.low.size:
        widths = region.high - region.low
        ends = np.cumsum(widths)
        place = np.floor((np.arange(rows) + rng.random()) / max(rows, 1) * ends[-1]).astype(np.int64)
        place = rng.permutation(np.minimum(place, ends[-1] - 1))
        interval = np.searchsorted(ends, place, side="right")
        return np.zeros(rows, np.int8), region.low[interval] + place - (ends - widths)[interval]
    special = np.flatnonzero(region.special)
    if special.size:
        return np.full(rows, SPECIAL, np.int8), special[rng.integers(0, len(special), rows)].astype(np.int64)
    return np.full(rows, MISSING, np.int8), np.zeros(rows, np.int64)


def equal(regions: Sequence[Region]) -> Chosen:
    """Every region equally often."""
    return Chosen(regions=tuple(regions), shares=tuple(1 / len(regions) for _ in regions))
