"""What one pass sees: the same whatever the batches, and nothing that grows with the rows."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.infer.rows import MOST, RowSample
from synthgen.infer.sketch import MOST_LEVELS, Sketch

values = st.lists(st.integers(-50, 50) | st.none() | st.sampled_from(["N", "?", "1.25", " ", "x"]), max_size=60)


def sketched(array: pa.Array, batch: int) -> Sketch:
    own = Sketch(name="x")
    for start in range(0, len(array), batch):
        own.add(array.slice(start, batch))
    return own


@given(cells=values, batch=st.integers(1, 70))
def test_batches_make_no_difference_to_what_is_counted(cells: list[Any], batch: int) -> None:
    array = pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
    own = sketched(array, batch)
    present = [str(cell) for cell in cells if cell is not None and str(cell).strip()]
    assert own.rows == len(cells)
    assert own.missing == len(cells) - len(present)
    assert own.levels == {text: present.count(text) for text in present}
    assert own.distinct.number == len(set(present))


@given(numbers=st.lists(st.integers(-40, 40), min_size=1, max_size=80), batch=st.integers(1, 90))
def test_the_ends_and_the_values_beside_them_are_exact(numbers: list[int], batch: int) -> None:
    own = sketched(pa.array(numbers), batch)
    assert own.lines is not None
    (line,) = own.lines
    order = sorted(set(numbers))
    assert line.low == (order[0], numbers.count(order[0]))
    assert line.high == (order[-1], numbers.count(order[-1]))
    assert (line.below, line.above) == ((order[1], order[-2]) if len(order) > 1 else (np.inf, -np.inf))


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (pa.array([1, 2]), "integer"),
        (pa.array([True, False]), "integer"),
        (pa.array([1.5, np.nan]), "number"),
        (pa.array([Decimal("1.50")]), "number"),
        (pa.array([dt.date(2020, 1, 1)]), "date"),
        (pa.array([dt.datetime(2020, 1, 1, 12)]), "datetime"),  # noqa: DTZ001 - wall time is meant
        (pa.array([dt.time(12)]), "time"),
        (pa.array([dt.timedelta(hours=1)]), "duration"),
        (pa.array(["7", "8.5", "N"]), "number"),
        (pa.array(["2020-01-01", "2020-02-01 10:00:00"]), "datetime"),
        (pa.array(["12:30", "09:15:00"]), "time"),
        (pa.array(["$1,234.50", "$7.00"]), "number"),
        (pa.array(["7.5 %", "12.5 %"]), "number"),
        (pa.array(["a", "b"]).dictionary_encode(), None),
        (pa.array(["007", "042"]), None),
        (pa.array([[1], [2]]), None),
        (pa.nulls(3), None),
    ],
)
def test_a_column_is_read_as_the_line_that_it_is(array: pa.Array, kind: str | None) -> None:
    own = sketched(array, 10)
    assert [line.reader.type for line in own.lines or []][:1] == ([kind] if kind else [])


def test_many_levels_are_let_go() -> None:
    own = sketched(pa.array(np.arange(3 * MOST_LEVELS)), 500)
    assert own.levels is None
    assert own.lines is not None
    assert own.lines[0].good == own.rows == 3 * MOST_LEVELS


def test_a_sample_of_rows_is_uniform_and_keeps_them_whole() -> None:
    sample = RowSample.of(100)
    rows = 70_000
    for start in range(0, rows, 9_000):
        numbers = np.arange(start, min(start + 9_000, rows))
        sample.add(pa.RecordBatch.from_pydict({"a": numbers, "b": -numbers}))
    kept = sample.table()
    assert len(kept["a"]) == sample.most == MOST
    a = kept["a"].to_numpy()
    assert (kept["b"].to_numpy() == -a).all()
    assert (np.diff(a) > 0).all()
    assert a.mean() == pytest.approx(rows / 2, rel=0.05)


def test_a_small_table_is_its_own_sample() -> None:
    sample = RowSample.of(2)
    sample.add(pa.RecordBatch.from_pydict({"a": [1, 2], "b": pa.array(["x", "x"]).dictionary_encode()}))
    assert {name: own.to_pylist() for name, own in sample.table().items()} == {"a": [1, 2], "b": ["x", "x"]}
