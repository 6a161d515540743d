"""Influences give the interval that resampling would, by row or by person."""

import numpy as np
import pytest

from synthgen.evaluate.fidelity.associations import correlation_ratio, cramers_v, pearson
from synthgen.evaluate.fidelity.columns import kolmogorov_smirnov, mass_at, wasserstein
from synthgen.evaluate.fidelity.estimate import (
    Estimate,
    Tables,
    Words,
    absent,
    interval_of,
    made,
    spread_over,
    variance,
)
from synthgen.evaluate.fidelity.manifold import alaa
from synthgen.evaluate.fidelity.marginals import Marginals, marginals
from synthgen.evaluate.report import Absent, Interval
from synthgen.evaluate.views import Column


def line(values: np.ndarray) -> Column:
    rows = len(values)
    return Column(
        name="x", type="number", is_line=True, values=values, levels=(), special=np.full(rows, -1, np.int16),
        specials=(), missing=np.isnan(values), wrong=np.zeros(rows, bool),
    )  # fmt: skip


def gaps(rng: np.random.Generator, shape: float, rows: int) -> Column:
    values = rng.gamma(shape, 1, rows)
    values[rng.random(rows) < 0.2] = np.nan
    values[rng.random(rows) < 0.1 * shape] = 0
    return line(values)


def codes(rng: np.random.Generator, shares: list[float], rows: int) -> np.ndarray:
    a = rng.choice(4, rows, p=shares)
    return np.stack([a, np.where(rng.random(rows) < 0.5, a, rng.integers(0, 4, rows))], axis=1).astype(np.int32)


def of_pairs(rng: np.random.Generator) -> Estimate:
    first, second = codes(rng, [0.1, 0.2, 0.3, 0.4], 800), codes(rng, [0.4, 0.3, 0.2, 0.1], 600)
    found = marginals(first, second, (4, 4), [(0,), (0, 1)])
    assert isinstance(found, Marginals)
    return found.mean


def of_points(rng: np.random.Generator, part: int) -> Estimate:
    one, two = (rng.normal(size=(300, 3)).astype(np.float32) * scale for scale in (1.0, 1.4))
    return alaa(one, two)[part]


def of_pearson(rng: np.random.Generator) -> Estimate:
    x = rng.normal(size=500)
    value, rows = pearson(x, 0.6 * x + 0.8 * rng.normal(size=500))
    return Estimate(value=value, real=rows)


def of_ratio(rng: np.random.Generator) -> Estimate:
    level = rng.integers(0, 4, 500)
    value, rows = correlation_ratio(level, 0.4 * level + rng.normal(size=500))
    return Estimate(value=value, real=rows)


def of_levels(rng: np.random.Generator) -> Estimate:
    value, rows = cramers_v(*codes(rng, [0.1, 0.2, 0.3, 0.4], 500).T.astype(np.int64))
    return Estimate(value=value, real=rows)


@pytest.mark.parametrize(
    "statistic",
    [
        of_pairs,
        of_pearson,
        of_ratio,
        of_levels,
        lambda rng: kolmogorov_smirnov(gaps(rng, 1, 800), gaps(rng, 2, 600)),
        lambda rng: wasserstein(gaps(rng, 1, 800), gaps(rng, 2, 600)),
        lambda rng: mass_at(gaps(rng, 1, 800), gaps(rng, 2, 600), 0.0),
        lambda rng: of_points(rng, 0),
        lambda rng: of_points(rng, 1),
        lambda rng: of_points(rng, 2),
    ],
)
def test_influences_give_the_standard_error_that_new_samples_show(statistic: object) -> None:
    rng = np.random.default_rng(0)
    found = [statistic(rng) for _ in range(120)]  # type: ignore[operator]  # each parameter is a function of rng
    shown = np.std([one.value for one in found])
    told = np.mean([np.sqrt(sum(variance(side, None) for side in (one.real, one.other) if side.size)) for one in found])
    assert 0.7 < told / shown < 1.35


def test_rows_of_one_person_count_as_one() -> None:
    once = np.random.default_rng(0).random(200)
    assert variance(np.repeat(once, 5), np.repeat(np.arange(200), 5)) == pytest.approx(variance(once, None))
    assert variance(np.repeat(once, 5), None) == pytest.approx(variance(once, None) / 5)


def test_influences_on_some_rows_are_those_of_a_mean_over_some_rows() -> None:
    where = np.arange(100) < 40
    values = np.random.default_rng(0).random(40)
    assert variance(spread_over(100, where, values), None) == pytest.approx(values.var() / 40)


def test_an_interval_is_cut_to_what_a_figure_can_be() -> None:
    found = interval_of(Estimate(value=0.01, other=np.arange(100) % 2 * 1.0), None, None, low=0, high=1)
    assert isinstance(found, Interval)
    assert found.low == 0
    assert found.high == pytest.approx(0.01 + 1.959964 * 0.05)


def test_what_no_row_shows_has_the_rule_of_threes_interval() -> None:
    found = interval_of(Estimate(value=0.0, other=np.zeros(300)), None, None, low=0, high=1)
    assert found == Interval(low=0, high=0.01, method="rule of three: no row differs")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Estimate(value=0.5), "no interval is known"),
        (Estimate(value=np.nan, other=np.ones(100)), "not a finite number"),
        (Estimate(value=0.5, other=np.ones(5)), "fewer than 20"),
        (Estimate(value=0.5, other=np.array([np.inf, *range(50)])), "not a finite number"),
        (Absent(why="no rows"), "no rows"),
    ],
)
def test_an_interval_that_cannot_be_had_says_why(found: Estimate | Absent, why: str) -> None:
    with np.errstate(invalid="ignore"):
        interval = interval_of(found, None, None, low=0, high=1)
    assert isinstance(interval, Absent)
    assert why in interval.why


def test_a_figure_that_was_not_computed_has_no_number_anywhere() -> None:
    figure = absent(Words(key="k", title="t"), "too few rows", rows="sex = F")
    nothing = Absent(why="too few rows")
    assert (figure.value, figure.interval, figure.ceiling, figure.floor) == (nothing,) * 4
    assert (figure.key, figure.slice) == ("fidelity.k", "sex = F")


def test_a_value_that_is_no_number_is_absent() -> None:
    figure = made(Words(key="k", title="t"), [Estimate(value=np.inf)] * 3)
    assert isinstance(figure.value, Absent)


def test_the_real_table_is_looked_at_once_when_it_is_the_first_as_well() -> None:
    asked: list[str] = []
    shared = "real"
    tables = Tables(real=shared, synthetic="s", first=shared, second="second", independent="i")
    tables.map(asked.append)
    assert asked == ["real", "s", "second", "i"]
