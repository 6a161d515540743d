"""The public grid: which cell a value falls into, and which value stands in a unit."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.grid import OTHER, WIDE_CELLS, LevelGrid, LineGrid, grid, number_of, value_of
from synthgen.errors import SchemaError
from synthgen.schema import Boolean, Categorical, Column, Date, DateTime, Integer, Number
from synthgen.schema.lines import EPOCH
from synthgen.tables.conform import Values

EXACT = 2**53
DIGITS = 10**15


def values(data: np.ndarray, *, null: np.ndarray | bool = False, special: np.ndarray | int = -1) -> Values:
    """Conformed values."""
    shape = np.shape(data)
    return Values(
        data=np.asarray(data),
        null=np.broadcast_to(np.asarray(null), shape).copy(),
        special=np.broadcast_to(np.asarray(special, np.int16), shape).copy(),
    )


def pairs(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Two bounds in order."""
    return st.tuples(of, of).map(lambda pair: (min(pair), max(pair)))


scales = st.sampled_from(["linear", "log"])


@st.composite
def integers(draw: st.DrawFn) -> tuple[Column, np.ndarray]:
    low, high = draw(pairs(st.integers(-EXACT, EXACT)))
    column = Integer(type="integer", minimum=low, maximum=high, scale=draw(scales))
    return column, np.array(draw(st.lists(st.integers(low, high), min_size=1)), np.int64)


@st.composite
def decimals(draw: st.DrawFn) -> tuple[Column, np.ndarray]:
    digits = draw(st.integers(0, 6))
    low, high = draw(pairs(st.integers(-DIGITS, DIGITS)))

    def decimal(steps: int) -> float:
        return float(Decimal(steps).scaleb(-digits))

    column = Number(type="number", minimum=decimal(low), maximum=decimal(high), decimals=digits, scale=draw(scales))
    return column, np.array([decimal(steps) for steps in draw(st.lists(st.integers(low, high), min_size=1))])


@st.composite
def dates(draw: st.DrawFn) -> tuple[Column, np.ndarray]:
    low, high = draw(pairs(st.dates()))
    days = [(day - EPOCH.date()).days for day in draw(st.lists(st.dates(low, high), min_size=1))]
    return Date(type="date", minimum=low, maximum=high), np.array(days, np.int64)


@st.composite
def moments(draw: st.DrawFn) -> tuple[Column, np.ndarray]:
    far = dt.timedelta(days=150_000)
    whole = st.datetimes(EPOCH - far, EPOCH + far).map(lambda moment: moment.replace(microsecond=0))
    low, high = draw(pairs(whole))
    seconds = draw(st.lists(st.integers(0, int((high - low).total_seconds())), min_size=1))
    return DateTime(type="datetime", minimum=low, maximum=high), np.array(seconds, np.int64) + int(
        (low - EPOCH).total_seconds()
    )


steps = st.one_of(integers(), decimals(), dates(), moments())


@given(steps)
def test_every_value_of_a_column_of_steps_is_a_unit_and_comes_back_as_it_was(case: tuple[Column, np.ndarray]) -> None:
    line = grid("x", case[0])
    unit = line.unit_of(case[1])
    assert ((unit >= 0) & (unit < line.units)).all()
    np.testing.assert_array_equal(line.value_of(unit), case[1])


@given(steps)
def test_a_value_falls_into_the_cell_that_holds_its_unit_and_order_is_kept(case: tuple[Column, np.ndarray]) -> None:
    line, data = grid("x", case[0]), np.sort(case[1])
    cell, unit = line.encode(values(data)), line.unit_of(data)
    assert ((line.edges[cell] <= unit) & (unit < line.edges[cell + 1])).all()
    assert (np.diff(cell) >= 0).all()


@given(steps)
def test_cells_cover_the_line_without_gaps(case: tuple[Column, np.ndarray]) -> None:
    line = grid("x", case[0])
    assert line.edges[0] == 0
    assert line.edges[-1] == line.units
    assert (np.diff(line.edges) > 0).all()
    assert line.value_cells <= max(2**17, WIDE_CELLS)
    assert (np.diff(line.positions) > 0).all()


@given(steps, st.integers(-EXACT, EXACT))
def test_beyond_a_bound_is_the_cell_at_the_bound(case: tuple[Column, np.ndarray], far: int) -> None:
    line, digits = grid("x", case[0]), getattr(case[0], "decimals", 0)
    number = np.array([float(Decimal(far).scaleb(-digits)) if digits else far]).astype(case[1].dtype)
    cell = line.encode(values(number))
    assert 0 <= cell[0] < line.value_cells
    if number[0] <= line.value_of(np.zeros(1, np.int64))[0]:
        assert cell[0] == 0
    if number[0] >= line.value_of(np.array([line.units - 1]))[0]:
        assert cell[0] == line.value_cells - 1


