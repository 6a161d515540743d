"""Alpha-precision, beta-recall and authenticity, beside the published definitions spelled out row by row."""

from typing import Any

import numpy as np
import pytest

from synthgen.evaluate.fidelity import manifold as under
from synthgen.evaluate.fidelity.manifold import alaa, manifold, nearest, points
from synthgen.evaluate.report import Absent


def cloud(seed: int, rows: int = 150, scale: float = 1.0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(rows, 3)) * scale).astype(np.float32)


def spelled(real: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """As section 4 of the paper and its authors' code have them, without a shortcut."""
    far = np.linalg.norm(real[:, None] - other[None], axis=2)
    among = np.linalg.norm(real[:, None] - real[None], axis=2)
    np.fill_diagonal(among, np.inf)
    centre, heart = real.mean(axis=0), other.mean(axis=0)
    alphas = np.linspace(0, 1, under.STEPS)
    radii = np.quantile(np.linalg.norm(real - centre, axis=1), alphas)
    inside = [(np.linalg.norm(other - centre, axis=1) <= radius).mean() for radius in radii]
    near, own = far.argmin(axis=1), np.linalg.norm(other - heart, axis=1)
    reach = np.quantile(own[near], alphas)
    held = [((far.min(axis=1) <= among.min(axis=1)) & (own[near] <= radius)).mean() for radius in reach]
    original = far.argmin(axis=0)
    novel = (far.min(axis=0) > among.min(axis=1)[original]).mean()
    area = [1 - 2 * np.abs(alphas - np.array(curve)).sum() / (under.STEPS - 1) for curve in (inside, held)]
    return area[0], area[1], float(novel)


@pytest.mark.parametrize("scale", [1.0, 0.3, 2.0])
def test_the_three_figures_are_those_of_the_paper(scale: float) -> None:
    real, other = cloud(0), cloud(1, scale=scale)
    assert [one.value for one in alaa(real, other)] == pytest.approx(spelled(real, other), abs=0.01)


def test_copies_have_no_authenticity() -> None:
    real = cloud(0)
    assert alaa(real, real[::-1].copy())[2].value == 0


def test_rows_of_one_place_are_plausible_and_recall_nothing() -> None:
    real = cloud(0)
    middle = np.repeat(real.mean(axis=0, keepdims=True), 150, axis=0) + cloud(1) * 1e-3
    precision, recall, _ = alaa(real, middle)
    assert precision.value < 0.1  # all of them nearer the centre than any share of real rows
    assert recall.value < 0.1


def test_neighbours_are_found_in_blocks_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real, other = cloud(0), cloud(1)
    whole = nearest(real, other), nearest(real, real, itself=True)
    monkeypatch.setattr(under, "BLOCK", 7)
    again = nearest(real, other), nearest(real, real, itself=True)
    for one, two in zip(whole, again, strict=True):
        assert one[0] == pytest.approx(two[0])
        assert (one[1] == two[1]).all()
    assert (whole[1][1] != np.arange(150)).all()


def test_levels_are_as_far_apart_as_the_ends_of_a_range(make: Any, give: Any) -> None:
    table = make(100).assign(a=np.repeat([0, 99], 50), n=1.0, c=["x"] * 50 + ["y"] * 50, d="p")
    view = give(table, table).real
    placed = points(view, view)
    both = placed[[0, 99]]
    assert np.linalg.norm(both[0] - both[1]) == pytest.approx(np.sqrt(2))


def test_too_few_rows_are_told(make: Any, give: Any) -> None:
    inputs = give(make(100), make(10))
    assert isinstance(manifold(inputs.real, inputs.synthetic, np.random.default_rng(0)), Absent)
