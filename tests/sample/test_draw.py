"""Drawing levels: rounded counts by default, multinomial ones on request, the same rows for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthgen.engine.codebook import Codebook
from synthgen.sample.draw import BLOCK, block_rng, block_rows, draw_levels, shuffled_within

SIGNIFICANCE = 1e-4


def codebook(seed: int, *, rows: int, sizes: tuple[int, ...], sparse: float = 0.0) -> Codebook:
    """Random shares; a part of them 0."""
    rng = np.random.default_rng(seed)
    heads = []
    for size in sizes:
        head = rng.dirichlet(np.full(size, 0.5), rows)
        head[rng.random(head.shape) < sparse] = 0.0
        head[np.arange(rows), rng.integers(0, size, rows)] += 0.1
        heads.append(head / head.sum(axis=1, keepdims=True))
    return Codebook(
        weights=rng.dirichlet(np.ones(rows)),
        probabilities=np.concatenate(heads, axis=1).astype(np.float32),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
    )


codebooks = st.builds(
    codebook,
    st.integers(0, 2**32),
    rows=st.integers(1, 40),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple),
    sparse=st.sampled_from([0.0, 0.7]),
)
numbers = st.one_of(st.integers(1, 30), st.integers(1, 5000))
seeds = st.integers(0, 2**64)


@given(codebooks, numbers, seeds)
def test_counts_are_rounded_expectations(book: Codebook, rows: int, seed: int) -> None:
    """Of each codebook row, and of each level of each column within it: less than one away, and none lost."""
    origin, levels = draw_levels(book, rows, block_rng(seed, 0), independent=False)
    share = np.bincount(origin, minlength=book.rows)
    assert share.sum() == rows
    assert (np.abs(share - book.weights * rows) < 1 + 1e-6).all()
    for column, drawn in enumerate(levels):
        head = book.head(column)
        counts = np.zeros(head.shape)
        np.add.at(counts, (origin, drawn), 1)
        np.testing.assert_array_equal(counts.sum(axis=1), share)
        assert (np.abs(counts - head * share[:, None]) < 1 + 1e-6).all()


@given(codebooks, numbers, seeds, st.booleans())
def test_what_has_no_chance_is_never_drawn(book: Codebook, rows: int, seed: int, independent: bool) -> None:
    origin, levels = draw_levels(book, rows, block_rng(seed, 0), independent=independent)
    for column, drawn in enumerate(levels):
        assert (book.head(column)[origin, drawn] > 0).all()


@given(codebooks, numbers, seeds, st.booleans())
def test_a_seed_gives_the_same_rows_again(book: Codebook, rows: int, seed: int, independent: bool) -> None:
    one, again = (draw_levels(book, rows, block_rng(seed, 3), independent=independent) for _ in range(2))
    np.testing.assert_array_equal(one[0], again[0])
    np.testing.assert_array_equal(one[1], again[1])


def test_blocks_and_seeds_differ() -> None:
    book = codebook(0, rows=20, sizes=(9, 9))
    drawn = [
        np.stack(draw_levels(book, 500, block_rng(seed, block), independent=False)[1])
        for seed, block in ((0, 0), (0, 1), (1, 0), (2**64, 0))
    ]
    for i, one in enumerate(drawn):
        assert all((one != other).mean() > 0.2 for other in drawn[:i])


@given(st.integers(1, 10**7))
def test_blocks_are_full_but_the_last(rows: int) -> None:
    sizes = [block_rows(number, rows) for number in range(rows // BLOCK + 3)]
    assert sum(sizes) == rows
    assert all(size == BLOCK for size in sizes[: rows // BLOCK])
    assert sizes[-1] == 0


@given(st.lists(st.integers(0, 2**24 - 1), max_size=300), seeds)
def test_shuffling_within_groups_sorts_the_groups_and_loses_no_place(groups: list[int], seed: int) -> None:
    group = np.array(groups, np.int64)
    order = shuffled_within(group, block_rng(seed, 0))
    np.testing.assert_array_equal(np.sort(order), np.arange(len(group)))
    assert (np.diff(group[order]) >= 0).all()


def test_every_order_within_a_group_is_as_likely() -> None:
    """All 24 orders of four places, chi-square; leaving them sorted would fail."""
    rng = block_rng(5, 0)
    group = np.repeat(np.arange(2400), 4)
    orders = shuffled_within(group, rng).reshape(-1, 4) % 4
    counts = np.unique(orders @ [64, 16, 4, 1], return_counts=True)[1]
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE


def total(book: Codebook, column: int) -> np.ndarray:
    return np.asarray(book.weights @ book.head(column))


@pytest.mark.parametrize("independent", [False, True])
def test_counts_are_right_on_average(independent: bool) -> None:
    """The mean of 400 draws of 7 rows (so nearly all is rounding), within 5 standard errors of multinomial draws."""
    book = codebook(1, rows=30, sizes=(6,))
    counts = np.zeros(6)
    for block in range(400):
        _, (drawn,) = draw_levels(book, 7, block_rng(2, block), independent=independent)
        counts += np.bincount(drawn, minlength=6)
    expected = total(book, 0) * 2800
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()


def contingency(independent: bool, shuffle: bool = True) -> list[float]:  # noqa: FBT002 - a test's own switch
    """p-values of 200 tables of two columns, drawn from one codebook row."""
    book = codebook(3, rows=1, sizes=(3, 4))
    found = []
    for block in range(200):
        _, (a, b) = draw_levels(book, 2000, block_rng(4, block), independent=independent)
        a, b = (a, b) if shuffle else (np.sort(a), np.sort(b))
        found.append(stats.chi2_contingency(np.histogram2d(a, b, bins=(range(4), range(5)))[0]).pvalue)
    return found


@pytest.mark.parametrize("independent", [False, True])
def test_given_the_codebook_row_columns_are_independent(independent: bool) -> None:
    """200 p-values of a contingency test are uniform. Levels that were dealt without shuffling give none above 1e-9."""
    assert stats.kstest(contingency(independent), "uniform").pvalue > SIGNIFICANCE
    assert max(contingency(independent, shuffle=False)) < 1e-9


def dispersion(independent: bool) -> float:
    """p-value of 100 tables of counts against a multinomial's chi-square: small if too wild, near 1 if too tame."""
    book = codebook(6, rows=20, sizes=(8,))
    expected = total(book, 0) * 3000
    spread = 0.0
    for block in range(100):
        _, (drawn,) = draw_levels(book, 3000, block_rng(7, block), independent=independent)
        spread += float(((np.bincount(drawn, minlength=8) - expected) ** 2 / expected).sum())
    return float(stats.chi2.sf(spread, 7 * 100))


def test_independent_counts_are_multinomial_and_systematic_ones_far_tamer() -> None:
    """700 degrees of freedom: a variance 25 % off would be found; systematic draws have less than a tenth."""
    assert SIGNIFICANCE < dispersion(independent=True) < 1 - SIGNIFICANCE
    assert dispersion(independent=False) > 1 - 1e-12


def test_an_independent_table_is_that_of_the_mixture() -> None:
    """Codebook rows and two columns jointly, chi-square over all cells."""
    book = codebook(8, rows=4, sizes=(3, 3))
    joint = np.einsum("k,ka,kb->kab", book.weights, book.head(0), book.head(1)).ravel()
    counts = np.zeros(len(joint))
    for block in range(3):
        origin, (a, b) = draw_levels(book, BLOCK, block_rng(9, block), independent=True)
        counts += np.bincount(origin * 9 + a.astype(np.int64) * 3 + b, minlength=len(joint))
    assert stats.chisquare(counts, joint * counts.sum() / joint.sum()).pvalue > SIGNIFICANCE
