"""Columns whose combinations a public table lists, drawn as one.

Given a codebook row the columns are independent, so a line of the table has the product of their probabilities; the
lines that fall into the same levels differ only in how much of those levels they are, which is the same whatever the
codebook row. One *joint column* therefore takes the columns' place: its levels are combinations of their levels, its
values the lines of the table, and a codebook row's weight is multiplied by what the lines have together. Exact, and
no larger than the combinations of levels that the table holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, singles
from synthgen.encode.grid import Grid, LevelGrid
from synthgen.engine.codebook import Codebook
from synthgen.sql import listed
from synthgen.sql.listed import Listed
from synthgen.sql.literals import meaning
from synthgen.sql.region import Region, merged

BETWEEN_NAMES = "\0"
"""Stands in the name of a joint column between those of its parts: no column's own name has it."""
MOST_CELLS = 2**26
"""Probabilities of a joint column, codebook rows x combinations, at most: half a gigabyte while it is made."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Combinations:
    """The lines of a public table, each once.

    columns  their names
    kind     int8 [lines, columns], VALUE, SPECIAL or MISSING
    unit     int64 [lines, columns], the unit of a line, or the index of the level or sentinel
    """

    columns: tuple[str, ...]
    kind: NDArray[np.int8]
    unit: NDArray[np.int64]


def combinations(table: Listed, codec: Codec, *, gaps: bool) -> Combinations | None:
    """A table of a rule or condition, as values of these columns; None where one of them is in no grid of its own.

    Lines that no value of the schema spells are left out. With `gaps` a line may also lack what may be missing: such
    a row might be meant by the line, so it is not certainly outside of the table.
    """
    if not all(name in codec.columns for name in table.columns):
        return None
    columns = [
        _units(codec.columns[name].grid, table.kind[:, place], table.value[:, place], table.words[place])
        for place, name in enumerate(table.columns)
    ]
    known = np.logical_and.reduce([found for _, _, found in columns])
    parts = [part.astype(np.int64) for kind, unit, _ in columns for part in (kind, unit)]
    lines = np.stack(parts, axis=1)[known]
    for place, name in enumerate(table.columns if gaps else ()):
        if codec.columns[name].grid.nullable:
            lacking = lines.copy()
            lacking[:, 2 * place : 2 * place + 2] = MISSING, 0
            lines = np.concatenate([lines, lacking])
    lines = np.unique(lines, axis=0)
    return Combinations(columns=table.columns, kind=lines[:, ::2].astype(np.int8), unit=lines[:, 1::2])


def _units(
    grid: Grid, kind: NDArray[np.int8], value: Floats, words: tuple[str, ...]
) -> tuple[NDArray[np.int8], NDArray[np.int64], NDArray[np.bool_]]:
    """Kinds and units of a table's cells, and which of them the grid has."""
    missing = kind == listed.MISSING
    if isinstance(grid, LevelGrid):
        places = {meaning(level): place for place, level in enumerate(grid.values)}
        spelled = np.array([*(places.get(word, -1) for word in words), -1], np.int64)
        index = np.where(missing | (kind == listed.SENTINEL), 0, value).astype(np.int64)
        unit = np.where(kind == listed.WORD, spelled[np.minimum(index, len(words))], index)
        known = (kind != listed.SENTINEL) & (unit >= 0)
        return np.where(missing, MISSING, VALUE).astype(np.int8), np.where(missing, 0, unit), known | missing
    number = np.where(kind == listed.VALUE, value, float(grid.origin))
    unit = np.clip(grid.unit_of(number), 0, grid.units - 1)
    known = (kind != listed.VALUE) | (grid.value_of(unit) == number)
    special = kind == listed.SENTINEL
    kinds = np.where(special, SPECIAL, np.where(missing, MISSING, VALUE)).astype(np.int8)
    return kinds, np.where(special, value, np.where(missing, 0, unit)).astype(np.int64), known


