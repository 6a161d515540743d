"""Damage at random: a file loads as what was saved, or is refused with a ModelFileError, and nothing else happens."""

import copy
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthgen.errors import ModelFileError
from synthgen.model import Model, describe, statement

FLIPS, CUTS, DOCUMENTS, ARRAYS = 200, 60, 150, 100
ODD: list[Any] = [None, True, -1, 0, 1, 2**53, 10**30, 1e300, 0.5, "", "x\n", "inf", [], ["a"], {}, {"a": 1}, [[[1]]]]


def attempt(path: Path) -> Model | None:
    """The model, or None where the file was refused in one printable line."""
    try:
        return Model.load(path)
    except ModelFileError as error:
        refusal = error
    assert str(refusal).isprintable()
    assert refusal.expected
    return None


def pick(draw: np.random.Generator, options: Sequence[Any]) -> Any:
    """One of the options."""
    return options[draw.integers(len(options))]


def same(path: Path, model: Model, saved: bytes) -> bool:
    """Would the loaded model be saved as the same bytes?"""
    again = path.with_name("again.synthgen")
    model.save(again, force=True)
    return again.read_bytes() == saved


def test_flipped_bytes_are_found_or_do_not_matter(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.synthgen"
    model.save(path)
    saved, draw = path.read_bytes(), np.random.default_rng(1)
    directory = saved.index(b"PK\x01\x02")
    refused = 0
    for turn in range(FLIPS):
        damaged = bytearray(saved)
        start = directory if turn % 2 else 0  # half of them where it hurts most: in the directory at the end
        for _ in range(pick(draw, (1, 1, 1, 4))):
            damaged[draw.integers(start, len(saved))] ^= 1 << int(draw.integers(8))
        path.write_bytes(damaged)
        loaded = attempt(path)
        assert loaded is None or same(path, loaded, saved)
        refused += loaded is None
    assert refused > FLIPS / 2  # the others hit times and attributes that nobody reads


def test_truncated_and_spliced_files_are_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.synthgen"
    model.save(path)
    saved, draw = path.read_bytes(), np.random.default_rng(2)
    for _ in range(CUTS):
        cut, length = int(draw.integers(len(saved))), int(draw.integers(1, 40))
        for damaged in (saved[:cut], saved[:cut] + saved[cut + length :], saved[:cut] + bytes(length) + saved[cut:]):
            path.write_bytes(damaged)
            assert attempt(path) is None


def test_odd_values_anywhere_in_the_document_are_refused_or_make_a_sound_model(
    forge: Any, members: dict[str, bytes], tmp_path: Path
) -> None:
    whole, draw = json.loads(members["model.json"]), np.random.default_rng(3)
    places = list(_places(whole))
    refused = 0
    for _ in range(DOCUMENTS):
        value = copy.deepcopy(whole)
        *way, last = pick(draw, places)
        holder = value
        for step in way:
            holder = holder[step]
        holder[last] = pick(draw, ODD)
        loaded = attempt(forge(text=json.dumps(value).encode()))
        refused += loaded is None
        if loaded is not None:
            assert statement(loaded)
            json.dumps(describe(loaded), allow_nan=False)
            loaded.save(tmp_path / "again.synthgen", force=True)
    assert DOCUMENTS / 2 < refused < DOCUMENTS


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*way, step)
        yield from _places(inner, (*way, step))


@pytest.mark.parametrize("seed", [4])
def test_odd_numbers_anywhere_in_the_weights_never_draw_outside_the_domain(forge: Any, seed: int) -> None:
    draw = np.random.default_rng(seed)
    odd = [0, 1, -1, 2, 3, 127, 2.0**31, 2.0**62, 0.5, 1e-300, 1e300, float("nan"), float("inf")]
    refused = 0

    def one(arrays: dict[str, Any]) -> None:
        name = pick(draw, sorted(arrays))
        changed = arrays[name].copy()
        number = pick(draw, odd if changed.dtype.kind == "f" else odd[:8])
        with np.errstate(over="ignore", invalid="ignore"):
            changed.reshape(-1)[draw.integers(changed.size)] = np.float64(number).astype(changed.dtype)
        arrays[name] = changed

    for _ in range(ARRAYS):
        loaded = attempt(forge(arrays=one))
        refused += loaded is None
        if loaded is not None:
            _draws_inside(loaded)
    assert ARRAYS / 2 < refused < ARRAYS


def _draws_inside(model: Model) -> None:
    places = np.array([0.0, 0.25, 0.5, 0.999999])
    for column in model.codec.columns.values():
        level = np.repeat(np.arange(column.levels), len(places))
        kind, unit = column.draw(level, np.tile(places, column.levels))
        limits = np.array([getattr(column.grid, "units", column.grid.value_cells), 2, 1])
        assert ((unit >= 0) & (unit < limits[kind])).all()
