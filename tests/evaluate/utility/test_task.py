"""What is predicted, and when there is nothing to predict."""

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.report import Absent
from synthgen.evaluate.utility.task import OTHER, Task, task_of
from synthgen.schema import Schema, parse_schema
from tests.evaluate.utility.made import inputs, schema, table


def found(said: Schema, real: pd.DataFrame, holdout: pd.DataFrame) -> Task | Absent:
    given = inputs(said=said, real=real, holdout=holdout)
    assert given.holdout is not None
    return task_of(said, given.real, given.holdout)


def task(target: str) -> Task:
    one = found(schema(target), table(800, 1), table(600, 2))
    assert isinstance(one, Task)
    return one


def test_the_kind_follows_from_the_column() -> None:
    assert [task(name).kind for name in ("sick", "grade", "cost")] == ["binary", "classes", "number"]


def test_the_rare_class_is_the_one_with_the_fewest_real_rows() -> None:
    one, rows = task("grade"), table(800, 1)["grade"].value_counts()
    assert one.classes[one.rare] == rows.idxmin()


def test_a_followed_event_is_not_told_by_its_time() -> None:
    for target, other in (("died", "days"), ("days", "died")):
        one = found(schema(target, survival=True), table(800, 1), table(600, 2))
        assert isinstance(one, Task)
        assert one.hidden == (target, other)
    assert task("sick").hidden == ("sick",)


def test_answers_are_classes_and_rows_without_one_are_left_out() -> None:
    real = table(800, 1)
    real.loc[:9, "sick"] = "perhaps"
    one = found(schema(), real, table(600, 2))
    assert isinstance(one, Task)
    view = inputs(real=real).real
    usable = one.usable(view)
    assert (np.flatnonzero(~usable) == np.arange(10)).all()
    assert (one.answers(view.take(usable)) == (real["sick"][10:] == "yes")).all()


def test_classes_with_few_rows_are_one() -> None:
    real, holdout = table(800, 1), table(600, 2)
    real["town"], holdout["town"] = (np.where(np.arange(n) < 400, "Lima", "Rome") for n in (800, 600))
    real.loc[:5, "town"] = "Oslo"
    one = found(schema("town"), real, holdout)
    assert isinstance(one, Task)
    assert one.classes == ("Lima", "Rome")  # six rows alone are nothing
    real.loc[:20, "town"], holdout.loc[:4, "town"] = "Oslo", "Oslo"
    real.loc[30:60, "town"], holdout.loc[30:60, "town"] = "Oslo", "Oslo"
    one = found(schema("town"), real, holdout)
    assert isinstance(one, Task)
    assert set(one.classes) == {"Lima", "Rome", "Oslo"}


def test_levels_too_few_alone_but_enough_together_are_other() -> None:
    few = ", ".join(f"r{i}" for i in range(6))
    line = "x: {type: number, minimum: 0, maximum: 1}"
    said = parse_schema(f"name: n\ntarget: y\ncolumns:\n  {line}\n  y: {{type: categorical, values: [a, b, {few}]}}\n")
    levels = np.repeat(["a", "b", *(f"r{i}" for i in range(6))], [100, 100, *[5] * 6])
    frame = pd.DataFrame({"x": np.linspace(0, 1, len(levels)), "y": levels})
    given = inputs(frame, said=said, real=frame, holdout=frame)
    assert given.holdout is not None
    one = task_of(said, given.real, given.holdout)
    assert isinstance(one, Task)
    assert one.classes == ("a", "b", OTHER)


@pytest.mark.parametrize(
    ("target", "change", "why"),
    [
        ("sick", {"sick": "no"}, "two classes"),
        ("sick", {"sick": None}, "target"),
        ("cost", {"cost": 5.0}, "same in every row"),
        ("cost", {"cost": None}, "rows with a target"),
    ],
)
@pytest.mark.parametrize("side", ["real", "holdout"])
def test_without_answers_there_is_no_task_and_the_reason_is_said(
    target: str, change: dict[str, object], why: str, side: str
) -> None:
    tables = {"real": table(800, 1), "holdout": table(600, 2)}
    tables[side] = tables[side].assign(**change)
    one = found(schema(target), tables["real"], tables["holdout"])
    assert isinstance(one, Absent)
    assert why in one.why


def test_no_target_is_no_task() -> None:
    said = schema("")
    assert isinstance(found(said, table(800, 1), table(600, 2)), Absent)
