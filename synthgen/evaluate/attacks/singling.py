"""Singling out: conditions that pick one synthetic row, tried on the table. They succeed where they pick one row of it.

Univariate conditions look at one column: a value that one synthetic row has, or none below or above it. Multivariate
ones take a synthetic row's values in several columns, with numbers as "at least" above the median and "at most" below.

Source: Giomi and others 2023, A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023(2),
section 4.1, as anonymeter does it; after Cohen, Nissim 2020, Towards formalizing the GDPR's notion of singling out,
PNAS 117(15). Both tables that are asked have as many rows, so that no correction for their sizes is needed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthgen.evaluate.attacks.chance import ROUNDS
from synthgen.evaluate.attacks.points import Points
from synthgen.evaluate.attacks.queries import AT_LEAST, AT_MOST, EQUAL, Queries, answered, counts, joined

CONDITIONS: Final = 5
"""Of a multivariate query."""
_BATCH: Final = 1000
_MOST_BATCHES: Final = 8
_DEALS: Final = 100
_HOPELESS: Final = 60
"""A query that picks more rows of both tables together picks a single one of neither, whoever the members were."""


def univariate(synthetic: Points, most: int, rng: np.random.Generator) -> Queries:
    """Conditions on one column that pick one synthetic row, at most so many at random."""
    found = [_of_line(place, values) for place, values in enumerate(synthetic.numbers)]
    found += [
        _single(place + len(synthetic.numbers), _alone(codes.astype(np.float64)), EQUAL)
        for place, codes in enumerate(synthetic.codes)
    ]
    together = _none(1)
    for one in found:
        together = joined(together, one)
    together = together.take(rng.permutation(len(together))[: 4 * most])
    return together.take(np.flatnonzero(counts(together, synthetic) == 1)[:most])


def _of_line(place: int, values: NDArray[np.float32]) -> Queries:
    numbers = values[values <= 1].astype(np.float64)
    ends = np.array([numbers.min(), numbers.max()]) if numbers.size else np.zeros(0)
    outer = Queries(
        columns=np.full((len(ends), 1), place),
        signs=np.array([[AT_MOST], [AT_LEAST]], np.int8)[: len(ends)],
        values=ends[:, None],
    )
    return joined(outer, _single(place, _alone(values.astype(np.float64)), EQUAL))


def _alone(values: NDArray[np.float64]) -> NDArray[np.float64]:
    distinct, times = np.unique(values, return_counts=True)
    return np.asarray(distinct[times == 1])


def _single(column: int, values: NDArray[np.float64], sign: int) -> Queries:
    return Queries(
        columns=np.full((len(values), 1), column),
        signs=np.full((len(values), 1), sign, np.int8),
        values=values[:, None],
    )


def _none(conditions: int) -> Queries:
    return Queries(
        columns=np.zeros((0, conditions), np.int64),
        signs=np.zeros((0, conditions), np.int8),
        values=np.zeros((0, conditions)),
    )


def multivariate(synthetic: Points, most: int, rng: np.random.Generator, *, conditions: int = CONDITIONS) -> Queries:
    """Conditions on several columns that pick one synthetic row: as many as asked, or as turn up in some thousands."""
    found = _none(conditions)
    for _ in range(_MOST_BATCHES):
        tried = drawn(synthetic, _BATCH, conditions, rng)
        found = joined(found, tried.take(counts(tried, synthetic) == 1)).distinct()
        if len(found) >= most:
            return found.take(np.arange(most))
    return found


def drawn(table: Points, queries: int, conditions: int, rng: np.random.Generator) -> Queries:
    """Queries made of rows of the table, in columns at random, whether or not they pick just one."""
    rows = rng.integers(0, table.rows, queries)
    columns = np.sort(np.argsort(rng.random((queries, table.columns)), axis=1)[:, :conditions], axis=1)
    values = np.concatenate([table.numbers, table.codes]).astype(np.float64)[columns, rows[:, None]]
    numbers = np.where(table.numbers <= 1, table.numbers, np.nan)
    medians = np.array([np.median(line[~np.isnan(line)]) if (line <= 1).any() else 0.0 for line in numbers])
    middle = np.concatenate([medians, np.zeros(len(table.codes))])[columns]
    ordered = (columns < len(table.numbers)) & (values <= 1)
    signs = np.where(ordered, np.where(values > middle, AT_LEAST, AT_MOST), EQUAL)
    return Queries(columns=columns, signs=signs.astype(np.int8), values=values)


def blind(table: Points, queries: int, conditions: int, rng: np.random.Generator) -> Queries:
    """The naive guess: values and signs at random, of rows that need not be the same."""
    columns = np.sort(np.argsort(rng.random((queries, table.columns)), axis=1)[:, :conditions], axis=1)
    rows = rng.integers(0, table.rows, columns.shape)
    values = np.concatenate([table.numbers, table.codes]).astype(np.float64)[columns, rows]
    ordered = (columns < len(table.numbers)) & (values <= 1)
    signs = np.where(ordered, rng.integers(AT_MOST, AT_LEAST + 1, columns.shape), EQUAL)
    return Queries(columns=columns, signs=signs.astype(np.int8), values=values)


def singled(queries: Queries, table: Points) -> NDArray[np.bool_]:
    """Whether each picks exactly one row: bool [queries]."""
    return np.asarray(counts(queries, table) == 1)


def by_chance(
    queries: Queries, members: Points, controls: Points, rng: np.random.Generator, *, rounds: int = ROUNDS
) -> float:
    """The chance of as many more rows singled out among members than controls, had the labels been dealt blindly.

    Exact: the rows of both tables, which have as many, are dealt into two tables anew. 1 without queries.
    """
    assert members.rows == controls.rows, "of two sizes, the larger would hide more rows"
    picked = _picked(queries, members, controls)
    total = picked.sum(axis=1)
    hopeful = np.flatnonzero((total > 0) & (total <= _HOPELESS))
    if not len(hopeful):
        return 1.0
    picked, total = picked[hopeful], total[hopeful]

    def more(dealt: NDArray[np.bool_]) -> NDArray[np.int64]:
        inside = picked @ dealt.T.astype(np.int32)
        return np.asarray((inside == 1).sum(axis=0) - (total[:, None] - inside == 1).sum(axis=0))

    labels = np.arange(2 * members.rows) < members.rows
    seen, as_many = int(more(labels[None])[0]), 1
    for begun in range(0, rounds, _DEALS):
        dealt = rng.permuted(np.tile(labels, (min(_DEALS, rounds - begun), 1)), axis=1)
        as_many += int((more(dealt) >= seen).sum())
    return as_many / (rounds + 1)


def _picked(queries: Queries, members: Points, controls: Points) -> Any:
    """Which rows each query picks, members first: sparse int32 [queries, rows of both]."""
    pairs = zip(answered(queries, members), answered(queries, controls), strict=True)
    blocks = [sparse.csr_array(np.concatenate(pair, axis=1)).astype(np.int32) for pair in pairs]
    empty = sparse.csr_array((0, members.rows + controls.rows), dtype=np.int32)
    return sparse.csr_array(sparse.vstack([empty, *blocks]))
