"""The published JSON Schema."""

from pathlib import Path

from synthgen.schema.columns import Column
from synthgen.schema.jsonschema import PUBLISHED, as_text, json_schema

ROOT = Path(__file__).parents[2]


def test_the_published_file_is_what_the_code_says() -> None:
    assert (ROOT / PUBLISHED).read_text(encoding="utf-8") == as_text(), "run: python -m synthgen.schema.jsonschema"


def test_it_knows_every_column_type_and_refuses_unknown_keys() -> None:
    definitions = json_schema()["$defs"]
    kinds = json_schema()["properties"]["columns"]["additionalProperties"]["discriminator"]["mapping"]
    lines = {"integer", "number", "date", "datetime", "time", "duration"}
    assert set(kinds) == lines | {"categorical", "boolean", "point", "identifier", "text"}
    assert len(kinds) == len(Column.__args__[0].__args__)
    assert all(definition["additionalProperties"] is False for definition in definitions.values())
