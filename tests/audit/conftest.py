"""A model whose rows are nobody's, and audits of it that take seconds."""

from dataclasses import replace

import pytest

from synthgen import Schema
from synthgen.audit import QUICK, Effort, model_of_nothing
from synthgen.model import Model

SHORT = replace(QUICK, seconds=600, runs=600, loud=400, fits=40, canaries=20_000, steps=2, trials=1_500)
"""Enough to see a fault in each part, in seconds."""

SCHEMA = Schema(
    name="t",
    target="won",
    privacy={"unit": "person", "rows_per_unit": 2},
    columns={
        "age": {"type": "integer", "minimum": 0, "maximum": 120, "special": ["N"], "nullable": True},
        "spent": {"type": "number", "decimals": 2, "bounds": "discover"},
        "job": {"type": "categorical", "values": ["cook", "smith", "clerk"], "nullable": True},
        "town": {"type": "categorical", "discover": True},
        "won": {"type": "boolean"},
    },
)


@pytest.fixture(scope="session")
def schema() -> Schema:
    """Persons of two rows; bounds and levels that are found."""
    return SCHEMA


@pytest.fixture(scope="session")
def model(schema: Schema) -> Model:
    """At epsilon 8: the fit of a table without rows."""
    return model_of_nothing(schema, epsilon=8.0, delta=1e-6)


@pytest.fixture
def short() -> Effort:
    """How long audits of tests take."""
    return SHORT
