"""Scenarios on a table of persons with several rows."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthgen.encode.codec import VALUE, Codec, ColumnCodec, singles
from synthgen.encode.grid import LevelGrid, LineGrid, grid
from synthgen.encode.people import Alike, People
from synthgen.encode.sizes import EDGES, Sizes
from synthgen.engine.codebook import Codebook
from synthgen.sample.scenario.document import parse_scenario
from synthgen.sample.scenario.plan import plan_scenario
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema

SCHEMA = Schema.model_validate(
    {
        "name": "stays",
        "privacy": {"unit": "patient", "rows_per_unit": 3},
        "columns": {
            "name": {"type": "identifier", "kind": "full_name"},
            "sex": {"type": "categorical", "values": ["F", "M"]},
            "ward": {"type": "categorical", "values": ["a", "b", "c", "d"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 14},
            "stay": {"type": "identifier", "pattern": "S[0-9]{9}", "unique": True},
        },
    }
)


def column(name: str) -> ColumnCodec:
    known = grid(name, SCHEMA.columns[name])
    levels = np.arange(known.units if isinstance(known, LineGrid) else known.value_cells)
    assert isinstance(known, LevelGrid | LineGrid)
    even = np.full(len(levels), 1 / len(levels))
    return ColumnCodec(
        grid=known,
        pieces=singles(VALUE, levels, levels, np.ones(len(levels))),
        marginal=even,
        variance=np.zeros(len(levels)),
    )


@pytest.fixture(scope="module")
def base() -> Draws:
    codec = Codec(columns={name: column(name) for name in ("sex", "ward", "days")})
    rng = np.random.default_rng(1)
    heads = [rng.dirichlet(np.ones(one.levels), 12) for one in codec.columns.values()]
    book = Codebook(
        weights=rng.dirichlet(np.ones(12)), probabilities=np.hstack(heads).astype(np.float32), offsets=codec.offsets
    )
    counts = np.zeros(len(EDGES))
    counts[:4] = [50, 30, 10, 10]
    people = People(sizes=Sizes(counts=counts, sigma=0.0), alike=Alike(counts=np.array([100, 100, 60, 20]), sigma=0.0))
    return prepare(SCHEMA, codec, book, rows=1000, seed=4, people=people, iid=True)


def test_persons_stay_together_and_are_others_in_each_segment(base: Draws) -> None:
    text = "name: n\nlabel: who\nsegments:\n  - {name: a, share: 0.25, where: ward <> 'a', set: {days: x 2}}\n"
    text += "  - {name: b, share: 0.1, mix: {ward: {c: 0.5, d: 0.5}}}\n"
    planned = plan_scenario(parse_scenario(text), base, rows=1000, usual=1000)
    rows: pd.DataFrame = pa.Table.from_batches(planned.sample.batches(), schema=planned.sample.schema).to_pandas()
    assert rows["who"].value_counts().to_dict() == {"baseline": 650, "a": 250, "b": 100}
    assert (rows.groupby("patient")["who"].nunique() == 1).all()
    assert (rows["patient"] != rows["patient"].shift()).sum() == rows["patient"].nunique()
    assert rows.groupby("patient").size().max() > 1
    assert rows["stay"].is_unique
    assert (rows.groupby("patient")["name"].nunique() == 1).all()
    assert (rows[rows["who"] == "a"]["ward"] != "a").all()
    assert (rows[rows["who"] == "a"]["days"] % 2 == 0).all()
    assert rows[rows["who"] == "b"]["ward"].value_counts().to_dict() == {"c": 50, "d": 50}
