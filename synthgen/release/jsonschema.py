"""The JSON Schema of a release policy, for editors and other tools.

`python -m synthgen.release.jsonschema` writes it to `schemas/policy.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthgen.release.policy import Policy

PUBLISHED = Path("schemas/policy.json")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every policy meets.

    >>> sorted(json_schema()["required"])
    ['name', 'policy', 'privacy']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Policy.model_json_schema(),
        "title": "synthgen release policy",
    }


def as_text() -> str:
    """The file's text."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(as_text(), encoding="utf-8")
