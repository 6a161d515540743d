"""Linkability by anonymeter's definition, on a table small enough to work out by hand."""

import numpy as np
import pytest

from synthgen.evaluate.attacks.linkability import halves, links, naive_rate
from synthgen.evaluate.attacks.points import Points


def rows(*codes: tuple[int, int, int, int]) -> Points:
    found = np.array(codes, np.int32).T
    return Points(
        names=("a", "b", "c", "d"), numbers=np.zeros((0, len(codes)), np.float32), codes=found, holes=np.zeros(0, bool)
    )


SYNTHETIC = rows((1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3))
SIDES = ([0, 1], [2, 3])


def test_halves_with_the_same_nearest_row_are_linked() -> None:
    # Left halves are nearest to rows 0, 1, 1; right halves to rows 0, 2, 1.
    targets = rows((1, 1, 1, 1), (2, 2, 3, 3), (2, 9, 2, 2))
    assert links(targets, SYNTHETIC, SIDES).tolist() == [True, False, True]


def test_with_more_neighbours_a_common_one_is_enough() -> None:
    targets = rows((2, 2, 1, 1))
    assert links(targets, SYNTHETIC, SIDES, neighbours=1).tolist() == [False]
    assert links(targets, SYNTHETIC, SIDES, neighbours=2).tolist() == [True]


def test_each_column_is_dealt_to_one_half() -> None:
    left, right = halves(7, np.random.default_rng(0))
    assert sorted(left + right) == list(range(7))
    assert (len(left), len(right)) == (3, 4)


def test_the_naive_rate_is_that_of_blind_picks() -> None:
    rng = np.random.default_rng(0)
    picks = np.argsort(rng.random((4000, 2, 20)), axis=2)[:, :, :3]
    met = (picks[:, 0, :, None] == picks[:, 1, None, :]).any(axis=(1, 2)).mean()
    assert naive_rate(20, neighbours=3) == pytest.approx(met, abs=0.03)
    assert naive_rate(20, neighbours=3) == pytest.approx(1 - (17 * 16 * 15) / (20 * 19 * 18))
