"""Groups of rows."""

import numpy as np

from synthgen.evaluate.fairness.groups import Grouping, groupings
from tests.evaluate.utility.made import inputs, table

REAL = inputs().real


def test_each_column_and_all_of_them_crossed() -> None:
    assert [one.columns for one in groupings(REAL, ("sex", "town"))] == [("sex",), ("town",), ("sex", "town")]
    assert [one.columns for one in groupings(REAL, ("sex",))] == [("sex",)]


def test_rows_are_counted_by_label() -> None:
    frame, grouping = table(800, 1), Grouping.of(REAL, ("sex", "town"))
    expected = frame.groupby(["sex", "town"]).size()
    found = dict(zip(grouping.labels, grouping.rows(REAL).tolist(), strict=True))
    assert found == {f"sex = {sex}, town = {town}": rows for (sex, town), rows in expected.items()}


def test_a_number_is_cut_at_its_quartiles() -> None:
    rows = Grouping.of(REAL, ("noise",)).rows(REAL)
    assert len(rows) == 4
    assert rows.sum() == 800
    assert rows.max() - rows.min() <= 2


def test_wrong_values_and_unknown_groups_are_in_none() -> None:
    grouping = Grouping.of(REAL, ("town",))
    odd = inputs(table(30, 5).assign(town=["Atlantis"] * 10 + ["Lima"] * 10 + [None] * 10)).synthetic
    assert (grouping.codes(odd)[:10] == -1).all()
    assert (grouping.codes(odd)[10:20] >= 0).all()
    assert (grouping.codes(odd)[20:] == -1).all()  # no real row is missing there


def test_missing_is_a_group_where_the_table_has_such_rows() -> None:
    frame = table(100, 1)
    frame.loc[:9, "town"] = None
    view = inputs(real=frame).real
    grouping = Grouping.of(view, ("town",))
    assert grouping.rows(view)[grouping.labels.index("town = (missing)")] == 10


def test_too_many_groups_are_counted_and_the_largest_kept() -> None:
    grouping = Grouping.of(REAL, ("noise", "age", "town"))
    rows = grouping.rows(REAL)
    assert len(rows) == 40
    assert grouping.left > 0
    assert rows.min() >= 1
    assert np.unique(grouping.cells).size == 40
