"""Frictionless Table Schema, both ways."""

from typing import Any

import pytest

from synthgen.errors import SchemaError
from synthgen.exchange import Imported, export_schema, import_schema
from synthgen.schema import Boolean, Categorical, Column, Date, DateTime, Duration, Identifier, Integer, Number, Schema


def fields(*described: dict[str, Any], **more: Any) -> Imported:
    return import_schema({"fields": list(described)} | more, "frictionless")


def column(**described: Any) -> Column:
    return fields({"name": "x"} | described).schema.columns["x"]


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (
            {"type": "integer", "constraints": {"minimum": "3", "maximum": 9}},
            Integer(type="integer", minimum=3, maximum=9, nullable=True),
        ),
        (
            {"type": "number", "groupChar": ",", "constraints": {"required": True}},
            Number(type="number", format="1,234.50"),
        ),
        (
            {"type": "boolean", "trueValues": ["Y"], "falseValues": ["N"]},
            Boolean(type="boolean", values=("N", "Y"), nullable=True),
        ),
        ({"type": "boolean"}, Boolean(type="boolean", nullable=True)),
        (
            {"type": "date", "constraints": {"minimum": "2019-01-01"}},
            Date(type="date", minimum="2019-01-01", nullable=True),
        ),
        ({"type": "year", "constraints": {"minimum": "1990"}}, Integer(type="integer", minimum=1990, nullable=True)),
        (
            {"type": "yearmonth", "constraints": {"minimum": "2023-12", "maximum": "2024-01"}},
            Categorical(type="categorical", values=("2023-12", "2024-01"), ordered=True, nullable=True),
        ),
        (
            {"type": "duration", "constraints": {"maximum": "PT2H"}},
            Duration(type="duration", unit="seconds", format="PT1H30M", maximum=7200, nullable=True),
        ),
        ({"type": "string", "format": "uuid"}, Identifier(type="identifier", kind="uuid", nullable=True)),
        (
            {"type": "any", "constraints": {"enum": ["a", "b"]}, "ordered": True},
            Categorical(type="categorical", values=("a", "b"), ordered=True, nullable=True),
        ),
    ],
)
def test_a_field_becomes_the_column_that_means_the_same(described: dict[str, Any], expected: Column) -> None:
    assert column(**described) == expected


def test_an_end_that_is_itself_out_is_the_next_whole_number_or_a_rule() -> None:
    found = fields(
        {"name": "n", "type": "integer", "constraints": {"exclusiveMinimum": 0}},
        {"name": "x", "type": "number", "constraints": {"exclusiveMaximum": 1.5}},
    ).schema
    n, x = found.columns["n"], found.columns["x"]
    assert isinstance(n, Integer)
    assert isinstance(x, Number)
    assert (n.minimum, x.maximum, found.constraints) == (1, 1.5, ("x < 1.5",))


def test_missing_values_of_a_field_replace_those_of_the_schema() -> None:
    """The example of #field-missingValues."""
    found = fields({"name": "column1"}, {"name": "column2", "missingValues": ["-"]}, missingValues=["", "NA"])
    assert [each.null_values for each in found.schema.columns.values()] == [("NA",), ("-",)]


def test_keys_are_identifiers_or_rules() -> None:
    found = fields(
        {"name": "id", "type": "integer"},
        {"name": "day", "type": "date"},
        {"name": "shop", "type": "integer", "constraints": {"maximum": 9}},
        primaryKey="id",
        uniqueKeys=[["day", "shop"]],
    ).schema
    assert found.columns["id"] == Identifier(type="identifier", kind="sequence", unique=True)
    assert found.constraints == ("unique(day, shop)",)


def test_a_zone_of_pandas_is_a_zone() -> None:
    moment = column(type="datetime", tz="Europe/Berlin")
    assert isinstance(moment, DateTime)
    assert moment.timezone == "Europe/Berlin"


def test_sentinels_go_out_as_labelled_missing_values_and_come_back() -> None:
    schema = Schema(name="t", columns={"n": Integer(type="integer", minimum=0, maximum=9, special=(-1, "N"))})
    made = export_schema(schema, "frictionless")
    assert {"value": "N", "label": "special N"} in made.value["fields"][0]["missingValues"]
    assert import_schema(made.value, name="t").schema == schema
    assert made.losses == ()


def test_every_key_of_a_field_that_a_schema_lacks_is_named() -> None:
    found = fields({"name": "x", "rdfType": "http://schema.org/Country", "constraints": {"minLength": 3}})
    assert {loss.where for loss in found.losses} >= {"fields.x.rdfType", "fields.x.constraints.minLength"}


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"fields": 3}, "fields: expected a list, got 3"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "expected each name once, got 'a' again"),
        ({"fields": [{"name": "a", "type": "integer", "constraints": {"minimum": "x"}}]}, "expected a number, got 'x'"),
        ({"resources": [{"name": "r", "schema": "other.json"}]}, "expected a Table Schema, got the path other.json"),
    ],
)
def test_what_is_no_table_schema_is_refused(value: Any, line: str) -> None:
    with pytest.raises(SchemaError, match=line):
        import_schema(value, "frictionless")


def test_a_table_of_every_kind_goes_out_with_its_domains(everything: Schema) -> None:
    made = export_schema(everything, "frictionless")
    by_name = {field["name"]: field for field in made.value["fields"]}
    assert by_name["price"] == {
        "name": "price",
        "type": "number",
        "constraints": {"minimum": 0.5, "maximum": 30000.0, "required": True},
    }
    assert by_name["grade"]["categories"] == [1, 2, 3]
    assert by_name["lat"]["constraints"]["minimum"] == 40.0
    assert made.value["uniqueKeys"] == [["day", "age"]]
    assert {loss.where for loss in made.losses} == {
        "constraints",
        "columns.note",
        "columns.price.decimals",
        "columns.home",
    }
