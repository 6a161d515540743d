"""Three dials: a place between floor and ceiling, and words that say what was compared."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from synthgen.evaluate.report import Absent, Fact, Figure, Finding, Report, Section, Verdict, public
from synthgen.evaluate.summary import HEADLINES, SECOND, Light, position, summary

NONE = Absent(why="none")


def figure(value: Any, ceiling: Any, floor: Any, key: str = "fidelity.tvd2", **more: Any) -> Figure:
    ends = isinstance(ceiling, float) and isinstance(floor, float)
    better: Literal["higher", "lower"] = "higher" if ends and ceiling > floor else "lower"
    said: dict[str, Any] = {"title": "Pairs", "tier": "internal", "better": better, "interval": NONE} | more
    return Figure(key=key, value=value, ceiling=ceiling, floor=floor, **said)


def report(*figures: Figure, findings: tuple[Finding, ...] = ()) -> Report:
    section = Section(name="s", title="s", figures=figures, findings=findings)
    return Report(schema="t", created="2025-01-31", seed=0, facts=(), sections=(section,))


def found(verdict: Verdict, attack: str = "linking") -> Finding:
    return Finding(attack=attack, verdict=verdict, because="so", tier="internal", keys=())


@pytest.mark.parametrize(
    ("value", "ceiling", "floor", "place"),
    [
        (0.02, 0.02, 0.12, 1.0),
        (0.01, 0.02, 0.12, 1.0),
        (0.07, 0.02, 0.12, 0.5),
        (0.30, 0.02, 0.12, 0.0),
        (0.85, 0.9, 0.4, 0.9),
        (0.95, 0.9, 0.4, 1.0),
        (0.3, 0.9, 0.4, 0.0),
        (0.5, 0.5, 0.5, 1.0),
        (0.6, 0.5, 0.5, 0.0),
    ],
)
def test_the_place_is_between_floor_and_ceiling_whichever_is_better(
    value: float, ceiling: float, floor: float, place: float
) -> None:
    assert position(figure(value, ceiling, floor)) == pytest.approx(place)


def test_a_figure_without_a_reference_has_no_place() -> None:
    assert position(figure(0.1, NONE, 0.2)) is None
    assert position(figure(0.1, 0.2, NONE)) is None
    assert position(figure(NONE, 0.2, 0.3)) is None
    assert position(figure(float("nan"), 0.2, 0.3)) is None


@pytest.mark.parametrize(("value", "light"), [(0.02, "green"), (0.04, "amber"), (0.1, "red"), (NONE, "grey")])
def test_the_light_follows_the_place_and_the_text_says_what_was_compared(value: Any, light: Light) -> None:
    dial = summary(report(figure(value, 0.02, 0.12)))[0]
    assert dial.light == light
    if light != "grey":
        assert "Pairs: " in dial.text
        assert "second real sample has 0.02" in dial.text
        assert dial.tier == "internal"


def test_the_worst_headline_that_was_computed_is_shown() -> None:
    first, second = HEADLINES["fidelity"]
    for values, shown in (((0.1, 0.15), second), ((0.15, 0.1), first), ((NONE, 0.06), second), ((0.06, NONE), first)):
        both = [figure(value, 0.05, 0.2, key=key) for value, key in zip(values, (first, second), strict=True)]
        dial = summary(report(*both))[0]
        assert dial.figure is not None
        assert dial.figure.key == shown


def test_the_size_of_the_second_real_sample_is_told() -> None:
    facts = (Fact(name=SECOND, value=6512.0, tier="internal"),)
    dial = summary(replace(report(figure(0.03, 0.02, 0.12)), facts=facts))[0]
    assert "second real sample (6,512 rows) has" in dial.text


def test_the_ceiling_of_utility_is_told_as_what_it_is_of() -> None:
    facts = (Fact(name=SECOND, value=600.0, tier="internal"),)
    dial = summary(replace(report(figure(0.8, 0.9, 0.5, key="utility.tstr")), facts=facts))[1]
    assert "As many real rows have 0.9, columns without any relation 0.5" in dial.text
    assert "600" not in dial.text


@pytest.mark.parametrize(
    ("findings", "light"),
    [
        ((), "grey"),
        ((found("no signal"),), "green"),
        ((found("no signal"), found("inconclusive")), "amber"),
        ((found("no signal"), found("inconclusive"), found("signal")), "red"),
    ],
)
def test_the_worst_verdict_is_the_light_of_privacy(findings: tuple[Finding, ...], light: Light) -> None:
    dial = summary(report(findings=findings))[2]
    assert dial.light == light
    assert "safe" not in dial.text
    assert "No privacy budget is known" in dial.text


def test_a_public_report_does_not_deny_the_attacks_that_it_keeps_to_itself() -> None:
    whole = report(findings=(found("signal"),))
    assert "signal" in summary(whole)[2].text
    dial = summary(public(whole))[2]
    assert dial.tier == "synthetic_only"
    assert "this report holds no attack" in dial.text
    assert "run" not in dial.text


def test_the_promise_of_the_budget_is_told() -> None:
    def text(epsilon: float) -> str:
        budget = figure(epsilon, NONE, NONE, key="budget.epsilon", tier="synthetic_only")
        return summary(report(budget))[2].text

    assert "promises epsilon 3" in text(3.0)
    assert "nothing is promised" in text(float("inf"))


def test_a_report_of_nothing_has_three_grey_dials() -> None:
    assert [dial.light for dial in summary(report())] == ["grey"] * 3
    assert {dial.tier for dial in summary(report())} == {"synthetic_only"}
