"""Rows on demand: as many as asked for, the same whatever the batches, in bounded memory."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthgen import fit
from synthgen.errors import ConditionError, ConfigError
from synthgen.model import Model
from synthgen.sample.draw import BLOCK
from synthgen.sample.stream import BALANCED_BLOCKS, MOST_ROWS, Draws, prepare
from synthgen.schema import Schema
from synthgen.tables import conform

pytestmark = pytest.mark.usefixtures("few_steps")

SCHEMA = Schema(
    name="t",
    target="won",
    columns={
        "job": {"type": "categorical", "values": ["a", "b", "c"], "nullable": True},
        "age": {"type": "integer", "minimum": 0, "maximum": 120, "special": [-1]},
        "pay": {"type": "number", "minimum": 0, "maximum": 1e6, "decimals": 2, "scale": "log", "nullable": True},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "born": {"type": "date", "minimum": "1900-01-01", "maximum": "2020-12-31"},
        "seen": {"type": "date", "minimum": "1900-01-01", "maximum": "2020-12-31"},
        "won": {"type": "boolean"},
    },
)


@pytest.fixture(scope="module")
def model(few_steps: None) -> Model:  # noqa: ARG001 - asked for, so that it comes first
    """Every kind of column, fitted to exact counts of 400 rows."""
    rng = np.random.default_rng(0)
    rows = 400
    job = rng.integers(0, 4, rows)
    born = rng.integers(-25_567, 18_000, rows)
    table = pa.table(
        {
            "job": pa.array([["a", "b", "c", None][i] for i in job]),
            "age": np.where(rng.random(rows) < 0.1, -1, rng.integers(0, 100, rows)),
            "pay": pa.array(np.round(rng.lognormal(8, 1, rows), 2), mask=job == 3),
            "share": rng.random(rows),
            "born": pa.array(born, pa.int32()).cast(pa.date32()),
            "seen": pa.array(np.minimum(born + rng.integers(0, 9000, rows), 18_000), pa.int32()).cast(pa.date32()),
            "won": rng.random(rows) < 0.3,
        }
    )
    return fit(table, SCHEMA, epsilon=math.inf, no_privacy=True, device="cpu").model


def ready(model: Model, **request: Any) -> Draws:
    return prepare(model.schema, model.codec, model.codebook, **request)


def drawn(model: Model, *, batch_rows: int = BLOCK, **request: Any) -> pa.Table:
    draws = ready(model, **request)
    return pa.Table.from_batches(draws.batches(batch_rows=batch_rows), schema=draws.schema)


@pytest.mark.parametrize("rows", [1, 2, 999, BLOCK - 1, BLOCK, BLOCK + 1])
@pytest.mark.parametrize("iid", [False, True])
def test_as_many_rows_come_as_were_asked_for(model: Model, rows: int, iid: bool) -> None:
    assert drawn(model, rows=rows, iid=iid).num_rows == rows


@pytest.mark.parametrize("where", ["born < seen", "born < seen AND won = true", "seen < born OR age > 60"])
@pytest.mark.parametrize("rows", [1, 1000, BLOCK + 1])
def test_as_many_rows_come_whatever_a_condition_filters(model: Model, where: str, rows: int) -> None:
    draws = ready(model, rows=rows, where=where)
    table = pa.Table.from_batches(draws.batches(), schema=draws.schema)
    assert table.num_rows == rows
    assert draws.acceptance is not None
    assert 0 < draws.acceptance < 1
    if "OR" not in where:
        assert pc.all(pc.less(table["born"], table["seen"])).as_py()


@pytest.mark.parametrize("request_", [{"rows": 777}, {"rows": 777, "iid": True}, {"rows": 777, "where": "born < seen"}])
@pytest.mark.parametrize("batch_rows", [1, 100, 776, 777, 10**6])
def test_rows_do_not_depend_on_the_size_of_a_batch(model: Model, request_: dict[str, Any], batch_rows: int) -> None:
    whole = drawn(model, **request_)
    draws = ready(model, **request_)
    batches = list(draws.batches(batch_rows=batch_rows))
    assert all(0 < batch.num_rows <= batch_rows for batch in batches)
    assert pa.Table.from_batches(batches, schema=draws.schema).equals(whole)


def test_a_seed_gives_the_same_rows_and_another_gives_others(model: Model) -> None:
    assert drawn(model, rows=500, seed=7).equals(drawn(model, rows=500, seed=7))
    assert not drawn(model, rows=500, seed=7).equals(drawn(model, rows=500, seed=8))


def test_a_sample_fits_its_schema(model: Model) -> None:
    """Types as declared beforehand, and no value outside the domain."""
    draws = ready(model, rows=5000)
    found = list(draws.batches(batch_rows=1000))
    assert [batch.schema for batch in found] == [draws.schema] * 5
    assert draws.schema.names == list(SCHEMA.columns)
    assert not any(conform(batch, SCHEMA).violations for batch in found)


def test_the_rows_of_a_condition_satisfy_it(model: Model) -> None:
    ages = drawn(model, rows=2000, where="age BETWEEN 20 AND 30 AND job IS NOT NULL")
    assert 20 <= pc.min(ages["age"]).as_py() <= pc.max(ages["age"]).as_py() <= 30
    assert ages["job"].null_count == 0


def test_an_impossible_condition_is_refused_before_a_row_is_drawn(model: Model) -> None:
    with pytest.raises(ConditionError) as error:
        ready(model, rows=10, where="age < 0 AND age > 5")
    assert error.value.probability == 0
    with pytest.raises(ConditionError) as error:
        ready(model, rows=10, where="seen < born AND born < '1900-01-02'")
    assert error.value.probability is not None


@pytest.mark.parametrize("rows", [0, -1, MOST_ROWS + 1])
def test_a_number_of_rows_that_makes_no_sense_is_refused(model: Model, rows: int) -> None:
    with pytest.raises(ConfigError) as error:
        ready(model, rows=rows)
    assert error.value.subject == "rows"


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_makes_no_sense_is_refused(model: Model, seed: int) -> None:
    """2^64 is the seed of pilot rows."""
    with pytest.raises(ConfigError) as error:
        ready(model, rows=1, seed=seed)
    assert error.value.subject == "seed"


class Watcher:
    """Progress that adds up what it is told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.steps = 0

    def stage(self, name: str, total: int | None) -> None:
        self.stages.append((name, total))

    def advance(self, steps: int = 1) -> None:
        self.steps += steps


