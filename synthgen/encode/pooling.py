"""Levels of a column that has many: those that stand above the noise alone, the others by their public groups.

Bottom up, levels that drown share what is left of their group, groups whose rest drowns share the next coarser one, and
in the end one level holds the rest. Inside such a pool, values follow their noisy counts as far as these say more than
the noise, and are alike beyond that (the positive-part estimator of James and Stein, 1961).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.grid import LevelGrid
from synthgen.encode.oneway import OneWay
from synthgen.encode.project import project

CREDIBLE = 3.0
"""A level or a pool stands above so many noises."""
RISE = 1.15
"""Of the threshold, until there are few enough levels."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pools:
    """mass float64 [values], never negative; level_of int64 [values]; variance float64 [levels] of a level's mass."""

    mass: Floats
    level_of: Ints
    variance: Floats


def pools(grid: LevelGrid, one: OneWay, *, total: float, most: int) -> Pools:
    """At most `most` levels (at least 1) for values that have `total` rows."""
    mass = masses(grid, one, total)
    least = max(CREDIBLE * one.sigma, 1e-9)
    level_of = _placed(grid, mass, least)
    while level_of.max() >= most:
        least = max(RISE * least, total / (100 * most))
        level_of = _placed(grid, mass, least)
    members = np.bincount(level_of)
    # The rest of a group is what was counted of the group less its members that stand alone: no sum of many noises.
    pooled = one.loudness**2 if grid.depths else np.inf
    return Pools(mass=mass, level_of=level_of, variance=np.minimum(members * one.sigma**2, pooled + one.sigma**2))


def masses(grid: LevelGrid, one: OneWay, total: float) -> Floats:
    """Rows of each value, from the noisy counts of values and of groups: not negative, and `total` in all."""
    if not one.sigma:
        return one.counts
    everything = np.zeros(len(one.counts), np.int64)
    parents = (everything, *grid.depths)
    sizes = np.array([total])
    for depth, groups in enumerate(grid.depths):
        parent = np.zeros(int(groups.max()) + 1, np.int64)
        parent[groups] = parents[depth]
        below = _sums(grid, one, depth)
        sizes = _within(below, parent, sizes, one.loudness)
    return _within(one.counts, parents[-1], sizes, one.sigma)


def _sums(grid: LevelGrid, one: OneWay, depth: int) -> Floats:
    """Noisy rows of the groups at a depth: as they were counted, and as the sum of what was counted below them."""
    own, groups = one.groups[depth], grid.depths[depth]
    finer = (*one.groups, one.counts)[depth + 1]
    of_finer = grid.depths[depth + 1] if depth + 1 < len(grid.depths) else np.arange(len(one.counts))
    parent = np.zeros(len(finer), np.int64)
    parent[of_finer] = groups
    noise = one.loudness if depth + 1 < len(grid.depths) else one.sigma
    variance = np.bincount(parent, minlength=len(own)) * noise**2
    summed = np.bincount(parent, weights=finer, minlength=len(own))
    weight = variance / (variance + one.loudness**2)
    return np.asarray(weight * own + (1 - weight) * summed)


def _within(counts: Floats, parent: Ints, sizes: Floats, sigma: float) -> Floats:
    """Share each parent's rows out among its children; those who stand above the noise keep what they have."""
    order = np.argsort(parent, kind="stable")
    ends = np.cumsum(np.bincount(parent, minlength=len(sizes)))
    shared = np.empty(len(counts))
    for start, end, size in zip(np.append(0, ends[:-1]), ends, sizes, strict=True):
        members = order[start:end]
        shared[members] = _shared(counts[members], float(size), sigma)
    return shared


def _shared(counts: Floats, size: float, sigma: float) -> Floats:
    """One parent's rows among its children."""
    if size <= 0:
        return np.zeros(len(counts))
    heavy = counts >= CREDIBLE * sigma
    left = size - counts[heavy].sum()
    if left <= 0 or heavy.all():  # nothing is left for the others, or nobody else is there
        return project(np.where(heavy, counts, -np.inf), size)
    found = np.where(heavy, counts, 0.0)
    quiet = counts[~heavy]
    spread = ((quiet - quiet.mean()) ** 2).sum()
    trust = max(1 - (len(quiet) - 1) * sigma**2 / spread, 0.0) if spread > 0 else 0.0
    found[~heavy] = trust * project(quiet, left) + (1 - trust) * left / len(quiet)
    return found


def _placed(grid: LevelGrid, mass: Floats, least: float) -> Ints:
    """The level of each value, numbered from 0: alone, in the rest of a group, or in the rest of all."""
    pool = np.full(len(mass), -1, np.int64)
    alone = np.flatnonzero(mass >= least)
    pool[alone] = np.arange(len(alone))
    number = len(alone)
    for groups in reversed(grid.depths):
        waiting = pool < 0
        rest = np.bincount(groups, weights=np.where(waiting, mass, 0.0))
        enough = waiting & (rest >= least)[groups]
        found, place = np.unique(groups[enough], return_inverse=True)
        pool[enough] = number + place
        number += len(found)
    pool[pool < 0] = number
    return np.unique(pool, return_inverse=True)[1].astype(np.int64)
