"""Many categories: what drowns alone comes back with its group."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from synthgen.encode.grid import LevelGrid
from synthgen.encode.oneway import OneWay
from synthgen.encode.pooling import masses, pools

FAMILIES, EACH = 20, 30
DEPTHS = (np.repeat(np.arange(FAMILIES // 4), 4 * EACH), np.repeat(np.arange(FAMILIES), EACH))
SIGMAS = st.one_of(st.just(0.0), st.floats(0.5, 80))


def grid(depths: tuple[NDArray[Any], ...] = DEPTHS) -> LevelGrid:
    values = tuple(f"k{i}" for i in range(FAMILIES * EACH))
    return LevelGrid(name="x", values=values, nullable=False, depths=depths)


def measured(exact: NDArray[Any], sigma: float, seed: int = 0) -> OneWay:
    rng = np.random.default_rng(seed)
    loudness = sigma / np.sqrt(0.3)
    groups = tuple(np.bincount(own, weights=exact) for own in DEPTHS)
    return OneWay(
        edges=None,
        counts=exact + rng.normal(0, sigma, len(exact)),
        outside=np.empty(0),
        sigma=sigma,
        atoms={},
        rounding=None,
        groups=tuple(own + rng.normal(0, loudness, len(own)) for own in groups),
        loudness=loudness,
    )


@given(arrays.arrays(np.float64, FAMILIES * EACH, elements=st.floats(0, 300)), st.integers(0, 9), SIGMAS)
def test_masses_share_out_all_rows_and_none_is_negative(exact: NDArray[Any], seed: int, sigma: float) -> None:
    one = measured(exact, sigma, seed)
    total = max(float(exact.sum()), 1.0)
    found = masses(grid(), one, total)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(total if sigma else exact.sum(), rel=1e-6)


@given(arrays.arrays(np.float64, FAMILIES * EACH, elements=st.floats(0, 300)), st.integers(2, 120), SIGMAS)
def test_every_value_has_a_level_and_there_are_not_too_many(exact: NDArray[Any], most: int, sigma: float) -> None:
    found = pools(grid(), measured(exact, sigma), total=max(float(exact.sum()), 1.0), most=most)
    levels = int(found.level_of.max()) + 1
    assert levels <= most
    assert sorted(set(found.level_of.tolist())) == list(range(levels))
    assert found.variance.shape == (levels,)
    shared = [set(DEPTHS[0][found.level_of == level].tolist()) for level in range(levels)]
    assert sum(len(groups) > 1 for groups in shared) <= 1  # only the rest of all mixes groups


def test_without_noise_every_value_keeps_its_own_level() -> None:
    exact = np.arange(FAMILIES * EACH, dtype=float)
    found = pools(grid(), measured(exact, 0.0), total=exact.sum(), most=10_000)
    assert found.mass.tolist() == exact.tolist()
    assert len(set(found.level_of.tolist())) == len(exact)


def test_a_family_whose_members_drown_stands_alone_together() -> None:
    exact = np.zeros(FAMILIES * EACH)
    exact[5 * EACH : 6 * EACH] = 12.0
    exact[0] = 5_000.0
    for seed in range(10):
        found = pools(grid(), measured(exact, 10.0, seed), total=exact.sum(), most=100)
        level = found.level_of[5 * EACH]
        assert found.mass[5 * EACH : 6 * EACH].sum() == pytest.approx(360.0, abs=70)
        assert set(np.flatnonzero(found.level_of == level) // EACH) == {5}


def test_inside_a_pool_noise_is_not_taken_for_rows() -> None:
    exact = np.zeros(FAMILIES * EACH)
    exact[:EACH] = 20.0
    found = masses(grid(), measured(exact, 15.0), exact.sum())
    assert found[:EACH].max() < 60.0  # alone, the highest of thirty noises would have about 50 rows more


def test_inside_a_pool_counts_that_say_something_are_followed() -> None:
    exact = np.zeros(FAMILIES * EACH)
    exact[: EACH // 2] = 20.0
    found = masses(grid(), measured(exact, 8.0), exact.sum())
    assert found[: EACH // 2].sum() > 2 * found[EACH // 2 : EACH].sum()


def test_groups_bring_rare_levels_back_better_than_no_groups() -> None:
    rng = np.random.default_rng(4)
    exact = np.repeat(rng.lognormal(2, 1.5, FAMILIES), EACH) * rng.lognormal(0, 0.3, FAMILIES * EACH)

    def lost(depths: tuple[NDArray[Any], ...]) -> float:
        gaps = []
        for seed in range(5):
            one = measured(exact, 40.0, seed)
            one = one if depths else dataclasses.replace(one, groups=())
            gaps.append(np.abs(masses(grid(depths), one, exact.sum()) - exact).sum())
        return float(np.mean(gaps))

    assert lost(DEPTHS) < 0.7 * lost(())
