"""The section as a whole."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from synthgen.evaluate.fairness import section
from synthgen.evaluate.report import Absent, Interval, Section, Table
from tests.evaluate.utility.made import inputs, schema, table

KINDS = ("parity", "odds", "calibration")


@cache
def of(target: str) -> Section:
    return section(inputs(said=schema(target)))


@pytest.mark.parametrize("target", ["sick", "grade", "cost"])
def test_each_gap_of_both_learners_is_there_for_each_grouping(target: str) -> None:
    found = {(one.key, one.subject, one.slice) for one in of(target).figures}
    assert len(found) == len(of(target).figures)
    for learner in ("linear", "boosting"):
        for kind in KINDS:
            for columns in (("sex",), ("town",), ("sex", "town")):
                assert (f"fairness.{learner}.{kind}", columns, "") in found
                assert (f"fairness.{learner}.{kind}_change", columns, "") in found


def test_a_table_that_is_unfair_to_women_makes_models_that_are() -> None:
    frame, rng = table(800, 3), np.random.default_rng(0)
    unfair = frame.assign(sick=np.where((frame.sex == "M") & (rng.random(800) < 0.5), "yes", frame.sick))
    changes = [
        next(one for one in found.figures if one.key == "fairness.linear.parity_change" and one.subject == ("sex",))
        for found in (of("sick"), section(inputs(unfair)))
    ]
    same, worse = (one.interval for one in changes)
    assert isinstance(same, Interval)
    assert isinstance(worse, Interval)
    assert same.low < 0.05
    assert worse.low > 0.1


def test_only_shares_of_synthetic_rows_may_leave() -> None:
    found = of("sick")
    assert {one.tier for one in found.figures} == {"internal"}
    outside = [one for one in found.drawings if one.tier == "synthetic_only"]
    assert [one.title.split(":")[0] for one in outside] == ["sex", "town", "sex x town"]
    for one in outside:
        assert isinstance(one, Table)
        assert one.header == ("group", "synthetic share", "low", "high")


def test_what_may_leave_does_not_change_with_the_real_rows() -> None:
    synthetic = table(300, 3)
    given = [
        section(inputs(synthetic, real=table(400, seed).assign(sex="M"), holdout=table(200, seed + 1)))
        for seed in (1, 7)
    ]
    outside = [[one for one in found.drawings if one.tier == "synthetic_only"] for found in given]
    assert outside[0] == outside[1]
    assert outside[0]


def test_without_a_holdout_shares_are_left() -> None:
    found = section(inputs(table(300, 3), holdout=None))
    gap = next(one for one in found.figures if one.key == "fairness.gaps")
    assert isinstance(gap.value, Absent)
    assert "holdout" in gap.value.why
    assert any(one.key == "fairness.representation" for one in found.figures)


def test_without_protected_columns_that_is_said() -> None:
    said = schema().model_copy(update={"protected": ()})
    (figure,) = section(inputs(said=said)).figures
    assert isinstance(figure.value, Absent)
    assert "protected" in figure.value.why


SMALL = {"real": table(200, 1), "holdout": table(100, 2)}


@pytest.mark.parametrize(
    "change",
    [{"sick": "no"}, {"sick": None}, {"sex": None}, {"sex": "?"}, dict.fromkeys(table(1, 0))],
)
@pytest.mark.parametrize("side", ["synthetic", "real", "holdout"])
def test_odd_tables_crash_nothing(change: dict[str, Any], side: str) -> None:
    tables = {**SMALL, "synthetic": table(200, 3)}
    tables[side] = tables[side].assign(**change)
    assert section(inputs(tables.pop("synthetic"), **tables)).figures


@pytest.mark.parametrize("rows", [1, 5])
def test_few_rows_crash_nothing(rows: int) -> None:
    one = {"real": table(rows, 1), "holdout": table(rows, 2)}
    assert section(inputs(table(rows, 3), **one)).figures


def test_the_target_may_be_protected() -> None:
    said = schema().model_copy(update={"protected": ("sick",)})
    found = section(inputs(table(200, 3), said=said, **SMALL))
    assert any(one.key == "fairness.gaps" and isinstance(one.value, Absent) for one in found.figures)


def test_a_seed_gives_the_same_section_again() -> None:
    given = inputs(table(200, 3), **SMALL)
    assert section(given) == section(replace(given))
