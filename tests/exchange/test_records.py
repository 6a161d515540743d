"""The JSON Schema of a record."""

from typing import Any

import pytest

from synthgen.errors import SchemaError
from synthgen.exchange import export_schema, import_schema
from synthgen.schema import Categorical, Column, Integer, Number, Schema, Text


def column(**described: Any) -> Column:
    return import_schema({"properties": {"x": described}, "required": ["x"]}).schema.columns["x"]


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"type": ["integer", "null"], "minimum": 0}, Integer(type="integer", minimum=0, nullable=True)),
        (
            {"anyOf": [{"type": "integer", "exclusiveMaximum": 10}, {"type": "null"}]},
            Integer(type="integer", maximum=9, nullable=True),
        ),
        (
            {"anyOf": [{"type": "integer", "maximum": 9}, {"enum": [-1, "N"]}, {"type": "null"}]},
            Integer(type="integer", maximum=9, special=(-1, "N"), nullable=True),
        ),
        ({"type": "number", "multipleOf": 0.01}, Number(type="number", decimals=2)),
        ({"const": "a"}, Categorical(type="categorical", values=("a",))),
        ({"enum": ["a", None]}, Categorical(type="categorical", values=("a",), nullable=True)),
        ({"$ref": "#/$defs/missing"}, Text(type="text")),
    ],
)
def test_a_property_becomes_the_column_that_means_the_same(described: dict[str, Any], expected: Column) -> None:
    assert column(**described) == expected


def test_references_within_the_file_are_followed_and_loops_end() -> None:
    value = {
        "type": "array",
        "items": {"$ref": "#/$defs/row"},
        "$defs": {
            "row": {"title": "Row", "type": "object", "properties": {"age": {"$ref": "#/$defs/age"}}},
            "age": {"type": "integer", "minimum": 0},
            "loop": {"$ref": "#/$defs/loop"},
        },
    }
    found = import_schema(value)
    assert found.schema.name == "Row"
    assert found.schema.columns["age"] == Integer(type="integer", minimum=0, nullable=True)
    assert import_schema({"properties": {"x": {"$ref": "#/$defs/loop"}}, "$defs": value["$defs"]})


def test_a_property_that_is_not_required_may_be_missing() -> None:
    found = import_schema({"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a"]})
    assert [each.nullable for each in found.schema.columns.values()] == [False, True]


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(SchemaError, match="expected the schema of an object, got 'string'; describe one record"):
        import_schema({"type": "string"}, "json-schema")


def test_what_is_written_is_valid_for_rows_of_the_table(everything: Schema) -> None:
    made = export_schema(everything, "json-schema").value
    assert made["properties"]["age"] == {
        "anyOf": [{"type": "integer", "minimum": 0, "maximum": 120}, {"enum": [-1, "N"]}, {"type": "null"}]
    }
    assert made["properties"]["code"] == {"type": "string", "pattern": "^TX-[0-9]{8}$"}
    assert "sex" not in made["required"]
    assert made["properties"]["lat"] == {"type": "number", "minimum": 40.0, "maximum": 45.0, "multipleOf": 0.0001}
