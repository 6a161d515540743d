"""Counting what breaks rules: rows, repetitions and persons, over batches and never by value."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.constrain.survey import Survey, survey
from synthgen.schema import Schema, from_json
from synthgen.tables import Source, open_table

COLUMNS = {
    "a": {"type": "integer", "minimum": 0, "maximum": 99, "nullable": True, "special": [-1]},
    "b": {"type": "integer", "minimum": 0, "maximum": 99, "nullable": True},
    "c": {"type": "categorical", "values": ["x", "y"], "nullable": True},
    "d": {"type": "categorical", "discover": True, "nullable": True},
}


def schema(*rules: str, unit: str = "row", policy: str = "error") -> Schema:
    privacy = {"unit": unit, "rows_per_unit": 1 if unit == "row" else 9}
    said = {"name": "t", "columns": COLUMNS, "constraints": rules, "privacy": privacy, "on_violation": policy}
    return from_json(said)


def in_batches(columns: dict[str, list[object]], size: int) -> Source:
    """A table that is read a few rows at a time."""
    table = open_table(pa.table({**{name: [None] * len(next(iter(columns.values()))) for name in COLUMNS}, **columns}))

    def read(names: tuple[str, ...], _: int) -> object:
        for batch in table.batches(names):
            yield from (batch.slice(start, size) for start in range(0, batch.num_rows, size))

    return Source(name="t", columns=table.columns, read=read)  # type: ignore[arg-type]  # a generator of batches


def counted(described: Schema, columns: dict[str, list[object]], size: int = 2) -> Survey:
    return survey(in_batches(columns, size), described)


def test_rows_are_counted_rule_by_rule() -> None:
    found = counted(
        schema("a <= b", "NOT (c = 'x' AND b > 5)"), {"a": [1, 9, None], "b": [2, 8, 9], "c": ["y", "x", "x"]}
    )
    assert [(each.rows, each.violations) for each in found.rules] == [(3, 1), (3, 2)]
    assert found.broken == 3
    assert found.values.violations == {}


def test_a_row_with_a_value_outside_is_not_looked_at_for_rules() -> None:
    found = counted(schema("a <= b"), {"a": [1, 50], "b": [2, 1000]})
    assert [(each.rows, each.violations) for each in found.rules] == [(1, 0)]
    assert found.values.violations == {"b": {"above maximum": 1}}


@pytest.mark.parametrize("size", [1, 2, 100])
def test_repetitions_are_found_across_batches(size: int) -> None:
    columns: dict[str, list[object]] = {"a": [1, 1, 1, -1, -1, None, None], "d": ["p", "q", "p", "p", "p", "p", "p"]}
    assert counted(schema("unique(a, d)"), columns, size).rules[0].violations == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["x", "y", None]), st.sampled_from("pq")), min_size=1))
def test_as_many_repetitions_as_a_set_says(rows: list[tuple[int, str | None, str]]) -> None:
    a, c, d = (list(column) for column in zip(*rows, strict=True))
    whole = [row for row in rows if None not in row]
    found = counted(schema("unique(a, c, d)"), {"a": a, "c": c, "d": d}, 3)
    assert found.rules[0].violations == len(whole) - len(set(whole))


def test_persons_are_counted_once_however_often_they_break_a_rule() -> None:
    person = ["p", "q", "p", "q", "p", "r"]
    columns: dict[str, list[object]] = {
        "who": person,  # type: ignore[dict-item]  # text is an object
        "b": [1, 5, 3, 4, 2, 9],
        "c": ["x", "y", "y", "y", "x", None],
        "d": ["p", "q", "p", None, "p", "r"],
    }
    described = schema("monotone(b) per person", "constant(c) per person", "constant(d) per person", unit="who")
    found = counted(described, columns)
    assert [each.violations for each in found.rules] == [2, 1, 0]
    assert {each.way for each in found.rules} == {"by person"}


def test_missing_values_are_passed_over_in_the_order_of_a_person() -> None:
    columns: dict[str, list[object]] = {"who": ["p"] * 4, "b": [1, None, 2, 1]}
    assert counted(schema("monotone(b) per person", unit="who"), columns, 1).rules[0].violations == 1


def test_rows_that_the_policy_drops_are_not_counted() -> None:
    found = counted(schema("a <= b", policy="drop"), {"a": [9, 9], "b": [1, 1000]})
    assert [(each.rows, each.violations) for each in found.rules] == [(1, 1)]


def test_many_rows_are_counted_as_a_loop_over_them_would() -> None:
    rng = np.random.default_rng(0)
    rows = 200_000
    table = pa.table(
        {"a": rng.integers(0, 99, rows), "b": rng.integers(0, 99, rows), "c": ["x"] * rows, "d": ["y"] * rows}
    )
    found = survey(open_table(table), schema("a <= b", "unique(a, b)"))
    assert found.rules[0].violations == int((table["a"].to_numpy() > table["b"].to_numpy()).sum())
    assert found.rules[1].violations == rows - len({*zip(*(table[name].to_pylist() for name in "ab"), strict=True)})
