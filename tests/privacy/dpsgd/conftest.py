"""Tables of codes to descend on, and losses whose every gradient is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import nn

from synthgen.privacy import Budget, Entry, Ledger, PrivateTable
from synthgen.privacy.dpsgd import LayeredLoss

CELLS = {"a": 4, "b": 3}
CODES = sum(CELLS.values())


def table_of(
    rows: Sequence[tuple[int, int]],
    *,
    units: Sequence[int] | None = None,
    rows_per_unit: int = 1,
    budget: Budget | None = None,
    noise: object = None,
) -> PrivateTable:
    """A private table of two columns, its cells its levels."""
    codes = {name: np.array([row[i] for row in rows], np.int64) for i, name in enumerate(CELLS)}
    own = None if units is None else np.array(units, np.uint64)
    table = PrivateTable.enter(
        [Entry(codes=codes, units=own, rows=len(rows))],
        cells=CELLS,
        rows_per_unit=rows_per_unit,
        ledger=Ledger(budget or Budget(epsilon=float("inf"), delta=1e-6)),
        noise=noise,
    )
    table.set_levels({name: np.arange(cells) for name, cells in CELLS.items()})
    return table


def counting_loss(scale: float = 1.0) -> LayeredLoss:
    """The sum of a row's embeddings: its gradient is `scale` at each of its codes, so a batch's sum is a count."""
    bag = nn.EmbeddingBag(CODES, 1, mode="sum")
    nn.init.ones_(bag.weight)
    return LayeredLoss(layers=[bag], loss=lambda outputs: scale * outputs.sum(1))


@pytest.fixture(name="table")
def _table() -> Callable[..., PrivateTable]:
    return table_of


@pytest.fixture(name="counting")
def _counting() -> Callable[..., LayeredLoss]:
    return counting_loss


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