@dataclass(frozen=True, kw_only=True, slots=True)
class JointCodec(ColumnCodec):
    """The codec of a joint column; value i is line i of `lines`, whose columns have the codecs `parts`."""

    lines: Combinations
    parts: Mapping[str, ColumnCodec]

    def within(self, column: str, region: Region) -> Region:
        """The lines whose value of a column lies in a region of it."""
        place = self.lines.columns.index(column)
        kind, unit = self.lines.kind[:, place], self.lines.unit[:, place]
        special = np.append(region.special, False)[np.where(kind == VALUE, -1, np.minimum(unit, len(region.special)))]
        inside = np.where(kind == VALUE, region.holds(unit), np.where(kind == MISSING, region.missing, special))
        low, high = merged(np.flatnonzero(inside), np.flatnonzero(inside) + 1)
        return Region(units=len(kind), low=low, high=high, special=np.zeros(0, np.bool_), missing=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """A model whose columns of a public table are one; `probability` of the table's lines, before."""

    codebook: Codebook
    codec: Codec
    probability: float


def owners(codec: Codec) -> dict[str, str]:
    """For each column of the table, the column of the codec that holds it: itself or a joint one."""
    return {
        part: name
        for name, column in codec.columns.items()
        for part in (column.parts if isinstance(column, JointCodec) else [name])
    }


def flat(codec: Codec) -> Codec:
    """The table's columns alone: joint ones taken apart again."""
    parts = [
        column.parts if isinstance(column, JointCodec) else {name: column} for name, column in codec.columns.items()
    ]
    return Codec(columns={name: column for part in parts for name, column in part.items()})


def parts_of(
    name: str, column: ColumnCodec, kind: NDArray[np.int8], unit: NDArray[np.int64]
) -> Iterator[tuple[str, ColumnCodec, NDArray[np.int8], NDArray[np.int64]]]:
    """The table's columns that a column of the codec stands for, with the kinds and units that its own stand for."""
    if not isinstance(column, JointCodec):
        yield name, column, kind, unit
        return
    for place, (part, codec) in enumerate(column.parts.items()):
        yield part, codec, column.lines.kind[unit, place], column.lines.unit[unit, place]


def joined(codebook: Codebook, codec: Codec, lines: Combinations) -> Joined | None:
    """Put one joint column, the last, in the place of the columns of a table.

    Codebook rows that can draw no line are dropped. None when the combinations of levels are too many to hold, or a
    column is in a joint column already.
    """
    if not all(name in codec.columns for name in lines.columns):
        return None
    parts = {name: codec.columns[name] for name in lines.columns}
    found = [held(part, lines.kind[:, place], lines.unit[:, place]) for place, part in enumerate(parts.values())]
    mass = np.prod([share for _, share in found], axis=0)
    alive = np.flatnonzero(mass > 0)
    if not alive.size:
        return Joined(codebook=codebook, codec=codec, probability=0.0)
    combinations, level = np.unique(np.stack([level[alive] for level, _ in found], axis=1), axis=0, return_inverse=True)
    if codebook.rows * len(combinations) > MOST_CELLS:
        return None
    level = level.ravel()
    weight = np.bincount(level, weights=mass[alive])
    head: Floats = np.tile(weight.astype(np.float64), (codebook.rows, 1))
    for place, name in enumerate(parts):
        head *= codebook.head(codec.names.index(name))[:, combinations[:, place]]
    column = _joint(lines, parts, alive=alive, level=level, share=mass[alive] / weight[level])
    return _assembled(codebook, codec, column, head)


def held(codec: ColumnCodec, kind: NDArray[np.int8], unit: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """The level that each value falls into, and its share of that level (0 where the model has no such value)."""
    level, share = np.zeros(len(unit), np.int64), np.zeros(len(unit))
    pieces = codec.pieces.take(codec.marginal[codec.pieces.level] > 0)  # a level cut away holds another one's piece
    for stride in np.unique(pieces.stride).tolist():  # pieces of one stride are apart
        for of in (VALUE, *np.unique(pieces.kind[pieces.kind != VALUE]).tolist()):
            chosen = np.flatnonzero((pieces.stride == stride) & (pieces.kind == of))
            some = pieces.take(chosen[np.argsort(pieces.first[chosen], kind="stable")])
            if not chosen.size:
                continue
            place = np.maximum(np.searchsorted(some.first, unit, side="right") - 1, 0)
            step, off = np.divmod(unit - some.first[place], stride)
            meets = (kind == of) & (off == 0) & (step >= 0) & (step < some.count[place])
            level = np.where(meets, some.level[place], level)
            share += np.where(meets, some.mass[place] / some.count[place], 0.0)
    return level, share


def _joint(
    lines: Combinations,
    parts: Mapping[str, ColumnCodec],
    *,
    alive: NDArray[np.intp],
    level: NDArray[np.int64],
    share: Floats,
) -> JointCodec:
    name = BETWEEN_NAMES.join(parts)
    order = np.argsort(level, kind="stable")
    levels = int(level.max()) + 1
    return JointCodec(
        grid=LevelGrid(name=name, values=tuple(range(len(lines.kind))), nullable=False),
        pieces=singles(VALUE, level[order], alive[order], share[order]),
        marginal=np.full(levels, 1.0 / levels),  # set when the codebook is known
        variance=np.zeros(levels),
        lines=lines,
        parts=dict(parts),
    )


def _assembled(codebook: Codebook, codec: Codec, column: JointCodec, head: Floats) -> Joined:
    """The codebook with the joint column's head (not yet normalised) last, and without those of its parts."""
    total = head.sum(axis=1)
    weights = codebook.weights / codebook.weights.sum() * total
    probability = float(weights.sum())
    if probability <= 0:
        return Joined(codebook=codebook, codec=codec, probability=0.0)
    kept = total > 0
    head = head[kept] / total[kept, None]
    others = [name for name in codec.names if name not in column.parts]
    heads = [codebook.probabilities[kept, codec.span(name)] for name in others]
    weights = weights[kept] / probability
    column = replace(column, marginal=weights @ head)
    columns = {name: codec.columns[name] for name in others} | {column.grid.name: column}
    joint = Codec(columns=columns)
    book = Codebook(
        weights=weights,
        probabilities=np.concatenate([*heads, head.astype(np.float32)], axis=1),
        offsets=joint.offsets,
    )
    return Joined(codebook=book, codec=joint, probability=min(probability, 1.0))
