"""A column's levels cut to a part of its domain: what a cut leaves of a level is a factor between 0 and 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec, Pieces
from synthgen.sql.region import Region, Units

Floats = NDArray[np.float64]


def restrict(codec: ColumnCodec, region: Region) -> tuple[ColumnCodec, Floats]:
    """A column codec that draws inside the region only, and the share that each level keeps (float64 [levels]).

    A level that keeps nothing gets a piece of another level, so that even a draw from it satisfies the region.
    """
    pieces = cut_to(codec.pieces, region)
    kept = np.bincount(pieces.level, weights=pieces.mass, minlength=codec.levels)
    factor = np.minimum(kept / np.bincount(codec.pieces.level, weights=codec.pieces.mass, minlength=codec.levels), 1.0)
    if not pieces.level.size:
        return codec, np.zeros(codec.levels)
    lost = np.flatnonzero(kept == 0)
    pieces = pieces.take(np.concatenate([np.arange(len(pieces.level)), np.zeros(len(lost), np.intp)]))
    new = np.arange(len(pieces.level)) >= len(pieces.level) - len(lost)
    level, mass = pieces.level.copy(), pieces.mass.copy()
    level[new] = lost
    mass = np.where(new, 1.0, mass / np.where(kept > 0, kept, 1.0)[level])
    pieces = replace(pieces, level=level, mass=mass).take(np.argsort(level, kind="stable"))
    marginal = codec.marginal * factor
    total = marginal.sum()
    scale = factor / total if total > 0 else np.ones(codec.levels)
    return replace(codec, pieces=pieces, marginal=codec.marginal * scale, variance=codec.variance * scale**2), factor


def cut_to(pieces: Pieces, region: Region) -> Pieces:
    """What the region leaves of each piece, in the same order; pieces without mass go too."""
    whole = ((pieces.kind == MISSING) & region.missing) | _chosen(pieces, region)
    last = pieces.first + (pieces.count - 1) * pieces.stride
    start = np.searchsorted(region.high, pieces.first, side="right")  # the first interval that ends beyond its start
    end = np.searchsorted(region.low, last, side="right")
    parts = np.where(pieces.kind == VALUE, np.maximum(end - start, 0), whole)
    parts = np.where(pieces.mass > 0, parts, 0)
    source = np.repeat(np.arange(len(parts)), parts)
    cut = pieces.take(source)
    inside = cut.kind == VALUE
    if not inside.any():
        return cut
    rank = np.arange(len(source)) - np.repeat(np.cumsum(parts) - parts, parts)
    interval = np.where(inside, start[source] + rank, 0)
    low, high = region.low[interval], region.high[interval]
    begin: Units = np.where(inside, _steps(low - cut.first, cut), 0).astype(np.int64)
    count = np.where(inside, _steps(high - cut.first, cut) - begin, cut.count)
    cut = replace(cut, first=cut.first + begin * cut.stride, mass=cut.mass * count / cut.count, count=count)
    return cut.take(count > 0)


def _chosen(pieces: Pieces, region: Region) -> NDArray[np.bool_]:
    """Pieces of sentinels that belong to the region."""
    sentinel = pieces.kind == SPECIAL
    chosen = np.zeros(len(sentinel), np.bool_)
    chosen[sentinel] = region.special[pieces.first[sentinel]]
    return chosen


def _steps(distance: Units, pieces: Pieces) -> Units:
    """How many units of each piece lie less than `distance` beyond its first."""
    steps: Units = np.clip(-(-distance // pieces.stride), 0, pieces.count)
    return steps
