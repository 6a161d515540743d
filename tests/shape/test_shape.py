"""What leaves the model and comes back: differences of every kind of line, computed columns, columns left out."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen.constrain import broken_in, fields_of
from synthgen.encode.grid import LineGrid, grid
from synthgen.encode.typed import line_array
from synthgen.errors import SchemaError
from synthgen.schema import Line, Schema
from synthgen.shape import Shape, shape_of
from synthgen.tables import conform

DAY: dict[str, Any] = {"type": "date", "minimum": "2020-02-20", "maximum": "2020-03-20"}
MOMENT: dict[str, Any] = {"type": "datetime", "minimum": "2020-02-20T00:00:00", "maximum": "2020-03-20T00:00:00"}
TIME: dict[str, Any] = {"type": "time", "minimum": "06:00:00", "maximum": "14:00:00"}
WHOLE: dict[str, Any] = {"type": "integer", "minimum": -50, "maximum": 50}
CENTS: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 20, "decimals": 2}
TENTHS: dict[str, Any] = {"type": "number", "minimum": -5, "maximum": 20, "decimals": 1}
SMOOTH: dict[str, Any] = {"type": "number", "minimum": 0.1, "maximum": 1e6, "scale": "log"}
HOURS: dict[str, Any] = {"type": "duration", "unit": "hours", "minimum": 0, "maximum": 100}
MINUTES: dict[str, Any] = {"type": "duration", "unit": "minutes", "minimum": 0, "maximum": 9000}

PAIRS = {
    "days": (DAY, DAY, "y >= x"),
    "days, strict": (DAY, DAY, "y > x"),
    "days, at most so many": (DAY, DAY, "y - x BETWEEN 1 AND 9"),
    "a moment after a day": (MOMENT, DAY, "y >= x"),
    "a day before a moment": (DAY, MOMENT, "y <= x"),
    "moments, some hours apart": (MOMENT, MOMENT, "y - x >= INTERVAL '6' HOUR"),
    "times of day": (TIME, TIME, "y > x"),
    "whole numbers": (WHOLE, WHOLE, "y <= x"),
    "cents beyond tenths": (CENTS, TENTHS, "y > x"),
    "tenths beyond cents": (TENTHS, CENTS, "y >= x"),
    "cents beyond twice a whole number": (CENTS, WHOLE, "y >= 2 * x"),
    "continuous": (SMOOTH, SMOOTH, "y > x"),
    "continuous beyond whole numbers": (SMOOTH, WHOLE, "y >= x + 1"),
    "spans in unlike units": (MINUTES, HOURS, "y >= x"),
}


def schema(columns: dict[str, Any], *rules: str, tables: dict[str, Any] | None = None, **more: Any) -> Schema:
    described = {"name": "t", "columns": columns, "constraints": rules, "tables": tables or {}} | more
    return Schema.model_validate(described)


def drawn(modelled: Schema, rows: int, seed: int) -> pa.RecordBatch:
    """Rows of what is learned, anywhere in its domain."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, column in modelled.columns.items():
        cells = grid(name, column)
        assert isinstance(cells, LineGrid)
        assert isinstance(column, Line)
        unit = rng.integers(0, cells.units, rows)
        missing = rng.random(rows) < 0.2 if column.nullable else np.zeros(rows, np.bool_)
        arrays[name] = line_array(cells.value_of(unit), column, missing)
    return pa.RecordBatch.from_pydict(arrays)


def broken(shape: Shape, batch: pa.RecordBatch) -> np.ndarray:
    rules = shape.rules.row_rules
    rows = conform(batch, shape.table.model_copy(update={"on_violation": "error"}))
    found = broken_in(rows, rules, fields_of(shape.table))
    return np.logical_or.reduce(list(found.values()))


@pytest.mark.parametrize("gaps", ["", "x", "y", "xy"])
@pytest.mark.parametrize("name", PAIRS)
def test_a_difference_keeps_its_rule_whatever_is_drawn(name: str, gaps: str) -> None:
    y, x, rule = PAIRS[name]
    shape = shape_of(schema({"y": y | {"nullable": "y" in gaps}, "x": x | {"nullable": "x" in gaps}}, rule))
    assert shape.rules.ways == {1: "difference"}
    batch = shape.outward(drawn(shape.modelled, 2000, 1), np.random.default_rng(0))
    kept = ~broken(shape, batch)
    assert kept.all() or (gaps and kept.mean() > 0.5), kept.mean()


@pytest.mark.parametrize("gaps", ["", "x", "y", "xy"])
@pytest.mark.parametrize("name", PAIRS)
def test_rows_that_keep_the_rule_come_back_from_their_difference(name: str, gaps: str) -> None:
    y, x, rule = PAIRS[name]
    shape = shape_of(schema({"y": y | {"nullable": "y" in gaps}, "x": x | {"nullable": "x" in gaps}}, rule))
    batch = drawn(shape.table, 3000, 2)
    batch = batch.filter(pa.array(~broken(shape, batch)))
    assert batch.num_rows > 100
    inside = shape.inward(conform(batch, shape.table))
    arrays = {
        name: line_array(values.data, shape.modelled.columns[name], values.null)
        for name, values in inside.columns.items()
    }
    back = shape.outward(pa.RecordBatch.from_pydict(arrays), np.random.default_rng(0))
    for column in "xy":
        was, now = batch.column(column), back.column(column)
        if pa.types.is_floating(was.type):
            assert np.allclose(
                was.to_numpy(zero_copy_only=False), now.to_numpy(zero_copy_only=False), rtol=1e-9, equal_nan=True
            )
        else:
            assert was.to_pylist() == now.to_pylist()


