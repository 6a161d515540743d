"""Any table is read: what a column cannot have is wrong, what the schema does not know is one clear line."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import TableError
from synthgen.evaluate.reading import view
from synthgen.evaluate.views import View
from synthgen.schema import Schema
from synthgen.tables import open_table

COLUMNS: dict[str, dict[str, Any]] = {
    "city": {"type": "categorical", "values": ["Oslo", "Rome", 3]},
    "job": {"type": "categorical", "discover": True, "nullable": True, "null_values": ["?"]},
    "member": {"type": "boolean"},
    "age": {"type": "integer", "minimum": 0, "maximum": 90, "special": ["N", -1]},
    "spent": {"type": "number", "decimals": 1, "nullable": True},
    "joined": {"type": "date"},
    "seen": {"type": "datetime"},
    "at": {"type": "time"},
    "stay": {"type": "duration", "unit": "hours"},
}


def schema_of(columns: dict[str, Any] | None = None, **more: Any) -> Schema:
    return Schema.model_validate({"name": "t", "columns": columns or COLUMNS, **more})


def read(
    table: pa.Table | pd.DataFrame,
    schema: Schema,
    *,
    whose: Any = "synthetic",
    rows: int | None = None,
    like: View | None = None,
    seed: int = 0,
) -> View:
    return view(open_table(table), schema, whose=whose, rows=rows, rng=np.random.default_rng(seed), like=like)


def read_one(column: dict[str, Any], values: Any, *, like: list[Any] | None = None) -> Any:
    schema = schema_of({"x": column})
    known = None if like is None else read(pa.table({"x": like}), schema, whose="real")
    return read(pa.table({"x": values}), schema, like=known).columns["x"]


def test_every_kind_of_column_is_told_in_its_unit() -> None:
    frame = pd.DataFrame({
        "city": ["Rome", "Oslo"], "job": ["cook", "?"], "member": ["yes", "no"], "age": ["17", "N"],
        "spent": [1.26, np.nan], "joined": ["1970-01-03", "1970-01-01"],
        "seen": ["1970-01-01 12:00:00", "1969-12-31 00:00:00"], "at": ["00:01:05", "01:00"],
        "stay": ["PT2H", "5"],
    })  # fmt: skip
    columns = read(frame, schema_of()).columns
    assert list(columns) == list(COLUMNS)
    told = {name: column.values.tolist() for name, column in columns.items()}
    assert told["city"] == [1, 0]
    assert told["job"] == [0, -1]
    assert told["member"] == [1, 0]
    assert told["joined"] == [2, 0]
    assert told["seen"] == [0.5, -1.0]
    assert told["at"] == [65.0, 3600.0]
    assert told["stay"] == [7200.0, 18000.0]
    assert columns["age"].values[0] == 17
    assert columns["age"].special.tolist() == [-1, 0]
    assert columns["age"].specials == ("N", "-1")
    assert columns["spent"].values[0] == 1.3
    assert columns["spent"].missing.tolist() == [False, True]
    assert not any(column.wrong.any() for column in columns.values())


def test_unseen_levels_are_wrong_and_have_a_code_of_their_own() -> None:
    column = read_one(COLUMNS["city"], ["Rome", "Atlantis", None, "Mu"])
    assert column.values.tolist() == [1, 3, -1, 3]
    assert column.wrong.tolist() == [False, True, False, True]
    assert column.missing.tolist() == [False, False, True, False]


def test_the_real_table_says_which_levels_there_are_where_the_schema_does_not() -> None:
    column = read_one(COLUMNS["job"], ["cook", "spy", None], like=["nurse", "cook", None])
    assert column.levels == ("cook", "nurse")
    assert column.values.tolist() == [0, 2, -1]
    assert column.wrong.tolist() == [False, True, False]


@pytest.mark.parametrize("kind", ["age", "spent", "joined", "seen", "at", "stay"])
def test_values_of_another_type_are_wrong(kind: str) -> None:
    column = read_one(COLUMNS[kind], ["a long story", "inf", None])
    assert column.wrong.tolist() == [True, True, False]
    assert column.missing.tolist() == [False, False, True]
    assert np.isnan(column.values).all()


def test_numbers_beyond_the_bounds_are_kept_as_they_are() -> None:
    assert read_one(COLUMNS["age"], [17, 900]).values.tolist() == [17, 900]


def test_a_column_without_any_value_is_read() -> None:
    for kind in COLUMNS.values():
        column = read_one(kind, pa.nulls(4))
        assert column.missing.all()
        assert not column.wrong.any()


def test_a_point_is_two_lines() -> None:
    point = {
        "type": "point", "latitude": "lat", "longitude": "lon",
        "minimum": [0, 0], "maximum": [10, 10], "decimals": 2,
    }  # fmt: skip
    found = read(pa.table({"lat": [1.234, None], "lon": [5.0, 6.0]}), schema_of({"place": point}))
    assert list(found.columns) == ["lat", "lon"]
    assert found.columns["lat"].type == "point"
    assert found.columns["lat"].values[0] == 1.23
    assert found.columns["lon"].missing.tolist() == [False, False]


def test_persons_are_numbered_and_a_table_may_leave_them_out() -> None:
    schema = schema_of({"age": COLUMNS["age"]}, privacy={"unit": "who", "rows_per_unit": 3})
    real = read(pa.table({"who": ["a", "b", None, "a", None], "age": [1] * 5}), schema, whose="real")
    assert real.unit is not None
    assert real.unit.tolist() == [0, 1, 2, 0, 3]
    assert read(pa.table({"age": [1]}), schema).unit is None


def test_identifiers_and_free_text_are_not_columns_of_a_view() -> None:
    schema = schema_of({
        "id": {"type": "identifier", "kind": "uuid"}, "note": {"type": "text"}, "age": COLUMNS["age"],
    })  # fmt: skip
    found = read(pa.table({"id": ["x"], "note": ["secret"], "age": [3]}), schema)
    assert list(found.columns) == ["age"]
    assert found.records[0].schema.names == ["id", "age"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"age": [1]}, "synthetic table Arrow table city: expected a column of the schema, got none of that name"),
        (
            {"age": [1], "city": ["Rome"], "more": [1]},
            "synthetic table Arrow table: expected columns of the schema only",
        ),
        ({"a": [1], "b": [2]}, "got none of them"),
        ({"age": pa.array([], pa.int64()), "city": pa.array([], pa.string())}, "expected rows, got none"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_in_one_line(table: dict[str, Any], says: str) -> None:
    schema = schema_of({name: COLUMNS[name] for name in ("age", "city")})
    with pytest.raises(TableError, match=says) as caught:
        read(pa.table(table), schema)
    assert "\n" not in str(caught.value)


def test_a_big_table_is_sampled_evenly_in_its_order() -> None:
    schema = schema_of({"n": {"type": "integer"}})
    table = pa.table({"n": np.arange(200_000)})
    found = read(table, schema, rows=1000)
    numbers = found.columns["n"].values
    assert (found.rows, found.read) == (1000, 200_000)
    assert (np.diff(numbers) > 0).all()
    assert abs(numbers.mean() - 100_000) < 4 * 200_000 / np.sqrt(12 * 1000)
    assert sum(batch.num_rows for batch in found.records) == 1000
    assert np.array_equal(numbers, read(table, schema, rows=1000).columns["n"].values)
    assert not np.array_equal(numbers, read(table, schema, rows=1000, seed=1).columns["n"].values)


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates(), st.times(), st.timedeltas(),
    st.datetimes(min_value=dt.datetime(1700, 1, 1), max_value=dt.datetime(2200, 1, 1)), st.binary(max_size=3),  # noqa: DTZ001 - wall time
)  # fmt: skip


@given(st.sampled_from(sorted(COLUMNS)), st.lists(CELLS, min_size=1, max_size=6))
def test_whatever_a_column_holds_each_cell_is_one_thing(kind: str, cells: list[Any]) -> None:
    schema = schema_of({"x": COLUMNS[kind]})
    found = read(pd.DataFrame({"x": pd.Series(cells, dtype=object)}), schema)
    column = found.columns["x"]
    states = np.stack([column.present, column.missing, column.wrong, column.special >= 0])
    assert (states.sum(axis=0) == 1).all()
    if column.is_line:
        assert np.array_equal(np.isfinite(column.values), column.present)
    else:
        assert np.array_equal((column.values >= 0) & (column.values < len(column.levels)), column.present)
