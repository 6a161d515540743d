"""The sampled table is as good as the model it was drawn from: what low-variance sampling is for."""

from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from synthgen import Budget, load_schema
from synthgen.privacy import Ledger
from synthgen.progress import Silent
from synthgen.sample.stream import prepare
from synthgen.tables import conform, open_table
from synthgen.train import Trained, train

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "cli" / "synthgen_cli" / "demo" / "adult.parquet"
BENCH = ROOT.parent / "shared" / "bench" / "adult_train.parquet"
ROWS = 26_049
Tables = dict[tuple[int, int], np.ndarray]


def shares(batches: Iterable[pa.RecordBatch], learned: Trained) -> Tables:
    """Shares of every pair of levels in some rows."""
    codec, level_of = learned.encoding.codec, learned.encoding.level_of
    levels = []
    for batch in batches:
        read = conform(batch, learned.schema).columns
        levels.append([level_of[name][codec.columns[name].grid.encode(read[name])] for name in codec.names])
    columns = [np.concatenate(parts) for parts in zip(*levels, strict=True)]
    tables = {}
    for a, b in combinations(range(len(columns)), 2):
        table = np.zeros((codec.columns[codec.names[a]].levels, codec.columns[codec.names[b]].levels))
        np.add.at(table, (columns[a], columns[b]), 1 / len(columns[0]))
        tables[a, b] = table
    return tables


def distance(one: Tables, other: Tables) -> float:
    """Mean total variation distance."""
    return float(np.mean([np.abs(one[pair] - other[pair]).sum() / 2 for pair in one]))


@pytest.mark.slow
@pytest.mark.parametrize("table", [SHIPPED, BENCH], ids=["shipped", "bench"])
def test_a_sample_is_as_near_to_the_real_table_as_its_model(table: Path) -> None:
    """26,049 rows at epsilon 1: within 5 % of the model's own mean pair error; independent draws are not."""
    if not table.exists():
        pytest.skip("the benchmark's split is not beside the checkout")
    source, schema = open_table(table), load_schema(ROOT / "schemas" / "adult.yaml")
    budget, cpu = Budget(epsilon=1.0, delta=1e-5), torch.device("cpu")
    learned = train(source, schema, Ledger(budget), effort="quick", seed=0, device=cpu, progress=Silent())
    codec, book = learned.encoding.codec, learned.codebook
    real = shares(source.batches(list(codec.names)), learned)
    model = distance({(a, b): book.pair(a, b) for a, b in real}, real)
    balanced, independent = (
        distance(shares(prepare(schema, codec, book, rows=ROWS, iid=iid).batches(), learned), real)
        for iid in (False, True)
    )
    told = f"mean pair error: model {model:.5f}, balanced {balanced:.5f}, independent {independent:.5f}"
    assert balanced < 1.05 * model < independent, told
