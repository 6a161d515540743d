"""Linkability: who holds two tables with different columns of the same people joins them through the synthetic rows.

A target's two halves are linked if they have the same nearest synthetic row. Source: Giomi and others 2023, A unified
framework for quantifying privacy risk in synthetic data, PoPETs 2023(2), section 4.2, as anonymeter does it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.attacks.near import nearest
from synthgen.evaluate.attacks.points import Points

NEIGHBOURS: Final = 1
"""Nearest synthetic rows of either half among which a common one is looked for."""
FEWEST_COLUMNS: Final = 4
"""Two for each half."""


def halves(columns: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """The positions of the columns, dealt into two halves, each ascending."""
    dealt = rng.permutation(columns)
    left, right = np.sort(dealt[: columns // 2]), np.sort(dealt[columns // 2 :])
    return left.tolist(), right.tolist()


def links(
    targets: Points, synthetic: Points, sides: tuple[list[int], list[int]], *, neighbours: int = NEIGHBOURS
) -> NDArray[np.bool_]:
    """Whether each target's halves share one of their nearest synthetic rows: bool [targets]."""
    k = min(neighbours, synthetic.rows)
    left, right = (nearest(targets.only(side), synthetic.only(side), k).index for side in sides)
    return np.asarray((left[:, :, None] == right[:, None, :]).any(axis=(1, 2)))


def naive_rate(synthetic: int, *, neighbours: int = NEIGHBOURS) -> float:
    """The chance that two sets of so many synthetic rows, picked blindly, share one.

    >>> naive_rate(4), naive_rate(3, neighbours=2)
    (0.25, 1.0)
    """
    if 2 * neighbours > synthetic:
        return 1.0
    return 1 - math.comb(synthetic - neighbours, neighbours) / math.comb(synthetic, neighbours)
