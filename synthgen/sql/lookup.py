"""Rows looked up in a public table of combinations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from synthgen.schema import Levels
from synthgen.sql.cells import Cells, Mask
from synthgen.sql.listed import MISSING, VALUE, WORD, Listed

Ids = NDArray[np.int64]


def listed(lines: Listed, rows: Mapping[str, Cells]) -> Mask:
    """Where the columns hold a line of the table: nothing is unknown about it."""
    ids = [_ids(lines, place, rows[name]) for place, name in enumerate(lines.columns)]
    return _found([line for line, _ in ids], [row for _, row in ids])


def absent(lines: Listed, rows: Mapping[str, Cells]) -> Mask:
    """Where no line can be meant, whatever stands in place of what is missing."""
    ids = [_ids(lines, place, rows[name]) for place, name in enumerate(lines.columns)]
    missing = [rows[name].missing for name in lines.columns]
    possible = np.zeros(len(missing[0]), np.bool_)
    open_ = [place for place, name in enumerate(lines.columns) if rows[name].column.nullable]
    for size in range(len(open_) + 1):
        for gaps in itertools.combinations(open_, size):
            here = np.logical_and.reduce([gap == (place in gaps) for place, gap in enumerate(missing)])
            rest = [pair for place, pair in enumerate(ids) if place not in gaps]
            meant = _found([line for line, _ in rest], [row for _, row in rest]) if rest else np.True_
            possible |= here & meant
    return ~(possible | _found([line for line, _ in ids], [row for _, row in ids]))


def _ids(lines: Listed, place: int, cells: Cells) -> tuple[Ids, Ids]:
    """Numbers for the cells of a table's column and for the rows', equal where they mean the same; -1: not there."""
    kind, value = lines.kind[:, place], lines.value[:, place]
    if lines.words[place]:
        code = {word: index for index, word in enumerate(lines.words[place])}
        of_word = np.array([*(code.get(word, -1) for word in cells.words), -1], np.int64)
        size, ids = len(code), of_word[cells.level]
        line = np.where(kind == WORD, value, -1).astype(np.int64)
    else:
        numbers = cells.level.astype(np.float64) if isinstance(cells.column, Levels) else cells.numbers
        distinct = np.unique(value[kind == VALUE])
        size = len(distinct)
        nearest = np.minimum(np.searchsorted(distinct, numbers), max(size - 1, 0))
        same = (distinct[nearest] == numbers) & (cells.special < 0) if size else np.zeros(len(numbers), np.bool_)
        ids = np.where(same, nearest, np.where(cells.special >= 0, size + cells.special.astype(np.int64), -1))
        line = np.where(kind == VALUE, np.searchsorted(distinct, value), size + value).astype(np.int64)
    highest = size + len(getattr(cells.column, "special", ()))
    return np.where(kind == MISSING, highest, line), np.where(cells.missing, highest, ids)


def _found(lines: list[Ids], rows: list[Ids]) -> Mask:
    """Which rows are among the lines, both given column by column."""
    keys, here = np.zeros(len(lines[0]), np.int64), np.zeros(len(rows[0]), np.int64)
    known = np.ones(len(rows[0]), np.bool_)
    for line, row in zip(lines, rows, strict=True):
        pairs = np.stack([keys, line])
        distinct, keys = np.unique(pairs, axis=1, return_inverse=True)
        keys = keys.ravel()
        known &= row >= 0
        # the pair of a row, found among the pairs of the lines by one packed number
        width = int(line.max(initial=0)) + 2
        packed = distinct[0] * width + distinct[1]
        wanted = here * width + np.clip(row, -1, width - 1)
        order = np.argsort(packed)
        nearest = np.minimum(np.searchsorted(packed[order], wanted), len(packed) - 1)
        known &= packed[order][nearest] == wanted
        here = order[nearest]
    return known
