import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from synthgen.identifiers.detect import BOTH, CHECKED, FORMED, MOST_VALUES, NAMED, TEXT, detect


def kinds(name: str, values: pa.Array) -> list[tuple[str, float]]:
    return [(finding.kind, finding.confidence) for finding in detect(name, values)]


MAIL = pa.array(["a@b.org", "c.d@e.net", None])
CARDS = pa.array(
    [
        "4111111111111111",
        "5555555555554444",
        "378282246310005",
        "6011111111111117",
        "4012888888881881",
        "3530111333300000",
    ]
)


def test_name_and_values_together_are_surest() -> None:
    assert kinds("email", MAIL) == [("email", BOTH)]
    assert kinds("contact", MAIL) == [("email", FORMED)]


def test_check_digits_prove_more_than_a_form() -> None:
    assert kinds("x", CARDS) == [("payment_card", CHECKED)]


def test_few_numbers_that_pass_a_check_prove_nothing() -> None:
    assert kinds("x", CARDS.slice(0, 3)) == []
    assert kinds("card_number", CARDS.slice(0, 3)) == [("payment_card", NAMED)]


def test_numbers_that_fail_their_check_are_not_taken_for_it() -> None:
    numbers = pa.array(np.arange(4 * 10**15, 4 * 10**15 + 200))
    assert kinds("x", numbers) == []


def test_a_name_that_the_values_deny_says_nothing() -> None:
    assert kinds("phone", pa.array(["yes", "no"])) == []
    assert kinds("own_telephone", pa.array(["A191", "A192"])) == []
    assert kinds("city_pop", pa.array([30141, 200])) == []


def test_a_sentence_that_ends_in_a_kind_is_not_about_it() -> None:
    assert kinds("Insurance purchased directly from an insurance company", pa.array(["Yes", "No"])) == []


def test_days_and_numbers_of_any_arrow_type_are_read() -> None:
    days = pa.array([dt.date(1970, 1, 2), dt.date(1980, 3, 4)])
    assert kinds("dob", days) == [("birth_date", NAMED)]
    assert kinds("trans_date", days) == []
    assert kinds("zip", pa.array([98178, 10115])) == [("postcode", NAMED)]
    assert kinds("email", MAIL.dictionary_encode()) == [("email", BOTH)]
    assert kinds("email", MAIL.cast(pa.large_string())) == [("email", BOTH)]


@pytest.mark.parametrize(
    "values",
    [pa.array([], pa.string()), pa.nulls(3), pa.array([True]), pa.array([1.5]), pa.array([[1]]), pa.array(["?", ""])],
)
def test_what_holds_no_text_is_nothing(values: pa.Array) -> None:
    assert detect("email", values) == []


def test_free_text_is_found_by_its_length_or_its_name() -> None:
    prose = pa.array([f"Came in on {day} with a cough that had lasted two weeks" for day in range(30)])
    assert [kind for kind, _ in kinds("x", prose)] == [TEXT]
    labels = pa.array(["Employee of a private for-profit company or business", "Self-employed in own business"] * 50)
    assert kinds("workclass", labels) == []
    assert [kind for kind, _ in kinds("comment", pa.array(["late again today", "call him back"]))] == [TEXT]


def test_a_reason_holds_no_value() -> None:
    for name in ("x", "card_number"):
        assert not any(value in finding.reason for finding in detect(name, CARDS) for value in CARDS.to_pylist())


def test_at_most_so_many_values_are_looked_at() -> None:
    mails = [f"a{number}@b.org" for number in range(MOST_VALUES)]
    assert kinds("x", pa.array(mails + ["none of it"] * 10_000)) == [("email", FORMED)]


@pytest.mark.parametrize(
    "name",
    [
        "Geburtsdatum",
        "date_de_naissance",
        "fecha_nacimiento",
        "data_di_nascita",
        "geboortedatum",
        "dataNascimento",
        "DOB",
    ],
)
def test_names_are_known_in_several_languages(name: str) -> None:
    assert kinds(name, pa.array(["1970-01-02"])) == [("birth_date", NAMED)]
