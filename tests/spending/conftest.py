"""A ledger of epsilon 10, in a folder of its own."""

from pathlib import Path

import pytest

from synthgen.privacy import Budget
from synthgen.spending import Spending

BUDGET = Budget(epsilon=10, delta=1e-6)


@pytest.fixture
def spending(tmp_path: Path) -> Spending:
    return Spending.create(tmp_path / "adult.ledger", dataset="adult", budget=BUDGET)
