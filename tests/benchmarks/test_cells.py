"""Whether `auto` was right is computed from the fits, not claimed."""

import math
from typing import Any

import pytest
from cells import Cell, cells_of, chance_of, report

from synthgen.engine.phase import REACH, WEIGHTS_REACH

NOT_RUN = {"verdict": "likelihood: not run"}


def line(phase: str, *, reach: float = REACH, epsilon: float = 1.0, seed: int = 0, **scores: float) -> dict[str, Any]:
    facts = {"table": "scm", "rows": 1000, "epsilon": str(epsilon), "phase": phase, "seed": seed, "auto": "likelihood"}
    usual = {"cpu_s": 10.0, "verdict": "likelihood: kept", "tstr": 0.8, "trtr": 0.9, "c2st": 0.6, "nll": 5.0}
    return facts | {"reach": "privacy" if math.isinf(epsilon) else str(reach)} | usual | scores


def cell(*, reach: float = REACH, **taught: float) -> Cell:
    [found] = cells_of([line("off", reach=reach), line("likelihood", reach=reach, **taught)])
    return found


@pytest.mark.parametrize(
    ("reach", "epsilon", "name", "auto"),
    [
        (REACH, 1.0, "likelihood", "whole"),
        (REACH - 1, 1.0, "likelihood by weights", "weights"),
        (WEIGHTS_REACH - 1, 1.0, "likelihood by weights", "off"),
        (0.0, math.inf, "likelihood", "whole"),
    ],
)
def test_auto_is_what_was_taught_or_nothing_below_the_reach(reach: float, epsilon: float, name: str, auto: str) -> None:
    said = {"verdict": f"{name}: kept"}
    [found] = cells_of(line(phase, reach=reach, epsilon=epsilon) | said for phase in ("off", "likelihood"))
    assert found.auto == auto


@pytest.mark.parametrize(
    ("taught", "missed"),
    [
        ({}, []),
        ({"tstr": 0.793}, []),
        ({"tstr": 0.791}, ["tstr"]),
        ({"c2st": 0.607}, ["c2st"]),
        ({"tstr": 0.7, "c2st": 0.5}, ["tstr"]),
    ],
)
def test_teaching_is_wrong_where_it_costs_a_score_one_percent(taught: dict[str, float], missed: list[str]) -> None:
    assert list(cell(**taught).misses({})) == missed


@pytest.mark.parametrize(
    ("taught", "missed"),
    [
        ({}, []),
        ({"tstr": 0.81}, []),
        ({"tstr": 0.82}, ["tstr"]),
        ({"tstr": 0.82, "c2st": 0.61}, []),
        ({"tstr": 0.5}, []),
    ],
)
def test_not_teaching_is_wrong_where_it_would_have_won_two_percent_for_nothing(
    taught: dict[str, float], missed: list[str]
) -> None:
    assert list(cell(reach=1.0, **taught).misses({})) == missed


def test_a_miss_that_chance_explains_is_told_from_one_that_it_does_not() -> None:
    small, large = cell(tstr=0.79), cell(tstr=0.7)
    assert (list(small.misses({"tstr": 0.01})), list(large.misses({"tstr": 0.01}))) == ([], ["tstr"])


def test_a_cost_that_chance_explains_excuses_no_shyness_beyond_chance() -> None:
    shy = cell(reach=1.0, tstr=0.9, c2st=0.607)
    assert shy.misses({}) == {}
    assert list(shy.misses({"tstr": 0.01, "c2st": 0.05})) == ["tstr"]


def test_a_score_that_is_no_number_judges_nothing() -> None:
    assert list(cell(tstr=math.nan).gains) == ["c2st"]


def test_a_line_that_is_there_twice_counts_once() -> None:
    [found] = cells_of([line("off"), line("off"), line("likelihood"), line("likelihood", seed=1)])
    assert (len(found.off), len(found.taught)) == (1, 2)


def test_chance_is_how_far_the_fits_of_a_cell_differ() -> None:
    fits = [line("off", seed=seed, tstr=0.8 + 0.01 * seed) for seed in range(3)]
    found = chance_of(cells_of([*fits, line("likelihood")]))
    assert found["tstr"] == pytest.approx(0.01 / 0.81)
    assert found["c2st"] == 0.0


def test_cells_are_in_the_order_of_the_tables_and_need_both_sides() -> None:
    tables = ("mine", "shells", "parity3")
    lines = [line(phase) | {"table": table} for table in tables for phase in ("off", "likelihood")]
    assert [found.table for found in cells_of([*lines, line("off")])] == ["parity3", "shells", "mine"]


def test_a_report_has_a_line_a_cell_medians_and_what_is_wrong() -> None:
    taught = [line("likelihood", seed=seed, tstr=0.7 + 0.02 * seed) for seed in range(3)]
    text = report([line("off"), *taught])
    assert (
        "| scm | 1,000 | 1 | 100 | whole | .800 / .720 (.900) | .600 / .600 | 5.00 / 5.00 | kept | 10 / 10 | 1 / 3 |"
        in text
    )
    assert "| 1 kept, 1 not run |" in report([line("off"), line("likelihood"), line("likelihood", seed=1) | NOT_RUN])
    assert "by medians, auto is right in 0 of 1\n  scm, 1,000 rows, epsilon 1 (whole): tstr -10.0 %" in text
