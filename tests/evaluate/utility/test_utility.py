"""The section as a whole: what it says of good, bad and odd tables."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.report import Absent, Curves, Figure, Interval, Section, Table
from synthgen.evaluate.summary import position
from synthgen.evaluate.utility import coefficients, section
from synthgen.schema import Privacy, Schema
from tests.evaluate.utility.made import inputs, schema, shuffled, table


@cache
def of(target: str, quality: str) -> Section:
    """The section on a synthetic table of the same law, or of shuffled columns."""
    frame = table(800, 3)
    return section(inputs(frame if quality == "good" else shuffled(frame, 0), said=schema(target)))


def figures(found: Section) -> dict[str, Figure]:
    return {figure.key: figure for figure in found.figures}


def value(figure: Figure) -> float:
    assert not isinstance(figure.value, Absent), figure
    return figure.value


TARGETS = pytest.mark.parametrize("target", ["sick", "grade", "cost"])


@TARGETS
def test_at_least_five_learners_are_trained(target: str) -> None:
    assert sum(key.endswith(".lost") for key in figures(of(target, "good"))) >= 5


@TARGETS
def test_a_good_table_is_near_the_ceiling_and_a_bad_one_near_the_floor(target: str) -> None:
    good, bad = (figures(of(target, quality))["utility.tstr"] for quality in ("good", "bad"))
    way = {name: position(figure) for name, figure in (("good", good), ("bad", bad))}
    assert way["good"] is not None
    assert way["bad"] is not None
    assert way["good"] > 0.8
    assert way["bad"] < 0.4


@TARGETS
def test_what_training_on_a_bad_table_loses_is_seen_by_its_interval(target: str) -> None:
    good, bad = (figures(of(target, quality))["utility.boosting.lost"] for quality in ("good", "bad"))
    assert isinstance(bad.interval, Interval)
    assert isinstance(good.interval, Interval)
    assert bad.interval.low > 0.1
    assert good.interval.low < 0.05


@TARGETS
def test_figures_are_unique_internal_and_lie_in_their_intervals(target: str) -> None:
    found = of(target, "good")
    assert len(figures(found)) == len(found.figures)
    assert all(one.key.startswith("utility.") for one in found.figures)
    assert {one.tier for one in (*found.figures, *found.drawings)} == {"internal"}
    for figure in found.figures:
        if isinstance(figure.interval, Interval):
            assert figure.interval.low <= figure.interval.high
            if not figure.key.endswith(".ece"):  # resampling adds to a sum of absolute errors
                assert figure.interval.low - 1e-9 <= value(figure) <= figure.interval.high + 1e-9, figure


def test_the_figures_that_the_issue_names_are_there() -> None:
    keys = set(figures(of("sick", "good")))
    scores = ("auc", "pr_auc", "recall", "macro_f1", "brier", "ece", "lost")
    assert {f"utility.boosting.{name}" for name in scores} <= keys
    assert {"utility.agreement.learners", "utility.agreement.importances", "utility.coefficients.overlap"} <= keys
    assert {f"utility.queries.{kind}{q}" for kind in ("counts", "ranges", "groups") for q in ("", "_90", "_99")} <= keys
    assert {"utility.rare.share", "utility.rare.pr_auc", "utility.rare.recall_1", "utility.rare.tvd1"} <= keys
    assert {"utility.linear.r2", "utility.linear.mae"} <= set(figures(of("cost", "good")))


def test_what_is_drawn_has_learners_calibration_and_the_rare_class() -> None:
    drawings = of("sick", "good").drawings
    titles = [one.title for one in drawings if isinstance(one, Curves)]
    assert any(title.startswith("Calibration") for title in titles)
    assert sum(title.startswith("Rare class") for title in titles) == 2
    tables = [one for one in drawings if isinstance(one, Table)]
    assert all(len(row) == len(one.header) for one in tables for row in one.cells)


def test_importances_name_the_columns_that_make_the_answer() -> None:
    drawn = next(one for one in of("sick", "good").drawings if one.title.startswith("What the score loses"))
    assert isinstance(drawn, Table)
    assert {row[0] for row in drawn.cells[:3]} <= {"age", "dose", "sex", "cost", "days", "died", "grade"}
    good, bad = (figures(of("sick", quality))["utility.agreement.importances"] for quality in ("good", "bad"))
    assert value(good) > value(bad)


def test_an_alert_rate_moves_recall_and_nothing_else_of_a_learner() -> None:
    made = table(200, 3)
    usual, few = (section(inputs(made, **SMALL, alert_rate=rate)) for rate in (None, 0.05))
    was, now = figures(usual), figures(few)
    for name in ("linear", "boosting"):
        assert value(now[f"utility.{name}.recall"]) < value(was[f"utility.{name}.recall"])
        assert now[f"utility.{name}.auc"] == was[f"utility.{name}.auc"]
    assert now["utility.rare.recall"].value == now["utility.rare.recall_5"].value
    assert any("The alert rate is 0.05, as asked for" in note.text for note in few.notes)
    assert any("its share of the real rows" in note.text for note in usual.notes)


def test_a_bad_table_overlaps_in_fewer_coefficients() -> None:
    good, bad = (figures(of("cost", quality))["utility.coefficients.overlap"] for quality in ("good", "bad"))
    assert value(good) > value(bad)


def test_a_seed_gives_the_same_section_again() -> None:
    assert section(inputs(table(200, 3), **SMALL)) == section(inputs(table(200, 3), **SMALL))


def test_without_a_holdout_no_model_is_tested_and_the_rest_is_there() -> None:
    found = figures(section(inputs(table(400, 3), holdout=None)))
    absent = found["utility.tstr"].value
    assert isinstance(absent, Absent)
    assert "holdout" in absent.why
    assert "utility.boosting.auc" not in found
    for key in ("utility.queries.counts", "utility.coefficients.overlap"):
        assert value(found[key]) >= 0


def test_copies_are_combined() -> None:
    copies = [table(600, seed) for seed in (4, 5, 6)]
    found, drawn, notes = coefficients.found_in(inputs(table(600, 3), copies=copies, said=schema("cost")))
    inside = next(figure for figure in found if figure.key == "utility.copies.one_model")
    assert value(inside) > 0.6
    assert "4 copies" in inside.note
    assert any("Raghunathan" in note.source for note in notes)
    assert any("combined" in one.title for one in drawn)


def test_rows_of_persons_are_resampled_by_person() -> None:
    said = schema().model_copy(update={"privacy": Privacy(unit="who", rows_per_unit=4)})
    frames = [table(400, seed).assign(who=np.arange(400) // 4) for seed in (1, 2, 3)]
    found = section(inputs_of(frames[0], frames[2], said, holdout=frames[1]))
    interval = figures(found)["utility.tstr"].interval
    assert isinstance(interval, Interval)
    assert "persons" in interval.method


SMALL = {"real": table(200, 1), "holdout": table(100, 2)}
ODD: dict[str, tuple[dict[str, Any], Schema]] = {
    "one class": ({"sick": "no"}, schema()),
    "no class": ({"sick": None}, schema()),
    "unknown class": ({"sick": "perhaps"}, schema()),
    "constant number": ({"cost": 5.0}, schema("cost")),
    "all null": (dict.fromkeys(table(1, 0)), schema()),
    "all wrong": (dict.fromkeys(table(1, 0), "??"), schema("cost")),
    "null column": ({"age": None, "noise": None}, schema()),
    "no target": ({}, schema("")),
}
SIDES = [(case, "synthetic") for case in ODD] + [
    (case, side) for case in list(ODD)[4:6] for side in ("real", "holdout")
]


@pytest.mark.parametrize(("case", "side"), SIDES)
def test_odd_columns_are_said_and_crash_nothing(case: str, side: str) -> None:
    change, said = ODD[case]
    tables = {**SMALL, "synthetic": table(200, 3)}
    tables[side] = tables[side].assign(**change)
    found = section(inputs(tables.pop("synthetic"), said=said, **tables))
    assert "utility.tstr" in figures(found)


@pytest.mark.parametrize("rows", [(1, 1, 1), (3, 2, 4), (300, 150, 2), (60, 3, 300), (4, 150, 300)])
def test_too_few_rows_are_said_and_crash_nothing(rows: tuple[int, int, int]) -> None:
    real, holdout, synthetic = (table(300, seed)[:count] for seed, count in enumerate(rows))
    found = figures(section(inputs(synthetic, real=real, holdout=holdout)))
    absent = found["utility.tstr"].value
    assert isinstance(absent, Absent)
    assert "fewer than" in absent.why


def test_a_generator_of_one_class_scores_as_a_guess() -> None:
    one = figures(section(inputs(table(300, 3).assign(sick="no"), **SMALL)))
    assert one["utility.tstr"].value == 0.5
    assert one["utility.rare.share"].value == 0.0


def test_progress_ends_where_it_said() -> None:
    told: list[Any] = []

    class Watch:
        def stage(self, name: str, total: int | None) -> None:
            told.append((name, total))

        def advance(self, steps: int = 1) -> None:
            told.append(steps)

    given = replace(inputs(table(300, 3), **SMALL), progress=Watch())
    section(given)
    assert told[0][0] == "utility"
    assert sum(told[1:]) == told[0][1]
