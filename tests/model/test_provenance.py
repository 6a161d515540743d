"""Where every number of a model file comes from; a new one cannot appear without saying so here.

SCHEMA  the schema, which is public, or a choice of whoever fitted
NOISED  computed from answers to charged events, nothing else
CHARGE  what an event said before a row was looked at: domains, noise scales, sensitivities
CHANCE  public randomness: the seed of initialisation
MAKING  the installation, the day, the format itself
"""

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import safetensors.numpy

from synthgen.model import Manifest, Model
from synthgen.privacy import Event, Part

SCHEMA, NOISED, CHARGE, CHANCE, MAKING = "schema", "noised event", "charge", "public randomness", "making"

MEMBERS = {"model.json": "keys below", "weights.safetensors": "tensors below"}
KEYS = {
    "format": MAKING,
    "schema": SCHEMA,  # the whole of it; a model without privacy may have closed open bounds from the rows
    "discovered.*[]": NOISED,  # names above the threshold of a charged partition selection
    "rows": NOISED,  # or the schema's own `rows`
    "people.sizes[]": NOISED,  # noisy counts of persons by number of rows, as they were released
    "people.alike[]": NOISED,  # noisy counts of persons with two rows alike, as they were released
    "budget.epsilon": SCHEMA,
    "budget.delta": SCHEMA,
    "events[].kind": CHARGE,
    "events[].what": CHARGE,
    "events[].sigma": CHARGE,
    "events[].sensitivity": CHARGE,
    "events[].threshold": CHARGE,
    "events[].delta": CHARGE,
    "events[].names[]": CHARGE,
    "events[].noise_multiplier": CHARGE,
    "events[].sample_rate": CHARGE,
    "events[].steps": CHARGE,
    "events[].clip": CHARGE,
    "events[].divisor": CHARGE,
    "events[].hardened": CHARGE,
    "events[].parts[].name": CHARGE,
    "events[].parts[].cells": CHARGE,
    "events[].parts[].sigma": CHARGE,
    "events[].parts[].sensitivity": CHARGE,
    "events[].parts[].per_cell": CHARGE,
    "manifest.created": MAKING,
    "manifest.versions.*": MAKING,
    "manifest.effort": SCHEMA,
    "manifest.seed": CHANCE,
    "manifest.device": MAKING,
    "manifest.private": SCHEMA,
    "manifest.policy": SCHEMA,
    "manifest.noise": MAKING,  # whether somebody brought a source of noise
    "manifest.ledger": MAKING,  # none, or that of the data set: its name, the entry, and a hash over its secret key
    "manifest.taught": NOISED,  # words chosen by noisy counts; without privacy by rows
    "members.*.sha256": "tensors below",
    "members.*.size": "tensors below",
}
TENSORS = {
    "codebook.weights": NOISED,  # fitted to noisy tables from CHANCE
    "codebook.probabilities": NOISED,  # the same
    "codec.#.level": NOISED,  # cut by looking at noisy one-way counts
    "codec.#.mass": NOISED,
    "codec.#.kind": NOISED,
    "codec.#.first": NOISED,
    "codec.#.stride": NOISED,
    "codec.#.count": NOISED,
    "codec.#.marginal": NOISED,
    "codec.#.variance": NOISED,
}


@pytest.mark.parametrize("which", ["model", "model_without_privacy"])
def test_nothing_is_in_the_file_whose_source_is_not_written_down(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    model: Model = request.getfixturevalue(which)
    model.save(tmp_path / "m.synthgen")
    with zipfile.ZipFile(tmp_path / "m.synthgen") as file:
        content = {name: file.read(name) for name in file.namelist()}
        assert file.comment == b""
        assert all((info.comment, info.extra) == (b"", b"") for info in file.infolist())
    assert content.keys() == MEMBERS.keys()
    assert set(keys(json.loads(content["model.json"]))) <= KEYS.keys()
    weights = content["weights.safetensors"]
    assert {re.sub(r"\d+", "#", name) for name in safetensors.numpy.load(weights)} == TENSORS.keys()
    header = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], "little")])
    assert "__metadata__" not in header


def test_every_source_that_is_written_down_is_in_a_file(
    model: Model, model_without_privacy: Model, tmp_path: Path
) -> None:
    found = set()
    for number, one in enumerate((model, model_without_privacy)):
        one.save(tmp_path / f"{number}.synthgen")
        with zipfile.ZipFile(tmp_path / f"{number}.synthgen") as file:
            found |= set(keys(json.loads(file.read("model.json"))))
    assert found == KEYS.keys()


def test_every_field_of_manifest_and_events_has_a_source() -> None:
    assert {f"manifest.{field.name}" for field in fields(Manifest)} == {
        key.removesuffix(".*") for key in KEYS if key.startswith("manifest.")
    }
    named = {f"events[].{field.name}" for kind in get_args(Event) for field in fields(kind)} | {"events[].kind"}
    parts = {f"events[].parts[].{field.name}" for field in fields(Part)}
    known = {key for key in KEYS if key.startswith("events")}
    assert parts | {"events[].names[]" if name.endswith(".names") else name for name in named} == known | {
        "events[].parts"
    }


def test_no_column_name_of_the_schema_reaches_the_tensors(forge: Any) -> None:
    def rename(value: dict[str, Any]) -> None:
        columns = value["schema"]["columns"]
        value["schema"]["columns"] = {f"../{name}\n'": column for name, column in columns.items()}
        value["schema"]["target"] = "../won\n'"
        value["discovered"] = {"../job\n'": value["discovered"]["job"]}

    assert Model.load(forge(change=rename)).codec.names[0] == "../city\n'"


def keys(value: Any, way: str = "") -> Iterator[str]:
    """The way to every leaf: entries of a list are [], names that users choose are *."""
    if way == "schema" or not isinstance(value, dict | list):
        yield way
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, f"{way}[]")
    else:
        free = way in {"discovered", "manifest.versions", "members"}
        for key, inner in value.items():
            yield from keys(inner, f"{way}.{'*' if free else key}".removeprefix("."))
