"""Column kinds: which domains can be declared, and which are refused."""

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from synthgen.schema.columns import EXACT, Boolean, Categorical, Column, Date, DateTime, Integer, Number, spell
from synthgen.schema.mistakes import Mistake

COLUMN: TypeAdapter[Column] = TypeAdapter(Column)


def build(**said: Any) -> Any:
    return COLUMN.validate_python(said)


def mistake(**said: Any) -> Mistake:
    """The one mistake for which a column is refused."""
    with pytest.raises(ValidationError) as caught:
        build(**said)
    (error,) = caught.value.errors()
    found = error["ctx"]["error"]
    assert isinstance(found, Mistake)
    return found


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"type": "categorical", "values": ["a", 1, 2.5, True]}, Categorical),
        ({"type": "boolean"}, Boolean),
        ({"type": "integer", "minimum": 0, "maximum": 0}, Integer),
        ({"type": "number", "minimum": -0.5, "maximum": 0.5, "decimals": 1}, Number),
        ({"type": "date", "minimum": "2019-01-01", "maximum": dt.date(2019, 1, 1)}, Date),
        ({"type": "datetime", "minimum": "2019-01-01T10:00:00", "maximum": "2019-01-02 10:00"}, DateTime),
    ],
)
def test_a_column_is_built_from_plain_values(said: dict[str, Any], kind: type) -> None:
    assert isinstance(build(**said), kind)


def test_a_level_keeps_its_type() -> None:
    values = build(type="categorical", values=[1, 2.0, True, "3"]).values
    assert [(type(value), value) for value in values] == [(int, 1), (float, 2.0), (bool, True), (str, "3")]


@pytest.mark.parametrize("values", [["a", "b", "a"], [1, 1.0], [1, "1"], [True, "true"], [2.0, "2"]])
def test_two_levels_with_one_meaning_are_refused(values: list[Any]) -> None:
    assert mistake(type="categorical", values=values).where == ("values", len(values) - 1)


def test_true_and_one_are_two_levels() -> None:
    assert build(type="categorical", values=[True, 1, "True"]).values == (True, 1, "True")


def test_an_empty_list_of_levels_is_refused_with_both_ways_out() -> None:
    found = mistake(type="categorical", values=[])
    assert found.where == ("values",)
    assert "discover: true" in found.fix


@pytest.mark.parametrize(
    "said",
    [
        {"values": ["a"], "discover": True},
        {"values": ["a"], "values_from": "b"},
        {"values_from": "b", "discover": True},
    ],
)
def test_levels_have_one_source(said: dict[str, Any]) -> None:
    assert mistake(type="categorical", **said).where == (list(said)[1],)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, ["a"], {"a": 1}, dt.date(2020, 1, 1)])
def test_only_text_numbers_and_truth_values_are_levels(value: Any) -> None:
    mistake(type="categorical", values=["x", value])


@pytest.mark.parametrize("kind", ["categorical", "boolean"])
def test_a_level_cannot_be_missing_too(kind: str) -> None:
    found = mistake(type=kind, values=["a", 1], nullable=True, null_values=["?", 1.0])
    assert found.where == ("values", 1)


def test_a_sentinel_cannot_be_missing_too() -> None:
    found = mistake(type="integer", special=["N", -1], nullable=True, null_values=["-1"])
    assert found.where == ("special", 1)


def test_values_that_mean_missing_need_a_nullable_column() -> None:
    assert mistake(type="integer", null_values=["?"]).fix == "add nullable: true"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "number", "minimum": 0.2, "maximum": 0.1},
        {"type": "date", "minimum": "2019-01-02", "maximum": "2019-01-01"},
        {"type": "datetime", "minimum": "2019-01-01T00:00:01", "maximum": "2019-01-01"},
    ],
)
def test_the_minimum_is_not_above_the_maximum(said: dict[str, Any]) -> None:
    assert mistake(**said).where == ("minimum",)


@pytest.mark.parametrize(("text", "number"), [("1e5", 100_000), ("+7", 7), ("12.0", 12), ("-3", -3), (4.0, 4)])
def test_a_whole_bound_may_be_written_in_any_way_that_is_exact(text: Any, number: int) -> None:
    minimum = build(type="integer", minimum=text).minimum
    assert minimum == number
    assert type(minimum) is int


@pytest.mark.parametrize(
    "bound", [True, "abc", "012", "1_000", "0x1F", 1.5, "1.5", math.nan, math.inf, EXACT + 1, [1], ""]
)
def test_other_whole_bounds_are_refused(bound: Any) -> None:
    mistake(type="integer", maximum=bound)


@pytest.mark.parametrize("bound", [False, "abc", ".inf", "nan", math.nan, math.inf, "1e999", dt.date(2020, 1, 1)])
def test_other_decimal_bounds_are_refused(bound: Any) -> None:
    mistake(type="number", minimum=bound)


@pytest.mark.parametrize(("bound", "decimals"), [(0.125, 2), (0.5, 0), (1e13, 3)])
def test_bounds_lie_on_the_grid_of_the_decimals(bound: float, decimals: int) -> None:
    assert mistake(type="number", maximum=bound, decimals=decimals).where == ("maximum",)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_every_bound_with_few_enough_decimals_is_accepted(units: int, decimals: int) -> None:
    bound = round(units / 10**decimals, decimals)
    assert build(type="number", minimum=bound, maximum=bound, decimals=decimals).minimum == bound


@pytest.mark.parametrize(
    "day", ["2019-13-01", "yesterday", 2019, 2019.5, True, dt.datetime.now(dt.UTC), "2019-01-01T00:00"]
)
def test_what_is_not_a_day_is_refused(day: Any) -> None:
    mistake(type="date", minimum=day)


@pytest.mark.parametrize(
    "moment", ["2019-01-01T00:00:00Z", "2019-01-01T00:00:00.5", "noon", 1546300800, dt.datetime.now(dt.UTC)]
)
def test_what_is_not_a_moment_to_the_second_is_refused(moment: Any) -> None:
    mistake(type="datetime", minimum=moment)


def test_a_column_cannot_change() -> None:
    column = build(type="boolean")
    with pytest.raises(ValidationError, match="frozen"):
        column.nullable = True


@given(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()))
def test_a_spelling_is_never_ambiguous_within_one_type(value: Any) -> None:
    back = {bool: lambda text: text == "true", int: int, float: float, str: str}[type(value)]
    assert back(spell(value)) == value
