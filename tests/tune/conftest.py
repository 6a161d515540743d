"""A small table, and a job on it."""

import numpy as np
import pyarrow as pa
import pytest

from synthgen import Budget, Schema
from synthgen.tables import open_table
from synthgen.tune import Job

SCHEMA = Schema(
    name="small",
    rows=400,
    columns={
        "age": {"type": "integer", "minimum": 18, "maximum": 80},
        "city": {"type": "categorical", "values": ["Oslo", "Rome", "Lima"]},
        "won": {"type": "boolean"},
    },
)


@pytest.fixture
def table() -> pa.Table:
    rng = np.random.default_rng(1)
    age = rng.integers(18, 81, 400)
    return pa.table({"age": age, "city": rng.choice(["Oslo", "Rome", "Lima"], 400), "won": age > 40})


@pytest.fixture
def job(table: pa.Table) -> Job:
    return Job(source=open_table(table), schema=SCHEMA, budget=Budget(epsilon=2, delta=1e-6))
