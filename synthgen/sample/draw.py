"""Drawing levels from a codebook: low-variance by default, independent on request.

Rows are drawn in blocks; a block depends on its number and the seed alone, so any batch, stream or shard agrees.
Within a block each codebook row gets its share of the rows, and within those each column its share of the levels:
numbers of rows are *rounded* from what is expected, systematically (one random start for each codebook row and
column; Madow, 1949), and dealt out in random order, so columns stay independent given the codebook row. Independent
draws differ in one place only: the numbers of rows are multinomial.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthgen.engine.codebook import Codebook

BLOCK = 65_536
"""Rows of a block, at most; the sort below packs a row's place into 16 bits."""
_PARTS = 0x7061727473
"""Keeps the seeds of parts apart from those of blocks."""
_PLACE = 16
_LUCK = 24

Levels = NDArray[np.uint16]


def block_rows(number: int, rows: int) -> int:
    """Rows of block `number` when `rows` are wanted in all.

    >>> [block_rows(b, 70_000) for b in range(3)]
    [65536, 4464, 0]
    """
    return max(0, min(BLOCK, rows - number * BLOCK))


def block_rng(seed: int, number: int) -> np.random.Generator:
    """The random numbers of one block, the same wherever it is drawn."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, number])))


def draw_levels(
    codebook: Codebook, rows: int, rng: np.random.Generator, *, independent: bool
) -> tuple[NDArray[np.int64], list[Levels]]:
    """Codebook row (int64 [rows]) and level of each column (uint16 [rows] each) of `rows` <= BLOCK rows."""
    share = rng.multinomial(rows, codebook.weights) if independent else _rounded(codebook.weights[None] * rows, rng)[0]
    origin = np.repeat(np.arange(codebook.rows), share)
    place = rng.permutation(rows)
    levels = []
    for column in range(codebook.columns):
        expected = codebook.head(column)
        counts = rng.multinomial(share, expected) if independent else _rounded(expected * share[:, None], rng)
        dealt = np.repeat(np.tile(np.arange(counts.shape[1], dtype=np.uint16), codebook.rows), counts.ravel())
        mixed = np.empty(rows, np.uint16)
        mixed[place[shuffled_within(origin, rng)]] = dealt
        levels.append(mixed)
    scattered = np.empty(rows, np.int64)
    scattered[place] = origin
    return scattered, levels


def shares_of(shares: NDArray[np.float64], rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Whole numbers of rows near `shares` of them, `rows` in all."""
    counts: NDArray[np.int64] = _rounded(shares[None] / shares.sum() * rows, rng)[0]
    return counts


def part_seed(seed: int, part: int) -> int:
    """A seed of its own for one part of a sample: 64 bits from both."""
    return int(np.random.SeedSequence([seed, part, _PARTS]).generate_state(1, np.uint64)[0])


def shuffled_within(group: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Places 0 .. rows - 1, sorted by `group` (below 2^24), in random order within each.

    One sort of packed 64-bit keys: group, luck, place.
    """
    luck = rng.integers(0, 2**_LUCK, len(group), dtype=np.uint64)
    keys = (group.astype(np.uint64) << np.uint64(_LUCK + _PLACE)) | (luck << np.uint64(_PLACE))
    keys |= np.arange(len(group), dtype=np.uint64)
    keys.sort()
    return (keys & np.uint64(2**_PLACE - 1)).astype(np.int64)


def _rounded(expected: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Whole numbers near `expected` with the same (whole) row sums: systematic sampling with a random start a row.

    Cumulated from the left, row by row, and cut at start, start + 1, ...; each number is its expectation rounded up
    or down.
    """
    totals = np.rint(expected.sum(axis=1, keepdims=True))
    edges = np.cumsum(expected, axis=1)
    edges *= totals / np.maximum(edges[:, -1:], 1e-300)
    ends = np.ceil(edges - rng.random((len(expected), 1)))
    ends = np.where(edges == edges[:, -1:], totals, ends)  # also where the last ones have no chance
    return np.diff(np.clip(ends, 0, totals), axis=1, prepend=0.0).astype(np.int64)
