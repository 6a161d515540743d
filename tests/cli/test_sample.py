"""`synthgen sample`, on a model file with a column of every kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]


def test_as_many_rows_as_the_model_knows_unless_told(cli: Command, model: Path, here: Path) -> None:
    assert cli("sample", model, "-o", "rows.parquet").code == 0
    assert pq.read_table(here / "rows.parquet").num_rows == 40
    assert cli("sample", model, "-n", 7, "-o", "seven.parquet").code == 0
    assert pq.read_table(here / "seven.parquet").num_rows == 7


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_the_suffix_tells_the_format(cli: Command, model: Path, here: Path, name: str) -> None:
    assert cli("sample", model, "-n", 20, "-o", name).code == 0
    assert len(pd.read_csv(here / name)) == 20


def test_format_comes_before_the_suffix(cli: Command, model: Path, here: Path) -> None:
    assert cli("sample", model, "-n", 20, "--format", "parquet", "-o", "rows.dat").code == 0
    assert pq.read_table(here / "rows.dat").num_rows == 20


def test_the_same_seed_gives_the_same_file(cli: Command, model: Path, here: Path) -> None:
    for name, seed in (("a.csv", 7), ("b.csv", 7), ("c.csv", 8)):
        assert cli("sample", model, "-n", 50, "--seed", seed, "-o", name).code == 0
    assert (here / "a.csv").read_bytes() == (here / "b.csv").read_bytes()
    assert (here / "a.csv").read_bytes() != (here / "c.csv").read_bytes()


def test_independent_rows_are_other_rows(cli: Command, model: Path, here: Path) -> None:
    assert cli("sample", model, "-n", 50, "-o", "balanced.csv").code == 0
    assert cli("sample", model, "-n", 50, "--iid", "-o", "iid.csv").code == 0
    assert (here / "balanced.csv").read_bytes() != (here / "iid.csv").read_bytes()


def test_the_probability_of_a_condition_is_printed(cli: Command, model: Path, here: Path) -> None:
    done = cli("sample", model, "-n", 30, "--where", "price < 5", "-o", "cheap.csv")
    assert done.code == 0
    assert done.out.startswith("P(condition) = 0.0")
    assert "filtered" not in done.out
    assert (pd.read_csv(here / "cheap.csv")["price"] < 5).all()


def test_the_acceptance_rate_is_told_before_the_work(cli: Command, model: Path) -> None:
    done = cli("sample", model, "-n", 30, "--where", "age < weight OR age < price", "-o", "rows.csv")
    first, second, third = done.out.splitlines()
    assert first.startswith("P(condition) = 0.")
    assert "% of" in second
    assert third.startswith("Wrote 30 rows to rows.csv")


def test_json_is_one_object_and_its_probability_is_the_whole_conditions(cli: Command, model: Path) -> None:
    done = cli("sample", model, "-n", 30, "--where", "age < weight OR age < price", "-o", "rows.csv", "--json")
    said = json.loads(done.out)
    assert said["rows"] == 30
    assert said["output"] == "rows.csv"
    assert said["format"] == "csv"
    assert 0 < said["probability"] < 1
    assert said["probability"] == pytest.approx(said["acceptance"])
    assert "P(condition)" in done.err


def test_force_replaces_a_file_and_nothing_else_does(cli: Command, model: Path, here: Path) -> None:
    (here / "rows.csv").write_text("mine")
    assert cli("sample", model, "-n", 5, "-o", "rows.csv").code == 1
    assert (here / "rows.csv").read_text() == "mine"
    assert cli("sample", model, "-n", 5, "-o", "rows.csv", "--force").code == 0
    assert len(pd.read_csv(here / "rows.csv")) == 5


def test_a_fitted_model_samples_like_any_other(cli: Command, small_model_path: Path, here: Path) -> None:
    assert cli("sample", small_model_path, "-n", 60, "--where", "age >= 40", "-o", "rows.parquet").code == 0
    rows = pd.read_parquet(here / "rows.parquet")
    assert list(rows.columns) == ["age", "city", "spent", "joined", "member"]
    assert len(rows) == 60
    assert (rows["age"] >= 40).all()
