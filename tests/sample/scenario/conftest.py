"""Small models, made by hand: nothing is fitted."""

import numpy as np
import pytest

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import LevelGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema
from synthgen.shape import shape_of

SCHEMA = Schema.model_validate(
    {
        "name": "t",
        "columns": {
            "job": {"type": "categorical", "values": ["a", "b", "c", "x 3"]},
            "fraud": {"type": "boolean", "values": [0, 1]},
            "amt": {"type": "number", "minimum": 0, "maximum": 1000, "decimals": 2, "special": ["N"], "nullable": True},
            "age": {"type": "integer", "minimum": 0, "maximum": 99},
            "day": {"type": "date", "minimum": "2020-01-01", "maximum": "2020-12-31"},
            "at": {"type": "time"},
        },
    }
)


def column_codec(schema: Schema, name: str, levels: int) -> ColumnCodec:
    """Stretches of the line of about equal length, then the sentinels, then missing."""
    known = grid(name, schema.columns[name])
    units = known.value_cells if isinstance(known, LevelGrid) else known.units
    edges = np.linspace(0, units, min(levels, units) + 1).astype(np.int64)
    kind = np.full(len(edges) - 1, VALUE)
    first, count = edges[:-1], np.diff(edges)
    for extra in [*([SPECIAL] * len(getattr(known, "special", ()))), *([MISSING] * known.nullable)]:
        kind, first, count = np.append(kind, extra), np.append(first, 0), np.append(count, 1)
    pieces = Pieces(
        level=np.arange(len(kind)),
        mass=np.ones(len(kind)),
        kind=kind.astype(np.int8),
        first=first,
        stride=np.ones(len(kind), np.int64),
        count=count,
    )
    return ColumnCodec(
        grid=known, pieces=pieces, marginal=np.full(len(kind), 1 / len(kind)), variance=np.zeros(len(kind))
    )


def model_of(schema: Schema, seed: int) -> Draws:
    """A mixture whose rows differ a lot, so that a condition on one column moves the others; drawn independently."""
    modelled = shape_of(schema).modelled
    codec = Codec(columns={name: column_codec(modelled, name, 8) for name in modelled.columns})
    rng = np.random.default_rng(seed)
    heads = [rng.dirichlet(np.full(column.levels, 0.5), 16) for column in codec.columns.values()]
    book = Codebook(
        weights=rng.dirichlet(np.ones(16)), probabilities=np.hstack(heads).astype(np.float32), offsets=codec.offsets
    )
    return prepare(schema, codec, book, rows=1000, seed=11, iid=True)


@pytest.fixture(scope="session")
def base() -> Draws:
    """The model, without a condition."""
    return model_of(SCHEMA, seed=3)


@pytest.fixture(scope="session")
def ruled() -> Draws:
    """A model with computed columns, a bounded pair of days and of numbers, and a forbidden combination."""
    columns = dict(SCHEMA.model_dump(exclude_unset=True)["columns"])
    columns["fee"] = {"type": "number", "minimum": 0, "maximum": 100, "decimals": 2}
    columns["total"] = {"type": "number", "minimum": 0, "maximum": 2000, "decimals": 2}
    columns["pay"] = {"type": "number", "minimum": 0, "maximum": 1000, "decimals": 2}
    columns["until"] = {"type": "date", "minimum": "2020-01-01", "maximum": "2021-12-31", "nullable": True}
    rules = ["total = pay + fee", "until >= day", "pay > age", "NOT (job = 'a' AND fraud = 1)"]
    schema = Schema.model_validate({"name": "r", "columns": columns, "constraints": rules})
    return model_of(schema, seed=8)
