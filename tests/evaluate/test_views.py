"""Codes mean the same in every table, and are those of the published scoring script."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.evaluate.reading import view
from synthgen.evaluate.views import MOST_LEVELS, View, binned, features, sampled
from synthgen.schema import Schema, load_schema
from synthgen.tables import open_table

BENCH = Path(__file__).parents[3] / "shared" / "bench"
SCHEMAS = Path(__file__).parents[2] / "schemas"


def views(columns: dict[str, Any], *tables: dict[str, Any]) -> list[View]:
    schema, found = Schema.model_validate({"name": "t", "columns": columns}), list[View]()
    for table in tables:
        source, rng = open_table(pa.table(table)), np.random.default_rng(0)
        whose: Any = "synthetic" if found else "real"
        found.append(view(source, schema, whose=whose, rng=rng, like=found[0] if found else None))
    return found


NUMBER = {"type": "number", "nullable": True, "special": ["N"]}


def test_codes_of_a_number_are_its_quantile_bins_then_missing_wrong_and_sentinels() -> None:
    real, other = views({"x": NUMBER}, {"x": list(range(100))}, {"x": ["-5", "5", "99", "1e9", None, "x", "N"]})
    a, b = binned((real, other))
    assert a.levels == (23,)
    assert np.bincount(a.codes[:, 0]).tolist() == [5] * 20
    assert b.codes[:, 0].tolist() == [0, 1, 19, 19, 20, 21, 22]
    assert a.bins[0].labels[20:] == ("(missing)", "(wrong)", "N")


def test_a_number_of_few_values_has_a_code_for_each() -> None:
    real, other = views({"x": NUMBER}, {"x": [0.0, 0.0, 7.5, None]}, {"x": [7.5, 3.0, 0.0, None]})
    a, b = binned((real, other))
    assert a.codes[:, 0].tolist() == [0, 0, 1, 2]
    assert b.codes[:, 0].tolist() == [1, 3, 0, 2]
    assert a.bins[0].labels == ("0", "7.5", "(missing)", "(wrong)", "N")


def test_a_number_that_nobody_has_is_wrong_wherever_it_stands() -> None:
    real, other = views({"x": NUMBER}, {"x": pa.nulls(3)}, {"x": [1.0, None]})
    a, b = binned((real, other))
    assert a.codes[:, 0].tolist() == [0, 0, 0]
    assert b.codes[:, 0].tolist() == [1, 0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.lists(st.floats()))
def test_every_code_is_below_its_columns_levels(real: list[float], other: list[float]) -> None:
    tables = views({"x": NUMBER}, {"x": real}, {"x": pa.array([1.0, *other])})
    for codes in binned(tables):
        assert codes.codes.min() >= 0
        assert codes.codes.max() < codes.levels[0]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    if not BENCH.is_dir():
        pytest.skip("needs the tables in ../shared")
    spec = importlib.util.spec_from_file_location("score", BENCH / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_bins_are_those_of_the_scoring_script(script: ModuleType) -> None:
    train, test = (pd.read_parquet(BENCH / f"adult_{name}.parquet") for name in ("train", "test"))
    theirs = script.codes(train, test, *script.kinds(train))
    schema = load_schema(SCHEMAS / "adult.yaml")
    rng = np.random.default_rng(0)
    ours = [view(open_table(table), schema, whose="real", rng=rng) for table in (train, test)]
    for mine, its in zip(binned(ours), theirs, strict=True):
        for place, name in enumerate(mine.names):
            pairs = pd.DataFrame({"mine": mine.codes[:, place], "its": its[name].to_numpy()}).drop_duplicates()
            assert pairs["mine"].is_unique, name
            assert pairs["its"].is_unique, name


def test_learners_see_sentinels_beside_the_number_and_levels_by_frequency() -> None:
    columns = {"x": NUMBER, "c": {"type": "categorical", "values": ["a", "b", "c"], "nullable": True}}
    real, other = views(
        columns,
        {"x": ["1", "N"] * 3, "c": ["c", "c", "c", "b", "b", "a"]},
        {"x": ["1", "N", None, "oops"], "c": ["a", "c", None, "z"]},
    )
    made = features(other, real)
    assert made.categorical == (False, True, True)
    assert list(made.frame) == ["x", "x code", "c"]
    assert made.frame["x code"].tolist() == [0, 1, 0, 0]
    assert made.frame["c"].tolist()[:2] == [2, 0]
    assert np.isnan(made.frame["c"][2])
    assert made.frame["c"][3] == 3
    assert made.frame["x"].isna().tolist() == [False, True, True, True]
    assert list(features(other, real, without=("c",)).frame) == ["x", "x code"]


def test_a_learner_is_never_given_more_levels_than_it_takes() -> None:
    levels = [str(number) for number in range(1000)]
    real, other = views({"c": {"type": "categorical", "values": levels}}, {"c": levels}, {"c": ["7", "999", "no"]})
    codes = features(real, real).frame["c"]
    assert codes.nunique() == MOST_LEVELS
    assert features(other, real).frame["c"].tolist() == [7, MOST_LEVELS - 1, MOST_LEVELS]


def test_rows_taken_are_the_same_in_every_column() -> None:
    (real,) = views({"x": NUMBER, "y": NUMBER}, {"x": list(range(50)), "y": list(range(50))})
    taken = real.take(np.array([3, 3, 7]))
    assert (taken.rows, taken.columns["x"].values.tolist()) == (3, [3, 3, 7])
    assert real.take(real.columns["x"].values < 5).rows == 5
    few = sampled(real, 10, np.random.default_rng(0))
    assert few.rows == 10
    assert np.array_equal(few.columns["x"].values, few.columns["y"].values)
    assert sampled(real, 50, np.random.default_rng(0)) is real
