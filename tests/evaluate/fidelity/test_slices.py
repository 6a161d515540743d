"""Slices: the rows of one level, compared with the real rows of that level."""

from typing import Any

import numpy as np
import pytest

from synthgen.evaluate.fidelity import slices
from synthgen.evaluate.fidelity.estimate import tables_of
from synthgen.evaluate.fidelity.slices import slice_figures, sliced_by, slices_of
from synthgen.evaluate.report import Absent, Figure


def figures(inputs: Any, name: str) -> dict[tuple[str, str], Figure]:
    views = tables_of(inputs)
    found, _ = slices_of(views, name)
    return {(one.key, one.slice): one for each in found for one in slice_figures(inputs, views, each)}


def test_slices_are_by_the_target_the_protected_and_the_named_columns_once_each(make: Any, give: Any) -> None:
    inputs = give(make(50), make(50), protected=("d", "c"), slices=("a", "d"))
    assert sliced_by(inputs.schema, tables_of(inputs)) == ("c", "d", "a")


def test_levels_have_a_slice_each_and_numbers_one_for_each_quarter_and_code(make: Any, give: Any) -> None:
    views = tables_of(give(make(400), make(400)))
    assert [one.name for one in slices_of(views, "c")[0]] == ["c = x", "c = y", "c = z"]
    quarters = slices_of(views, "a")[0]
    assert len(quarters) == 5
    assert quarters[0].name.startswith("a < ")
    assert quarters[-1].name == "a = -1"
    assert sum(int(one.where.real.sum()) for one in quarters) == 400


def test_many_levels_are_cut_to_the_most_frequent_and_counted(
    make: Any, give: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "MOST_LEVELS", 2)
    table = make(100, d=["p"] * 50 + ["r"] * 30 + ["q"] * 20)
    found, left_out = slices_of(tables_of(give(table, table)), "d")
    assert ([one.name for one in found], left_out) == (["d = p", "d = r"], 1)


def test_a_slice_that_went_wrong_shows_it_and_the_others_do_not(make: Any, give: Any) -> None:
    spoilt = make(1500, 1)
    where = spoilt["c"] == "y"
    spoilt.loc[where, "n"] = np.random.default_rng(0).permutation(spoilt.loc[where, "n"])
    found = figures(give(make(1500), spoilt), "c")
    assert {key for key, _ in found} >= {"fidelity.tvd1", "fidelity.tvd2", "fidelity.tvd3", "fidelity.c2st"}
    for key in ("fidelity.tvd2", "fidelity.pearson", "fidelity.c2st"):
        values = [found[key, f"c = {level}"].value for level in "xyz"]
        assert values[1] == max(values)
        assert values[1] > 1.2 * values[0]


def test_the_share_of_a_slice_is_compared(make: Any, give: Any) -> None:
    found = figures(give(make(200, c=["x"] * 100 + ["y"] * 100), make(200, c=["x"] * 150 + ["y"] * 50)), "c")
    one = found["fidelity.slice.share", "c = x"]
    assert one.value == pytest.approx(0.25)
    assert one.note == "Real 50.00%, synthetic 75.00%."


def test_a_slice_that_is_too_small_is_told_as_such(make: Any, give: Any) -> None:
    found = figures(give(make(300, c=["x"] * 280 + ["y"] * 20), make(300, 1, c="x")), "c")
    large, small, none = ({key for key, where in found if where == f"c = {level}"} for level in "xyz")
    assert large == small == none
    for key in small - {"fidelity.slice.share"}:
        value = found[key, "c = y"].value
        assert isinstance(value, Absent)
        assert "too few" in value.why


def test_a_slice_without_a_second_real_sample_still_has_its_figure(make: Any, give: Any) -> None:
    found = figures(give(make(300, c="x"), make(300, 1, c="x"), make(60, 2, c="y")), "c")
    one = found["fidelity.tvd2", "c = x"]
    assert isinstance(one.value, float)
    assert isinstance(one.ceiling, Absent)