def test_of_a_chain_each_column_is_counted_from_the_one_before() -> None:
    shape = shape_of(schema({"a": DAY, "b": DAY, "c": DAY}, "a <= b", "b <= c"))
    assert len(shape.modelled.columns) == 3
    assert len(shape.rules.differences) == 2
    batch = shape.outward(drawn(shape.modelled, 500, 3), np.random.default_rng(0))
    assert not broken(shape, batch).any()


def test_a_column_with_sentinels_is_counted_from_but_not_counted() -> None:
    columns = {"y": WHOLE, "x": WHOLE | {"special": ["N", 7]}}
    shape = shape_of(schema(columns, "x <= y"))
    assert [one.column for one in shape.rules.differences] == ["y"]
    rows = pa.RecordBatch.from_pydict({"y": ["3", "3", "-50"], "x": ["2", "N", "7"]})
    inside = shape.inward(conform(rows, shape.table))
    assert list(inside.columns) == ["y - x", "x"]
    arrays = {"y - x": pa.array(inside.columns["y - x"].data), "x": rows.column("x")}
    back = shape.outward(pa.RecordBatch.from_pydict(arrays), np.random.default_rng(0))
    assert back.column("y").to_pylist() == [3, 3, -50]
    both = schema(columns | {"y": WHOLE | {"special": [0]}}, "x <= y")
    assert shape_of(both).rules.ways == {1: "rejection"}


def test_computed_columns_are_not_learned_and_a_target_that_is_computed_is_none() -> None:
    columns = {"p": CENTS, "n": WHOLE, "t": CENTS | {"maximum": 1000}, "f": {"type": "boolean"}}
    shape = shape_of(schema(columns, "t = p * n", "f = (t > 5)", target="f"))
    assert list(shape.modelled.columns) == ["p", "n"]
    assert shape.modelled.target is None
    rows = pa.RecordBatch.from_pydict({"p": [1.1, 2.25], "n": [3, 4]})
    out = shape.outward(rows, np.random.default_rng(0))
    assert out.to_pydict() == {"p": [1.1, 2.25], "n": [3, 4], "t": [3.3, 9.0], "f": [False, True]}


def test_what_an_equation_does_not_know_is_learned_where_the_column_is_never_missing() -> None:
    columns = {"p": CENTS | {"nullable": True}, "n": WHOLE, "t": CENTS | {"maximum": 1000}}
    shape = shape_of(schema(columns, "t = p * n"))
    assert list(shape.modelled.columns) == ["p", "n", "t, not computed"]
    rows = conform(pa.RecordBatch.from_pydict({"p": [2.0, None], "n": [3, 4], "t": [6.0, 7.5]}), shape.table)
    learned = shape.inward(rows).columns["t, not computed"]
    assert learned.null.tolist() == [True, False]
    assert learned.data[1] == 7.5
    sampled = pa.RecordBatch.from_pydict({"p": [2.0, None], "n": [3, 4], "t, not computed": [1.0, 7.5]})
    assert shape.outward(sampled, np.random.default_rng(0)).column("t").to_pylist() == [6.0, 7.5]


def test_a_plain_schema_has_no_steps_and_the_same_rows_pass_through() -> None:
    shape = shape_of(schema({"x": WHOLE, "y": DAY}))
    batch = drawn(shape.table, 5, 0)
    assert shape.steps == ()
    assert shape.modelled is shape.table
    assert shape.outward(batch, np.random.default_rng(0)) is batch
    rows = conform(batch, shape.table)
    assert shape.inward(rows) is rows


def test_columns_left_out_are_not_learned_and_masks_come_back() -> None:
    columns = {
        "id": {"type": "identifier", "kind": "uuid"},
        "note": {"type": "text", "action": "mask", "mask": "#"},
        "gone": WHOLE | {"action": "drop"},
        "x": WHOLE,
    }
    shape = shape_of(schema(columns))
    assert list(shape.modelled.columns) == ["x"]
    out = shape.outward(pa.RecordBatch.from_pydict({"x": [1, 2]}), np.random.default_rng(0))
    assert out.to_pydict() == {"note": ["#", "#"], "x": [1, 2]}


def test_a_column_may_not_have_the_name_of_a_difference() -> None:
    with pytest.raises(SchemaError, match="kept for a difference of two columns"):
        shape_of(schema({"x": WHOLE, "y": WHOLE, "y - x": WHOLE}, "y >= x"))


def test_a_table_of_identifiers_alone_has_nothing_to_learn() -> None:
    with pytest.raises(SchemaError, match="expected a column to learn"):
        shape_of(schema({"id": {"type": "identifier", "kind": "uuid"}}))
