"""fit and sample, as a user of the library meets them."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import synthgen
from synthgen import Budget, Schema, Synthesizer, fit
from synthgen.errors import ConfigError, LedgerError, SchemaError, TableError, ViolationError
from synthgen.privacy import Exact, Ledger, epsilon
from synthgen.progress import Silent
from synthgen.schema import dump_schema
from synthgen.tables import Source
from synthgen.train import train

pytestmark = pytest.mark.usefixtures("few_steps")

SCHEMA = Schema(
    name="small",
    columns={
        "age": {"type": "integer", "minimum": 18, "maximum": 80},
        "city": {"type": "categorical", "values": ["Oslo", "Rome", "Lima"]},
        "spent": {"type": "number", "minimum": 0, "maximum": 200, "decimals": 2, "nullable": True},
    },
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    age = rng.integers(18, 81, 300)
    spent = np.where(rng.random(300) < 0.1, np.nan, np.round(age + rng.uniform(0, 40, 300), 2))
    return pd.DataFrame({"age": age, "city": rng.choice(["Oslo", "Rome", "Lima"], 300), "spent": spent})


def exactly(data: Any, schema: Any = SCHEMA, **more: Any) -> Synthesizer:
    return fit(data, schema, epsilon=math.inf, no_privacy=True, device="cpu", **more)


def test_the_public_names_are_these() -> None:
    names = {"Budget", "Schema", "SynthgenError", "Synthesizer", "draws", "evaluate", "fit", "load_schema", "plan"}
    assert set(synthgen.__all__) == names
    assert all(hasattr(synthgen, name) for name in names)


def test_any_kind_of_table_gives_the_same_model(frame: pd.DataFrame, tmp_path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    frame.to_csv(tmp_path / "t.csv", index=False)
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "t.yaml").write_text(dump_schema(SCHEMA))
    samples = [
        exactly(data, schema).sample(50)
        for data, schema in (
            (frame, SCHEMA),
            (table, SCHEMA),
            (tmp_path / "t.csv", tmp_path / "t.yaml"),
            (str(tmp_path / "t.parquet"), str(tmp_path / "t.yaml")),
        )
    ]
    for sample in samples[1:]:
        pd.testing.assert_frame_equal(sample, samples[0])


def test_without_a_number_as_many_rows_come_as_the_model_believes_there_were(frame: pd.DataFrame) -> None:
    assert len(exactly(frame).sample()) == 300
    private = fit(frame, SCHEMA, epsilon=10, device="cpu")
    assert len(private.sample()) == max(private.model.rows, 1)
    assert abs(private.model.rows - 300) < 100


def test_a_public_number_of_rows_is_taken_and_costs_nothing(frame: pd.DataFrame) -> None:
    model = fit(frame, SCHEMA.model_copy(update={"rows": 12_000}), epsilon=1, device="cpu").model
    assert model.rows == 12_000
    assert "number of rows" not in {event.what for event in model.events}


@pytest.mark.parametrize("budget", [(1, 1e-6), (10, 1e-4), (0.05, 1e-9)])
def test_the_ledger_in_the_model_stays_within_the_budget(frame: pd.DataFrame, budget: tuple[float, float]) -> None:
    model = fit(frame, SCHEMA, epsilon=budget[0], delta=budget[1], device="cpu").model
    assert model.budget == Budget(epsilon=budget[0], delta=budget[1])
    assert 0 < epsilon(model.events, budget[1]) <= budget[0]
    assert Ledger.replay(model.budget, model.events).epsilon() == epsilon(model.events, budget[1])


def test_a_fit_that_measures_everything_spends_the_budget(frame: pd.DataFrame) -> None:
    """To within half a percent, from below."""
    many = pd.concat([frame] * 30)
    model = fit(many, SCHEMA, epsilon=3, device="cpu").model
    assert 0.99 * 3 < epsilon(model.events, 1e-6) <= 3


def test_a_model_without_privacy_says_so_forever(frame: pd.DataFrame, tmp_path: Path) -> None:
    model = exactly(frame).model
    assert not model.budget.is_private
    assert not model.manifest.private
    assert all(isinstance(event, Exact) for event in model.events)
    exactly(frame).save(tmp_path / "m.synthgen")
    assert not Synthesizer.load(tmp_path / "m.synthgen").model.manifest.private


@pytest.mark.parametrize("where", [None, "age > 60 AND city = 'Rome'"])
def test_a_loaded_model_samples_the_same_rows(frame: pd.DataFrame, tmp_path: Path, where: str | None) -> None:
    fitted = fit(frame, SCHEMA, epsilon=3, device="cpu")
    fitted.save(tmp_path / "m.synthgen")
    loaded = Synthesizer.load(tmp_path / "m.synthgen")
    rows = [one.sample(400, where=where, seed=5) for one in (fitted, loaded)]
    pd.testing.assert_frame_equal(*rows)
    assert loaded.quarantine is None
    with pytest.raises(ConfigError):
        fitted.save(tmp_path / "m.synthgen")
    fitted.save(tmp_path / "m.synthgen", force=True)


def test_the_seed_fixes_a_fit_without_noise(frame: pd.DataFrame) -> None:
    books = [exactly(frame, seed=seed).model.codebook.probabilities for seed in (3, 3, 4)]
    assert (books[0] == books[1]).all()
    assert (books[0] != books[2]).any()


class Watcher:
    """Progress that writes down what it is told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.steps: list[int] = []

    def stage(self, name: str, total: int | None) -> None:
        self.stages.append((name, total))
        self.steps.append(0)

    def advance(self, steps: int = 1) -> None:
        self.steps[-1] += steps


