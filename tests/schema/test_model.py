"""The schema as a whole: names that must agree, and what a finite epsilon needs."""

from typing import Any

import pytest

from synthgen.errors import SchemaError
from synthgen.schema import Privacy, Schema, from_json, undeclared

COLUMNS = {"age": {"type": "integer", "minimum": 0, "maximum": 120}, "income": {"type": "boolean"}}


def build(**said: Any) -> Schema:
    return from_json({"name": "people", "columns": COLUMNS} | said)


def refused(**said: Any) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        build(**said)
    return caught.value


def test_a_schema_without_more_protects_each_row() -> None:
    schema = build()
    assert schema.privacy == Privacy(unit="row", rows_per_unit=1)
    assert schema.on_violation == "error"
    assert schema.rows is None


def test_columns_keep_their_order() -> None:
    assert list(build().columns) == ["age", "income"]


def test_an_unknown_target_is_refused_with_the_closest_name() -> None:
    error = refused(target="incom")
    assert error.subject == "schema, target"
    assert error.fix == "did you mean 'income'?"


def test_a_row_cannot_hold_several_rows() -> None:
    assert refused(privacy={"rows_per_unit": 3}).subject == "schema, privacy.rows_per_unit"
    assert build(privacy={"unit": "ssn", "rows_per_unit": 3}).privacy.rows_per_unit == 3


@pytest.mark.parametrize("name", ["age", "ssn"])
def test_a_column_that_is_used_cannot_be_excluded(name: str) -> None:
    error = refused(exclude=["id", name], privacy={"unit": "ssn"})
    assert error.subject == "schema, exclude.1"


def test_a_column_is_excluded_once() -> None:
    assert "listed twice" in refused(exclude=["id", "id"]).got


@pytest.mark.parametrize(
    "said",
    [
        {"synthgen": 2},
        {"name": ""},
        {"name": 7},
        {"rows": -1},
        {"rows": True},
        {"rows": 1.5},
        {"columns": {}},
        {"columns": []},
        {"on_violation": "ignore"},
        {"privacy": {"unit": ""}},
        {"privacy": {"unit": "ssn", "rows_per_unit": 0}},
        {"privacy": {"unit": "ssn", "rows_per_unit": 1.0}},
        {"epsilon": 3},
    ],
)
def test_what_makes_no_sense_is_refused(said: dict[str, Any]) -> None:
    (key,) = said
    assert key in refused(**said).subject


def test_undeclared_names_what_each_column_lacks() -> None:
    columns = {
        "closed": {"type": "integer", "minimum": 0, "maximum": 1},
        "half": {"type": "number", "minimum": 0},
        "open": {"type": "date"},
        "levels": {"type": "categorical"},
        "found": {"type": "categorical", "discover": True},
        "known": {"type": "categorical", "values": ["a"]},
        "yes": {"type": "boolean"},
    }
    assert undeclared(build(columns=columns)) == {"half": "maximum", "open": "minimum and maximum", "levels": "values"}


FOLLOWED = COLUMNS | {"sex": {"type": "categorical", "values": ["F", "M"]}, "note": {"type": "text"}}


def test_survival_names_a_time_and_an_event() -> None:
    schema = build(survival={"time": "age", "event": "income"})
    assert schema.survival is not None
    assert (schema.survival.time, schema.survival.event) == ("age", "income")
    assert build().survival is None


@pytest.mark.parametrize(
    ("said", "subject", "got"),
    [
        ({"time": "agee", "event": "income"}, "survival.time", "'agee'"),
        ({"time": "note", "event": "income"}, "survival.time", "which is not"),
        ({"time": "sex", "event": "income"}, "survival.time", "a categorical"),
        ({"time": "age", "event": "sex"}, "survival.event", "a categorical"),
        ({"time": "age"}, "survival", "none"),
        ({"time": "age", "event": "income", "tine": 3}, "survival.tine", "'tine'"),
    ],
)
def test_survival_of_other_columns_is_refused(said: Any, subject: str, got: str) -> None:
    error = refused(columns=FOLLOWED, survival=said)
    assert error.subject == f"schema, {subject}"
    assert got in error.got
