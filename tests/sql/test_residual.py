import datetime as dt
import sqlite3

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.codec import VALUE, Codec, ColumnCodec, singles
from synthgen.encode.grid import grid
from synthgen.schema import Schema
from synthgen.sql.condition import parse_condition
from synthgen.sql.residual import satisfied

SCHEMA = Schema.model_validate(
    {
        "name": "t",
        "columns": {
            "a": {"type": "integer", "minimum": 0, "maximum": 5, "nullable": True},
            "b-c": {"type": "integer", "minimum": 0, "maximum": 5},
            "x": {"type": "number", "minimum": 0, "maximum": 5, "decimals": 1, "nullable": True},
            "w": {"type": "categorical", "values": ["p", "q", "it's"], "nullable": True},
            "v": {"type": "categorical", "values": ["q", "p", "r"], "nullable": True},
            "flag": {"type": "boolean", "values": [0, 1], "nullable": True},
            "d": {"type": "date", "minimum": "2019-01-01", "maximum": "2019-01-09", "nullable": True},
            "t": {"type": "datetime", "minimum": "2019-01-01T00:00:00", "maximum": "2019-01-09T00:00:00"},
            "n": {"type": "integer", "minimum": -2, "maximum": 5, "special": ["N", -1], "nullable": True},
            "m": {"type": "number", "minimum": -2, "maximum": 5, "special": ["N", "low", -1]},
        },
    }
)


def codec(schema: Schema) -> Codec:
    """One level for everything: only grids matter here."""
    pieces = singles(VALUE, np.zeros(1, np.int64), np.zeros(1, np.int64), np.ones(1))
    one = np.ones(1)
    return Codec(
        columns={
            name: ColumnCodec(grid=grid(name, column), pieces=pieces, marginal=one, variance=one)
            for name, column in schema.columns.items()
        }
    )


CODEC = codec(SCHEMA)


def rows(sql: str, batch: pa.RecordBatch) -> list[bool]:
    """Where a condition over several columns is true."""
    condition = parse_condition(sql, CODEC, SCHEMA)
    assert condition.rest is not None, "one column only: nothing is left to check"
    return [bool(found) for found in satisfied(condition, batch)]


def test_without_a_rest_every_row_is_satisfied() -> None:
    condition = parse_condition("a > 3", CODEC, SCHEMA)
    assert satisfied(condition, pa.record_batch({"a": [1, None]})).tolist() == [True, True]


def test_an_empty_batch_has_an_empty_mask() -> None:
    batch = pa.record_batch({"a": pa.array([], pa.int64()), "x": pa.array([], pa.float64())})
    assert rows("a < x OR a IS NULL AND x = 1", batch) == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("n = m", [True, True, True, False, False, False, False]),
        ("n <> m", [False, False, False, True, True, True, False]),
        ("NOT n = m", [False, False, False, True, True, True, False]),
        ("n < m", [False, False, False, False, False, True, False]),
        ("NOT n >= m", [False, False, False, False, False, True, False]),
        ("n >= m", [True, False, False, False, False, False, False]),
        ("NOT n < m", [True, False, False, False, False, False, False]),
    ],
)
def test_sentinels_of_two_columns_are_equal_when_they_mean_the_same_and_have_no_order(
    sql: str, expected: list[bool]
) -> None:
    batch = pa.record_batch(
        {"n": ["3", "N", "-1", "N", "N", "2", None], "m": ["3.0", "N", "-1", "4", "low", "2.5", "N"]}
    )
    assert rows(sql, batch) == expected


def test_days_compare_with_moments_as_their_midnight() -> None:
    days = [dt.date(2019, 1, 2)] * 3
    moments = pa.array(["2019-01-01 23:59:59", "2019-01-02 00:00:00", "2019-01-02 00:00:01"]).cast(pa.timestamp("s"))
    batch = pa.record_batch({"d": days, "t": moments})
    assert rows("d > t", batch) == [True, False, False]
    assert rows("d = t", batch) == [False, True, False]
    assert rows("t >= d", batch) == [False, True, True]


def test_levels_of_two_columns_are_compared_by_what_they_mean_not_by_their_place() -> None:
    batch = pa.record_batch({"w": ["p", "q", "it's", None], "v": ["q", "q", "r", "p"]})
    assert rows("w = v", batch) == [False, True, False, False]
    assert rows("w <> v", batch) == [True, False, True, False]


FACTS = st.sampled_from(
    [
        *("a = 3", "a <> 3", "a < 2.5", "3 >= a", "a > 4", "a BETWEEN 1 AND 3", "a NOT BETWEEN 3 AND 1", "a IN (0, 5)"),
        *("a NOT IN (1, 2)", "a IS NULL", "a IS NOT NULL", '"b-c" >= 4', 'a < "b-c"', 'a = "b-c"', 'a <> "b-c"'),
        *(
            "x > 2.5",
            "x <= 0.1",
            "x = 0.3",
            "x != .3",
            "x < a",
            'x >= "b-c"',
            "x IN (0.1, 0.2, 5)",
            "1e0 < x",
            "x > -1",
        ),
        *("w = 'p'", "w <> 'it''s'", "w IN ('p', 'q')", "w NOT IN ('q')", "w IS NULL", "w = v", "w <> v"),
        *("flag = 1", "flag <> 0", "flag", "flag IS TRUE", "flag IS NOT TRUE", "flag IS FALSE", "flag IS NOT NULL"),
        *("d > '2019-01-04'", "d BETWEEN '2019-01-02' AND '2019-01-05'", "'2019-01-03' = d", "d <> '2019-01-03'"),
    ]
)
CONDITIONS = st.recursive(
    FACTS,
    lambda inner: st.one_of(
        inner.map("NOT {}".format),
        inner.map("NOT ({})".format),
        inner.map("({})".format),
        st.tuples(inner, inner).map(" AND ".join),
        st.tuples(inner, inner).map(" OR ".join),
    ),
    max_leaves=6,
)


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = 40

    def some(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array([values[index] for index in rng.integers(0, len(values), size)], kind)

    return pa.record_batch(
        {
            "a": some([None, *range(6)], pa.int64()),
            "b-c": some([*range(6)], pa.int64()),
            "x": some([None, 0.0, 0.1, 0.3, 2.5, 3.0, 5.0], pa.float64()),
            "w": some([None, "p", "q", "it's"], pa.string()),
            "v": some([None, "p", "q", "r"], pa.string()),
            "flag": some([None, 0, 1], pa.int64()),
            "d": some([None, *(dt.date(2019, 1, day) for day in range(1, 10))], pa.date32()),
        }
    )


@given(CONDITIONS, batches())
def test_conditions_mean_what_sqlite_takes_them_to_mean(sql: str, batch: pa.RecordBatch) -> None:
    # an OR over other columns sends everything to the rest
    everything = f"({sql}) AND w IS NULL OR ({sql}) AND w IS NOT NULL AND (v IS NULL OR v IS NOT NULL)"
    database = sqlite3.connect(":memory:")
    try:
        database.execute('CREATE TABLE t (a INTEGER, "b-c" INTEGER, x REAL, w TEXT, v TEXT, flag INTEGER, d TEXT)')
        values = [[str(v) if isinstance(v, dt.date) else v for v in row.values()] for row in batch.to_pylist()]
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        found = {row for (row,) in database.execute(f"SELECT rowid - 1 FROM t WHERE {sql}")}  # noqa: S608 - our own text
    finally:
        database.close()
    assert set(np.flatnonzero(rows(everything, batch)).tolist()) == found
