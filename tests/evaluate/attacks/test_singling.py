"""Singling out by anonymeter's definitions, on tables small enough to work out by hand."""

from itertools import combinations

import numpy as np
import pytest

from synthgen.evaluate.attacks.points import Points
from synthgen.evaluate.attacks.queries import AT_LEAST, AT_MOST, EQUAL, Queries, counts
from synthgen.evaluate.attacks.singling import by_chance, multivariate, singled, univariate


def rows(numbers: list[float], codes: list[int]) -> Points:
    return Points(
        names=("age", "town"),
        numbers=np.array([numbers], np.float32),
        codes=np.array([codes], np.int32),
        holes=np.array([True]),
    )


def told(queries: Queries) -> set[tuple[tuple[int, int, float], ...]]:
    return {
        tuple((int(c), int(s), round(float(v), 3)) for c, s, v in zip(*one, strict=True))
        for one in zip(queries.columns, queries.signs, queries.values, strict=True)
    }


def some(*conditions: tuple[int, int, float]) -> Queries:
    found = np.array([conditions], float)
    return Queries(columns=found[:, :, 0].astype(int), signs=found[:, :, 1].astype(np.int8), values=found[:, :, 2])


def test_univariate_conditions_are_ends_and_values_that_one_row_has() -> None:
    # Ages 0, 0.25, 0.5, 1, 1 and a missing one: 0, 0.25, 0.5 are single, the missing value is, and so is the lower end;
    # the upper end picks two rows. Towns 0, 0, 0, 0, 1, 1: none is single.
    synthetic = rows([0.0, 0.25, 0.5, 1.0, 1.0, 2.0], [0, 0, 0, 0, 1, 1])
    found = univariate(synthetic, 100, np.random.default_rng(0))
    assert told(found) == {
        ((0, AT_MOST, 0.0),),
        ((0, EQUAL, 0.0),),
        ((0, EQUAL, 0.25),),
        ((0, EQUAL, 0.5),),
        ((0, EQUAL, 2.0),),
    }


def test_multivariate_conditions_hold_a_row_s_values_with_numbers_turned_outwards() -> None:
    # The median age is 0.25. Row 3 is alone at 1 and above; rows 0 and 1 share "at most 0, town 0"; rows 1.. are told
    # apart by "at most 0.25, town 1", which row 2 has alone.
    synthetic = rows([0.0, 0.0, 0.25, 0.5, 1.0], [0, 0, 1, 0, 0])
    found = multivariate(synthetic, 100, np.random.default_rng(0), conditions=2)
    assert told(found) == {
        ((0, AT_MOST, 0.25), (1, EQUAL, 1)),
        ((0, AT_LEAST, 1.0), (1, EQUAL, 0)),
    }


def test_a_condition_succeeds_where_it_picks_exactly_one_row() -> None:
    table = rows([0.1, 0.4, 0.9, 2.0], [0, 0, 1, 1])
    asked = [some((0, AT_LEAST, 0.5)), some((0, AT_LEAST, 0.3)), some((0, EQUAL, 0.7)), some((0, EQUAL, 2.0))]
    assert [int(counts(one, table)[0]) for one in asked] == [1, 2, 0, 1]
    assert [bool(singled(one, table)[0]) for one in asked] == [True, False, False, True]


def test_conditions_hold_together() -> None:
    table = rows([0.1, 0.4, 0.9, 0.9], [0, 0, 1, 0])
    assert counts(some((0, AT_LEAST, 0.3), (1, EQUAL, 0)), table).tolist() == [2]


def test_what_is_no_number_is_neither_small_nor_large() -> None:
    table = rows([2.0, 4.0, 0.5], [0, 0, 0])
    assert counts(some((0, AT_LEAST, 0.0)), table).tolist() == [1]


def test_no_query_is_asked_twice() -> None:
    synthetic = rows(np.linspace(0, 1, 40).tolist(), list(range(40)))
    found = multivariate(synthetic, 500, np.random.default_rng(0), conditions=2)
    assert len(told(found)) == len(found) == 40


def test_the_probability_is_that_of_all_dealings() -> None:
    members, controls = rows([0.1, 0.3, 0.5], [0, 1, 2]), rows([0.3, 0.7, 0.9], [3, 3, 5])
    queries = Queries(
        columns=np.array([[0], [0], [1], [1]]),
        signs=np.array([[AT_MOST], [EQUAL], [EQUAL], [EQUAL]], np.int8),
        values=np.array([[0.1], [0.3], [2.0], [3.0]]).astype(np.float32).astype(np.float64),
    )
    picks = np.array([[1, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0]])

    def more(chosen: tuple[int, ...]) -> int:
        inside = picks[:, list(chosen)].sum(axis=1)
        return int((inside == 1).sum() - (picks.sum(axis=1) - inside == 1).sum())

    exact = np.mean([more(chosen) >= more((0, 1, 2)) for chosen in combinations(range(6), 3)])
    found = by_chance(queries, members, controls, np.random.default_rng(0))
    assert found == pytest.approx(exact, abs=0.04)


def test_without_a_condition_chance_explains_everything() -> None:
    table = rows([0.1], [0])
    assert by_chance(some((1, EQUAL, 7)), table, table, np.random.default_rng(0)) == 1.0
