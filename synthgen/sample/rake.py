"""After a mask, every column's own distribution again as it was measured.

What a mask takes away it does not take evenly: the noise put mass on forbidden combinations, and without them each
column is a little off. The real rows keep the rules, so their columns can have both: raking (iterative proportional
fitting; Deming and Stephan, 1940) finds the distribution with the old columns that is closest to the masked one. It
multiplies a row's probability by a factor for each column's level, and a mixture of products stays one: the heads of
a codebook row take the factors, and its weight what their sums become. Zeros stay zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import Codec, ColumnCodec
from synthgen.engine.codebook import Codebook
from synthgen.sample.joint import JointCodec

SWEEPS: Final = 30
CLOSE: Final = 1e-6
"""Sweeps end when no level's share is farther off than this."""
MOST: Final = 1e3
"""A factor is at most so large, and at least one over it: what a mask all but emptied is not blown up again."""

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]


def raked(codebook: Codebook, codec: Codec, before: Codebook, unmasked: Codec) -> Codebook:
    """The masked model with the one-way distributions of the model before, as far as its zeros allow."""
    weights = codebook.weights.astype(np.float64)
    heads = {name: codebook.head(place).astype(np.float64) for place, name in enumerate(codec.names)}
    goals = list(_goals(codec, before, unmasked))
    for _ in range(SWEEPS):
        farthest = 0.0
        for name, parent, goal in goals:
            share = np.bincount(parent, weights=weights @ heads[name], minlength=len(goal))
            farthest = max(farthest, float(np.abs(share - goal)[share > 0].max(initial=0.0)))
            factor = np.clip(np.where(share > 0, goal / np.where(share > 0, share, 1.0), 1.0), 1 / MOST, MOST)
            tilted = heads[name] * factor[parent]
            total = tilted.sum(axis=1)
            weights = weights * total
            weights /= weights.sum()
            heads[name] = tilted / np.where(total > 0, total, 1.0)[:, None]
        if farthest < CLOSE:
            break
    kept = weights > 0
    probabilities = np.concatenate([heads[name][kept] for name in codec.names], axis=1).astype(np.float32)
    return Codebook(weights=weights[kept], probabilities=probabilities, offsets=codebook.offsets)


def _goals(codec: Codec, before: Codebook, unmasked: Codec) -> Iterator[tuple[str, Levels, Floats]]:
    """For each column of the table: the codec's column that holds it, its levels' old levels, and their old shares."""
    shares = before.weights / before.weights.sum()
    for name, column in codec.columns.items():
        for part, kind, unit in _firsts(name, column):
            place = unmasked.names.index(part)
            yield name, _level_of(unmasked.columns[part], kind, unit), shares @ before.head(place)


def _firsts(name: str, column: ColumnCodec) -> Iterator[tuple[str, NDArray[np.int8], Levels]]:
    """For each column of the table in a column of the codec, kind and unit of some value of each level."""
    first = np.searchsorted(column.pieces.level, np.arange(column.levels))
    kind, unit = column.pieces.kind[first], column.pieces.first[first]
    if not isinstance(column, JointCodec):
        yield name, kind, unit
        return
    for place, part in enumerate(column.parts):
        yield part, column.lines.kind[unit, place], column.lines.unit[unit, place]


def _level_of(column: ColumnCodec, kind: NDArray[np.int8], unit: Levels) -> Levels:
    """The level that holds each value; a value lies in one piece only."""
    pieces = column.pieces
    beyond = unit[:, None] - pieces.first
    inside = (beyond >= 0) & (beyond < pieces.count * pieces.stride) & (beyond % pieces.stride == 0)
    inside &= (kind[:, None] == pieces.kind) & (pieces.mass > 0)
    return np.asarray(pieces.level[np.argmax(inside, axis=1)])
