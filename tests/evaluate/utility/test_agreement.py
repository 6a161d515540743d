"""Scores agree in direction and size with the scoring script of the benchmarks, which shares no code with us."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.utility.predictive import scored
from synthgen.evaluate.utility.trained import Tables, tables_of, trained
from synthgen.schema import load_schema

ROOT = Path(__file__).parents[3]
BENCH = ROOT.parent / "shared" / "bench"
ROWS = 4000


def theirs(folder: Path, synthetic: pd.DataFrame) -> tuple[float, float]:
    """AUC trained on synthetic and on real rows, by the script (LightGBM)."""
    synthetic.to_parquet(folder / "synthetic.parquet")
    files = {"train": folder / "train.parquet", "test": folder / "test.parquet", "synth": folder / "synthetic.parquet"}
    command = [sys.executable, str(BENCH / "score.py"), "--target", "income", "--no-sdmetrics"]
    command += [part for name, path in files.items() for part in (f"--{name}", str(path))]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return said["tstr"], said["trtr"]


def ours(folder: Path, synthetic: pd.DataFrame) -> tuple[float, float]:
    """The same of our gradient boosting."""
    given = inputs_of(
        folder / "train.parquet",
        synthetic,
        load_schema(ROOT / "schemas" / "adult.yaml"),
        holdout=folder / "test.parquet",
    )
    tables = tables_of(given)
    assert isinstance(tables, Tables)
    found = scored(trained(tables, seed=0, only=("boosting",)), np.random.default_rng(0)).values["auc"]
    return float(found["synthetic"]["boosting"][0]), float(found["real"]["boosting"][0])


@pytest.mark.slow
@pytest.mark.skipif(not BENCH.exists(), reason="the benchmarks' tables are not here")
def test_training_on_synthetic_and_on_real_rows_scores_as_the_script_says(tmp_path: Path) -> None:
    train, test = (pd.read_parquet(BENCH / f"adult_{name}.parquet") for name in ("train", "test"))
    train, other = train.iloc[:ROWS], train.iloc[ROWS : 2 * ROWS]
    train.to_parquet(tmp_path / "train.parquet")
    test.iloc[:ROWS].to_parquet(tmp_path / "test.parquet")
    rng = np.random.default_rng(0)
    flipped = rng.random(ROWS) < 0.35
    noisy = other.assign(income=np.where(flipped, rng.permutation(other.income), other.income))
    shuffled = pd.DataFrame({name: rng.permutation(column) for name, column in other.items()})
    tables = {"real": other, "noisy": noisy, "shuffled": shuffled}
    found = {name: (ours(tmp_path, table), theirs(tmp_path, table)) for name, table in tables.items()}
    for (our_synthetic, our_real), (their_synthetic, their_real) in found.values():
        assert our_real == pytest.approx(their_real, abs=0.02)
        assert our_synthetic == pytest.approx(their_synthetic, abs=0.06)
    for mine in (0, 1):
        assert found["real"][mine][0] > found["noisy"][mine][0] > found["shuffled"][mine][0]
