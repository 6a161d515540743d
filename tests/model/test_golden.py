"""A file of format version 1 that must load for as long as synthgen reads version 1.

It was written from the small model of this folder; `pytest --update-golden` writes it again.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from synthgen.encode.codec import FIELDS
from synthgen.model import FORMAT_VERSION, Model
from synthgen.privacy.events import to_json as event_to_json
from synthgen.schema import dump_schema, parse_schema

GOLDEN = Path(__file__).parents[1] / "golden"
FILE, CONTENT = GOLDEN / "model_v1.synthgen", GOLDEN / "model_v1.json"


@pytest.fixture(autouse=True)
def _written_again_on_request(model: Model, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        model.save(FILE, force=True)
        CONTENT.write_text(json.dumps(content(model), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def content(model: Model) -> dict[str, Any]:
    """Everything in a model, as JSON values."""
    book = model.codebook
    return {
        "schema": dump_schema(model.schema),
        "discovered": {name: list(levels) for name, levels in model.discovered.items()},
        "rows": model.rows,
        "budget": asdict(model.budget),
        "events": [event_to_json(event) for event in model.events],
        "manifest": asdict(model.manifest),
        "columns": {
            name: {field: getattr(column.pieces, field).tolist() for field in FIELDS}
            | {"marginal": column.marginal.tolist(), "variance": column.variance.tolist()}
            for name, column in model.codec.columns.items()
        },
        "cells": {name: column.grid.cells for name, column in model.codec.columns.items()},
        "codebook": {
            "weights": book.weights.tolist(),
            "probabilities": book.probabilities.tolist(),
            "offsets": book.offsets.tolist(),
        },
    }


def test_the_golden_file_of_version_1_loads_with_what_it_held() -> None:
    expected = json.loads(CONTENT.read_text(encoding="utf-8"))
    found = content(Model.load(FILE))
    # A later schema may spell out more defaults: what counts is what it means.
    assert parse_schema(found.pop("schema")) == parse_schema(expected.pop("schema"))
    assert found["manifest"].pop("taught") == ""  # a later field, at its default
    assert found["manifest"].pop("noise") == "system"  # the same
    assert found["manifest"].pop("ledger") is None  # the same
    assert found == expected


def test_the_golden_file_is_small_and_of_the_current_version() -> None:
    assert FILE.stat().st_size < 50_000
    assert CONTENT.stat().st_size < 50_000
    assert FORMAT_VERSION == 1, "keep this file, and add model_v2"
