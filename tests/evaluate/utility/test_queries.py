"""Random queries: answers are right, and errors are of what differs."""

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.utility import queries
from synthgen.evaluate.utility.queries import Condition
from synthgen.schema import parse_schema
from tests.evaluate.utility.made import inputs, shuffled, table


def draws() -> np.random.Generator:
    return np.random.default_rng(0)


REAL = inputs().real


def test_answers_are_shares_of_rows() -> None:
    frame = table(800, 1)
    old = Condition(column="age", low=60, high=80)
    men = Condition(column="sex", level=1)
    expected = [((frame.age >= 60) & (frame.sex == "M")).mean(), (frame.sex == "M").mean()]
    assert queries.answers(REAL, [(old, men), (men,)]) == pytest.approx(expected)


def test_every_count_asks_for_something_that_is_there() -> None:
    found = queries.counts(REAL, draws())
    assert len(found) > 250
    assert {len(query) for query in found} <= {2, 3}
    assert (queries.answers(REAL, found) > 0).all()


def test_ranges_are_of_lines_and_ordered() -> None:
    found = queries.ranges(REAL, draws())
    assert {query[0].column for query in found} == {"age", "dose", "noise", "cost", "days"}
    assert all(query[0].low <= query[0].high for query in found)


def test_the_same_table_answers_without_error() -> None:
    found = queries.counts(REAL, draws())
    said = queries.answers(REAL, found)
    assert (queries.errors(said, said) == 0).all()
    assert (queries.group_errors(REAL, REAL, queries.groupings(REAL, draws())) == 0).all()


def test_means_by_group_are_off_by_standard_deviations() -> None:
    frame = table(800, 1)
    moved = inputs(frame.assign(noise=np.where(frame.sex == "M", frame.noise + frame.noise.std(ddof=0), frame.noise)))
    found = queries.group_errors(moved.real, moved.synthetic, [("sex", "noise")])
    assert found == pytest.approx([0.0, 1.0], abs=0.02)


def test_a_group_that_is_gone_is_off_by_one() -> None:
    gone = inputs(table(800, 1).query("sex == 'F'"))
    assert queries.group_errors(gone.real, gone.synthetic, [("sex", "noise")])[1] == 1.0


def test_what_is_better_has_smaller_errors() -> None:
    good, bad = (queries.found_in(inputs(frame))[0] for frame in (table(800, 3), shuffled(table(800, 3), 0)))
    for better, worse in zip(good, bad, strict=True):
        assert better.key == worse.key
        if "ranges" not in better.key:
            assert better.value < worse.value


def test_a_table_of_one_column_has_no_counts_of_two() -> None:
    said = parse_schema("name: one\ncolumns:\n  x: {type: number, minimum: 0, maximum: 1}\n")
    frame = pd.DataFrame({"x": np.linspace(0, 1, 200)})
    figures = queries.found_in(inputs(frame, said=said, real=frame, holdout=frame))[0]
    values = {figure.key: figure.value for figure in figures}
    assert values["utility.queries.ranges"] == 0.0
    assert "no columns" in getattr(values["utility.queries.counts"], "why", "")
    assert "no columns" in getattr(values["utility.queries.groups"], "why", "")
