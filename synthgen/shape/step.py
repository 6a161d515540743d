"""What a step of a shape does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pyarrow as pa

from synthgen.schema import Schema
from synthgen.tables import Values

Inside = Mapping[str, Values]
"""Conformed columns of one batch of private rows."""
Outside = Mapping[str, pa.Array]
"""Sampled columns of one batch, as they are written, without formats."""


class Step(Protocol):
    """One change on the way from the user's table to what the generator learns, and the way back.

    Steps are public: they are made from the schema alone. `inward` sees private rows, so it is row-local (what becomes
    of a row depends on that row only) and total (it returns whatever a row holds, rows that break a rule included).
    """

    def modelled(self, schema: Schema) -> Schema:
        """The schema after this step. Raises SchemaError where the step makes no sense."""

    def inward(self, columns: Inside) -> Inside:
        """The columns of a batch after this step; those that it does not know pass through."""

    def outward(self, columns: Outside, rows: int, rng: np.random.Generator) -> Outside:
        """The columns of a sampled batch of `rows` rows before this step."""
