"""Distances to the closest record: a smoke signal of overfitting, and no evidence of privacy.

A table that passes every such comparison can leak all the same (Yao and others 2025, The DCR delusion, arXiv
2505.01524), so nothing here feeds a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.attacks.near import nearest
from synthgen.evaluate.attacks.points import Points
from synthgen.evaluate.attacks.rates import Rate
from synthgen.evaluate.report import Curves, Line

_POINTS: Final = 60


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Closest:
    """Distances of rows to the nearest real one, in columns that differ: float32 [rows].

    synthetic  of synthetic rows to the real table
    unseen     of synthetic rows to the holdout, which has as many rows as the real sample; empty without one
    holdout    of rows of the holdout to the real table; empty without one
    """

    synthetic: NDArray[np.float32]
    unseen: NDArray[np.float32]
    holdout: NDArray[np.float32]

    @property
    def nearer(self) -> Rate:
        """Synthetic rows nearer to the real table than to the holdout; of those as near to both, every other one."""
        ties = int((self.synthetic == self.unseen).sum())
        return Rate(hits=int((self.synthetic < self.unseen).sum()) + ties // 2, tries=len(self.synthetic))


def closest(synthetic: Points, real: Points, holdout: Points | None) -> Closest:
    """Of all `synthetic` rows and all of the holdout's."""
    none = np.zeros(0, np.float32)
    return Closest(
        synthetic=nearest(synthetic, real).distances[:, 0],
        unseen=none if holdout is None else nearest(synthetic, holdout).distances[:, 0],
        holdout=none if holdout is None else nearest(holdout, real).distances[:, 0],
    )


def copies(distances: NDArray[np.float32]) -> Rate:
    """Rows that are some real row, in every column."""
    return Rate(hits=int((distances == 0).sum()), tries=len(distances))


def drawn(found: Closest) -> Curves:
    """Shares of rows within each distance."""
    lines = [("synthetic rows to real ones", "synthetic", found.synthetic)]
    if len(found.holdout):
        lines.append(("rows of the holdout to real ones", "ceiling", found.holdout))
    farthest = max(float(np.quantile(values, 0.99)) for _, _, values in lines)
    grid = np.linspace(0.0, farthest or 1.0, _POINTS)
    return Curves(
        title="Distance to the closest real row (a smoke signal of overfitting, not of privacy)",
        tier="internal",
        x="distance, in columns that differ",
        y="share of rows at most so far",
        lines=tuple(
            Line(name=name, role=role, x=tuple(grid.tolist()), y=tuple(_within(values, grid)))  # type: ignore[arg-type]  # the roles are spelled above
            for name, role, values in lines
        ),
    )


def _within(values: NDArray[np.float32], grid: NDArray[np.float64]) -> list[float]:
    shares: list[float] = (np.searchsorted(np.sort(values), grid, side="right") / len(values)).tolist()
    return shares
