"""From columns to the keys that describe them: every kind, on small tables whose truth is known."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen.infer import infer, render
from synthgen.infer.draft import Draft
from synthgen.schema import Schema, parse_schema
from synthgen.tables import open_table, validate

RNG = np.random.default_rng(5)
MANY = 400


def drafted(**columns: Any) -> Draft:
    return infer(open_table(pa.table(columns)), name="t")


def keys_of(values: Any, name: str = "x") -> dict[str, Any]:
    (own,) = drafted(**{name: values}).columns
    return own.keys | {"inferred": set(own.inferred)}


def cycled(*values: Any) -> list[Any]:
    return [values[i % len(values)] for i in range(MANY)]


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (cycled("a", "b"), {"type": "categorical", "values": ["a", "b"], "inferred": {"values"}}),
        (cycled("Yes", "No"), {"type": "boolean", "values": ["No", "Yes"], "inferred": {"values"}}),
        (cycled(0, 1), {"type": "boolean", "values": [0, 1], "inferred": {"values"}}),
        (cycled(True, False), {"type": "boolean", "inferred": set()}),
        (cycled(3, 7, 5), {"type": "integer", "minimum": 3, "maximum": 7, "inferred": {"minimum", "maximum"}}),
        (cycled("3", "17", "5"), {"type": "integer", "minimum": 3, "maximum": 17, "inferred": {"minimum", "maximum"}}),
        (
            cycled(0.5, 2.25, 3.0),
            {
                "type": "number",
                "minimum": 0.5,
                "maximum": 3.0,
                "decimals": 2,
                "inferred": {"minimum", "maximum", "decimals"},
            },
        ),
        (
            cycled("2020-01-31", "2019-05-01"),
            {
                "type": "date",
                "minimum": dt.date(2019, 5, 1),
                "maximum": dt.date(2020, 1, 31),
                "inferred": {"minimum", "maximum"},
            },
        ),
        (cycled("12:00:01", "00:30:00"), {"type": "time", "inferred": set()}),
        (cycled("y", "N", "Y"), {"type": "boolean", "inferred": set()}),
        (
            cycled(Decimal("2.07"), Decimal("0.29")),
            {
                "type": "number",
                "minimum": 0.29,
                "maximum": 2.07,
                "decimals": 2,
                "inferred": {"minimum", "maximum", "decimals"},
            },
        ),
        (
            cycled("1:30:00", "30:00:05"),
            {
                "type": "duration",
                "minimum": 5400,
                "maximum": 108_005,
                "unit": "seconds",
                "format": "1:30:00",
                "inferred": {"minimum", "maximum", "format"},
            },
        ),
        (
            cycled(dt.date(2020, 1, 31), dt.date(2019, 5, 1), dt.date(9999, 12, 31)),
            {
                "type": "date",
                "minimum": dt.date(2019, 5, 1),
                "maximum": dt.date(2020, 1, 31),
                "special": ["9999-12-31"],
                "inferred": {"minimum", "maximum", "special"},
            },
        ),
        (
            cycled("2020-01-31", "2019-05-01", "9999-12-31"),
            {
                "type": "date",
                "minimum": dt.date(2019, 5, 1),
                "maximum": dt.date(2020, 1, 31),
                "special": ["9999-12-31"],
                "inferred": {"minimum", "maximum", "special"},
            },
        ),
        (cycled(7, 7), {"type": "integer", "minimum": 7, "maximum": 7, "inferred": {"minimum", "maximum"}}),
        (cycled("same", "same"), {"type": "categorical", "values": ["same"], "inferred": {"values"}}),
        (cycled("10", "9", "N"), {"type": "categorical", "values": ["9", "10", "N"], "inferred": {"values"}}),
        (cycled("007", "042"), {"type": "categorical", "values": ["007", "042"], "inferred": {"values"}}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_kind_is_recognised(values: list[Any], keys: dict[str, Any]) -> None:
    assert keys_of(values) == keys


def test_a_column_without_a_value_is_described_too() -> None:
    assert keys_of([None] * 9) == {"type": "categorical", "values": [], "nullable": True, "inferred": {"values"}}


def test_missing_values_make_a_column_nullable_and_that_is_marked() -> None:
    found = keys_of(cycled("a", None, "b"))
    assert found["nullable"] is True
    assert found["inferred"] == {"values", "nullable"}


def test_words_among_numbers_are_sentinels_or_stand_for_missing() -> None:
    found = keys_of([*map(str, range(MANY)), *["N"] * 9, *["?"] * 9, *["N"] * MANY])
    assert (found["type"], found["special"], found["null_values"]) == ("integer", ["N"], ["?"])
    assert found["nullable"] is True
    assert {"special", "null_values", "nullable"} <= found["inferred"]


@pytest.mark.parametrize(("sentinel", "least"), [(-1, 0), (-999, 0), (0, 1934)])
def test_a_number_that_stands_apart_is_a_sentinel(sentinel: int, least: int) -> None:
    found = keys_of(np.append(np.arange(least, least + 90).repeat(5), np.full(30, sentinel)))
    assert (found["special"], found["minimum"]) == ([sentinel], least)


def test_codes_with_letters_are_no_numbers() -> None:
    codes = [f"{i % 700}" for i in range(4 * MANY)] + [f"V{i}" for i in range(30)]
    assert keys_of(codes, "diag")["type"] == "categorical"


def test_a_code_of_whole_numbers_is_listed_and_no_line() -> None:
    assert keys_of(cycled(1, 3, 7), "admission_type_id")["values"] == [1, 3, 7]


def test_many_levels_are_left_to_discovery_and_nothing_of_them_is_written() -> None:
    secret = [f"town{i % 200:03d}x" for i in range(MANY * 10)]
    draft = drafted(place_name_x=secret)
    assert draft.columns[0].keys == {"type": "categorical", "discover": True}
    assert "town0" not in render(draft)


def test_free_text_is_dropped_and_not_quoted() -> None:
    notes = [f"The patient number {i} came in with a complaint of pain in the left knee" for i in range(MANY)]
    draft = drafted(notes=notes)
    assert draft.columns[0].keys == {"type": "text", "action": "drop"}
    assert "knee" not in render(draft)


@pytest.mark.parametrize(
    ("name", "values", "keys"),
    [
        ("order", list(range(1000, 1000 + MANY)), {"kind": "sequence"}),
        ("ticket", [f"TX-{i:05d}" for i in range(MANY)], {"pattern": "[A-Z]{2}-[0-9]{5}"}),
        ("order_id", list(range(10_000, 10_000 + 7 * MANY, 7)), {"pattern": "[1-9][0-9]{4}"}),
    ],
)
def test_a_key_is_made_up(name: str, values: list[Any], keys: dict[str, str]) -> None:
    found = keys_of(values, name)
    assert found["type"] == "identifier"
    assert found["unique"] is True
    assert keys.items() <= found.items()


def test_a_measurement_that_happens_to_differ_in_every_row_is_no_key() -> None:
    assert keys_of(RNG.normal(size=MANY), "weight")["type"] == "number"
    assert keys_of(np.arange(MANY) * 37 % 100_003, "weight")["type"] == "integer"


def test_a_long_tail_is_told_apart_on_a_log_scale() -> None:
    assert keys_of(np.round(RNG.lognormal(3, 2, 5000), 2), "amount")["scale"] == "log"
    assert "scale" not in keys_of(np.round(RNG.normal(50, 9, 5000), 2), "amount")


@pytest.mark.parametrize(
    ("texts", "form"),
    [(["$8,234.50", "$7.25", "$99,000.00"], "$12,345.67"), (["82.5 %", "7.0 %", "99.9 %"], "12.3 %")],
)
def test_numbers_with_marks_get_their_format_with_digits_of_nobody(texts: list[str], form: str) -> None:
    found = keys_of(cycled(*texts))
    assert (found["type"], found["format"]) == ("number", form)


def test_a_pair_of_coordinates_is_one_place() -> None:
    north, east = RNG.uniform(47, 48, MANY).round(4), RNG.uniform(-122, -121, MANY).round(4)
    (point,) = drafted(lat=north, long=east).columns
    assert (point.name, point.keys["latitude"], point.keys["longitude"]) == ("place", "lat", "long")
    assert point.keys["minimum"][0] <= north.min() <= north.max() <= point.keys["maximum"][0]


def test_a_person_with_several_rows_becomes_the_unit() -> None:
    patients = RNG.integers(10_000, 10_200, 2000)
    draft = drafted(patient_nbr=patients, age=patients % 90, stay=RNG.integers(1, 14, 2000))
    assert draft.unit == "patient_nbr"
    assert "patient_nbr" not in [own.name for own in draft.columns]
    assert "constant(age) per person" in draft.rules
    assert "looks like a person with several rows" in render(draft)


def test_a_table_of_persons_has_no_other_unit() -> None:
    draft = drafted(client_id=np.arange(2000), household_id=np.arange(2000) // 3)
    assert draft.unit is None


def test_rules_are_candidates_in_comments_and_never_more() -> None:
    a, b = RNG.integers(0, 500, 3000), RNG.integers(0, 500, 3000)
    admit = np.datetime64("2020-01-01") + RNG.integers(0, 900, 3000)
    draft = drafted(part=a, rest=b, whole=a + b, admit=admit, discharge=admit + RNG.integers(0, 200, 3000))
    assert "whole = part + rest" in draft.rules
    assert "admit <= discharge" in draft.rules
    text = render(draft)
    assert parse_schema(text).constraints == ()
    assert "#   - admit <= discharge" in text


def test_columns_that_say_nothing_of_each_other_give_no_rule() -> None:
    assert drafted(a=RNG.integers(0, 99, 3000), b=RNG.integers(0, 99, 3000), c=RNG.integers(0, 5, 3000)).rules == ()


def strange() -> pa.Table:
    return pa.table(
        {
            "a: b": cycled("x", "y"),
            "line\nend": cycled(1, 2),
            "# no comment": cycled("- a", "b: c # d"),
            "yes": cycled("no", "maybe", "true", "'", '"', "[", "2019-01-01x", "é" * 3, "x" * 300),
            "bad\u2028": cycled(None, 1.5),
            "nested": cycled([1], [2]),
            "big": cycled(2**60, -(2**60)),
            "infinite": cycled(float("inf"), 1.0),
        }
    )


@pytest.mark.parametrize(
    "table", [strange(), strange().slice(0, 0), strange().slice(0, 1)], ids=["rows", "none", "one"]
)
def test_whatever_a_table_holds_its_draft_is_a_schema_that_it_fits(table: pa.Table) -> None:
    described = parse_schema(render(infer(open_table(table), name="t")))
    assert isinstance(described, Schema)
    broken = validate(open_table(table), described).violations
    assert set(broken) <= {"infinite"}


def test_a_number_that_names_something_is_not_learned() -> None:
    draft = drafted(
        client_id=np.arange(2000), account_id=RNG.integers(1, 3_000, 2000), amount=RNG.integers(1, 3_000, 2000)
    )
    assert {own.name: own.keys["type"] for own in draft.columns} == {
        "client_id": "identifier",
        "account_id": "identifier",
        "amount": "integer",
    }


def test_long_labels_that_repeat_are_levels_and_no_prose() -> None:
    labels = [f"Sales and office occupations of the kind that number {i} has in the long list" for i in range(90)]
    assert keys_of(labels * 60, "occupation") == {"type": "categorical", "discover": True, "inferred": set()}


def test_dates_in_another_order_are_told_and_not_guessed() -> None:
    (own,) = drafted(born=[f"{1 + i % 12:02d}/{1 + i % 28:02d}/19{i % 100:02d}" for i in range(4000)]).columns
    assert own.keys["type"] in {"text", "identifier", "categorical"}
    assert "inferred" not in own.keys