@given(
    pairs(st.floats(-1e12, 1e12, allow_subnormal=False)),
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1),
    scales,
)
def test_a_continuous_number_comes_back_within_a_unit_and_inside_the_bounds(
    bounds: tuple[float, float], shares: list[float], scale: str
) -> None:
    low, high = bounds
    line = grid("x", Number(type="number", minimum=low, maximum=high, scale=scale))
    data = np.clip(low + (high - low) * np.array([0.0, 1.0, *shares]), low, high)
    unit = line.unit_of(data)
    back = line.value_of(unit)
    assert ((unit >= 0) & (unit < line.units)).all()
    assert ((back >= low) & (back <= high)).all()
    slack = 4 * np.spacing(max(abs(low), abs(high)))
    assert (np.abs(back - data) <= float(line.step) + slack).all()


def test_every_kind_of_column_has_its_values_then_its_sentinels_then_missing(column: Column) -> None:
    cells = grid("x", column)
    special = len(getattr(column, "special", ()))
    assert cells.cells == cells.value_cells + special + column.nullable
    lowest = np.zeros(1, np.int64) if isinstance(cells, LevelGrid) else cells.value_of(np.zeros(1, np.int64))
    assert cells.encode(values(lowest)).tolist() == [0]
    if column.nullable:
        assert cells.encode(values(lowest, null=True)).tolist() == [cells.cells - 1]
    for index in range(special):
        assert cells.encode(values(lowest, special=index)).tolist() == [cells.value_cells + index]


def test_missing_comes_before_a_sentinel() -> None:
    line = grid("x", Integer(type="integer", minimum=0, maximum=9, special=(-1,), nullable=True))
    assert line.encode(values(np.zeros(1, np.int64), null=True, special=0)).tolist() == [11]


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (Integer(type="integer", minimum=0, maximum=2**17 - 1), 2**17),
        (Integer(type="integer", minimum=0, maximum=2**17), WIDE_CELLS),
        (Number(type="number", minimum=0, maximum=1), WIDE_CELLS),
        (Number(type="number", minimum=7, maximum=7), 1),
        (Date(type="date", minimum="2020-02-28", maximum="2020-03-01"), 3),
    ],
)
def test_a_line_has_a_cell_for_each_unit_until_there_are_too_many(column: Column, cells: int) -> None:
    assert grid("x", column).value_cells == cells


def test_a_log_scale_is_fine_near_zero_and_coarse_far_from_it() -> None:
    line = grid("x", Integer(type="integer", minimum=0, maximum=10**9, scale="log"))
    widths = np.diff(line.edges)
    assert widths[0] < 10
    assert widths[-1] > 10**5
    even = grid("x", Integer(type="integer", minimum=0, maximum=10**9))
    assert np.ptp(np.diff(even.edges)) <= 1


def test_a_log_scale_is_the_same_on_both_sides_of_zero() -> None:
    line = grid("x", Integer(type="integer", minimum=-(10**9), maximum=10**9, scale="log"))
    widths = np.diff(line.edges)
    assert np.allclose(widths, widths[::-1], rtol=0.01, atol=1.5)


def test_a_decimal_is_the_one_that_a_person_wrote() -> None:
    line = grid("x", Number(type="number", minimum=0.1, maximum=0.7, decimals=1))
    assert line.units == 7
    assert line.value_of(np.arange(7)).tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


def test_without_bounds_there_is_no_grid() -> None:
    with pytest.raises(SchemaError, match="minimum and maximum") as error:
        grid("age", Integer(type="integer", minimum=0))
    assert error.value.subject == "column age"


def test_without_levels_there_is_no_grid_until_they_are_discovered() -> None:
    hidden = Categorical(type="categorical", discover=True, nullable=True)
    with pytest.raises(SchemaError, match="discover"):
        grid("job", hidden)
    found = grid("job", hidden, ("baker", "clerk"))
    assert isinstance(found, LevelGrid)
    assert found.values == ("baker", "clerk", OTHER)
    assert found.cells == 4


def test_levels_keep_their_order() -> None:
    levels = grid("x", Boolean(type="boolean", values=("yes", "no")))
    assert levels.encode(values(np.array([1, 0, 1], np.int32))).tolist() == [1, 0, 1]


@given(steps)
def test_bounds_and_the_numbers_they_are_counted_in_say_the_same(case: tuple[Column, np.ndarray]) -> None:
    column = case[0]
    for bound in (column.minimum, column.maximum):
        assert (
            value_of(column, float(number_of(bound)) if isinstance(column, Number) else int(number_of(bound))) == bound
        )


def test_a_grid_is_a_line_or_levels(column: Column) -> None:
    levels = isinstance(column, Categorical | Boolean)
    assert isinstance(grid("x", column), LevelGrid if levels else LineGrid)


def test_a_time_zone_that_arrow_does_not_know_is_refused_before_a_row_is_read() -> None:
    column = DateTime(type="datetime", timezone="Factory", minimum="2019-01-01", maximum="2019-01-02")
    with pytest.raises(SchemaError, match="a time zone known here"):
        grid("x", column)


@pytest.mark.parametrize(("low", "high", "seconds"), [("2019-10-27T02:30:00", "2019-10-27T02:30:00", 3600)])
def test_the_hour_that_comes_twice_lies_between_its_bounds(low: str, high: str, seconds: int) -> None:
    column = DateTime(type="datetime", timezone="Europe/Berlin", minimum=low, maximum=high)
    line = grid("x", column)
    assert isinstance(line, LineGrid)
    assert line.units == seconds + 1
