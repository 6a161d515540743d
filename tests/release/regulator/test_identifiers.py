"""Which columns are identifiers that 45 CFR 164.514(b)(2)(i) lists."""

from typing import Any

import pytest

from synthgen.release.regulator.identifiers import KINDS, LISTED, NO_PERSON, fate, letters
from synthgen.schema import Schema
from synthgen.schema.unmodelled import KINDS as ALL


def schema(**columns: Any) -> Schema:
    return Schema.model_validate({"name": "t", "columns": {"x": {"type": "boolean"}} | columns})


def test_there_are_eighteen_from_a_to_r() -> None:
    assert list(LISTED) == list("ABCDEFGHIJKLMNOPQR")


def test_every_kind_of_identifier_has_a_letter_or_a_reason_to_have_none() -> None:
    assert set(ALL) == KINDS.keys() | NO_PERSON
    assert KINDS.keys().isdisjoint(NO_PERSON)
    assert set("".join(KINDS.values())) <= LISTED.keys()


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("who", {"type": "identifier", "kind": "full_name"}, "A"),
        ("where", {"type": "identifier", "kind": "postcode"}, "B"),
        ("tel", {"type": "identifier", "kind": "phone"}, "DE"),
        ("s", {"type": "identifier", "kind": "us_ssn"}, "G"),
        ("card", {"type": "identifier", "kind": "payment_card"}, "J"),
        ("plate", {"type": "identifier", "kind": "licence_plate"}, "L"),
        ("site", {"type": "identifier", "kind": "url"}, "N"),
        ("code", {"type": "identifier", "pattern": "TX-[0-9]{8}"}, "R"),
        ("in", {"type": "identifier", "kind": "country"}, ""),
        ("admitted", {"type": "date", "minimum": "2020-01-01", "maximum": "2020-12-31"}, "C"),
        ("age", {"type": "integer", "minimum": 0, "maximum": 99}, "C"),
        ("age", {"type": "integer", "minimum": 0, "maximum": 89}, ""),
        ("zip_code", {"type": "categorical", "values": ["021", "100"]}, "B"),
        ("note", {"type": "text"}, "R"),
        ("income", {"type": "integer", "minimum": 0, "maximum": 99}, ""),
    ],
)
def test_columns_are_found_by_kind_type_and_name(name: str, column: dict[str, Any], expected: str) -> None:
    made = schema(**{name: column})
    assert "".join(letter for letter, _ in letters(name, made.columns[name])) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"type": "identifier", "kind": "email"}, "made up"),
        ({"type": "identifier", "kind": "email", "action": "drop"}, "left out"),
        ({"type": "identifier", "kind": "email", "action": "keep", "keep_because": "test"}, "stay"),
        ({"type": "text"}, "left out"),
        ({"type": "text", "action": "mask"}, "one fixed text"),
        ({"type": "integer", "minimum": 0, "maximum": 9}, "drawn anew"),
    ],
)
def test_what_became_of_the_values_is_said(column: dict[str, Any], expected: str) -> None:
    made = schema(y=column)
    assert expected in fate("y", made.columns["y"], made)
