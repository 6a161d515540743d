"""Levels split so that each lies wholly inside or wholly outside every part of a column's domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import ColumnCodec, concatenate
from synthgen.sample.restrict import cut_to
from synthgen.sql.region import Region

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Refined:
    """A column's codec after a split.

    parent  int64 [levels], which level each was a part of
    share   float64 [levels], how much of that level it is; sums to 1 over each parent
    atom    int64 [levels], which part of the domain it lies in
    """

    codec: ColumnCodec
    parent: NDArray[np.int64]
    share: Floats
    atom: NDArray[np.int64]


def refine(codec: ColumnCodec, atoms: Sequence[Region]) -> Refined:
    """Split every level by disjoint parts that cover the domain; levels keep their order, a level's parts theirs."""
    cuts = [cut_to(codec.pieces, atom) for atom in atoms]
    cuts = [replace(cut, level=cut.level * len(atoms) + atom) for atom, cut in enumerate(cuts)]
    pieces = concatenate(cuts)
    keys, level = np.unique(pieces.level, return_inverse=True)
    parent, atom = np.divmod(keys, len(atoms))
    whole = np.bincount(codec.pieces.level, weights=codec.pieces.mass, minlength=codec.levels)
    kept = np.bincount(level, weights=pieces.mass)
    share = kept / whole[parent]
    pieces = replace(pieces, level=level, mass=pieces.mass / kept[level]).take(np.argsort(level, kind="stable"))
    split = replace(
        codec,
        pieces=pieces,
        marginal=codec.marginal[parent] * share,
        variance=codec.variance[parent] * share**2,
    )
    return Refined(codec=split, parent=parent, share=share, atom=atom)
