"""The scenarios that are shipped, each on a small model of the schema that it names."""

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import LevelGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.sample.scenario.document import load_scenario
from synthgen.sample.scenario.manifest import manifest
from synthgen.sample.scenario.plan import Planned, plan_scenario
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema, load_schema
from synthgen.shape import shape_of

ROOT = Path(__file__).parents[3]
SCENARIOS = {
    "account_takeover": "examples/scenarios/card_fraud.yaml",
    "flu_season": "schemas/diabetes130.yaml",
    "recession": "schemas/adult.yaml",
}


def column_codec(schema: Schema, name: str) -> ColumnCodec:
    """Every level alone; a line in a dozen stretches, its sentinels and missing."""
    column = schema.columns[name]
    known = grid(name, column, ["250.01", "428"] if getattr(column, "discover", False) else None)
    units = known.value_cells if isinstance(known, LevelGrid) else known.units
    edges = np.linspace(0, units, (units if isinstance(known, LevelGrid) else min(12, units)) + 1).astype(np.int64)
    kind = np.full(len(edges) - 1, VALUE)
    first, count = edges[:-1], np.diff(edges)
    for extra in [*([SPECIAL] * len(getattr(known, "special", ()))), *([MISSING] * known.nullable)]:
        kind, first, count = np.append(kind, extra), np.append(first, 0), np.append(count, 1)
    even = np.full(len(kind), 1 / len(kind))
    pieces = Pieces(
        level=np.arange(len(kind)),
        mass=np.ones(len(kind)),
        kind=kind.astype(np.int8),
        first=first,
        stride=np.ones(len(kind), np.int64),
        count=count,
    )
    return ColumnCodec(grid=known, pieces=pieces, marginal=even, variance=np.zeros(len(kind)))


def model(path: str) -> Draws:
    """A mixture that ties the columns of a schema together by chance."""
    schema = load_schema(ROOT / path)
    modelled = shape_of(schema).modelled
    codec = Codec(columns={name: column_codec(modelled, name) for name in modelled.columns})
    rng = np.random.default_rng(4)
    heads = [rng.dirichlet(np.full(column.levels, 0.7), 30) for column in codec.columns.values()]
    book = Codebook(
        weights=rng.dirichlet(np.ones(30)), probabilities=np.hstack(heads).astype(np.float32), offsets=codec.offsets
    )
    return prepare(schema, codec, book, rows=1000, seed=2, iid=True)


@functools.cache
def drawn(name: str) -> tuple[pd.DataFrame, Planned]:
    """4,000 rows of a shipped scenario."""
    scenario = load_scenario(ROOT / "examples/scenarios" / f"{name}.yaml")
    planned = plan_scenario(scenario, model(SCENARIOS[name]), rows=4000, usual=10_000)
    return pa.Table.from_batches(planned.sample.batches()).to_pandas(), planned


def test_every_shipped_scenario_is_tried() -> None:
    found = {path.stem for path in (ROOT / "examples/scenarios").glob("*.yaml")}
    assert found == SCENARIOS.keys() | {"card_fraud"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_shipped_scenario_names_its_schema_and_meets_its_shares(name: str) -> None:
    rows, planned = drawn(name)
    text = (ROOT / "examples/scenarios" / f"{name}.yaml").read_text()
    assert Path(SCENARIOS[name]).name in text
    counts = rows["scenario_id"].value_counts()
    for segment in planned.scenario.segments:
        assert segment.share is not None
        assert counts[segment.name] == round(segment.share * 4000)
    assert manifest(planned)["budget"]["epsilon"] == 0


def test_a_takeover_empties_accounts_at_night() -> None:
    rows, _ = drawn("account_takeover")
    taken = rows[rows["scenario_id"] == "takeover"]
    assert (taken["is_fraud"] == 1).all()
    assert taken["category"].isin(["shopping_net", "misc_net"]).all()
    assert taken["trans_time"].map(lambda at: at.hour < 5 or str(at) == "05:00:00").all()
    assert (taken["age"] >= 60).sum() == 30
    assert not ((rows["category"] == "gas_transport") & (rows["amt"] > 1000)).any()
    assert rows["card"].nunique() > 1


def test_a_hard_winter_keeps_its_levels_and_its_stays() -> None:
    rows, _ = drawn("flu_season")
    flu = rows[rows["scenario_id"] == "flu"]
    shares = flu["medical_specialty"].value_counts(normalize=True)
    assert (
        shares - pd.Series({"InternalMedicine": 0.5, "Pulmonology": 0.3, "Emergency/Trauma": 0.2})
    ).abs().max() < 0.05
    assert flu["time_in_hospital"].between(4, 14).all()
    assert rows[rows["scenario_id"] == "postponed"]["readmitted"].value_counts().to_dict() == {
        ">30": 80,
        "NO": 80,
        "<30": 40,
    }


def test_a_recession_halves_hours() -> None:
    rows, _ = drawn("recession")
    short = rows[rows["scenario_id"] == "short_time"]
    assert short["hours-per-week"].between(10, 50).all()
    assert (short["income"] == "<=50K").all()
    assert short["education"].value_counts()["HS-grad"] == 216
    assert (rows[rows["scenario_id"] == "failed_firms"]["workclass"] == "Never-worked").all()
