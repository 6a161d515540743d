"""Balanced samples: a small table whose pairs of columns are as close to the model as whole rows allow.

Even systematic draws leave chance in the pairs: a table of 26,049 Adult rows misses the model's own pair counts by
about as much as the model misses the real ones. One sweep of Gibbs sampling mends most of it. Each row's level of
each column is drawn again from the codebook row's probabilities, tilted towards levels whose pairs with the row's
other columns are short:

    p(level) ~ head(level) * exp(-tilt * (surplus of its pairs and its own, after the move))

which samples from the model conditioned, softly, on its pair counts being met (balanced sampling: Deville and Tillé,
Biometrika 2004, do so for totals). Rows keep their codebook row, so what the model says about more than two columns
at once stays.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synthgen.engine.codebook import Codebook
from synthgen.sample.draw import Levels

TILT = 0.5
TURNS = 3000
"""A sweep takes so many turns, whatever the number of rows; rows of one turn do not see each other's moves."""
SMALLEST = 1e-7
NEVER = -1e9
"""Log-probability of what a condition rules out."""

Surplus = NDArray[np.float32]
Codes = NDArray[np.int64]


def balanced(
    codebook: Codebook,
    origin: NDArray[np.int64],
    levels: list[Levels],
    rng: np.random.Generator,
    *,
    on_rows: Callable[[int], None] = lambda _: None,
) -> list[Levels]:
    """Levels (uint16 [rows] a column) after one sweep; `origin` is each row's codebook row, int64 [rows]."""
    codes = np.stack(levels, axis=1).astype(np.int64) + codebook.offsets[:-1]
    surplus = _surplus(codebook, codes)
    heads = codebook.probabilities
    log_heads = np.where(heads > 0, np.log(np.maximum(heads, SMALLEST)), np.float32(NEVER))
    order = rng.permutation(len(codes))
    for turn in np.array_split(order, min(TURNS, max(len(codes), 1))):
        codes[turn] = _redrawn(codes[turn], log_heads[origin[turn]], surplus, codebook.offsets, rng)
        on_rows(len(turn))
    return [(codes[:, j] - codebook.offsets[j]).astype(np.uint16) for j in range(codebook.columns)]


def _redrawn(
    codes: Codes, log_heads: NDArray[np.float32], surplus: Surplus, offsets: NDArray[np.int64], rng: np.random.Generator
) -> Codes:
    """New codes [rows, columns] of a few rows; changes `surplus` with them."""
    codes = codes.copy()
    rows = np.arange(len(codes))
    for column in rng.permutation(codes.shape[1]):
        low, high = int(offsets[column]), int(offsets[column + 1])
        now = codes[:, column].copy()
        # the block of the column itself holds its one-way surplus in every row, so that one sum takes in both
        excess = surplus[:, low:high][codes].sum(axis=1)
        excess -= excess[rows, now - low][:, None] - codes.shape[1]  # after the move, relative to staying
        excess[rows, now - low] = 0.0
        luck = -np.log(np.maximum(rng.standard_exponential(excess.shape, dtype=np.float32), np.float32(1e-30)))
        new = low + np.argmax(log_heads[:, low:high] - TILT * excess + luck, axis=1)
        moved = np.flatnonzero(new != now)
        if len(moved):
            _move(surplus, codes[moved], column, old=now[moved], new=new[moved], span=slice(low, high))
            codes[:, column] = new
    return codes


def _move(surplus: Surplus, codes: Codes, column: int, *, old: Codes, new: Codes, span: slice) -> None:
    """Book rows that move from `old` to `new`: one more of each new pair, one fewer of each old."""
    others = np.delete(codes, column, axis=1)
    width, low = span.stop - span.start, span.start
    size = len(surplus) * width
    more = np.bincount((others * width + (new - low)[:, None]).ravel(), minlength=size)
    fewer = np.bincount((others * width + (old - low)[:, None]).ravel(), minlength=size)
    change = (more - fewer).reshape(len(surplus), width).astype(np.float32)
    surplus[:, span] += change
    surplus[span, :] += change.T
    alone = np.bincount(new - low, minlength=width) - np.bincount(old - low, minlength=width)
    surplus[span, span] += alone.astype(np.float32)


def _surplus(codebook: Codebook, codes: Codes) -> Surplus:
    """Rows with each pair of codes beyond what the model expects, float32 [codes, codes], symmetric.

    On the diagonal blocks every row holds the column's one-way surplus.
    """
    offsets, rows = codebook.offsets, len(codes)
    shares = codebook.probabilities.astype(np.float64)
    expected = (shares * codebook.weights[:, None]).T @ shares * rows
    surplus = np.zeros(expected.shape)
    for first in range(codebook.columns):
        span = slice(int(offsets[first]), int(offsets[first + 1]))
        width = span.stop - span.start
        ones = np.bincount(codes[:, first] - span.start, minlength=width)
        surplus[span, span] = ones - codebook.weights @ shares[:, span] * rows
        for second in range(first + 1, codebook.columns):
            other = slice(int(offsets[second]), int(offsets[second + 1]))
            size = other.stop - other.start
            pair = (codes[:, first] - span.start) * size + codes[:, second] - other.start
            block = np.bincount(pair, minlength=width * size).reshape(width, size) - expected[span, other]
            surplus[span, other], surplus[other, span] = block, block.T
    return surplus.astype(np.float32)
