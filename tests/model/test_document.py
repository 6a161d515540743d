"""A model.json that says anything but format 1 is refused in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthgen.errors import ModelFileError
from synthgen.model import Model

Change = Callable[[dict[str, Any]], object]


def put(*place: str | int, value: Any) -> Change:
    """Set one value."""

    def change(document: Any) -> None:
        for step in place[:-1]:
            document = document[step]
        document[place[-1]] = value

    return change


def drop(*place: str | int) -> Change:
    """Take one value out."""

    def change(document: Any) -> None:
        for step in place[:-1]:
            document = document[step]
        del document[place[-1]]

    return change


FAR = {"type": "number", "minimum": -1.7e308, "maximum": 1.7e308, "scale": "log"}


def refused(path: Path, *, saying: str) -> None:
    with pytest.raises(ModelFileError, match=saying) as caught:
        Model.load(path)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_forged_file_without_changes_is_fine(forge: Any) -> None:
    assert Model.load(forge()).rows == 40


def test_a_newer_format_asks_for_a_newer_synthgen(forge: Any) -> None:
    refused(forge(change=put("format", value=2)), saying="made by a newer synthgen; upgrade synthgen")


@pytest.mark.parametrize(
    ("change", "saying"),
    [
        (put("format", value=0), r"format: expected 1, got a number"),
        (put("format", value="1"), "format: expected a whole number, got text"),
        (put("format", value=True), "format: expected a whole number, got true or false"),
        (drop("format"), "format: expected a whole number, got nothing"),
        (put("more", value=1), r"model\.json, more: expected extra inputs are not permitted"),
        (put("rows", value=-1), r"rows: expected greater than or equal to 0"),
        (put("rows", value=1.5), "rows: expected a valid integer"),
        (put("rows", value="40"), "rows: expected a valid integer, got text"),
        (put("rows", value=True), "rows: expected a valid integer, got true or false"),
        (put("rows", value=10**30), "rows"),
        (put("budget", "epsilon", value=-1), r"budget\.epsilon: expected a number above 0"),
        (put("budget", "epsilon", value="inf"), r"budget\.epsilon: expected a valid number"),
        (put("budget", "delta", value=2), r"budget\.delta"),
        (put("budget", "note", value=""), r"budget\.note"),
        (put("events", value={}), "events: expected a valid list"),
        (put("events", 0, "kind", value="magic"), "events"),
        (put("events", 0, "sigma", value=0.5), "events as synthgen writes them"),
        (put("events", 0, "sigma", value=1e300), "sigma"),
        (put("events", 0, "sigma", value="4"), "sigma: expected a valid number"),
        (put("events", 1, "parts", 0, "sigma", value=1.0), "expected a cost of at most epsilon 1, got"),
        (put("events", 1, "parts", 0, "sensitivity", value=1e12), "expected a cost of at most epsilon 1, got inf"),
        (put("events", 1, "parts", 0, "cells", value=1.5), "cells"),
        (put("events", 1, "parts", 0, "seed", value=1), "seed"),
        (put("events", 0, "delta", value=0.5), "expected a cost"),
        (put("manifest", "private", value=False), r"manifest\.private"),
        (put("manifest", "created", value="yesterday"), r"manifest\.created"),
        (put("manifest", "created", value="2025-01-31T12:00:00"), r"manifest\.created"),
        (put("manifest", "policy", value="ignore"), r"manifest\.policy"),
        (put("manifest", "host", value="me"), r"manifest\.host"),
        (put("manifest", "versions", "numpy", value=2), r"manifest\.versions\.numpy"),
        (put("discovered", value={}), "the columns without values"),
        (put("discovered", "city", value=["a"]), "the columns without values"),
        (put("discovered", "job", value=["a", "a"]), "each level once"),
        (put("discovered", "job", value=["a", 1]), "discovered.job.1"),
        (put("discovered", "job", value=["a", "\ud800"]), "expected JSON, got other text"),
        (put("members", value={}), "the digests of the other members"),
        (put("members", "weights.safetensors", "sha256", value="0" * 64), "the digests of the other members"),
        (put("members", "weights.safetensors", "size", value=1), "the digests of the other members"),
        (put("members", "code.pkl", value={"sha256": "", "size": 0}), "the digests of the other members"),
        (put("schema", value=[]), "schema: expected a valid dictionary"),
        (put("schema", value={}), "expected a schema"),
        (put("schema", "columns", "x\n\x1b[2J", value={"type": "boolean"}), "a tensor codec.9"),
        (put("schema", "columns", "x\n\x1b[2J", value={"type": "magic"}), "expected a schema"),
        (put("schema", "columns", "age", "minimum", value=10**400), "a number too large"),
        (put("schema", "columns", "age", "maximum", value=10), "column age: expected pieces inside 11 places"),
        (drop("schema", "columns", "age", "maximum"), "a domain for each column"),
        (put("schema", "columns", "weight", value=FAR), "bounds of weight that no float64 holds"),
        (drop("schema", "columns", "job"), "the columns without values"),
        (drop("schema", "columns", "moment"), "no other tensors, got 'codec.8."),
        (put("schema", "columns", "city", "nullable", value=False), "expected a schema"),
        (put("schema", "columns", "price", "nullable", value=False), "column price: expected pieces inside 0 places"),
    ],
)
def test_a_document_that_is_not_version_1_is_refused(forge: Any, change: Change, saying: str) -> None:
    refused(forge(change=change), saying=saying)


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        (b"", "expected JSON, got other text"),
        (b"\xff\xfe", "expected JSON, got other text"),
        (b"\x80\x04]q\x00.", "expected JSON, got other text"),  # a pickle
        (b"[]", "expected a mapping, got a list"),
        (b"NaN", "expected JSON, got NaN"),
        (b'{"rows": -Infinity}', "expected JSON, got -Infinity"),
        (b'{"rows": 1e999}', "expected JSON, got a number too large"),
        (b'{"format": 1, "format": 1}', "expected JSON, got a key twice"),
        (b"9" * 10_000, "expected JSON, got other text"),
        (b"[" * 100_000, "expected JSON, got JSON nested too deep"),
        (b'{"a":' * 100_000, "expected JSON, got JSON nested too deep"),
        (b"[" + b"0," * 2**20 + b"0]", "expected at most 1,048,576 values"),
    ],
)
def test_text_that_is_not_our_json_is_refused(forge: Any, text: bytes, saying: str) -> None:
    refused(forge(text=text), saying=saying)


def test_a_schema_of_many_long_lines_is_stopped_in_time(forge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthgen.model.model.MOST_CELLS", 1000)
    refused(forge(), saying="at most 1,000 cells")
