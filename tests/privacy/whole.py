"""Whole fits, small and under a noise of the test's own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen import Schema, fit
from synthgen.model.model import Model
from synthgen.privacy import table as private_table

Rows = dict[str, list[Any]]
Noise = Callable[[np.ndarray, float], np.ndarray]


def model_of(rows: Rows, schema: Schema, noise: Noise, *, budget: float = 10.0) -> Model:
    """The model of a whole fit under this noise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", lambda: noise)
        return fit(pa.table(rows), schema, epsilon=budget, delta=1e-6, device="cpu").model
