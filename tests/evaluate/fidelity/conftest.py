"""Tables that the tests of fidelity share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.inputs import Inputs, inputs_of
from synthgen.schema import Schema

Make = Callable[..., pd.DataFrame]
Give = Callable[..., Inputs]

SCHEMA: dict[str, Any] = {
    "name": "t",
    "target": "c",
    "columns": {
        "a": {"type": "integer", "minimum": 0, "maximum": 99, "nullable": True, "special": [-1]},
        "n": {"type": "number", "minimum": 0, "maximum": 200, "nullable": True},
        "c": {"type": "categorical", "values": ["x", "y", "z"], "nullable": True},
        "d": {"type": "categorical", "discover": True, "nullable": True},
        "id": {"type": "identifier", "kind": "uuid"},
    },
}


@pytest.fixture
def make() -> Make:
    """Makes a table: n follows a, d follows c, and columns can be set."""

    def table(rows: int, seed: int = 0, **columns: Any) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        a, c = rng.integers(0, 100, rows).astype(float), rng.integers(0, 3, rows)
        frame = pd.DataFrame(
            {
                "a": np.where(rng.random(rows) < 0.1, -1, a),
                "n": np.where(rng.random(rows) < 0.2, np.nan, a + rng.random(rows)),
                "c": np.array(list("xyz"))[c],
                "d": np.array(list("pqr"))[np.where(rng.random(rows) < 0.8, c, rng.integers(0, 3, rows))],
                "id": [str(row) for row in range(rows)],
            }
        )
        return frame.assign(**columns)

    return table


@pytest.fixture
def give() -> Give:
    """Reads tables as an evaluation does."""

    def inputs(real: Any, synthetic: Any, holdout: Any = None, *, schema: Any = None, **more: Any) -> Inputs:
        described = SCHEMA | more if schema is None else schema
        return inputs_of(real, synthetic, Schema.model_validate(described), holdout=holdout)

    return inputs
