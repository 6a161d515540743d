"""The reference of the schema file: each example is one, and each key stands in it."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from synthgen.schema import Column, Privacy, Schema, Survival, dump_schema, parse_schema

TEXT = (Path(__file__).parents[2] / "docs" / "schema.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
KINDS: tuple[Any, ...] = get_args(get_args(Column)[0])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("name: ")[1].split()[0])
def test_an_example_is_a_schema(example: str) -> None:
    schema = parse_schema(example)
    assert parse_schema(dump_schema(schema)) == schema


def test_every_key_is_explained() -> None:
    keys = {key for model in (Schema, *KINDS) for key in model.model_fields}
    keys |= {f"privacy.{key}" for key in Privacy.model_fields} | {f"survival.{key}" for key in Survival.model_fields}
    assert [key for key in sorted(keys - {"privacy", "survival"}) if f"`{key}" not in TEXT] == []


def test_every_kind_has_an_example() -> None:
    shown = {column.type for example in EXAMPLES for column in parse_schema(example).columns.values()}
    assert shown == {get_args(kind.model_fields["type"].annotation)[0] for kind in KINDS}
