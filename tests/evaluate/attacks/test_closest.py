"""Distances to the closest record."""

import numpy as np
import pytest

from synthgen.evaluate.attacks.closest import closest, copies, drawn
from synthgen.evaluate.attacks.points import Points


def line(*values: float) -> Points:
    return Points(
        names=("x",),
        numbers=np.array([values], np.float32),
        codes=np.zeros((0, len(values)), np.int32),
        holes=np.array([False]),
    )


def test_each_row_is_told_its_nearest_real_one() -> None:
    found = closest(line(0.0, 0.5), line(0.0, 0.4), line(0.2, 0.9))
    assert found.synthetic == pytest.approx([0.0, 0.1], abs=1e-6)
    assert found.unseen == pytest.approx([0.2, 0.3], abs=1e-6)
    assert found.holdout == pytest.approx([0.2, 0.5], abs=1e-6)
    assert copies(found.synthetic).hits == 1


def test_rows_as_near_to_both_are_shared() -> None:
    found = closest(line(0.0, 0.0, 1.0, 1.0), line(0.0, 1.0), line(0.0, 1.0))
    assert found.nearer.value == 0.5


def test_the_curve_is_the_share_within_each_distance() -> None:
    found = drawn(closest(line(0.0, 1.0), line(0.0), line(0.5)))
    synthetic, holdout = found.lines
    assert synthetic.y[0] == 0.5
    assert holdout.y[0] == 0.0
    assert synthetic.y[-1] <= 1
    assert found.tier == "internal"
