"""How likely the model holds what a scenario sets: the probabilities that `extrapolation` compares with its floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.encode.codec import VALUE, ColumnCodec, Pieces
from synthgen.encode.grid import LineGrid, grid
from synthgen.sample.change import Change
from synthgen.sample.changed import conformed
from synthgen.sample.draw import block_rng, draw_levels
from synthgen.sample.joint import flat
from synthgen.sample.masks import condition_codebook
from synthgen.sample.partial import place_of
from synthgen.sample.placing import decoded
from synthgen.sample.scenario.extrapolation import Watched
from synthgen.sample.stream import PILOT_ROWS, PILOT_SEED, Draws, condition_on
from synthgen.sql.expression import Every, columns_of, conjuncts

BINS = 32
"""What a column is told apart in that the model does not know by itself."""


def watch(name: str, change: Change, base: Draws, where: str | None, *, given: Draws, floor: float) -> Watched:
    """A change, with the probability of each level of its column together with the condition on all other columns.

    given  the model given the segment's condition; a column that is made from others is looked up in rows of it that
           keep the rules, whatever the condition says of such columns
    """
    codec = flat(base.codec)
    if name not in codec.columns:
        column, chance = _sampled(name, given)
        return Watched(
            change=change, codec=column, column=base.shape.table.columns[name], probability=chance, floor=floor
        )
    chance = codec.columns[name].marginal
    if name in base.codec.columns:
        condition = condition_on(base, where)
        if condition is not None:
            terms = tuple(conjuncts(condition.rest)) if condition.rest is not None else ()
            others = tuple(term for term in terms if name not in columns_of(term))
            regions = {other: region for other, region in condition.regions.items() if other != name}
            condition = replace(condition, regions=regions, rest=Every(terms=others) if others else None)
        found = condition_codebook(base.codebook, base.codec, condition)
        chance = found.probability * (found.codebook.weights @ found.codebook.head(found.codec.names.index(name)))
    known = base.shape.modelled.columns[name]
    return Watched(change=change, codec=codec.columns[name], column=known, probability=chance, floor=floor)


def _sampled(name: str, given: Draws) -> tuple[ColumnCodec, NDArray[np.float64]]:
    """A column of the table in bins that hold about as many rows of a pilot each, and the probability of each."""
    column = given.shape.table.columns[name]
    known = grid(name, column)
    assert isinstance(known, LineGrid), "a difference is of lines"
    rng = block_rng(PILOT_SEED, 2)
    _, levels = draw_levels(given.codebook, PILOT_ROWS, rng, independent=False)
    pilot = decoded(given.shape, given.codec, levels, rng, independent=False)
    if given.kept is not None:
        pilot = pilot.filter(pa.array(given.kept.holds(pilot)))
    nothing = replace(given.codec.columns[given.codec.names[0]], grid=known)
    kind, unit = place_of(nothing, conformed(pilot, given.shape).columns[name])
    units = np.sort(unit[kind == VALUE])
    first = np.unique(units[(np.arange(BINS) * len(units)) // BINS]) if units.size else units
    count = np.diff(np.append(first, units[-1:] + 1))
    rows = np.diff(np.append(np.searchsorted(units, first), len(units)))
    others, often = np.unique(np.stack([kind, unit])[:, kind != VALUE], axis=1, return_counts=True)
    bins = len(first) + len(often)
    pieces = Pieces(
        level=np.arange(bins),
        mass=np.ones(bins),
        kind=np.append(np.zeros(len(first), np.int8), others[0]).astype(np.int8),
        first=np.append(first, others[1]),
        stride=np.ones(bins, np.int64),
        count=np.append(count, np.ones(len(often), np.int64)),
    )
    share = np.append(rows, often) / len(kind)
    codec = ColumnCodec(grid=known, pieces=pieces, marginal=np.full(bins, 1 / bins), variance=np.zeros(bins))
    return codec, given.probability * share
