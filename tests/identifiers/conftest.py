from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen.identifiers import fill
from synthgen.schema import Identifier

Filled = Callable[..., list[Any]]


@pytest.fixture
def filled() -> Filled:
    """Values of one column of persons 0, 1, 2, ..."""

    def one(rows: int = 2_000, given: dict[str, pa.Array] | None = None, **keys: Any) -> list[Any]:
        column = Identifier.model_validate({"type": "identifier"} | keys)
        values = fill({"it": column}, rows, person=np.arange(rows), given=given or {}, seed=7, start=0)
        listed: list[Any] = values["it"].to_pylist()
        return listed

    return one