@pytest.mark.parametrize(
    "request_", [{"rows": 777}, {"rows": BLOCK + 9, "iid": True}, {"rows": 99, "where": "born < seen"}]
)
def test_every_row_is_told_once(model: Model, request_: dict[str, Any]) -> None:
    watcher = Watcher()
    list(ready(model, **request_).batches(progress=watcher))
    assert watcher.stages == [("sampling", request_["rows"])]
    assert watcher.steps == request_["rows"]


def test_values_inside_a_level_are_spread_evenly(model: Model) -> None:
    """1000 independent draws miss the model's distribution by 0.03 on average, systematic ones by far less."""
    codec, book = model.codec.columns["share"], model.codebook
    mass = (book.weights @ book.head(3))[codec.pieces.level] * codec.pieces.mass
    ends = codec.grid.value_of(np.append(codec.pieces.first, codec.grid.units - 1))

    def miss(*, seed: int, iid: bool) -> float:
        share = np.sort(drawn(model, rows=1000, seed=seed, iid=iid)["share"].to_numpy())
        expected = np.interp(share, ends, np.append(0.0, np.cumsum(mass)))
        return float(np.abs(expected - np.arange(len(share)) / len(share)).max())

    even, chance = (np.mean([miss(seed=seed, iid=iid) for seed in range(5)]) for iid in (False, True))
    assert even < chance / 3


def test_small_samples_are_balanced_and_large_or_independent_ones_are_not(model: Model) -> None:
    assert ready(model, rows=BALANCED_BLOCKS * BLOCK).is_balanced
    assert not ready(model, rows=BALANCED_BLOCKS * BLOCK + 1).is_balanced
    assert not ready(model, rows=10, iid=True).is_balanced
    assert not ready(model, rows=10, where="born < seen").is_balanced


def test_an_absurd_number_of_rows_begins_at_once(model: Model) -> None:
    """Nothing grows with the number of rows: the first batches of a trillion come like any others."""
    batches = ready(model, rows=MOST_ROWS).batches(batch_rows=1000)
    assert [next(batches).num_rows for _ in range(3)] == [1000] * 3
