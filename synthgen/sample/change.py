"""What becomes of a column's values on their way from the model to the table."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Kinds = NDArray[np.int8]
Units = NDArray[np.int64]


class Change(Protocol):
    """What becomes of one column's values."""

    def __call__(self, kind: Kinds, unit: Units, rng: np.random.Generator) -> tuple[Kinds, Units]:
        """New kinds (int8 [rows]) and units (int64 [rows]) for old ones."""
