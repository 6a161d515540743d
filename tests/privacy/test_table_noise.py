"""Goodness of fit: each mechanism's noise is what its event declares, and 0.8 or 1.25 times that is noticed.

The noise comes from the operating system, so a test may fail by bad luck: with probability `CHANCE`. With `DRAWS`
draws, noise of a wrong scale is missed with less: its chi-square lies six standard deviations or more above the
threshold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from synthgen.privacy import (
    Budget,
    DiscreteGaussian,
    Entry,
    Histogram,
    Ledger,
    Marks,
    PrivateTable,
    TableRequest,
    find_ends,
)
from synthgen.privacy.events import LATTICE

CHANCE = 1e-7
DRAWS = 4096
SIGMA = 6.0
COUNT = 150
"""Rows of each value to discover: so far above the threshold (31) that none is ever missing."""


def fits(noise: np.ndarray, sigma: float) -> bool:
    """Chi-square of integers against the discrete Gaussian, in about twenty bins of equal mass."""
    reach = np.arange(-int(12 * sigma), int(12 * sigma) + 1)
    mass = np.exp(-(reach**2) / (2 * sigma**2))
    mass /= mass.sum()
    bin_of = np.minimum((np.cumsum(mass) * 20).astype(int), 19)
    expected = np.bincount(bin_of, mass, minlength=20) * len(noise)
    used = expected > 0
    found = np.bincount(bin_of[np.clip(noise - reach[0], 0, len(reach) - 1)], minlength=20)
    return bool(stats.chisquare(found[used], expected[used]).pvalue > CHANCE)


class Scaled:
    """Noise with a planted bug."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, counts: np.ndarray, sigma: float) -> np.ndarray:
        return DiscreteGaussian()(counts, sigma * self.factor)


def table(noise: object, **columns: int) -> PrivateTable:
    """Some rows, drawn once and for all; `columns` gives cells."""
    rng = np.random.default_rng(7)
    codes = {name: rng.integers(0, cells, 5000) for name, cells in columns.items()}
    return PrivateTable.enter(
        [Entry(codes=codes, units=None, rows=5000)],
        cells=columns,
        rows_per_unit=1,
        ledger=Ledger(Budget(epsilon=1000, delta=1e-6)),
        noise=noise,
    )


def both(noise: object, ask: Callable[[PrivateTable, float], Any], levels: int, groups: int) -> np.ndarray:
    """Noisy minus exact answers of one question."""
    answers = []
    for sigma in (SIGMA, 0.0):
        own = table(noise, a=levels, b=levels, c=groups)
        own._ledger = Ledger(Budget(epsilon=1000 if sigma else float("inf"), delta=1e-6))
        own.set_levels(
            {"a": np.arange(levels), "b": np.arange(levels), "c": np.arange(groups)},
            group_column="c",
            group_of=np.arange(groups),
        )
        answers.append(np.concatenate([np.ravel(part) for part in ask(own, sigma)]))
    return np.asarray(answers[0] - answers[1])


def noise_of_histograms(noise: object) -> np.ndarray:
    return both(
        noise,
        lambda own, sigma: own.histograms("h", [Histogram(column="a", bins=DRAWS, bin_of=None, sigma=sigma)]),
        DRAWS,
        1,
    )


def noise_of_tables(noise: object) -> np.ndarray:
    asked = {"columns": ("a", "b"), "by_group": False}
    return both(noise, lambda own, sigma: own.tables("t", [TableRequest(**asked, sigma=sigma)]), 64, 2)


def noise_of_tables_by_group(noise: object) -> np.ndarray:
    asked = {"columns": ("b", "a"), "by_group": True}
    return both(noise, lambda own, sigma: own.tables("t", [TableRequest(**asked, sigma=sigma)]), 32, 4)


