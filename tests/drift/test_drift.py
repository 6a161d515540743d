"""Keep or refit: false alarms as rare as was asked for, and a real change is found."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from synthgen import fit
from synthgen.drift import Drift, drift
from synthgen.drift.batch import Batch, level_of, read_batch
from synthgen.drift.drift import compared
from synthgen.drift.measured import Known, KnownColumn, known_of, pairs_measured
from synthgen.encode.codec import VALUE, ColumnCodec, singles
from synthgen.encode.grid import LevelGrid
from synthgen.encode.project import project
from synthgen.errors import ConfigError, TableError
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.privacy import Gaussian, Part
from synthgen.progress import Silent
from synthgen.schema import Categorical
from synthgen.tables import open_table

GOLDEN = Path(__file__).parents[1] / "golden" / "model_v1.synthgen"
BENCH = Path(__file__).parents[3] / "shared" / "bench"

JOINT = np.array([[0.20, 0.10, 0.05], [0.05, 0.15, 0.10], [0.02, 0.08, 0.10], [0.03, 0.02, 0.10]])
FITTED, SIGMA = 6000, 20.0


def column(name: str, shares: NDArray[np.float64], fitted: int = FITTED) -> KnownColumn:
    values = tuple(f"{name}{level}" for level in range(len(shares)))
    place = np.arange(len(shares))
    codec = ColumnCodec(
        grid=LevelGrid(name=name, values=values, nullable=False),
        pieces=singles(VALUE, place, place, np.ones(len(shares))),
        marginal=shares,
        variance=np.full(len(shares), (SIGMA / fitted) ** 2),
    )
    return KnownColumn(
        codec=codec,
        kind=Categorical(type="categorical", values=values),
        shares=np.append(shares, 0.0),
        noise=np.append(codec.variance, codec.variance.max()),
    )


def measured(rng: np.random.Generator) -> Known:
    """What a fit of rows from JOINT would know: two columns and their pair, each with its own noise."""
    rows = rng.multinomial(FITTED, JOINT.ravel()).reshape(JOINT.shape)
    first, second, both = (
        project(np.asarray(counts + rng.normal(0, SIGMA, counts.shape), np.float64).ravel(), FITTED) / FITTED
        for counts in (rows.sum(axis=1), rows.sum(axis=0), rows)
    )
    place = np.arange(both.size)
    return Known(
        rows=FITTED,
        columns={"a": column("a", first), "b": column("b", second)},
        pairs={("a", "b"): SIGMA**2},
        weights=both,
        heads={"a": np.eye(4)[place // 3], "b": np.eye(3)[place % 3]},
        target=None,
        strict=True,
    )


def batch_of(joint: NDArray[np.float64], rows: int, rng: np.random.Generator, **more: Any) -> Batch:
    cell = rng.choice(joint.size, rows, p=joint.ravel())
    said = {"read": rows, "outside": 0, "person": None, "breaches": {}} | more
    return Batch(rows=rows, levels={"a": cell // 3, "b": cell % 3}, **said)


def verdicts(
    joint: NDArray[np.float64], *, runs: int, rows: int = 2000, alpha: float = 0.05, least: float = 1e-6
) -> list[Drift]:
    rng = np.random.default_rng(0)
    return [
        compared(measured(rng), batch_of(joint, rows, rng), alpha=alpha, least=least, progress=Silent())
        for _ in range(runs)
    ]


@pytest.mark.parametrize("rows", [300, 2000, 20_000])
def test_false_alarms_are_as_rare_as_was_asked_for(rows: int) -> None:
    runs, alpha = 400, 0.05
    alarms = sum(one.verdict == "refit" for one in verdicts(JOINT, runs=runs, rows=rows, alpha=alpha))
    assert alarms <= runs * alpha + 3 * np.sqrt(runs * alpha * (1 - alpha))
    assert alarms > 0  # it is a test, and can fail


def test_a_column_that_shifts_by_a_twentieth_of_the_rows_is_found_and_named() -> None:
    moved = JOINT.copy()
    moved[0] *= 0.30 / 0.35
    moved[3] *= 0.20 / 0.15
    found = verdicts(moved, runs=60, least=0.01, alpha=0.01)
    assert sum(one.verdict == "refit" for one in found) >= 55
    telling = [one for one in found if any(shift.drifted and shift.columns == ("a",) for shift in one.columns)]
    assert len(telling) >= 55
    assert all(one.skipped["a", "b"] == "a column of it has drifted" for one in telling)
    assert any("a has shifted" in reason for reason in telling[0].reasons)


def test_columns_that_go_together_otherwise_are_found_where_each_alone_has_not_moved() -> None:
    moved = JOINT + 0.04 * np.array([[-1, 1, 0], [1, -1, 0], [0, 0, 0], [0, 0, 0]])
    found = verdicts(moved, runs=60, least=0.01, alpha=0.01)
    assert sum(one.verdict == "refit" for one in found) >= 55
    assert sum(any(shift.drifted for shift in one.columns) for one in found) <= 3
    drifted = next(one for one in found if one.verdict == "refit")
    assert drifted.pairs[0].drifted
    assert "a and b go together otherwise" in drifted.reasons[0]


def test_a_shift_too_small_to_matter_is_kept_however_sure_it_is() -> None:
    moved = JOINT + 0.01 * np.array([[-1, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]])
    assert {one.verdict for one in verdicts(moved, runs=10, rows=100_000, least=0.03)} == {"keep"}


def known_rare(rng: np.random.Generator) -> tuple[Known, Batch]:
    joint = np.array([[0.985, 0.0, 0.0], [0.0, 0.005, 0.0], [0.0, 0.0, 0.005], [0.005, 0.0, 0.0]])
    twice = np.array([[0.970, 0.0, 0.0], [0.0, 0.010, 0.0], [0.0, 0.0, 0.010], [0.010, 0.0, 0.0]])
    known = measured(rng)
    rare = column("a", joint.sum(axis=1), fitted=60_000)
    known = Known(
        rows=60_000, columns={"a": rare}, pairs={}, weights=np.ones(1), heads={"a": joint.sum(axis=1)[None]},
        target=None, strict=True,
    )  # fmt: skip
    return known, batch_of(twice, 20_000, rng)


def test_a_rare_class_of_the_target_counts_for_more() -> None:

    known, batch = known_rare(np.random.default_rng(0))
    assert compared(known, batch, alpha=0.01, least=0.03, progress=Silent()).verdict == "keep"
    aimed = replace(known, target="a")
    assert compared(aimed, batch, alpha=0.01, least=0.03, progress=Silent()).verdict == "refit"


def test_rows_that_break_a_schema_that_no_row_broke_are_a_reason() -> None:
    rng = np.random.default_rng(0)
    known = measured(rng)
    batch = batch_of(JOINT, 1000, rng, read=1100, outside=100, breaches={("a", "unknown level"): 100})
    found = compared(known, batch, alpha=0.01, least=0.03, progress=Silent())
    assert found.verdict == "refit"
    assert found.reasons[0].startswith("9.1 % of the new rows break the schema")
    assert "a (unknown level)" in found.reasons[0]


def test_no_row_is_said_to_have_kept_bounds_that_the_fit_found(golden: Model) -> None:
    strict = replace(golden, schema=golden.schema.model_copy(update={"on_violation": "error"}))
    search = Gaussian(what="bounds, coarse", parts=(Part(name="age", cells=9, sigma=9.0, sensitivity=1.0),))
    assert known_of(strict).strict
    assert not known_of(replace(strict, events=(search, *strict.events))).strict


def test_few_rows_cannot_say_anything_and_say_so() -> None:
    rng = np.random.default_rng(0)
    found = compared(measured(rng), batch_of(JOINT, 50, rng), alpha=0.01, least=0.03, progress=Silent())
    assert found.verdict == "keep"
    assert "too few to tell" in found.reasons[0]


@pytest.fixture(scope="module")
def golden() -> Model:
    return Model.load(GOLDEN)


def test_samples_of_a_model_do_not_drift_from_it(golden: Model) -> None:

    ready = draws(golden, 3000, iid=True, seed=3)
    table = pa.Table.from_batches(ready.batches(), schema=ready.schema)
    found = drift(golden, table.append_column("person", pa.array(np.arange(3000))))
    assert found.verdict == "keep"
    assert (found.rows, found.outside) == (3000, 0)


def test_a_batch_is_read_into_the_levels_that_its_rows_were_drawn_from(golden: Model) -> None:
    for name, codec in golden.codec.columns.items():
        level = np.repeat(np.flatnonzero(codec.marginal > 0), 20)
        kind, unit = codec.draw(level, np.random.default_rng(0).random(len(level)))
        assert np.array_equal(level_of(codec, kind, unit), level), name


def small_rows(rows: int, seed: int) -> pd.DataFrame:
    """More rows of the population that the tests' small table was drawn from."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 81, rows)
    return pd.DataFrame({
        "age": age,
        "city": rng.choice(["Oslo", "Rome", "Lima"], rows, p=[0.5, 0.3, 0.2]),
        "spent": np.where(rng.random(rows) < 0.1, np.nan, np.round(age + rng.uniform(0, 40, rows), 2)),
        "joined": (["2020-02-29", "2020-06-01", "2020-11-11"] * rows)[:rows],
        "member": rng.random(rows) < age / 100,
    })  # fmt: skip


