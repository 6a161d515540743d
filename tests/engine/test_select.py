"""Choosing tables: the budget is spent exactly, and no other prefix is better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synthgen.engine.select import MEAN_ABSOLUTE, NOISE_WEIGHT, effective_cells, select

sizes = st.shared(st.integers(1, 40), key="tables")
scores = sizes.flatmap(lambda size: hnp.arrays(np.float64, size, elements=st.floats(-1e4, 1e5)))
cells = sizes.flatmap(lambda size: hnp.arrays(np.float64, size, elements=st.floats(1.0, 1e4)))
rhos = st.floats(1e-6, 10.0)


@given(scores, cells, rhos)
def test_what_is_measured_shares_the_whole_budget(score: np.ndarray, size: np.ndarray, rho: float) -> None:
    chosen, parts = select(score, size, rho)
    assert len(set(chosen.tolist())) == len(chosen) == len(parts)
    assert (parts > 0).all()
    assert parts.sum() == pytest.approx(rho if len(chosen) else 0.0)


@given(scores, cells, rhos)
def test_larger_tables_get_more_of_it(score: np.ndarray, size: np.ndarray, rho: float) -> None:
    chosen, parts = select(score, size, rho)
    order = np.argsort(size[chosen], kind="stable")
    assert (np.diff(parts[order]) >= -1e-12).all()


def cost(score: np.ndarray, size: np.ndarray, rho: float, chosen: np.ndarray) -> float:
    """What stays wrong: scores left unmeasured, and the expected noise of what is measured."""
    left = np.maximum(np.delete(score, chosen), 0).sum()
    price = size[chosen] ** (2 / 3)
    if not len(chosen):
        return float(left)
    sigma = 1 / np.sqrt(2 * rho * price / price.sum())
    return float(left + NOISE_WEIGHT * MEAN_ABSOLUTE * (size[chosen] * sigma).sum())


@given(scores, cells, rhos)
def test_no_other_prefix_of_the_order_leaves_less_wrong(score: np.ndarray, size: np.ndarray, rho: float) -> None:
    chosen, _ = select(score, size, rho)
    order = np.argsort(-score / size ** (2 / 3), kind="stable")
    best = min(cost(score, size, rho, order[:k]) for k in range(len(order) + 1))
    assert cost(score, size, rho, chosen) <= best * (1 + 1e-9) + 1e-9


@given(sizes, rhos)
def test_nothing_is_measured_where_noise_would_outweigh_it(number: int, rho: float) -> None:
    chosen, parts = select(np.zeros(number), np.full(number, 4.0), rho)
    assert len(chosen) == len(parts) == 0


def test_everything_is_measured_where_noise_does_not_matter() -> None:
    assert len(select(np.full(10, 1e6), np.full(10, 4.0), 1.0)[0]) == 10


def test_cells_below_the_noise_count_for_little() -> None:
    crowded, sparse = np.full(100, 1e6), np.full(100, 1e-3)
    assert effective_cells(crowded, 0.1) == pytest.approx(101)
    assert effective_cells(sparse, 0.1) == pytest.approx(1, abs=0.1)
    assert effective_cells(-crowded, 0.1) == 1
