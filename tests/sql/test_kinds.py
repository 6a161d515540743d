"""Conditions on times of day, durations, instants and levels in an order: read as the data is."""

from typing import Any

import pytest

from synthgen.encode.grid import grid
from synthgen.errors import ConditionError
from synthgen.schema import Schema
from synthgen.sql.literals import Value, as_number, compare
from synthgen.sql.region import region_of

TIME = {"type": "time"}
WAIT = {"type": "duration", "unit": "minutes", "minimum": 0, "maximum": 100, "special": [-1]}
ZONED = {"type": "datetime", "timezone": "Europe/Berlin", "minimum": "1970-01-01", "maximum": "1970-01-02"}
SIZE = {"type": "categorical", "values": ["small", "medium", "large"], "ordered": True}


def units(said: dict[str, Any], operator: str, text: str, kind: Any = "text") -> list[int]:
    """The first and the last unit that a comparison leaves, and how many there are."""
    column = Schema.model_validate({"name": "t", "columns": {"x": said}}).columns["x"]
    domain = grid("x", column)
    region = region_of(compare("x", column, domain, operator, [Value(kind=kind, text=text)]), domain)
    return [int(region.low[0]), int(region.high[-1]) - 1, int((region.high - region.low).sum())]


@pytest.mark.parametrize(
    ("column", "operator", "text", "kind", "found"),
    [
        (TIME, "<", "05:00", "text", [0, 5 * 3600 - 1, 5 * 3600]),
        (TIME, ">=", "11:59:59 PM", "text", [86_399, 86_399, 1]),
        (WAIT, "=", "PT1H30M", "text", [90, 90, 1]),
        (WAIT, ">", "90", "number", [91, 100, 10]),
        (ZONED, ">=", "1970-01-02", "text", [86_400, 86_400, 1]),
        (ZONED, "=", "1970-01-01T00:00:00Z", "moment", [3600, 3600, 1]),
        (SIZE, ">", "small", "text", [1, 2, 2]),
        (SIZE, "<=", "medium", "text", [0, 1, 2]),
    ],
)
def test_a_literal_means_what_the_same_text_means_in_the_data(
    column: dict[str, Any], operator: str, text: str, kind: str, found: list[int]
) -> None:
    assert units(column, operator, text, kind) == found


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (TIME, "25:00", "a time of day such as '23:59:59'"),
        (WAIT, "soon", "a number of its units, or a duration such as 'PT1H30M' or one of -1"),
        (ZONED, "soon", "a moment such as '2019-12-31 23:59:59'"),
        (SIZE, "smal", "'small', 'medium', 'large'"),
    ],
)
def test_another_literal_is_refused_with_an_example(column: dict[str, Any], text: str, expected: str) -> None:
    with pytest.raises(ConditionError) as caught:
        units(column, "=", text)
    assert caught.value.expected == expected


def test_levels_without_an_order_are_not_compared() -> None:
    with pytest.raises(ConditionError, match="have no order"):
        units(SIZE | {"ordered": False}, "<", "large")


def test_a_number_beside_a_line_of_durations_is_one_of_its_units() -> None:
    column = Schema.model_validate({"name": "t", "columns": {"x": WAIT}}).columns["x"]
    assert as_number(column, -1) == -1
    assert as_number(column, "PT2H") == 120
    assert as_number(column, "never") is None
