"""Whether `auto` was right is computed from the fits, not claimed."""

import math
from typing import Any

import pytest
from cells import Cell, cells_of, report, spread

from synthgen.engine.phase import REACH, WEIGHTS_REACH

NOT_RUN = {"verdict": "likelihood: not run, no table was worth measuring"}


def line(phase: str, *, reach: float = REACH, epsilon: float = 1.0, seed: int = 0, **scores: float) -> dict[str, Any]:
    facts = {"table": "scm", "rows": 1000, "epsilon": str(epsilon), "phase": phase, "seed": seed, "auto": "likelihood"}
    usual = {"cpu_s": 10.0, "verdict": "likelihood: kept", "tstr": 0.8, "trtr": 0.9, "c2st": 0.6, "nll": 5.0}
    return facts | {"reach": "privacy" if math.isinf(epsilon) else str(reach)} | usual | scores


def cell(*, reach: float = REACH, **taught: float) -> Cell:
    [found] = cells_of([line("off", reach=reach), line("likelihood", reach=reach, **taught)])
    return found


@pytest.mark.parametrize(
    ("reach", "epsilon", "auto"),
    [(REACH, 1.0, "whole"), (REACH - 1, 1.0, "weights"), (WEIGHTS_REACH - 1, 1.0, "off"), (0.0, math.inf, "whole")],
)
def test_auto_is_what_the_thresholds_of_now_choose(reach: float, epsilon: float, auto: str) -> None:
    [found] = cells_of(line(phase, reach=reach, epsilon=epsilon) for phase in ("off", "likelihood"))
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
    assert list(cell(**taught).misses(beyond_chance=False)) == missed


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
    assert list(cell(reach=1.0, **taught).misses(beyond_chance=False)) == missed


def fits(*, reach: float = REACH, spread: float, **taught: float) -> Cell:
    """Three fits a side, about what is told."""
    sides = (("off", {"tstr": 0.8}), ("likelihood", {"tstr": 0.8, **taught}))
    lines = [
        line(phase, reach=reach, seed=seed, **scores | {"tstr": scores["tstr"] + spread * (seed - 1)})
        for phase, scores in sides
        for seed in range(3)
    ]
    [found] = cells_of(lines)
    return found


def test_a_miss_that_chance_explains_is_told_from_one_that_it_does_not() -> None:
    small, large = fits(tstr=0.78, spread=0.01), fits(tstr=0.7, spread=0.01)
    assert list(small.misses(beyond_chance=False)) == list(large.misses(beyond_chance=False)) == ["tstr"]
    assert (list(small.misses(beyond_chance=True)), list(large.misses(beyond_chance=True))) == ([], ["tstr"])


def test_a_cost_that_chance_explains_excuses_no_shyness_beyond_chance() -> None:
    shy = fits(reach=1.0, tstr=0.79, c2st=0.55, spread=0.01)
    assert shy.misses(beyond_chance=False) == {}
    assert list(shy.misses(beyond_chance=True)) == ["c2st"]


def test_single_fits_leave_nothing_beyond_chance() -> None:
    assert list(cell(tstr=0.5).misses(beyond_chance=False)) == ["tstr"]
    assert cell(tstr=0.5).misses(beyond_chance=True) == {}


def test_a_score_that_is_no_number_judges_nothing() -> None:
    assert list(cell(tstr=math.nan).gains) == ["c2st"]


def test_a_line_that_is_there_twice_counts_once() -> None:
    [found] = cells_of([line("off"), line("off"), line("likelihood"), line("likelihood", seed=1)])
    assert (len(found.off), len(found.taught)) == (1, 2)


def test_chance_is_half_the_interval_of_student() -> None:
    found = fits(spread=0.01)
    assert found.chance("tstr") == pytest.approx(2.776 * 0.01 * math.sqrt(2 / 3) / 0.8, rel=1e-3)
    assert found.chance("c2st") == 0.0


def test_the_spread_is_that_between_fits_of_a_side() -> None:
    found = spread([fits(spread=0.01, tstr=0.4), fits(spread=0.01)])
    shares = [0.01 / middle for middle in (0.8, 0.4, 0.8, 0.8)]
    assert found["tstr"] == pytest.approx(math.sqrt(sum(share**2 for share in shares) / 4))
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
