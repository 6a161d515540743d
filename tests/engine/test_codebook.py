"""A mixture of products: what can be read off it without drawing a row."""

import numpy as np
import pytest

from synthgen.engine.codebook import Codebook, mixed


def codebook(seed: int, rows: int = 5) -> Codebook:
    rng = np.random.default_rng(seed)
    heads = [rng.dirichlet(np.ones(levels), rows) for levels in (2, 3, 4)]
    return Codebook(
        weights=rng.dirichlet(np.ones(rows)),
        probabilities=np.concatenate(heads, axis=1).astype(np.float32),
        offsets=np.array([0, 2, 5, 9]),
    )


def test_a_head_is_one_column_s_shares_in_each_row() -> None:
    book = codebook(0)
    assert (book.rows, book.columns) == (5, 3)
    np.testing.assert_allclose(book.head(1), book.probabilities[:, 2:5], rtol=1e-6)
    np.testing.assert_allclose(book.head(2).sum(axis=1), 1.0, rtol=1e-15)


def test_a_pair_sums_to_its_columns() -> None:
    book = codebook(1)
    pair = book.pair(0, 2)
    assert pair.sum() == pytest.approx(1)
    np.testing.assert_allclose(pair.sum(axis=1), book.weights @ book.head(0))
    np.testing.assert_allclose(pair.sum(axis=0), book.weights @ book.head(2))
    np.testing.assert_allclose(book.pair(2, 0), pair.T)


def test_mixing_codebooks_means_their_tables() -> None:
    one, other = codebook(2), codebook(3, rows=7)
    both = mixed([one, other])
    assert both.rows == 12
    np.testing.assert_allclose(both.pair(0, 1), (one.pair(0, 1) + other.pair(0, 1)) / 2)
