"""`synthgen drift`: a verdict, its reasons, and an exit code that pipelines read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

Command = Callable[..., Any]


@pytest.fixture
def batch(cli: Command, model: Path, here: Path) -> None:
    """Rows that the model itself made, in new.parquet."""
    assert cli("sample", model, "-n", 2000, "--iid", "-o", "new.parquet").code == 0
    rows = pq.read_table(here / "new.parquet").to_pandas()
    if "person" not in rows:
        rows["person"] = np.arange(len(rows))
    rows.to_parquet(here / "new.parquet")


@pytest.mark.usefixtures("batch")
def test_rows_like_the_models_keep_it(cli: Command, model: Path) -> None:
    done = cli("drift", model, "new.parquet")
    assert done.code == 0, done.err
    assert done.out.startswith("KEEP: 2,000 new rows, 0 break the schema.")


def test_a_fitted_model_asks_for_a_refit(cli: Command, small_model_path: Path, here: Path) -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {"age": rng.integers(18, 81, 1000), "city": "Lima", "spent": 10.0, "joined": "2020-06-01", "member": True}
    )
    rows.to_csv(here / "new.csv", index=False)
    done = cli("drift", small_model_path, "new.csv", "--json")
    said = json.loads(done.out)
    assert (done.code, said["verdict"]) == (3, "refit")
    assert any(reason.startswith("city has shifted") for reason in said["reasons"])
    assert {tuple(one["columns"]) for one in said["columns"] if one["drifted"]} >= {("city",)}
    assert cli("drift", small_model_path, "new.csv").out.startswith("REFIT: 1,000 new rows")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["none.synthgen", "new.csv"], 1, "error: none.synthgen: expected a model file"),
        (["MODEL", "none.csv"], 1, "error: none.csv: expected a file or a folder"),
        (["MODEL", "none.csv", "--alpha", "2"], 1, "error: alpha: expected a number between 0 and 1, got 2"),
        (["MODEL"], 2, "error: Missing argument 'NEW'"),
    ],
)
def test_a_refusal_is_neither_keep_nor_refit(cli: Command, model: Path, words: list[str], code: int, says: str) -> None:
    done = cli("drift", *(model if word == "MODEL" else word for word in words))
    assert done.code == code
    assert done.err.startswith(says)


def test_help_says_that_what_it_finds_is_private(cli: Command) -> None:
    assert "stays inside" in " ".join(cli("drift", "--help").out.split())
