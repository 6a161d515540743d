from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synthgen.identifiers import fill
from synthgen.identifiers.locales import LOCALES
from synthgen.identifiers.names import names, plain
from synthgen.schema import Identifier

PLACE = ("city", "state", "postcode", "country", "street_address")


def made(locale: str, *kinds: str, rows: int = 3_000) -> dict[str, list[Any]]:
    columns = {
        kind: Identifier.model_validate({"type": "identifier", "kind": kind, "locale": locale}) for kind in kinds
    }
    found = fill(columns, rows, person=np.arange(rows), given={}, seed=5, start=0)
    return {kind: values.to_pylist() for kind, values in found.items()}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_place_agrees_with_itself(locale: str) -> None:
    places = LOCALES[locale].places
    known = set(zip(places.cities, places.states, places.starts, strict=True))
    home = made(locale, *PLACE)
    for city, state, code in zip(home["city"], home["state"], home["postcode"], strict=True):
        assert any((city, state, start) in known for start in {code[:size] for size in range(1, len(code))})
    assert set(home["country"]) == {LOCALES[locale].country[1]}
    assert len(set(home["city"])) == len(set(places.cities))


@pytest.mark.parametrize("locale", LOCALES)
def test_addresses_differ_and_have_a_number_and_a_street(locale: str) -> None:
    streets = made(locale, "street_address")["street_address"]
    assert len(set(streets)) == len(streets)
    assert all(any(letter.isdigit() for letter in street) and any(map(str.isalpha, street)) for street in streets)


@pytest.mark.parametrize("locale", LOCALES)
def test_mail_addresses_are_plain(locale: str) -> None:
    mail = made(locale, "email")["email"]
    assert all(address.isascii() and address.count("@") == 1 and address == address.lower() for address in mail)


def test_common_names_are_common() -> None:
    family = made("en_US", "family_name", rows=50_000)["family_name"]
    weights = np.diff(names("en_US").family.edges, prepend=0)
    common = names("en_US").family.text[int(np.argmax(weights))].as_py()
    expected = 50_000 * weights.max()
    assert abs(family.count(common) - expected) < 5 * expected**0.5


def test_women_and_men_are_halves() -> None:
    known = names("de_DE")
    women = set(known.female.text.to_pylist()) - set(known.male.text.to_pylist())
    men = set(known.male.text.to_pylist()) - set(known.female.text.to_pylist())
    given = made("de_DE", "given_name", rows=10_000)["given_name"]
    share = sum(name in women for name in given) / sum(name in women | men for name in given)
    assert 0.47 < share < 0.53


@pytest.mark.parametrize("locale", LOCALES)
def test_every_locale_has_names_and_each_is_plain_too(locale: str) -> None:
    for words in (names(locale).male, names(locale).female, names(locale).family):
        assert len(words.text) == len(words.plain) == len(words.edges) > 80
        assert words.edges[-1] == pytest.approx(1)
        assert [plain(word) for word in words.text.to_pylist()] == words.plain.to_pylist()


def test_companies_say_that_they_are_an_example() -> None:
    assert made("de_DE", "company", rows=3)["company"][0].endswith("Example GmbH")


def test_a_birth_is_a_day() -> None:
    column = Identifier(type="identifier", kind="birth_date")
    days = fill({"dob": column}, 20_000, person=np.arange(20_000), given={}, seed=5, start=0)["dob"]
    assert days.type == pa.date32()
    assert {day.year for day in days.to_pylist()} == set(range(1934, 2007))
    assert not any((day.month, day.day) == (2, 29) for day in days.to_pylist())
