"""References: two real samples that share nothing, independent columns, and intervals that know of persons."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.inputs import Inputs, bootstrap_interval, inputs_of, referenced, resampled, rng, stream
from synthgen.evaluate.report import Absent, Interval
from synthgen.evaluate.views import View
from synthgen.schema import Schema

PLAIN: dict[str, Any] = {"name": "t", "columns": {"x": {"type": "number"}, "y": {"type": "number"}}}
OF_PERSONS = PLAIN | {"privacy": {"unit": "who", "rows_per_unit": 9}}


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    x = np.random.default_rng(seed).normal(size=rows)
    return pd.DataFrame({"x": x, "y": x})


def given(schema: dict[str, Any] = PLAIN, real: pd.DataFrame | None = None, **more: Any) -> Inputs:
    return inputs_of(frame(200) if real is None else real, frame(200, 1), Schema.model_validate(schema), **more)


def values(view: View, name: str = "x") -> set[float]:
    return set(view.columns[name].values.tolist())


def test_without_a_holdout_the_ceiling_is_between_two_halves_that_share_no_row() -> None:
    inputs = given()
    assert inputs.holdout is None
    assert (inputs.first.rows, inputs.second.rows) == (100, 100)
    assert values(inputs.first) | values(inputs.second) == values(inputs.real)
    assert not values(inputs.first) & values(inputs.second)
    assert "100 rows" in inputs.second_is


def test_with_a_holdout_the_ceiling_is_between_it_and_the_training_rows() -> None:
    inputs = given(holdout=frame(70, 2))
    assert inputs.first is inputs.real
    assert inputs.second is inputs.holdout
    assert "70 rows" in inputs.second_is


def test_halves_share_no_person() -> None:
    real = frame(200).assign(who=np.repeat(np.arange(40), 5))
    inputs = given(OF_PERSONS, real)
    assert inputs.first.unit is not None
    assert inputs.second.unit is not None
    assert not set(inputs.first.unit) & set(inputs.second.unit)
    assert inputs.first.rows == inputs.second.rows == 100


def test_the_floor_has_each_column_as_it_is_and_no_relation() -> None:
    inputs = given(real=frame(5000))
    assert values(inputs.independent) == values(inputs.real)
    x, y = (inputs.independent.columns[name].values for name in ("x", "y"))
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.06


def test_the_same_seed_gives_the_same_numbers_under_each_name() -> None:
    inputs = given(seed=7)
    assert rng(inputs, "a").random() == stream(7, "a").random()
    assert rng(inputs, "a").random() != rng(inputs, "b").random()
    assert stream(8, "a").random() != stream(7, "a").random()


def correlation(_real: View, other: View) -> float:
    return float(np.corrcoef(other.columns["x"].values, other.columns["y"].values)[0, 1])


def difference(real: View, other: View) -> float:
    return float(other.columns["x"].values.mean() - real.columns["x"].values.mean())


def test_a_figure_comes_with_its_ceiling_and_its_floor() -> None:
    found = referenced(correlation, given())
    assert found.value == pytest.approx(1)
    assert found.ceiling == pytest.approx(1)
    assert isinstance(found.floor, float)
    assert abs(found.floor) < 0.3
    assert isinstance(found.interval, Absent)


@pytest.mark.parametrize("ends", [(-np.inf, np.inf), (0.0, 0.01)])
def test_the_interval_is_within_the_ends_and_around_the_value(ends: tuple[float, float]) -> None:
    found = referenced(difference, given(), resamples=100, name="d", low=ends[0], high=ends[1])
    assert isinstance(found.interval, Interval)
    assert found.interval.low >= ends[0]
    assert found.interval.high <= ends[1]


def test_the_bootstraps_interval_covers_a_mean_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(100):
        inputs = inputs_of(frame(60, 2 * seed), frame(60, 2 * seed + 1), Schema.model_validate(PLAIN))
        interval = referenced(difference, inputs, resamples=60).interval
        assert isinstance(interval, Interval)
        covered += interval.low <= 0 <= interval.high
    assert covered >= 87  # below once in 2,000 times, if 95 of 100 are right


def test_persons_are_resampled_with_all_their_rows() -> None:
    real = pd.DataFrame({"who": ["a", "b", "a", "c", "c", "c"], "x": [1.0, 2, 1, 3, 3, 3], "y": 0.0})
    inputs = given(OF_PERSONS, real)
    for seed in range(20):
        rows = resampled(inputs.real, np.random.default_rng(seed))
        x = inputs.real.columns["x"].values[rows]
        assert (x == 1).sum() % 2 == 0
        assert (x == 3).sum() % 3 == 0
        assert (x == 1).sum() / 2 + (x == 2).sum() + (x == 3).sum() / 3 == 3


def test_intervals_of_rows_that_belong_together_are_wider() -> None:
    levels = np.repeat(np.random.default_rng(0).normal(size=50), 8)
    real = pd.DataFrame({"x": levels, "y": levels, "who": np.repeat(np.arange(50), 8)})
    widths = []
    for schema, table in ((PLAIN, real.drop(columns="who")), (OF_PERSONS, real)):
        interval = referenced(difference, given(schema, table), resamples=100).interval
        assert isinstance(interval, Interval)
        widths.append(interval.high - interval.low)
    assert widths[1] > 1.4 * widths[0]


def test_too_few_rows_have_no_interval_but_a_reason() -> None:
    found = referenced(difference, given(real=frame(19)), resamples=50)
    assert isinstance(found.interval, Absent)
    assert isinstance(bootstrap_interval(0.0, [np.nan] * 50), Absent)


def test_what_is_not_computed_says_why_wherever_it_is_asked() -> None:
    why = Absent(why="one class only")
    found = referenced(lambda _a, _b: why, given(), resamples=50)
    assert found.value == found.interval == found.ceiling == found.floor == why


def test_further_copies_are_read_too() -> None:
    inputs = given(copies=(frame(30, 5), frame(40, 6)))
    assert [copy.rows for copy in inputs.copies] == [30, 40]
