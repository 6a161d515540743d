"""Formats: what is written by one is what a reader of the same column finds."""

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.sample.written import written, written_schema
from synthgen.schema import Schema
from synthgen.tables import conform


def schema_of(**column: Any) -> Schema:
    return Schema.model_validate({"name": "t", "columns": {"x": column}})


def spelled(values: list[Any], **column: Any) -> list[str | None]:
    batch = pa.RecordBatch.from_pydict({"x": values})
    found = written(batch, schema_of(**column))
    assert found.schema == written_schema(batch.schema, schema_of(**column))
    return found.column("x").to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types


@pytest.mark.parametrize(
    ("column", "values", "text"),
    [
        ({"type": "number", "format": "$1,234.50"}, [0.0, 1e6, -1234.5, 0.07],
         ["$0.00", "$1,000,000.00", "-$1,234.50", "$0.07"]),
        ({"type": "number", "format": "$-1.5"}, [-0.5, 2.0], ["$-0.5", "$2.0"]),
        ({"type": "number", "format": "(1.234,50 €)"}, [-1234.5, 3.0], ["(1.234,50 €)", "3,00 €"]),
        ({"type": "number", "format": "12.5%"}, [99.9, -0.0], ["99.9%", "0.0%"]),
        ({"type": "integer", "format": "1 234 km"}, [999, 1000, -12345678], ["999 km", "1 000 km", "-12 345 678 km"]),
        ({"type": "integer", "format": "1,234", "special": ["N"]}, ["N", "1234", None], ["N", "1,234", None]),
        ({"type": "integer", "format": "1,234", "special": [-9999]}, [-9999, -9998], ["-9999", "-9,998"]),
        ({"type": "duration", "format": "PT1H30M"}, [0, 5, 5400, 90061, -60],
         ["PT0S", "PT5S", "PT1H30M", "P1DT1H1M1S", "-PT1M"]),
        ({"type": "time", "format": "23:59"}, [dt.time(0), dt.time(13, 5, 59), None], ["00:00", "13:05", None]),
        ({"type": "time", "format": "11:59 PM", "special": ["never"]}, ["never", "00:30:00", "12:00:00", "23:59:00"],
         ["never", "12:30 AM", "12:00 PM", "11:59 PM"]),
        ({"type": "duration", "format": "PT1H30M", "unit": "days"}, [3, 0], ["P3D", "PT0S"]),
        ({"type": "duration", "format": "1:30:00", "unit": "minutes"}, [90, 0, -1, 6000],
         ["1:30:00", "0:00:00", "-0:01:00", "100:00:00"]),
    ],
)  # fmt: skip
def test_values_are_written_as_the_example_is(column: dict[str, Any], values: list[Any], text: list[str]) -> None:
    assert spelled(values, **column) == text


def test_columns_without_a_format_are_left_alone() -> None:
    batch = pa.RecordBatch.from_pydict({"x": [1, 2]})
    assert written(batch, schema_of(type="integer")) is batch


FORMATS = [
    *("$1,234.50", "1.234,50 €", "€ -1 234,50", "(12,34)", "-1234.50", "1'234.50 CHF", "12.50 %", "USD1,234.50"),
    *("1_234.50", "kr 1\u00a0234,50"),
]


@pytest.mark.parametrize("example", FORMATS)
@given(cents=st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20))
def test_money_reads_back_as_it_was(example: str, cents: list[int]) -> None:
    schema = schema_of(type="number", format=example)
    values = np.array(cents) / 100
    back = conform(written(pa.RecordBatch.from_pydict({"x": values}), schema), schema)
    assert not back.violations
    np.testing.assert_array_equal(back.columns["x"].data, values)


@pytest.mark.parametrize("example", ["1,234", "1.234 €", "# 1", "(1 234)"])
@given(numbers=st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=20))
def test_whole_numbers_read_back_as_they_were(example: str, numbers: list[int]) -> None:
    schema = schema_of(type="integer", format=example)
    back = conform(written(pa.RecordBatch.from_pydict({"x": numbers}), schema), schema)
    assert not back.violations
    assert back.columns["x"].data.tolist() == numbers


@pytest.mark.parametrize("example", ["PT1H30M", "1:30:00"])
@pytest.mark.parametrize("unit", ["seconds", "minutes", "hours", "days"])
@given(lengths=st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20))
def test_durations_read_back_as_they_were(example: str, unit: str, lengths: list[int]) -> None:
    schema = schema_of(type="duration", unit=unit, format=example)
    back = conform(written(pa.RecordBatch.from_pydict({"x": lengths}), schema), schema)
    assert not back.violations
    assert back.columns["x"].data.tolist() == lengths


@pytest.mark.parametrize("example", ["23:59", "11:59 PM"])
def test_every_minute_of_the_day_reads_back_as_it_was(example: str) -> None:
    schema = schema_of(type="time", format=example)
    minutes = np.arange(0, 86_400, 60)
    times = pa.array(minutes.astype(np.int32)).cast(pa.time32("s"))
    back = conform(written(pa.RecordBatch.from_pydict({"x": times}), schema), schema)
    assert not back.violations
    assert back.columns["x"].data.tolist() == minutes.tolist()
