"""Associations: those of scipy and pandas, over the rows that have both values."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import contingency, spearmanr

from synthgen.evaluate.fidelity.associations import (
    associations,
    correlation_ratio,
    cramers_v,
    difference,
    mean_difference,
    pairs_of,
    worst,
)
from synthgen.evaluate.fidelity.estimate import Estimate
from synthgen.evaluate.report import Absent


def test_pairs_are_of_numbers_of_categories_or_of_one_of_each(make: Any, give: Any) -> None:
    view = give(make(50), make(50)).real
    assert pairs_of(view, "pearson") == [("a", "n")]
    assert pairs_of(view, "cramers_v") == [("c", "d")]
    assert pairs_of(view, "correlation_ratio") == [("c", "a"), ("c", "n"), ("d", "a"), ("d", "n")]


def test_numbers_are_correlated_where_both_are_there(make: Any, give: Any) -> None:
    table = make(400)
    view = give(table, table).real
    both = table[(table["a"] >= 0) & table["n"].notna()]
    found = associations(view, "pearson")["a", "n"].value
    assert found == pytest.approx(both["a"].corr(both["n"]))


def test_rank_correlation_is_that_of_scipy(make: Any, give: Any) -> None:
    table = make(300).assign(a=np.arange(300) % 100, n=lambda each: (each["a"] - 50) ** 2 % 77)
    found = associations(give(table, table).real, "spearman")["a", "n"].value
    assert found == pytest.approx(spearmanr(table["a"], table["n"]).statistic)


@given(st.integers(0, 2**32 - 1))
def test_cramers_v_is_that_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, 60)
    y = np.where(rng.random(60) < 0.5, x, rng.integers(0, 3, 60))
    found, _ = cramers_v(x, y)
    assert found == pytest.approx(contingency.association(pd.crosstab(x, y).to_numpy(), method="cramer"), abs=1e-9)


def test_the_correlation_ratio_is_the_root_of_the_variance_between_levels() -> None:
    level, y = np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 7.0])
    assert correlation_ratio(level, y)[0] == pytest.approx(np.sqrt(4 / 5))


@pytest.mark.parametrize("constant", [{"a": 5}, {"a": None}])
def test_what_does_not_vary_has_no_association(make: Any, give: Any, constant: dict[str, Any]) -> None:
    inputs = give(make(100, **constant), make(100))
    real, other = (associations(view, "pearson") for view in (inputs.real, inputs.synthetic))
    assert np.isnan(real["a", "n"].value)
    assert isinstance(mean_difference(real, other), Absent)
    assert isinstance(difference(real["a", "n"], other["a", "n"]), Absent)


def test_a_table_that_lost_an_association_is_charged_all_of_it(make: Any, give: Any) -> None:
    inputs = give(make(300), make(300, a=7))
    real, other = (associations(view, "pearson") for view in (inputs.real, inputs.synthetic))
    found = mean_difference(real, other)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(real["a", "n"].value)
    assert found.value > 0.9


def test_the_worst_pairs_come_first(make: Any, give: Any) -> None:
    table = make(500)
    inputs = give(table, table.assign(d=np.random.default_rng(1).permutation(table["d"]), n=table["n"]))
    assert list(worst(*(associations(view, "cramers_v") for view in (inputs.real, inputs.synthetic)), 3)) == [
        ("c", "d")
    ]
