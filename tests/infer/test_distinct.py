"""A sketch of distinct values: exact while they are few, close when they are many, the same whatever the batches."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.infer.distinct import KEPT, Distinct, mixed, text_hashes


def sketched(values: np.ndarray, batch: int) -> Distinct:
    own = Distinct()
    for start in range(0, len(values), batch):
        own.add(mixed(values[start : start + batch]))
    return own


@given(values=st.lists(st.integers(0, 50), max_size=300), batch=st.integers(1, 100))
def test_few_values_are_counted_exactly(values: list[int], batch: int) -> None:
    own = sketched(np.array(values, np.int64), batch)
    assert own.number == len(set(values))
    assert sorted(own.counts.tolist()) == sorted(values.count(value) for value in set(values))


@pytest.mark.parametrize("rows_each", [1, 3])
@pytest.mark.parametrize("distinct", [5_000, 300_000])
def test_many_values_are_estimated_within_a_tenth(distinct: int, rows_each: int) -> None:
    """The estimate's relative deviation is 1 / sqrt(KEPT): 2 %; five of them are a tenth."""
    own = sketched(np.tile(np.arange(distinct), rows_each), 65_536)
    assert own.number == pytest.approx(distinct, rel=0.11)
    assert set(own.counts.tolist()) == {rows_each}
    assert own.repeats == (rows_each > 1)
    assert len(own.hashes) == KEPT


def test_batches_make_no_difference() -> None:
    values = np.random.default_rng(0).integers(0, 9_000, 30_000)
    few, many = sketched(values, 30_000), sketched(values, 777)
    assert (few.hashes == many.hashes).all()
    assert (few.counts == many.counts).all()


def test_texts_are_told_apart() -> None:
    assert len(set(text_hashes(pa.array(["a", "b", "", "ab", "é"])).tolist())) == 5
