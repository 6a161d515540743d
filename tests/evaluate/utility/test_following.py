"""Survival in the report: what is worse is seen, and what cannot be known is said."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.report import Absent, Curves, Figure, Interval
from synthgen.evaluate.utility import following
from tests.evaluate.utility.made import inputs, schema, shuffled, table

FOLLOWED = schema(survival=True)


def figures(synthetic: pd.DataFrame, **more: object) -> Mapping[str, Figure]:
    found = following.found_in(inputs(synthetic, said=FOLLOWED, **more))[0]
    return {figure.key.removeprefix("utility.survival."): figure for figure in found}


@cache
def of(quality: str) -> Mapping[str, Figure]:
    return figures(table(800, 3) if quality == "good" else shuffled(table(800, 3), 0))


def value(figure: Figure) -> float:
    assert not isinstance(figure.value, Absent), figure
    return figure.value


def test_without_a_time_and_an_event_nothing_is_said() -> None:
    assert following.found_in(inputs()) == ((), (), ())


def test_every_learner_of_risk_is_better_when_rows_are_better() -> None:
    learners = [key for key in of("good") if not key.startswith("curve")]
    assert len(learners) >= 6
    for key in learners:
        good, bad = of("good")[key], of("bad")[key]
        assert value(good) > value(bad)
        assert isinstance(good.ceiling, float)
        assert value(good) == pytest.approx(good.ceiling, abs=0.05)
        assert isinstance(good.interval, Interval)
        assert good.interval.low <= value(good) <= good.interval.high


def test_times_that_are_twice_as_long_are_seen_by_the_curves() -> None:
    real = table(800, 3)
    late = figures(real.assign(days=real.days * 2), holdout=None)
    good = of("good")
    assert value(late["curve_mean"]) > 0.1 > value(good["curve_mean"])
    assert value(late["curve_most"]) >= value(late["curve_mean"])
    interval = late["curve_mean"].interval
    assert isinstance(interval, Interval)
    assert interval.low > 0.05


def test_without_a_holdout_risk_is_not_tested() -> None:
    absent = figures(table(300, 3), holdout=None)["concordance"].value
    assert isinstance(absent, Absent)
    assert "holdout" in absent.why


@pytest.mark.parametrize("change", [{"died": False}, {"died": None}, {"days": None}, {"days": -1.0}, {"days": "?"}])
@pytest.mark.parametrize("side", ["synthetic", "real"])
def test_without_events_the_reason_is_said(change: dict[str, object], side: str) -> None:
    tables = {"real": table(300, 1), "synthetic": table(300, 3)}
    tables[side] = tables[side].assign(**change)
    found = figures(tables["synthetic"], real=tables["real"])
    absent = found["curve_mean"].value
    assert isinstance(absent, Absent)
    assert "events" in absent.why


@pytest.mark.parametrize("change", [{"died": True, "age": None}, {"days": 0.0}])
def test_odd_follow_up_crashes_nothing(change: dict[str, object]) -> None:
    found = figures(table(300, 3).assign(**change), real=table(300, 1), holdout=table(200, 2))
    assert np.isfinite(value(found["curve_mean"]))
    assert "cox" in found


def test_the_curves_are_drawn_and_never_rise() -> None:
    drawn = following.found_in(inputs(table(300, 3), said=FOLLOWED, holdout=None))[1]
    (curves,) = drawn
    assert isinstance(curves, Curves)
    for line in curves.lines:
        assert line.y[0] <= 1
        assert (np.diff(line.y) <= 0).all()
