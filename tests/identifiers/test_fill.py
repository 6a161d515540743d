import time
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st

from synthgen.errors import ConfigError, SchemaError
from synthgen.identifiers import KINDS, check, fill
from synthgen.schema import Identifier

EVERY = {kind: Identifier(type="identifier", kind=kind) for kind in KINDS} | {
    "ticket": Identifier(type="identifier", pattern="TX-[0-9]{8}", unique=True)
}


def column(**keys: Any) -> Identifier:
    return Identifier.model_validate({"type": "identifier"} | keys)


def people(
    columns: dict[str, Identifier], person: Any, *, seed: int = 7, start: int = 0, unit: str | None = None, **given: Any
) -> dict[str, list[Any]]:
    arrays = {name: pa.array(values) for name, values in given.items()}
    numbers = np.array(person, np.int64)
    made = fill(columns, len(numbers), person=numbers, given=arrays, seed=seed, start=start, unit=unit)
    return {name: values.to_pylist() for name, values in made.items()}


@given_by(cuts=st.lists(st.integers(0, 60), max_size=4), seed=st.integers(0, 2**64 - 1))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_the_size_of_a_batch_changes_nothing(cuts: list[int], seed: int) -> None:
    person = np.repeat(np.arange(20), 3)
    whole = people(EVERY, person, seed=seed)
    edges = [0, *sorted(cuts), 60]
    parts = [people(EVERY, person[a:b], seed=seed, start=a) for a, b in pairwise(edges)]
    assert {name: [value for part in parts for value in part[name]] for name in EVERY} == whole


def test_a_person_is_the_same_wherever_they_stand() -> None:
    forwards, backwards = people(EVERY, range(30)), people(EVERY, range(29, -1, -1))
    for name in EVERY.keys() - {"sequence", "ticket"}:
        assert forwards[name] == backwards[name][::-1], name


def test_another_seed_makes_other_people() -> None:
    one, other = people(EVERY, range(50), seed=1), people(EVERY, range(50), seed=2)
    assert [name for name in EVERY if one[name] == other[name]] == ["country", "sequence"]


def test_a_person_is_constant_over_their_rows() -> None:
    made = people(EVERY, [0, 0, 0, 1, 1])
    for name in EVERY.keys() - {"sequence", "ticket"}:
        assert len(set(made[name][:3])) == len(set(made[name][3:])) == 1, name
    assert len(set(made["ticket"])) == len(set(made["sequence"])) == 5


def test_a_record_number_that_is_not_unique_names_the_person() -> None:
    made = people({"account": column(pattern="[0-9]{12}")}, [4, 4, 5])["account"]
    assert made[0] == made[1] != made[2]


def test_the_unit_names_the_person_even_when_it_is_unique() -> None:
    made = people({"patient": column(pattern="P[0-9]{6}", unique=True)}, [4, 4, 5], unit="patient")["patient"]
    assert made[0] == made[1] != made[2]
    assert people({"id": column(kind="sequence", start=100)}, [4, 4, 5], unit="id")["id"] == [104, 104, 105]


def test_names_mail_and_user_name_are_one_person() -> None:
    kinds = ("given_name", "family_name", "full_name", "email", "username", "url")
    made = people({kind: column(kind=kind) for kind in kinds}, range(200))
    for given, family, full, mail, user, page in zip(*(made[kind] for kind in kinds), strict=True):
        assert full == f"{given} {family}"
        assert mail.startswith(f"{given.lower()}.{family.lower()}")
        assert user.startswith(given.lower())
        assert page.startswith(f"https://{family.lower()}")


def test_a_second_column_of_a_kind_is_someone_else() -> None:
    columns = {"patient": column(kind="full_name"), "mail": column(kind="email"), "doctor": column(kind="full_name")}
    made = people(columns, range(300))
    assert sum(a == b for a, b in zip(made["patient"], made["doctor"], strict=True)) < 5
    assert all(
        mail.startswith(name.split()[0].lower()) for mail, name in zip(made["mail"], made["patient"], strict=True)
    )


def test_two_columns_of_numbers_differ() -> None:
    made = people({"payer": column(kind="iban"), "payee": column(kind="iban")}, range(100))
    assert not set(made["payer"]) & set(made["payee"])


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.capacity is not None])
def test_unique_values_never_come_twice(kind: str) -> None:
    columns = {"it": column(kind=kind, unique=True)}
    capacity = KINDS[kind].capacity
    assert capacity is not None
    rows = min(capacity(columns["it"]), 60_000)
    check(columns, rows)
    assert len(set(people(columns, range(rows))["it"])) == rows


@pytest.mark.parametrize("kind", ["nhs_number", "phone"])
def test_a_small_space_is_used_to_the_last_value(kind: str) -> None:
    capacity = KINDS[kind].capacity
    assert capacity is not None
    rows = capacity(column(kind=kind))
    made = fill({"it": column(kind=kind, unique=True)}, rows, person=np.arange(rows), given={}, seed=3, start=0)
    assert len(made["it"].unique()) == rows