def test_a_fitted_model_keeps_rows_of_its_population_and_refuses_others(small_model_path: Path) -> None:
    rows = small_rows(3000, seed=5)
    assert drift(small_model_path, rows).verdict == "keep"
    found = drift(small_model_path, rows.assign(city="Lima"))
    assert found.verdict == "refit"
    assert any("city has shifted" in reason and "city = Lima" in reason for reason in found.reasons)


def test_missing_values_that_come_up_are_drift(small_model_path: Path) -> None:
    rows = small_rows(3000, seed=5)
    found = drift(small_model_path, rows.assign(spent=np.nan))
    assert any("spent has shifted" in reason for reason in found.reasons)


def test_the_same_rows_give_the_same_answer(small_model_path: Path) -> None:
    rows = small_rows(500, seed=6)
    assert drift(small_model_path, rows) == drift(small_model_path, rows)


def test_a_person_with_more_rows_than_the_bound_is_read_as_a_fit_would(golden: Model) -> None:

    ready = draws(golden, 400, seed=3)
    table = pa.Table.from_batches(ready.batches(), schema=ready.schema)
    schema = golden.schema.model_copy(update={"privacy": type(golden.schema.privacy)(unit="who", rows_per_unit=2)})

    persons = replace(golden, schema=schema)
    many = table.append_column("who", pa.array(np.repeat(np.arange(100), 4)))
    batch = read_batch(open_table(many), persons, seed=0, progress=Silent())
    assert (batch.read, batch.rows) == (400, 200)
    assert batch.person is not None
    assert np.bincount(batch.person).tolist() == [2] * 100


