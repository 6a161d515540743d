"""Drawings: shares that sum to one, edges that ascend, and names for everything."""

from typing import Any

import numpy as np
import pytest

from synthgen.evaluate.fidelity import drawn
from synthgen.evaluate.fidelity.distances import codes_of
from synthgen.evaluate.fidelity.estimate import tables_of
from synthgen.evaluate.fidelity.joint import matrices
from synthgen.evaluate.report import Distribution


def distributions(inputs: Any) -> dict[str, Distribution]:
    found = {one.column: one for one in drawn.distributions(tables_of(inputs))}
    for one in found.values():
        assert len(one.labels) == len(one.real) == len(one.synthetic)
        assert sum(one.real) == pytest.approx(1)
        assert sum(one.synthetic) == pytest.approx(1)
        assert (np.diff(one.edges) > 0).all()
        assert len(set(one.labels)) == len(one.labels)
    return found


def test_numbers_have_even_bars_then_what_lies_beyond_is_missing_or_a_code(make: Any, give: Any) -> None:
    found = distributions(give(make(500), make(500, 1, n=199.5)))
    assert found["a"].edges[:2] == pytest.approx((0.0, 3.3), abs=0.2)
    assert found["a"].labels[-1] == "-1"
    assert found["n"].labels[-2:] == ("\u2265 100", "(missing)") or found["n"].labels[-1] == "(missing)"
    assert found["n"].synthetic[-2] == 1.0
    assert len(found["n"].edges) == drawn.BARS + 1


def test_whole_numbers_of_a_short_range_have_a_bar_each(make: Any, give: Any) -> None:
    found = distributions(give(make(60, a=[1, 2, 4] * 20), make(60, a=[1, 2, 3] * 20)))["a"]
    assert found.edges == (0.5, 1.5, 2.5, 3.5, 4.5)
    assert found.real[:4] == pytest.approx((1 / 3, 1 / 3, 0, 1 / 3))
    assert found.synthetic[:4] == pytest.approx((1 / 3, 1 / 3, 1 / 3, 0))


def test_a_number_of_many_magnitudes_is_cut_in_logarithms() -> None:
    edges = drawn._edges(np.geomspace(1e-3, 1e6, 1000))
    assert np.diff(np.log(edges)) == pytest.approx(np.log(edges[1] / edges[0]))


@pytest.mark.parametrize("values", [[], [5.0], [1e308, 1e308], [-1.7e308, 1.7e308]])
def test_edges_ascend_whatever_there_is(values: list[float]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        edges = drawn._edges(np.array(values))
    assert np.isfinite(edges).all()
    assert (np.diff(edges) > 0).all()


def test_wrong_and_missing_levels_are_bars_of_their_own(make: Any, give: Any) -> None:
    found = distributions(give(make(100), make(100, 1, c=["x"] * 50 + ["w"] * 30 + [None] * 20)))["c"]
    assert found.labels == ("x", "y", "z", "(wrong)", "(missing)")
    assert found.synthetic == pytest.approx((0.5, 0, 0, 0.3, 0.2))


def test_many_levels_are_gathered(make: Any, give: Any) -> None:
    names = [f"level {place:03}" for place in range(100)] * 3 + ["level 000"] * 50
    found = distributions(give(make(350, d=names), make(350, 1, d="level 000")))["d"]
    assert len(found.labels) == drawn.MOST_LEVELS
    assert (found.labels[0], found.labels[-1]) == ("level 000", drawn.OTHERS)
    assert found.synthetic[0] == 1


@pytest.mark.parametrize("column", [{"a": None}, {"n": None}, {"c": None, "d": None}])
def test_columns_without_values_are_drawn_as_such(make: Any, give: Any, column: dict[str, None]) -> None:
    for real, other in ((make(50), make(50, **column)), (make(50, **column), make(50)), (make(50, **column),) * 2):
        assert set(distributions(give(real, other))) == {"a", "n", "c", "d"}


def test_matrices_of_associations_are_whole(make: Any, give: Any) -> None:
    found = {one.title: one for one in drawn.association_matrices(matrices(tables_of(give(make(300), make(300, 1)))))}
    assert len(found) == 4
    square, mixed = found["Pearson correlation"], found["Correlation ratio"]
    assert square.rows == square.columns == ("a", "n")
    assert square.real[0][0] == 1.0
    assert square.real[0][1] == square.real[1][0]
    assert (mixed.rows, mixed.columns) == (("c", "d"), ("a", "n"))
    assert (square.low, mixed.low) == (-1.0, 0.0)


def test_what_does_not_vary_has_no_colour(make: Any, give: Any) -> None:
    found = next(drawn.association_matrices(matrices(tables_of(give(make(300), make(300, 1, a=3))))))
    assert found.synthetic[0][1] is None
    assert found.real[0][1] is not None


def test_a_pair_is_drawn_by_the_shares_of_its_combinations(make: Any, give: Any) -> None:
    real = make(4, c=list("xxyz"), d=list("pqpp"))
    codes = codes_of(tables_of(give(real, make(4, c="x", d="p"))))
    names = codes.real.names
    found = next(drawn.pair_matrices([(names.index("c"), names.index("d"))], codes))
    assert (found.rows, found.columns) == (("x", "y", "z"), ("p", "q"))
    assert found.real == ((0.25, 0.25), (0.25, 0.0), (0.25, 0.0))
    assert found.synthetic[0] == (1.0, 0.0)
    assert found.high == 1.0


def test_a_pair_of_many_levels_keeps_the_most_frequent(make: Any, give: Any) -> None:
    names = [f"level {place:03}" for place in range(100)]
    table = make(100, d=names)
    codes = codes_of(tables_of(give(table, table)))
    found = next(drawn.pair_matrices([(2, 3)], codes))
    assert len(found.columns) == drawn.MOST_SIDE
    assert found.columns[-1] == drawn.OTHERS
    assert sum(map(sum, found.real)) == pytest.approx(1)
