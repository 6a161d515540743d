"""Balanced samples: nearer to the model's pairs, and otherwise still the model's rows."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from synthgen.engine.codebook import Codebook
from synthgen.sample.balance import balanced
from synthgen.sample.draw import block_rng, draw_levels

SIZES = (6, 5, 4, 8)
Levels = list[np.ndarray]


def codebook(seed: int, *, sizes: tuple[int, ...] = SIZES, rows: int = 64, sparse: float = 0.3) -> Codebook:
    rng = np.random.default_rng(seed)
    heads = []
    for size in sizes:
        head = rng.dirichlet(np.full(size, 0.5), rows)
        head[rng.random(head.shape) < sparse] = 0.0
        head[np.arange(rows), rng.integers(0, size, rows)] += 0.1
        heads.append(head / head.sum(axis=1, keepdims=True))
    return Codebook(
        weights=rng.dirichlet(np.full(rows, 3.0)),
        probabilities=np.concatenate(heads, axis=1).astype(np.float32),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
    )


def pair_error(book: Codebook, levels: Levels) -> float:
    """Mean total variation distance of the sample's pairs from the model's."""
    gaps = []
    for a, b in combinations(range(book.columns), 2):
        model = book.pair(a, b)
        table = np.zeros(model.shape)
        np.add.at(table, (levels[a], levels[b]), 1 / len(levels[a]))
        gaps.append(np.abs(table - model).sum() / 2)
    return float(np.mean(gaps))


def one_way_error(book: Codebook, levels: Levels) -> float:
    """Largest miss of a one-way count, in rows."""
    rows = len(levels[0])
    return max(
        float(np.abs(np.bincount(drawn, minlength=book.head(j).shape[1]) - book.weights @ book.head(j) * rows).max())
        for j, drawn in enumerate(levels)
    )


def drawn(
    book: Codebook, rows: int, seed: int, on_rows: Callable[[int], None] = lambda _: None
) -> tuple[np.ndarray, Levels, Levels]:
    """Codebook rows, levels before balancing and after."""
    rng = block_rng(seed, 0)
    origin, levels = draw_levels(book, rows, rng, independent=False)
    return origin, levels, balanced(book, origin, levels, rng, on_rows=on_rows)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("rows", "left"), [(300, 0.65), (3000, 0.5)])
def test_balancing_mends_much_of_what_chance_leaves_wrong(seed: int, rows: int, left: float) -> None:
    book = codebook(seed)
    origin, before, after = drawn(book, rows, seed)
    _, independent = draw_levels(book, rows, block_rng(seed, 1), independent=True)
    assert pair_error(book, before) < pair_error(book, independent)
    assert pair_error(book, after) < left * pair_error(book, before)
    assert one_way_error(book, after) < max(10.0, 0.01 * rows)
    assert len(origin) == len(after[0]) == rows


def test_a_level_without_a_chance_stays_without_one() -> None:
    for seed in range(5):
        book = codebook(seed, sparse=0.7)
        origin, _, after = drawn(book, 800, seed)
        for column, levels in enumerate(after):
            assert (book.head(column)[origin, levels] > 0).all()


def test_rows_still_follow_their_codebook_row() -> None:
    """What the model says of three columns at once is as near after balancing as before."""
    book = codebook(1)
    origin, before, after = drawn(book, 4000, 2)

    def miss(levels: Levels) -> float:
        triple = np.einsum("k,ka,kb,kc->abc", book.weights, book.head(0), book.head(1), book.head(2))
        found = np.zeros(triple.shape)
        np.add.at(found, tuple(levels[:3]), 1 / len(origin))
        return float(np.abs(found - triple).sum() / 2)

    assert miss(after) < 1.05 * miss(before)


def test_the_same_seed_balances_the_same_way() -> None:
    book = codebook(0)
    np.testing.assert_array_equal(drawn(book, 500, 3)[2], drawn(book, 500, 3)[2])


@pytest.mark.parametrize("rows", [1, 2, 17])
@pytest.mark.parametrize("sizes", [(3,), (1, 4), (1, 1)])
def test_the_smallest_samples_are_balanced_too(rows: int, sizes: tuple[int, ...]) -> None:
    book = codebook(0, sizes=sizes)
    origin, _, after = drawn(book, rows, 0)
    assert [levels.shape for levels in after] == [(rows,)] * len(sizes)
    assert all((book.head(j)[origin, levels] > 0).all() for j, levels in enumerate(after))


def test_every_row_is_told_once() -> None:
    told: list[int] = []
    drawn(codebook(0), 12_345, 0, told.append)
    assert sum(told) == 12_345


def test_the_levels_given_are_left_alone() -> None:
    book = codebook(0)
    rng = block_rng(0, 0)
    origin, levels = draw_levels(book, 300, rng, independent=False)
    copies = [column.copy() for column in levels]
    balanced(book, origin, levels, rng)
    np.testing.assert_array_equal(levels, copies)