def test_progress_tells_rows_read_and_steps_taken(frame: pd.DataFrame) -> None:
    watcher = Watcher()
    exactly(frame, progress=watcher, dp_sgd="off")
    (reading, learning) = watcher.stages
    assert reading == ("reading", None)
    assert learning[0] == "learning"
    assert watcher.steps == [300, learning[1]]


def test_a_small_table_is_warned_about(frame: pd.DataFrame) -> None:
    (warning,) = fit(frame[:40], SCHEMA, epsilon=0.1, device="cpu").warnings
    assert "too few" in warning
    assert exactly(frame).warnings == ()


# What is refused, and when.


def must_not_be_read(_columns: tuple[str, ...], _batch_rows: int) -> Iterator[pa.RecordBatch]:
    raise AssertionError("a row was read")
    yield


TRAP = Source(name="trap", columns=("age", "city", "spent"), read=must_not_be_read)


@pytest.mark.parametrize(
    "open_column", [{"type": "integer", "minimum": 0}, {"type": "number"}, {"type": "categorical"}]
)
def test_an_undeclared_domain_is_refused_before_a_row_is_read(
    open_column: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthgen.pipeline, "open_table", lambda _: TRAP)
    schema = Schema(name="t", columns={"age": SCHEMA.columns["age"], "city": open_column})
    with pytest.raises(SchemaError) as error:
        fit("anything.csv", schema, epsilon=1000, device="cpu")
    assert error.value.subject == "column city"
    with pytest.raises(AssertionError, match="a row was read"):  # the trap works
        fit("anything.csv", SCHEMA, epsilon=1, device="cpu")


def test_the_ledger_itself_would_refuse_to_read_bounds() -> None:
    """Even if nobody had looked at the schema."""
    schema = Schema(name="t", columns={"age": {"type": "integer"}})
    ledger = Ledger(Budget(epsilon=1000, delta=1e-6))
    options = {"effort": "quick", "seed": 0, "device": torch.device("cpu"), "progress": Silent()}
    with pytest.raises(LedgerError):
        train(TRAP, schema, ledger, **options)
    assert ledger.events == ()


def test_without_privacy_open_bounds_are_those_of_the_rows(frame: pd.DataFrame) -> None:
    schema = Schema(
        name="t",
        columns={
            "age": {"type": "integer"},
            "city": {"type": "categorical"},
            "spent": {"type": "number", "decimals": 2, "nullable": True, "minimum": 0},
        },
    )
    model = exactly(frame, schema).model
    age, spent = model.schema.columns["age"], model.schema.columns["spent"]
    assert (age.minimum, age.maximum) == (frame["age"].min(), frame["age"].max())
    assert (spent.minimum, spent.maximum) == (0, frame["spent"].max())
    assert set(model.discovered["city"]) == {"Oslo", "Rome", "Lima"}
    exact = {name for event in model.events if event.what == "bounds" for name in event.names}
    assert exact == {"age", "spent"}


Options = dict[str, Any]


@pytest.mark.parametrize(
    ("options", "subject"),
    [
        ({"epsilon": 0}, "epsilon"),
        ({"epsilon": -1}, "epsilon"),
        ({"epsilon": math.nan}, "epsilon"),
        ({"epsilon": 1e9}, "epsilon"),
        ({"epsilon": 1, "delta": 0}, "delta"),
        ({"epsilon": 1, "delta": 1}, "delta"),
        ({"epsilon": 1, "delta": math.nan}, "delta"),
        ({"epsilon": math.inf}, "epsilon inf"),
        ({"epsilon": 1, "no_privacy": True}, "no privacy"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_before_a_row_is_read(
    options: Options, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthgen.pipeline, "open_table", lambda _: TRAP)
    with pytest.raises(ConfigError) as error:
        fit("anything.csv", SCHEMA, device="cpu", **options)
    assert error.value.subject == subject


def test_a_delta_of_one_in_a_noisy_number_of_rows_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ConfigError) as error:
        fit(frame, SCHEMA, epsilon=50, delta=0.05, device="cpu")
    assert error.value.subject == "delta"
    assert "300" not in str(error.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has what is asked for")
def test_a_device_that_is_not_there_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ConfigError) as error:
        fit(frame, SCHEMA, epsilon=1, device="cuda")
    assert error.value.subject == "device"


Spoil = Callable[[pd.DataFrame], pd.DataFrame]


def with_a_child(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, pd.DataFrame({"age": [7], "city": ["Rome"], "spent": [1.0]})])


def test_rows_outside_the_schema_are_refused_or_dropped_as_it_says(frame: pd.DataFrame) -> None:
    bad = with_a_child(frame)
    with pytest.raises(ViolationError) as error:
        fit(bad, SCHEMA, epsilon=1, device="cpu")
    assert error.value.counts == {("age", "below minimum"): 1}
    dropping = SCHEMA.model_copy(update={"on_violation": "drop"})
    found = exactly(bad, dropping)
    assert found.model.rows == 300
    assert found.quarantine.quarantined == 1
    assert "Quarantine" not in repr(found)
    assert found.model.manifest.policy == "drop"


def test_a_table_without_the_schema_s_columns_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(TableError, match="city"):
        fit(frame.drop(columns="city"), SCHEMA, epsilon=1, device="cpu")
    with pytest.raises(TableError, match="extra"):
        fit(frame.assign(extra=1), SCHEMA, epsilon=1, device="cpu")
