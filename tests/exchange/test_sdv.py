"""SDV metadata and its constraint list."""

import json
from pathlib import Path
from typing import Any

import pytest

from synthgen.errors import SchemaError
from synthgen.exchange import Imported, export_schema, import_schema
from synthgen.schema import Date, Identifier, Integer, Number, Point, Schema

GOLDEN = Path(__file__).parents[1] / "golden" / "exchange"


def metadata(columns: dict[str, Any], **more: Any) -> Imported:
    return import_schema({"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": columns} | more)


def constraint(word: str, **parameters: Any) -> dict[str, Any]:
    return {"constraint_class": word, "constraint_parameters": parameters}


NUMBERS = {name: {"sdtype": "numerical", "computer_representation": "Int64"} for name in "abc"}


def test_the_constraints_of_the_documentation_become_bounds_and_rules() -> None:
    """The examples of docs.sdv.dev/sdv/reference/constraint-logic/predefined-constraint-classes."""
    table = json.loads((GOLDEN / "sdv_single_table_v1.json").read_text())
    found = import_schema(table | {"constraints": json.loads((GOLDEN / "sdv_constraints.json").read_text())})
    assert found.schema.constraints == ("checkin_date < checkout_date",)
    fee = found.schema.columns["amenities_fee"]
    assert isinstance(fee, Number)
    assert (fee.minimum, fee.maximum) == (0, 500)
    lost = {loss.what: loss.why for loss in found.losses if loss.where.startswith("constraints")}
    assert lost == {
        "FixedIncrements": "there is no column salary",
        "OneHotEncoding": "there is no column subscription_status",
    }


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        (constraint("Inequality", low_column_name="a", high_column_name="b"), ["a <= b"]),
        (
            constraint("Range", low_column_name="a", middle_column_name="b", high_column_name="c"),
            ["a < b", "b < c"],
        ),
        (constraint("FixedIncrements", column_name="a", increment_value=1000), ["a % 1000 = 0"]),
        (constraint("OneHotEncoding", column_names=["a", "b"]), ["a + b = 1"]),
        (constraint("Unique", column_names=["a", "c"]), ["unique(a, c)"]),
        (constraint("FixedCombinations", column_names=["a", "c"]), []),
        (constraint("MyOwn", column_names=["a", "c"]), []),
    ],
)
def test_each_predefined_constraint_is_a_rule_or_a_loss(given: dict[str, Any], rules: list[str]) -> None:
    found = metadata(NUMBERS, constraints=[given])
    assert list(found.schema.constraints) == rules
    assert any(loss.where == "constraints.0" for loss in found.losses) == (not rules)


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        (constraint("Positive", column_name="a"), (0, None)),
        (constraint("Positive", column_name="a", strict_boundaries=True), (1, None)),
        (constraint("Negative", column_name="a", strict_boundaries=True), (None, -1)),
        (constraint("ScalarInequality", column_name="a", relation="<", value=10), (None, 9)),
        (constraint("ScalarInequality", column_name="a", relation=">=", value=2.5), (3, None)),
        (constraint("ScalarRange", column_name="a", low_value=0, high_value=9), (1, 8)),
    ],
)
def test_a_constraint_of_one_column_by_a_number_is_a_public_bound(
    given: dict[str, Any], ends: tuple[int | None, int | None]
) -> None:
    found = metadata(NUMBERS, constraints=[given])
    column = found.schema.columns["a"]
    assert isinstance(column, Integer)
    assert (column.minimum, column.maximum) == ends


def test_a_bound_that_is_itself_out_is_a_bound_and_a_rule() -> None:
    found = metadata(
        {"x": {"sdtype": "numerical"}}, constraints=[constraint("Positive", column_name="x", strict_boundaries=True)]
    )
    assert (found.schema.columns["x"].minimum, found.schema.constraints) == (0, ("x > 0",))  # type: ignore[union-attr]  # a number


def test_a_rule_over_an_identifier_is_a_loss() -> None:
    found = metadata(
        NUMBERS | {"id": {"sdtype": "id"}},
        constraints=[constraint("Inequality", low_column_name="id", high_column_name="a")],
    )
    assert found.schema.constraints == ()
    assert ("constraints", "id <= a") in {(loss.where, loss.what) for loss in found.losses}


def test_the_sequence_key_is_the_person() -> None:
    days = {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"}
    found = metadata({"patient": {"sdtype": "id"}, "visit": days}, sequence_key="patient", sequence_index="visit")
    assert found.schema.privacy.unit == "patient"
    assert found.schema.constraints == ("monotone(visit) per person",)
    assert any(loss.where == "sequence_key" and "rows_per_unit" in loss.why for loss in found.losses)


def test_latitude_and_longitude_of_one_place_are_a_point() -> None:
    columns = {"lat": {"sdtype": "latitude"}, "lon": {"sdtype": "longitude"}, "n": {"sdtype": "numerical"}}
    found = metadata(columns, column_relationships=[{"type": "gps", "column_names": ["lon", "lat"]}])
    point = found.schema.columns["location"]
    assert isinstance(point, Point)
    assert (point.latitude, point.longitude) == ("lat", "lon")
    assert list(found.schema.columns) == ["n", "location"] or list(found.schema.columns) == ["location", "n"]


def test_the_domains_of_version_2_are_public_domains() -> None:
    columns = {
        "a": {"sdtype": "numerical", "range_min": 0, "range_max": 9.5, "decimal_places": 1, "range_is_nullable": True},
        "b": {"sdtype": "ordinal", "range_values": ["low", "high"], "range_is_nullable": False},
        "c": {
            "sdtype": "datetime",
            "datetime_format": "%Y-%m-%d",
            "range_min": "2019-01-01",
            "range_max": "2020-01-01",
        },
    }
    found = import_schema({"METADATA_SPEC_VERSION": "SINGLE_TABLE_V2", "columns": columns})
    assert found.losses == ()
    assert found.schema.columns["a"] == Number(type="number", minimum=0, maximum=9.5, decimals=1, nullable=True)
    assert isinstance(found.schema.columns["c"], Date)


def test_people_go_out_and_come_back(everything: Schema) -> None:
    made = export_schema(everything, "sdv")
    back = import_schema(made.value).schema
    assert back.columns["mail"] == Identifier(type="identifier", kind="email", unique=True)
    assert {'day <= "left"', "unique(day, age)"} <= set(everything.constraints)
    kept = set(everything.constraints) - {loss.what for loss in made.losses if loss.where == "constraints"}
    assert kept == {'day <= "left"', "unique(day, age)", "price > age"}


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ({"METADATA_SPEC_VERSION": "V9", "columns": {}}, "schema METADATA_SPEC_VERSION: expected V1, .* got 'V9'"),
        (
            {"METADATA_SPEC_VERSION": "V1", "tables": {"a": {}, "b": {}}},
            r"expected one table, got 2 \(a, b\); .*--table",
        ),
        ({"METADATA_SPEC_VERSION": "V1", "tables": {}}, "expected tables by their names"),
        (
            {"METADATA_SPEC_VERSION": "V1", "tables": {"a": {"columns": {}}}},
            "expected a description of columns, got none",
        ),
    ],
)
def test_what_is_no_metadata_is_refused(value: Any, line: str) -> None:
    with pytest.raises(SchemaError, match=line):
        import_schema(value)


def test_a_table_that_is_not_there_is_named_with_the_closest() -> None:
    value = json.loads((GOLDEN / "sdv_v1.json").read_text())
    with pytest.raises(SchemaError, match=r"expected a table of hotels, guests, got 'guest'; did you mean 'guests'\?"):
        import_schema(value, table="guest")