@pytest.mark.parametrize(
    ("keys", "rows", "message"),
    [
        ({"kind": "nhs_number", "unique": True}, 500_001, "at most 500,000 rows"),
        ({"pattern": "[0-9]{3}", "unique": True}, 1_001, "at most 1,000 rows"),
        ({"kind": "full_name", "unique": True}, 2, "a kind whose values differ"),
        ({"kind": "phone", "unique": True, "locale": "sv_SE"}, 401, "at most 400 rows"),
        ({"kind": "given_name", "locale": "xx_XX"}, 1, "one of en_US"),
        ({"kind": "payment_card", "brand": "viza"}, 1, "did you mean 'visa'"),
        ({"kind": "iban", "agrees": {"gender": "sex"}}, 1, "expected kind email, full_name"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_any_work(keys: dict[str, Any], rows: int, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        check({"it": column(**keys)}, rows)
    assert caught.value.subject.startswith("columns.it")
    assert "\n" not in str(caught.value)


def test_a_person_agrees_with_learned_columns_only() -> None:
    columns = {"first": column(kind="given_name", agrees={"gender": "sex"})}
    check(columns, 1, given={"sex"})
    with pytest.raises(SchemaError, match=r"columns\.first\.agrees\.gender: expected a learned column, got 'sex'"):
        check(columns, 1, given={"age"})


def test_a_space_need_only_hold_the_persons() -> None:
    columns = {"it": column(kind="nhs_number", unique=True)}
    check(columns, 10**7, persons=400_000)
    with pytest.raises(SchemaError, match="at most"):
        check({"it": column(pattern="[0-9]{6}", unique=True)}, 10**7, persons=400_000)


def test_the_unit_needs_a_value_for_each_person() -> None:
    with pytest.raises(SchemaError, match="at most 1,000"):
        check({"it": column(pattern="[0-9]{3}")}, 10**6, persons=2_000, unit="it")


def test_given_names_agree_with_a_gender_column() -> None:
    columns = {"first": column(kind="given_name", agrees={"gender": "sex"}), "mail": column(kind="email")}
    told = ["F", "female", "Frau", "femme", "2", " MUJER "] * 20 + ["M", "male", "Mann", "homme", "1", "uomo"] * 20
    made = people(columns, range(240), sex=told)
    women, men = (set(made["first"][half]) for half in (slice(120), slice(120, 240)))
    assert {"Jennifer", "Michelle", "Amanda", "Mary"} & women
    assert {"Michael", "David", "James", "John"} & men
    assert not {"Michael", "David", "James", "John"} & women
    assert not {"Jennifer", "Michelle", "Amanda", "Mary"} & men
    assert all(mail.startswith(name.lower()) for mail, name in zip(made["mail"], made["first"], strict=True))


@pytest.mark.parametrize("told", [[None] * 100, ["divers"] * 100, [True] * 100, []])
def test_whoever_the_table_says_nothing_of_gets_any_name(told: list[Any]) -> None:
    columns = {"first": column(kind="given_name", agrees={"gender": "sex"})}
    arrays = {"sex": pa.array(told, pa.string() if not told or told[0] is None else None)}
    made = fill(columns, len(told), person=np.arange(len(told)), given=arrays, seed=7, start=0)["first"].to_pylist()
    plain = people({"first": column(kind="given_name")}, range(len(told)))["first"]
    assert made == plain


def test_a_day_of_birth_agrees_with_an_age() -> None:
    ages = list(range(111)) * 4
    made = people({"dob": column(kind="birth_date", agrees={"age": "years"})}, range(444), years=ages)["dob"]
    assert [2025 - day.year - ((day.month, day.day) > (1, 1)) for day in made] == ages


def test_a_birthday_stays_as_the_person_ages() -> None:
    columns = {"dob": column(kind="birth_date", agrees={"age": "years"})}
    young, old = (people(columns, range(200), years=[age] * 200)["dob"] for age in (20, 63))
    assert [(day.month, day.day) for day in young] == [(day.month, day.day) for day in old]
    assert len({(day.month, day.day) for day in young}) > 100


def test_an_age_that_is_missing_is_drawn_and_ages_out_of_reason_are_held_back() -> None:
    columns = {"dob": column(kind="birth_date", agrees={"age": "years"})}
    made = people(columns, range(4), years=[None, float("nan"), 1e12, -5])["dob"]
    assert all(1934 <= day.year <= 2006 for day in made[:2])
    assert [day.year for day in made[2:]] == [1874, 2024]


def test_a_day_of_birth_repeats_a_birth_column() -> None:
    told = pa.array(["1970-02-28", None]).cast(pa.date32())
    made = fill({"dob": column(kind="birth_date", agrees={"birth": "b"})}, 2, person=np.arange(2), given={"b": told},
                seed=1, start=0)["dob"]  # fmt: skip
    assert made[0].as_py().isoformat() == "1970-02-28"
    assert made[1].is_valid


def test_an_age_that_is_no_number_is_one_clear_line() -> None:
    columns = {"dob": column(kind="birth_date", agrees={"age": "band"})}
    with pytest.raises(ConfigError, match=r"columns\.dob\.agrees: expected a column of numbers, got 'band'"):
        people(columns, [0], band=["[0-10)"])


def test_no_rows_are_no_values() -> None:
    assert all(values == [] for values in people(EVERY, []).values())


def test_types_are_those_that_are_written() -> None:
    made = fill(EVERY, 3, person=np.arange(3), given={}, seed=1, start=0)
    types = {name: values.type for name, values in made.items()}
    assert types.pop("birth_date") == pa.date32()
    assert types.pop("sequence") == pa.int64()
    assert set(types.values()) == {pa.string()}
    assert [made[name].validate(full=True) for name in made] == [None] * len(made)


@pytest.mark.slow
def test_a_million_rows_of_ten_columns_take_well_under_a_minute() -> None:
    kinds = (
        "given_name",
        "family_name",
        "email",
        "phone",
        "us_ssn",
        "payment_card",
        "iban",
        "uuid",
        "birth_date",
        "vin",
    )
    columns = {kind: column(kind=kind, unique=kind in {"us_ssn", "uuid"}) for kind in kinds}
    start = time.process_time()
    fill(columns, 10**6, person=np.arange(10**6), given={}, seed=1, start=0)
    assert time.process_time() - start < 30
