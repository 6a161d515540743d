"""Nearest neighbours among mixed columns, tile by tile: exact, vectorised, and in a few megabytes however many rows.

A tile holds the distances of some queries to some candidates and fits a core's cache, so that a pass over it costs
arithmetic, not memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.attacks.points import Points

QUERIES, CANDIDATES = 128, 2048
"""Rows and columns of a tile: a megabyte of float32."""

Distances = NDArray[np.float32]

FAR: Final = np.float32(np.inf)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Near:
    """The k nearest candidates of each query, nearest first; of equally near ones those that come first.

    distances  float32 [queries, k]
    index      int64 [queries, k]
    mass       float64 [queries, widths]: means of exp(-distance / width) over the candidates
    """

    distances: NDArray[np.float32]
    index: NDArray[np.int64]
    mass: NDArray[np.float64]


def nearest(
    queries: Points, candidates: Points, k: int = 1, *, widths: Sequence[float] = (), others: bool = False
) -> Near:
    """Find them. `others`: queries are the candidates, and none is its own neighbour. Needs more than k candidates."""
    found = Near(
        distances=np.full((queries.rows, k), FAR),
        index=np.zeros((queries.rows, k), np.int64),
        mass=np.zeros((queries.rows, len(widths))),
    )
    for rows, columns, tile in _tiles(queries, candidates):
        if others:
            _forget_self(tile, rows, columns)
        for place, width in enumerate(widths):
            found.mass[rows, place] += np.exp(tile * np.float32(-1 / width)).sum(axis=1, dtype=np.float64)
        _merge(found, rows, columns, tile)
    found.mass[...] /= candidates.rows - others
    return found


def nearest_without(queries: Points, candidates: Points, columns: Sequence[int]) -> NDArray[np.int64]:
    """For each of the columns the nearest candidate in all the other columns: int64 [columns, queries].

    One pass for all: the distance in the column is taken off the distance in all of them.
    """
    index = np.zeros((len(columns), queries.rows), np.int64)
    least = np.full((len(columns), queries.rows), FAR)
    work = _Work.of(queries)
    for rows, span, tile in _tiles(queries, candidates):
        for place, column in enumerate(columns):
            left = tile - work.column(queries, candidates, column, rows, span)
            found = left.argmin(axis=1)
            distance = left[np.arange(len(found)), found]
            better = distance < least[place, rows]
            least[place, rows] = np.where(better, distance, least[place, rows])
            index[place, rows] = np.where(better, found + span.start, index[place, rows])
    return index


def _tiles(queries: Points, candidates: Points) -> Iterator[tuple[slice, slice, Distances]]:
    """The tile is used again for the next: take from it what is needed."""
    work = _Work.of(queries)
    for row in range(0, queries.rows, QUERIES):
        rows = slice(row, min(row + QUERIES, queries.rows))
        for column in range(0, candidates.rows, CANDIDATES):
            span = slice(column, min(column + CANDIDATES, candidates.rows))
            yield rows, span, work.all(queries, candidates, rows, span)


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """Room for one tile."""

    total: Distances
    part: Distances
    differ: NDArray[np.bool_]
    count: NDArray[np.uint16]

    @classmethod
    def of(cls, queries: Points) -> _Work:
        size = min(QUERIES, queries.rows) * CANDIDATES
        return cls(
            np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.bool_), np.empty(size, np.uint16)
        )

    def all(self, queries: Points, candidates: Points, rows: slice, span: slice) -> Distances:
        """Distances over all columns."""
        shape = (rows.stop - rows.start, span.stop - span.start)
        size = shape[0] * shape[1]
        total, count = self.total[:size].reshape(shape), self.count[:size].reshape(shape)
        total[...] = 0
        count[...] = 0
        for line in range(len(queries.numbers)):
            total += self.line(queries, candidates, line, rows, span)
        differ = self.differ[:size].reshape(shape)
        for mine, theirs in zip(queries.codes, candidates.codes, strict=True):
            np.not_equal(mine[rows, None], theirs[None, span], out=differ)
            count += differ
        total += count
        return total

    def line(self, queries: Points, candidates: Points, line: int, rows: slice, span: slice) -> Distances:
        """Distances in one line."""
        shape = (rows.stop - rows.start, span.stop - span.start)
        part = self.part[: shape[0] * shape[1]].reshape(shape)
        np.subtract(queries.numbers[line, rows, None], candidates.numbers[line, None, span], out=part)
        np.abs(part, out=part)
        if queries.holes[line]:
            np.minimum(part, 1, out=part)
        return part

    def column(self, queries: Points, candidates: Points, column: int, rows: slice, span: slice) -> Distances:
        """Distances in one column."""
        lines = len(queries.numbers)
        if column < lines:
            return self.line(queries, candidates, column, rows, span)
        codes = queries.codes[column - lines], candidates.codes[column - lines]
        return np.asarray(codes[0][rows, None] != codes[1][None, span], np.float32)


def _forget_self(tile: Distances, rows: slice, columns: slice) -> None:
    own = np.arange(max(rows.start, columns.start), min(rows.stop, columns.stop))
    tile[own - rows.start, own - columns.start] = FAR


def _merge(found: Near, rows: slice, columns: slice, tile: Distances) -> None:
    """Put a tile's nearest among those found before, of equals the earlier first. Spoils the tile."""
    k = found.index.shape[1]
    inside = np.arange(len(tile))
    for _ in range(min(k, tile.shape[1])):
        place = tile.argmin(axis=1)
        distance = tile[inside, place]
        tile[inside, place] = FAR
        if not (distance < found.distances[rows, -1]).any():
            return
        joined = np.column_stack([found.distances[rows], distance])
        index = np.column_stack([found.index[rows], place + columns.start])
        order = np.argsort(joined, axis=1, kind="stable")[:, :k]
        found.distances[rows] = np.take_along_axis(joined, order, axis=1)
        found.index[rows] = np.take_along_axis(index, order, axis=1)
