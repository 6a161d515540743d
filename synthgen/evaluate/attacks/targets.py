"""Whom an attack aims at: rows of the table, and rows that the generator never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.views import View


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Targets:
    """Members and controls, one row a person: rows of one person would be counted as so many proofs.

    members   positions of rows in the real table, int64
    controls  positions of rows in the holdout, int64
    """

    members: NDArray[np.int64]
    controls: NDArray[np.int64]

    @property
    def labels(self) -> NDArray[np.bool_]:
        """Which targets are members, where members come first: bool [targets]."""
        return np.arange(len(self.members) + len(self.controls)) < len(self.members)


def targets(real: View, holdout: View | None, most: int, rng: np.random.Generator) -> Targets:
    """At most `most` of each at random."""
    controls = np.zeros(0, np.int64) if holdout is None else _some(holdout, most, rng)
    return Targets(members=_some(real, most, rng), controls=controls)


def _some(view: View, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    order = rng.permutation(view.rows)
    if view.unit is not None:
        order = order[np.unique(view.unit[order], return_index=True)[1]]
        order = rng.permutation(order)
    return np.sort(order[:most])