def test_pairs_are_those_of_the_ledger_with_their_noise_pooled(golden: Model) -> None:
    pairs = pairs_measured(golden)
    assert all(set(pair) <= set(golden.codec.names) for pair in pairs)
    assert all(variance >= 0 for variance in pairs.values())
    assert known_of(golden).rows >= 1


@pytest.mark.parametrize("more", [{"alpha": 0.0}, {"alpha": 1.0}, {"least": 0.0}, {"least": float("nan")}])
def test_numbers_that_make_no_sense_are_refused(golden: Model, more: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        drift(golden, pd.DataFrame({"a": [1]}), **more)


def test_a_table_without_the_columns_is_refused(golden: Model) -> None:
    with pytest.raises(TableError):
        drift(golden, pd.DataFrame({"a": [1]}))


@pytest.mark.slow
@pytest.mark.skipif(not BENCH.is_dir(), reason="needs the tables in ../shared")
def test_held_out_rows_of_adult_are_kept_at_any_budget_and_older_people_are_not() -> None:

    schema = Path(__file__).parents[2] / "schemas" / "adult.yaml"
    test = pd.read_parquet(BENCH / "adult_test.parquet")
    for epsilon in (0.5, 3.0):
        model = fit(BENCH / "adult_train.parquet", schema, epsilon=epsilon, delta=1e-5, device="cpu").model
        kept = [drift(model, test.sample(2000, random_state=seed)).verdict for seed in range(15)]
        assert kept.count("keep") >= 14
        older = test.assign(age=(test["age"] + 8).clip(upper=90)).sample(4000, random_state=0)
        assert "age has shifted" in drift(model, older).reasons[0]
