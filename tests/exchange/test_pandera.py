"""Pandera's serialised schemas, old and new."""

from typing import Any

import pytest

from synthgen.errors import SchemaError
from synthgen.exchange import export_schema, import_schema
from synthgen.schema import Categorical, Column, Date, Integer, Schema


def column(**described: Any) -> Column:
    value = {"schema_type": "dataframe", "version": "0.24.0", "columns": {"x": described}}
    return import_schema(value).schema.columns["x"]


@pytest.mark.parametrize(
    "described",
    [
        {"dtype": "int64", "checks": {"greater_than_or_equal_to": 1, "less_than": 10}},
        {"dtype": "Int64", "checks": {"in_range": {"min_value": 0, "max_value": 9, "include_min": False}}},
        {"pandas_dtype": "int32", "checks": {"in_range": {"min_value": 1, "max_value": 9}}},
        {"dtype": "uint8", "greater_than": 0, "less_than_or_equal_to": 9.0},
        {
            "dtype": "int64",
            "checks": [
                {"value": 1, "options": {"check_name": "greater_than_or_equal_to", "raise_warning": False}},
                {"min_value": 0, "max_value": 9, "options": {"check_name": "in_range"}},
                {"value": 1, "options": {"check_name": "greater_than_or_equal_to"}},
            ],
        },
    ],
)
def test_every_way_to_write_a_check_down_is_read(described: dict[str, Any]) -> None:
    assert column(**described) == Integer(type="integer", minimum=1, maximum=9)


def test_levels_and_missing_are_read() -> None:
    assert column(dtype="category", nullable=True, checks={"isin": ["a", "b"]}) == Categorical(
        type="categorical", values=("a", "b"), nullable=True
    )


def test_a_date_is_no_moment() -> None:
    found = column(dtype="date", checks={"greater_than_or_equal_to": "2019-01-01 00:00:00"})
    assert found == Date(type="date", minimum="2019-01-01")


def test_what_has_no_counterpart_is_named() -> None:
    found = import_schema(
        {
            "schema_type": "dataframe",
            "columns": {"x": {"dtype": "int64", "required": False, "checks": {"str_length": {"min_value": 1}}}},
            "checks": [{"value": 1}],
        }
    )
    assert {loss.where for loss in found.losses} >= {"columns.x.checks.str_length", "columns.x.required", "checks"}


def test_a_series_is_no_table() -> None:
    with pytest.raises(SchemaError, match="expected schema_type: dataframe, got another; write it with to_yaml"):
        import_schema({"schema_type": "series"})


def test_a_column_with_sentinels_has_no_range(everything: Schema) -> None:
    made = export_schema(everything, "pandera").value
    assert made["columns"]["age"]["checks"] is None
    assert made["columns"]["price"]["checks"] == {"greater_than_or_equal_to": 0.5, "less_than_or_equal_to": 30000.0}
    assert made["unique"] == ["day", "age"]
