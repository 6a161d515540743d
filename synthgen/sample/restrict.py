"""Exact conditioning of a fitted model on single-column regions.

Inside a level the pieces are cut to the region; what a cut leaves of a level's mass is a factor between 0 and 1. Given
a codebook row the columns are independent, so Bayes' rule is a product: the row's weight times, for each column, the
sum over levels of head * factor. Nothing is rejected, and the sum of the new weights is the condition's probability.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sql.condition import Condition
from synthgen.sql.region import Region, Units

RAREST: Final = 1e-12
"""A condition below this probability is refused: it is lost in the rounding of the model's own shares."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditioned:
    """The model given a condition's regions, and the probability of those regions before."""

    codebook: Codebook
    codec: Codec
    probability: float


def condition_codebook(codebook: Codebook, codec: Codec, condition: Condition) -> Conditioned:
    """The mixture given that every region of the condition holds its column; `condition.rest` is left to filtering.

    Codebook rows that cannot satisfy the regions are dropped. Raises ConditionError, with `.probability`, where
    a region is empty or the model gives all of them together less than 1e-12.
    """
    weights = codebook.weights / codebook.weights.sum()
    probabilities = codebook.probabilities.copy()
    columns = dict(codec.columns)
    for name, region in condition.regions.items():
        if region.is_empty:
            raise _impossible(f"condition on {name}", "a value that the schema allows", 0.0)
        columns[name], factor = restrict(codec.columns[name], region)
        head = codebook.head(codec.names.index(name)) * factor
        share = head.sum(axis=1)
        weights = weights * share
        probabilities[:, codec.span(name)] = head / np.where(share > 0, share, 1.0)[:, None]
    probability = float(weights.sum())
    if not probability >= RAREST:
        raise _impossible("condition", f"a probability of at least {RAREST:g}", probability)
    kept = weights > 0
    book = replace(codebook, weights=weights[kept] / probability, probabilities=probabilities[kept])
    return Conditioned(codebook=book, codec=Codec(columns=columns), probability=min(probability, 1.0))


def restrict(codec: ColumnCodec, region: Region) -> tuple[ColumnCodec, Floats]:
    """A column codec that draws inside the region only, and the share that each level keeps (float64 [levels]).

    A level that keeps nothing gets a piece of another level, so that even a draw from it satisfies the region.
    """
    pieces = _cut(codec.pieces, region)
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


def _cut(pieces: Pieces, region: Region) -> Pieces:
    """What the region leaves of each piece, in the same order; pieces without mass go too."""
    whole = ((pieces.kind == MISSING) & region.missing) | _chosen(pieces, region)
    last = pieces.first + (pieces.count - 1) * pieces.stride
    start = np.searchsorted(
        region.high, pieces.first, side="right"
    )  # the first interval that ends beyond the piece's start
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


def _impossible(subject: str, expected: str, probability: float) -> ConditionError:
    return ConditionError(
        subject,
        expected=expected,
        got=f"probability {probability:.3g}",
        fix="loosen the condition: the model cannot draw such rows",
        probability=probability,
    )
