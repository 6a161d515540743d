"""Bounds that nobody declared: public marks on every kind of line, and ends that are found or read."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.bounds import Ruler, clipped, ruler, wanting, with_bounds
from synthgen.encode.grid import grid, number_of, value_of
from synthgen.errors import LedgerError
from synthgen.privacy import Budget, Ledger, PrivateTable
from synthgen.privacy import table as private_table
from synthgen.schema import Schema
from synthgen.tables import Conformed, conform

LINES: dict[str, dict[str, Any]] = {
    "whole numbers": {"type": "integer"},
    "prices": {"type": "number", "decimals": 2},
    "long decimals": {"type": "number", "decimals": 12},
    "continuous": {"type": "number"},
    "days": {"type": "date"},
    "moments": {"type": "datetime"},
    "instants": {"type": "datetime", "timezone": "Pacific/Auckland"},
    "instants, on the other side": {"type": "datetime", "timezone": "Pacific/Honolulu"},
    "lengths of time": {"type": "duration", "unit": "minutes"},
    "money": {"type": "number", "format": "$1,234.50"},
}
EXACT = Budget(epsilon=np.inf, delta=1e-6)
LAVISH = Budget(epsilon=1000, delta=1e-6)


def schema_of(**keys: Any) -> Schema:
    return Schema(name="t", columns={"x": {"bounds": "discover"} | keys})


def line(name: str) -> tuple[Any, Ruler]:
    column = schema_of(**LINES[name]).columns["x"]
    return column, ruler(column)


def found(schema: Schema, values: list[Any], *, budget: Budget = LAVISH) -> Schema:
    """The schema with its bounds, at the noise scale of one row, and noise that happens to be 0."""
    batch = pa.RecordBatch.from_pydict({"x": values})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", lambda: lambda counts, _: counts)
        closed, _ = with_bounds(lambda: iter([conform(batch, schema)]), schema, Ledger(budget), rho=40.0)
    return closed


@pytest.mark.parametrize("name", LINES)
def test_marks_cover_the_line_in_order_and_every_end_is_a_bound_that_a_schema_may_say(name: str) -> None:
    column, own = line(name)
    assert len(own.low) == len(own.high) == own.marks.cells
    assert (np.diff(own.low) > 0).all()
    assert (own.low <= own.high).all()
    assert (own.high[:-1] <= own.low[1:]).all()
    assert own.marks.coarse[0] == 0
    assert (np.diff(own.marks.coarse) > 0).all()
    for cell in (0, own.marks.cells // 2, own.marks.cells - 1):
        ends = {"minimum": value_of(column, own.low[cell].item()), "maximum": value_of(column, own.high[-1].item())}
        grid("x", schema_of(**LINES[name] | ends | {"bounds": None}).columns["x"])


@given(
    name=st.sampled_from(["whole numbers", "prices", "continuous"]),
    value=st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12) | st.sampled_from([0.0, 1.0, -1.0, 2.0, -64.0]),
)
def test_a_value_lies_between_the_ends_of_its_cell(name: str, value: float) -> None:
    column, own = line(name)
    (data,) = (own_data,) = [conform(pa.RecordBatch.from_pydict({"x": [value]}), schema_of(**LINES[name])).columns["x"]]
    if column.type == "integer" and value != int(value):
        return
    assert own_data.data.dtype == own.low.dtype
    cell = own.encode(data)[0]
    tiny = 2.0**-32 if name == "continuous" else 0.0
    assert own.low[cell] - tiny <= data.data[0] <= own.high[cell] + tiny


@given(day=st.dates(dt.date(2, 1, 1), dt.date(9997, 12, 31)))
def test_a_day_lies_in_its_quarter(day: dt.date) -> None:
    _, own = line("days")
    cell = own.encode(conform(pa.RecordBatch.from_pydict({"x": [day]}), schema_of(type="date")).columns["x"])[0]
    assert own.low[cell] <= number_of(day) <= own.high[cell]
    assert own.high[cell] - own.low[cell] < 92


def test_doublings_are_cut_in_sixteen_and_decades_in_quarters() -> None:
    _, whole = line("whole numbers")
    sixty_four = int(np.searchsorted(whole.low, 64))
    assert whole.low[sixty_four : sixty_four + 4].tolist() == [64, 68, 72, 76]
    assert sixty_four in whole.marks.coarse
    _, days = line("days")
    assert np.diff(days.marks.coarse)[:-1].tolist() == [40] * 999


@pytest.mark.parametrize(
    ("keys", "values", "low", "high"),
    [
        (LINES["whole numbers"], list(range(17, 91)), 17, 91),
        (LINES["prices"], ["0.99", "12.50", "-3.25"], -3.35, 12.79),
        (LINES["continuous"], [0.3, 0.4, 0.45], 0.296875, 0.453125),
        (LINES["days"], [dt.date(2014, 5, 2), dt.date(2015, 5, 27)], dt.date(2014, 4, 1), dt.date(2015, 6, 30)),
        (
            LINES["moments"],
            ["2019-01-01T10:00:00", "2019-08-31T23:00:00"],
            dt.datetime(2019, 1, 1, 0, 0, 0),  # noqa: DTZ001 - schema moments carry no zone
            dt.datetime(2019, 9, 30, 23, 59, 59),  # noqa: DTZ001 - as above
        ),
        (
            LINES["instants"],
            ["2019-01-01T10:00:00Z", "2019-08-31T23:00:00Z"],
            dt.datetime(2019, 1, 1, 13, 0, 0),  # noqa: DTZ001 - what a clock shows there
            dt.datetime(2019, 10, 1, 12, 59, 59),  # noqa: DTZ001 - as above
        ),
        (LINES["lengths of time"], ["PT1H30M", "PT20M"], 20, 91),
        (LINES["money"], ["$1,234.50", "$0.99"], 0.96, 1269.75),
        (LINES["whole numbers"] | {"special": ["N", -1], "nullable": True}, ["7", "N", "-1", None], 7, 7),
        (LINES["whole numbers"] | {"minimum": 0}, [5], 0, 5),
        (LINES["whole numbers"] | {"maximum": 3}, [-1, 2], -1, 3),
    ],
)
def test_ends_are_found_within_a_cell_of_the_rows(keys: dict[str, Any], values: list[Any], low: Any, high: Any) -> None:
    column = found(schema_of(**keys), values * (4000 // len(values))).columns["x"]
    assert (column.minimum, column.maximum, column.bounds) == (low, high, None)


def test_a_declared_end_stays_even_where_all_rows_are_beyond_it() -> None:
    column = found(schema_of(type="integer", minimum=1000), [3] * 500).columns["x"]
    assert column.minimum == 1000 <= column.maximum


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("values", [[], [None] * 60, ["junk"] * 60, ["9" * 300] * 60, ["-1e308"] * 60])
def test_whatever_the_rows_hold_there_are_bounds(name: str, values: list[Any]) -> None:
    schema = schema_of(**LINES[name], nullable=True)
    batch = pa.RecordBatch.from_pydict({"x": pa.array(values, pa.string())})
    closed, _ = with_bounds(lambda: iter([conform(batch, schema)]), schema, Ledger(LAVISH), rho=0.01)
    column = closed.columns["x"]
    assert column.minimum <= column.maximum
    grid("x", column)


def test_a_guess_is_called_one(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = schema_of(type="integer")
    batch = pa.RecordBatch.from_pydict({"x": [4] * 20})
    monkeypatch.setattr(private_table, "DiscreteGaussian", lambda: lambda counts, _: counts)
    _, warnings = with_bounds(lambda: iter([conform(batch, schema)]), schema, Ledger(LAVISH), rho=1e-4)
    assert len(warnings) == 1
    assert warnings[0].startswith("column x: its rows stand above the noise nowhere")


def test_what_lies_beyond_found_bounds_is_clipped_and_no_fault() -> None:
    schema = schema_of(type="integer")
    closed = found(schema, [5] * 500)
    batch = conform(pa.RecordBatch.from_pydict({"x": [-(2**60), 5, 2**60]}), schema)
    assert not batch.violations
    assert clipped(batch, closed, schema).columns["x"].data.tolist() == [5, 5, 5]


def test_only_columns_that_ask_for_it_are_looked_at() -> None:
    schema = Schema(name="t", columns={"x": {"type": "integer", "minimum": 0, "maximum": 9}, "on": {"type": "boolean"}})

    def unread() -> Iterator[Conformed]:
        pytest.fail("read")

    assert wanting(schema) == ()
    for budget in (EXACT, LAVISH):
        ledger = Ledger(budget)
        assert with_bounds(unread, schema, ledger, rho=1.0) == (schema, ())
        assert ledger.events == ()


def test_nothing_is_read_before_it_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PrivateTable, "_histogram", lambda *_: pytest.fail("looked"))
    schema = schema_of(type="integer")
    batch = pa.RecordBatch.from_pydict({"x": [4] * 20})
    ledger = Ledger(Budget(epsilon=0.1, delta=1e-6))
    with pytest.raises(LedgerError):
        with_bounds(lambda: iter([conform(batch, schema)]), schema, ledger, rho=10.0)


def test_without_privacy_bounds_are_exact() -> None:
    assert found(schema_of(type="integer"), [3, 77], budget=EXACT).columns["x"].maximum == 77
    assert found(schema_of(type="number"), [0.1, 3.7], budget=EXACT).columns["x"].minimum == 0.1
