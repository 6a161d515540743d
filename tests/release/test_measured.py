from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.evaluate.report import Absent, Better, Figure, Interval
from synthgen.release.measured import asked, met
from synthgen.release.policy import FigureRule

NONE = Absent(why="a test has none")


def figure(  # a figure of a test
    value: float | Absent,
    *,
    better: Better = "lower",
    ceiling: float | Absent = 0.1,
    floor: float | Absent = 0.5,
    interval: Interval | Absent = NONE,
) -> Figure:
    return Figure(
        key="fidelity.tvd2",
        title="Pairs",
        value=value,
        tier="internal",
        better=better,
        interval=interval,
        ceiling=ceiling,
        floor=floor,
    )


def rule(**bounds: float) -> FigureRule:
    return FigureRule.model_validate({"figure": "fidelity.tvd2", **bounds})


@pytest.mark.parametrize(("value", "verdict"), [(0.1, "pass"), (0.17, "pass"), (0.19, "fail"), (0.5, "fail")])
def test_relative_is_the_way_from_the_floor_to_the_ceiling(value: float, verdict: str) -> None:
    assert met(rule(relative=0.8), figure(value))[0] == verdict


def test_better_than_the_ceiling_passes() -> None:
    assert met(rule(relative=1.0), figure(0.05))[0] == "pass"


unit = st.floats(0, 1, allow_nan=False)


@given(value=unit, ends=st.tuples(unit, unit), ceiling=unit, floor=unit, share=st.floats(0.01, 1))
def test_a_figure_and_its_negative_are_judged_alike(
    value: float, ends: tuple[float, float], ceiling: float, floor: float, share: float
) -> None:
    known = Interval(low=min(ends), high=max(ends), method="test")
    one = figure(value, better="higher", ceiling=ceiling, floor=floor, interval=known)
    other = replace(
        one,
        value=-value,
        better="lower",
        ceiling=-ceiling,
        floor=-floor,
        interval=Interval(low=-max(ends), high=-min(ends), method="test"),
    )
    assert met(rule(relative=share), one)[0] == met(rule(relative=share), other)[0]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 0.17, "pass"), (0.15, 0.3, "inconclusive"), (0.2, 0.3, "fail")],
)
def test_both_ends_of_the_interval_decide(low: float, high: float, verdict: str) -> None:
    one = figure((low + high) / 2, interval=Interval(low=low, high=high, method="test"))
    assert met(rule(relative=0.8), one)[0] == verdict
    assert met(rule(at_most=0.18), one)[0] == verdict


def test_a_value_outside_its_own_interval_widens_it() -> None:
    assert met(rule(at_most=0.2), figure(0.3, interval=Interval(low=0.1, high=0.15, method="t")))[0] == "inconclusive"


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (figure(Absent(why="one class only")), "one class only"),
        (figure(0.2, ceiling=Absent(why="no holdout")), "no holdout"),
        (figure(0.2, floor=Absent(why="no columns")), "no columns"),
        (figure(0.2, ceiling=0.5), "no better than the floor"),
        (figure(0.2, ceiling=0.6), "no better than the floor"),
        (figure(0.2, better="neither"), "neither more nor less"),
    ],
)
def test_what_cannot_be_measured_is_inconclusive_and_says_why(one: Figure, said: str) -> None:
    verdict, got = met(rule(relative=0.5), one)
    assert verdict == "inconclusive"
    assert said in got


def test_no_number_fails() -> None:
    assert met(rule(at_least=0.1), figure(float("nan")))[0] == "fail"


def test_the_worst_of_several_bounds_counts() -> None:
    assert met(rule(relative=0.5, at_most=0.1), figure(0.2))[0] == "fail"
    assert asked(rule(relative=0.5, at_most=0.1)) == "0.5 of the way from the floor to the ceiling and at most 0.1"
