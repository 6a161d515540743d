"""A small model with every kind of column, made by hand, and a way to forge files."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import grids
from synthgen.encode.people import UNITS_ALIKE, Alike, People
from synthgen.encode.sizes import EDGES, UNIT_SIZES, Sizes
from synthgen.engine.codebook import Codebook
from synthgen.model import Manifest, Model, archive
from synthgen.privacy import Budget, Event, Exact, Gaussian, Part, PartitionSelection, SubsampledGaussian
from synthgen.schema import parse_schema

SCHEMA = """
name: tiny
rows: 40
privacy: {unit: person, rows_per_unit: 3}
target: won
columns:
  city: {type: categorical, values: [Oslo, Århus, 7], nullable: true, null_values: ["?"]}
  job: {type: categorical, discover: true}
  won: {type: boolean, values: [0, 1]}
  age: {type: integer, minimum: 0, maximum: 120, special: [-1, N]}
  income: {type: integer, minimum: 0, maximum: 9000000, scale: log}
  price: {type: number, minimum: 0.5, maximum: 99.95, decimals: 2, nullable: true}
  weight: {type: number, minimum: -1.5, maximum: 2.5}
  day: {type: date, minimum: 2019-01-01, maximum: 2019-12-31}
  moment: {type: datetime, minimum: 2019-01-01T00:00:00, maximum: 2019-12-31T23:59:59, special: [never]}
"""
DISCOVERED = {"job": ("baker", "clerk")}

ONE = 1.0, 1, 1
"""Mass, stride and count of a piece that is its level's only cell."""
LEVELS: Mapping[str, list[list[tuple[int, int, float, int, int]]]] = {  # kind, first, mass, stride, count
    "city": [[(VALUE, 0, *ONE)], [(VALUE, 1, 0.75, 1, 1), (VALUE, 2, 0.25, 1, 1)], [(MISSING, 0, *ONE)]],
    "job": [[(VALUE, 0, *ONE)], [(VALUE, 1, *ONE)], [(VALUE, 2, *ONE)]],
    "won": [[(VALUE, 0, *ONE)], [(VALUE, 1, *ONE)]],
    "age": [
        [(VALUE, 0, 1.0, 1, 40)],
        [(VALUE, 40, *ONE)],
        [(VALUE, 41, 1.0, 1, 80)],
        [(SPECIAL, 0, *ONE)],
        [(SPECIAL, 1, *ONE)],
    ],
    "income": [[(VALUE, 0, *ONE)], [(VALUE, 1, 0.5, 1, 1000), (VALUE, 1000, 0.5, 1000, 9000)]],
    "price": [[(VALUE, 0, 1.0, 1, 5000)], [(VALUE, 5000, 1.0, 1, 4946)], [(MISSING, 0, *ONE)]],
    "weight": [[(VALUE, 0, 1.0, 1, 2**39)], [(VALUE, 2**39, 1.0, 1, 2**39)]],
    "day": [[(VALUE, 0, 1.0, 1, 200)], [(VALUE, 200, 1.0, 1, 165)]],
    "moment": [[(VALUE, 0, 1.0, 3600, 8760)], [(SPECIAL, 0, *ONE)]],
}
PEOPLE = People(
    sizes=Sizes(counts=np.array([9, 4, -2] + [0] * (len(EDGES) - 3)), sigma=20.5),
    alike=Alike(counts=np.arange(10) - 3, sigma=77.0),
)
EVENTS: tuple[Event, ...] = (
    PartitionSelection(what="levels of job", sigma=400.0, sensitivity=3, threshold=2000, delta=1e-7),
    Gaussian(
        what="one-way histograms",
        parts=tuple(Part(name=name, cells=9, sigma=120.5, sensitivity=3.0, per_cell=3) for name in ("city", "won")),
    ),
    Gaussian(what=UNIT_SIZES, parts=(Part(name="person", cells=len(EDGES), sigma=20.5, sensitivity=1.0),)),
    Gaussian(what=UNITS_ALIKE, parts=(Part(name="alike", cells=10, sigma=77.0, sensitivity=10**0.5),)),
    SubsampledGaussian(
        what="critic", noise_multiplier=40.5, sample_rate=0.1, steps=300, clip=0.5, divisor=64.5, hardened=False
    ),
)


