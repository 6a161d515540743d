"""The JSON Schema of a schema file, for editors and other tools.

`python -m synthgen.schema.jsonschema` writes it to `schemas/schema.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthgen.schema.model import Schema

PUBLISHED = Path("schemas/schema.json")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every schema file meets.

    >>> sorted(json_schema()["required"])
    ['columns', 'name']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Schema.model_json_schema(),
        "title": "synthgen schema",
    }


def as_text() -> str:
    """The file's text."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(as_text(), encoding="utf-8")
