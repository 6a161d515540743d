"""A small model, made by hand: nothing is fitted."""

import numpy as np
import pytest

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import LevelGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema

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


def column_codec(name: str, levels: int) -> ColumnCodec:
    """Stretches of the line of about equal length, then the sentinels, then missing."""
    known = grid(name, SCHEMA.columns[name])
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


CODEC = Codec(columns={name: column_codec(name, 8) for name in SCHEMA.columns})


def codebook(rows: int, seed: int) -> Codebook:
    """Rows that differ a lot, so that a condition on one column moves the others."""
    rng = np.random.default_rng(seed)
    heads = [rng.dirichlet(np.full(column.levels, 0.5), rows) for column in CODEC.columns.values()]
    return Codebook(
        weights=rng.dirichlet(np.ones(rows)),
        probabilities=np.hstack(heads).astype(np.float32),
        offsets=CODEC.offsets,
    )


@pytest.fixture(scope="session")
def base() -> Draws:
    """The model, without a condition; rows are independent, which is quick."""
    return prepare(SCHEMA, CODEC, codebook(16, seed=3), rows=1000, seed=11, iid=True)