@pytest.fixture
def model() -> Model:
    """A private model."""
    return build(budget=Budget(epsilon=1.0, delta=1e-5), events=EVENTS)


@pytest.fixture
def model_without_privacy() -> Model:
    """The same from exact counts."""
    exact = Exact(what="one-way histograms", names=("city", "won"))
    return build(budget=Budget(epsilon=float("inf"), delta=1e-5), events=(exact,))


def build(*, budget: Budget, events: tuple[Event, ...]) -> Model:
    """Levels by hand, all shares by formulas: nothing here is random or fitted."""
    schema = parse_schema(SCHEMA)
    lines = grids(schema, discovered=DISCOVERED)
    codec = Codec(columns={name: column(lines[name], LEVELS[name]) for name in schema.columns})
    return Model(
        schema=schema,
        discovered=DISCOVERED,
        codec=codec,
        codebook=codebook(codec, rows=3),
        rows=40,
        budget=budget,
        events=events,
        manifest=Manifest(
            created="2025-01-31",
            versions={"synthgen": "0.1.0", "python": "3.11.9", "numpy": "2.4.6"},
            effort="quick",
            seed=7,
            device="cpu",
            private=budget.is_private,
            policy="clip",
        ),
        people=PEOPLE if budget.is_private else None,
    )


def column(grid: Any, levels: list[list[tuple[int, int, float, int, int]]]) -> ColumnCodec:
    """A column's codec; level l has a share in proportion to l + 1."""
    rows = [(level, *piece) for level, pieces in enumerate(levels) for piece in pieces]
    level, kind, first, mass, stride, count = (np.array(field) for field in zip(*rows, strict=True))
    shares = np.arange(1.0, len(levels) + 1)
    return ColumnCodec(
        grid=grid,
        pieces=Pieces(level=level, mass=mass, kind=kind.astype(np.int8), first=first, stride=stride, count=count),
        marginal=shares / shares.sum(),
        variance=shares / 1000,
    )


def codebook(codec: Codec, *, rows: int) -> Codebook:
    """Weights 1 : 2 : 3, and heads that differ from row to row."""
    weights = np.arange(1.0, rows + 1)
    heads = []
    for one in codec.columns.values():
        shape = 1.0 + (np.arange(one.levels) + np.arange(rows)[:, None]) % 3
        heads.append(shape / shape.sum(axis=1, keepdims=True))
    probabilities = np.concatenate(heads, axis=1).astype(np.float32)
    return Codebook(weights=weights / weights.sum(), probabilities=probabilities, offsets=codec.offsets)


@pytest.fixture
def members(model: Model, tmp_path: Path) -> dict[str, bytes]:
    """The files inside the private model's file."""
    model.save(tmp_path / "whole.synthgen")
    return archive.read(tmp_path / "whole.synthgen", limits={"model.json": 2**26, "weights.safetensors": 2**26})


Forge = Callable[..., Path]


@pytest.fixture
def forge(members: dict[str, bytes], tmp_path: Path) -> Forge:
    """Write a file whose digests are right, so that what else is wrong must be found.

    `text` replaces model.json as it is; `change` gets its values to change them; `arrays` gets the tensors; `weights`
    replaces their bytes.
    """

    def write(
        *,
        change: Callable[[dict[str, Any]], object] = len,  # changes nothing
        arrays: Callable[[dict[str, Any]], object] = len,
        text: bytes | None = None,
        weights: bytes | None = None,
    ) -> Path:
        if weights is None:
            tensors = safetensors.numpy.load(members["weights.safetensors"])
            arrays(tensors)
            weights = safetensors.numpy.save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
        value = json.loads(members["model.json"])
        digest = {"sha256": hashlib.sha256(weights).hexdigest(), "size": len(weights)}
        value["members"] = {"weights.safetensors": digest}
        change(value)
        path = tmp_path / "forged.synthgen"
        text = json.dumps(value, ensure_ascii=True).encode() if text is None else text
        archive.write(path, {"model.json": text, "weights.safetensors": weights})
        return path

    return write
