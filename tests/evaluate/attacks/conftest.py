"""What tests of attacks share."""

import pandas as pd
import pytest

from synthgen.evaluate.attacks.section import Sizes, attacked
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.report import Section
from synthgen.schema import Schema, parse_schema
from tests.evaluate.attacks.made import SCHEMA, SMALL, Attacked, Draw, people


@pytest.fixture(scope="session")
def draw() -> Draw:
    """`draw(rows, seed)` is a sample of the population."""
    return people


@pytest.fixture(scope="session")
def schema() -> Schema:
    """Of the population."""
    return parse_schema(SCHEMA)


@pytest.fixture(scope="session")
def attack(schema: Schema) -> Attacked:
    """Attack a release, with the sizes of tests."""

    def run(
        real: pd.DataFrame,
        synthetic: pd.DataFrame,
        holdout: pd.DataFrame | None,
        *,
        seed: int = 0,
        known: Schema = schema,
        sizes: Sizes = SMALL,
    ) -> Section:
        return attacked(inputs_of(real, synthetic, known, holdout=holdout, seed=seed), sizes)

    return run