def noise_of_scores(noise: object) -> np.ndarray:
    candidates = [(("a", "b"), False), (("c", "a"), True)] * (DRAWS // 2)
    estimates = [np.ones((4, 4), np.int64), np.zeros((2, 2, 4), np.int64)] * (DRAWS // 2)
    return both(noise, lambda own, sigma: [own.scores("s", candidates, estimates, sigma)], 4, 2)


def noise_of_discovery(noise: object) -> np.ndarray:
    entry = Entry(
        codes={"job": np.arange(DRAWS * COUNT) % DRAWS},
        units=None,
        rows=DRAWS * COUNT,
        dictionaries={"job": [str(i) for i in range(DRAWS)]},
    )
    own = PrivateTable.enter(
        [entry],
        cells={"job": 0},
        rows_per_unit=1,
        ledger=Ledger(Budget(epsilon=1000, delta=1e-6)),
        discover=["job"],
        noise=noise,
    )
    found = own.discover("jobs", "job", sigma=SIGMA, delta=1e-7)
    assert len(found.names) == DRAWS
    return found.counts - COUNT


def noise_of_unit_sizes(noise: object) -> np.ndarray:
    """A unit each of 1 to 64 rows, under a cap of 3, and a bin for every size."""
    rows = 64
    units = np.repeat(np.arange(rows), np.arange(1, rows + 1)).astype(np.uint64)
    edges = np.arange(1, DRAWS + 1)

    def ask(sigma: float) -> np.ndarray:
        own = PrivateTable.enter(
            [Entry(codes={"a": np.zeros(len(units), np.int64)}, units=units, rows=len(units))],
            cells={"a": 1},
            rows_per_unit=3,
            ledger=Ledger(Budget(epsilon=1000 if sigma else float("inf"), delta=1e-6)),
            noise=noise,
        )
        return own.unit_sizes("sizes", "person", edges, sigma)

    exact = ask(0.0)
    assert exact.tolist() == [1] * rows + [0] * (DRAWS - rows)
    return ask(SIGMA) - exact


class Heard:
    """Noise that remembers what it added."""

    def __init__(self, noise: object) -> None:
        self.noise = DiscreteGaussian() if noise is None else noise
        self.added: list[np.ndarray] = []

    def __call__(self, counts: np.ndarray, sigma: float) -> np.ndarray:
        noisy = self.noise(counts, sigma)
        self.added.append(noisy - counts)
        return noisy


def noise_of_bounds(noise: object) -> np.ndarray:
    """Both looks together: most of the draws are the first one's."""
    heard = Heard(noise)
    own = table(heard, a=DRAWS)
    rho = 1 / (SIGMA**2 - LATTICE)  # half of it for each look
    find_ends(own, {"a": Marks(coarse=np.append(np.arange(0, DRAWS - 64), DRAWS - 1))}, rho=rho)
    assert [event.parts[0].sigma for event in own._ledger.events] == [pytest.approx(SIGMA)] * 2
    return np.concatenate(heard.added[::-1])[:DRAWS]


def noise_of_alike(noise: object) -> np.ndarray:
    """Eight units with two rows that are the same: every count is eight."""
    units = np.repeat(np.arange(8), 2).astype(np.uint64)
    own = PrivateTable.enter(
        [Entry(codes={"a": np.zeros(16, np.int64)}, units=units, rows=16)],
        cells={"a": 1},
        rows_per_unit=2,
        ledger=Ledger(Budget(epsilon=1000, delta=1e-6)),
        noise=noise,
    )
    own.set_levels({"a": np.zeros(1, np.int64)})
    return own.alike("alike", ["a"] * (DRAWS - 1), SIGMA) - 8


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (0.8, False), (1.25, False)])
@pytest.mark.parametrize(
    "noise_of",
    [
        noise_of_histograms,
        noise_of_tables,
        noise_of_tables_by_group,
        noise_of_scores,
        noise_of_discovery,
        noise_of_unit_sizes,
        noise_of_alike,
    ],
)
def test_noise_is_what_was_declared_and_any_other_scale_is_noticed(
    noise_of: Callable[[object], np.ndarray], *, factor: float, passes: bool
) -> None:
    noise = noise_of(None if factor == 1 else Scaled(factor))
    assert len(noise) == DRAWS
    assert fits(noise, SIGMA) == passes


@pytest.mark.parametrize("sigma", [1.0, 1.7, 40.0])
def test_the_noise_itself_fits_at_small_and_large_scales(sigma: float) -> None:
    noise = DiscreteGaussian()(np.zeros(DRAWS, np.int64), sigma)
    assert fits(noise, sigma)
    assert not fits(noise, 0.8 * sigma)
    assert not fits(noise, 1.25 * sigma)
