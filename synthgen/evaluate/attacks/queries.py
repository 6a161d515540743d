"""Conditions that pick rows, such as "age >= 88 and city = Lima", kept as arrays and asked of whole tables at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.attacks.points import Points

EQUAL, AT_MOST, AT_LEAST = 0, 1, 2
_BATCH: Final = 2**24
"""Answers held at once."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Queries:
    """Conjunctions of conditions, one a row.

    columns  int64 [queries, conditions]: positions of columns, numbers first, all different in one query
    signs    int8 [queries, conditions]: EQUAL, AT_MOST or AT_LEAST
    values   float64 [queries, conditions]: as the points have them
    """

    columns: NDArray[np.int64]
    signs: NDArray[np.int8]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> Queries:
        """Those of these positions."""
        return Queries(columns=self.columns[which], signs=self.signs[which], values=self.values[which])

    def distinct(self) -> Queries:
        """Each of them once, in their order."""
        key = np.concatenate([self.columns, self.signs, self.values], axis=1)
        return self.take(np.sort(np.unique(key, axis=0, return_index=True)[1]))


def joined(left: Queries, right: Queries) -> Queries:
    """One after the other."""
    return Queries(
        columns=np.concatenate([left.columns, right.columns]),
        signs=np.concatenate([left.signs, right.signs]),
        values=np.concatenate([left.values, right.values]),
    )


def counts(queries: Queries, table: Points) -> NDArray[np.int64]:
    """How many rows each picks: int64 [queries]."""
    return np.concatenate([np.zeros(0, np.int64), *(answers.sum(axis=1) for answers in answered(queries, table))])


def answered(queries: Queries, table: Points) -> Iterator[NDArray[np.bool_]]:
    """Which rows each picks, some queries at a time: bool [some queries, rows]."""
    step = max(1, _BATCH // max(table.rows, 1))
    for begin in range(0, len(queries), step):
        some = queries.take(np.arange(begin, min(begin + step, len(queries))))
        picked = np.ones((len(some), table.rows), np.bool_)
        for condition in range(some.columns.shape[1]):
            for column in np.unique(some.columns[:, condition]):
                asked = np.flatnonzero(some.columns[:, condition] == column)
                picked[asked] &= _holds(table, int(column), some.signs[asked, condition], some.values[asked, condition])
        yield picked


def _holds(table: Points, column: int, signs: NDArray[np.int8], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where conditions on one column hold: bool [conditions, rows]. Whatever is not a number only equals its like."""
    lines = len(table.numbers)
    if column >= lines:
        return np.asarray(table.codes[column - lines] == values.astype(np.int32)[:, None])
    found, wanted = table.numbers[column], values.astype(np.float32)[:, None]
    number = found <= 1
    below, above = (signs == AT_MOST)[:, None], (signs == AT_LEAST)[:, None]
    ordered = (below & (found <= wanted)) | (above & (found >= wanted))
    return np.asarray((ordered & number) | (~below & ~above & (found == wanted)))
