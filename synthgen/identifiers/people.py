"""Generators of what a person is called and where they are found."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthgen.errors import ConfigError
from synthgen.identifiers.ask import Ask
from synthgen.identifiers.chance import below
from synthgen.identifiers.locales import LOCALES
from synthgen.identifiers.names import names
from synthgen.identifiers.persona import taken
from synthgen.schema import Identifier

MAIL_HOSTS = ("example.com", "example.net", "example.org")
HOUSES = 9_999
UNBOUNDED = 10**18


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def given_name(ask: Ask) -> pa.Array:
    """By locale and gender, as common as in Faker's lists."""
    return ask.persona.given(ask.column.locale).text


def family_name(ask: Ask) -> pa.Array:
    """By locale."""
    return ask.persona.family(ask.column.locale).text


def full_name(ask: Ask) -> pa.Array:
    """Given name, blank, family name."""
    return _joined(given_name(ask), " ", family_name(ask))


def email(ask: Ask) -> pa.Array:
    """given.familyNUMBER@example.com, .net or .org; the number makes it unique."""
    persona, locale = ask.persona, ask.column.locale
    host = taken(MAIL_HOSTS, below(persona.bits("mail host"), len(MAIL_HOSTS)))
    return _joined(persona.given(locale).plain, ".", persona.family(locale).plain, persona.short(), "@", host)


def username(ask: Ask) -> pa.Array:
    """givenNUMBER_example."""
    return _joined(ask.persona.given(ask.column.locale).plain, ask.persona.short(), "_example")


def url(ask: Ask) -> pa.Array:
    """A home page under the top-level domain .example."""
    return _joined("https://", ask.persona.family(ask.column.locale).plain, ask.persona.short(), ".example/")


def street_address(ask: Ask) -> pa.Array:
    """House number and street, named after a family; different for different persons as long as there are any."""
    locale = LOCALES[ask.column.locale]
    rank = ask.persona.shuffled(street_capacity(ask.column), "street")
    house = taken(_HOUSES, (rank % np.uint64(HOUSES)).astype(np.int64))
    street = taken(names(ask.column.locale).family.text, (rank // np.uint64(HOUSES)).astype(np.int64))
    before, after = locale.street
    return _joined(house, before, street, after) if locale.number_first else _joined(before, street, after, house)


def company(ask: Ask) -> pa.Array:
    """Two families, the word Example and a legal form."""
    family = names(ask.column.locale).family.text
    rank = ask.persona.shuffled(company_capacity(ask.column), "company")
    first, second = rank // np.uint64(len(family)), rank % np.uint64(len(family))
    pair = (taken(family, part.astype(np.int64)) for part in (first, second))
    return pc.binary_join_element_wise(*pair, f"Example {LOCALES[ask.column.locale].company}", " ")


def city(ask: Ask) -> pa.Array:
    """The city of the person's place."""
    return taken(LOCALES[ask.column.locale].places.cities, ask.persona.place(ask.column.locale))


def state(ask: Ask) -> pa.Array:
    """The state, region or nation of the person's place."""
    return taken(LOCALES[ask.column.locale].places.states, ask.persona.place(ask.column.locale))


def postcode(ask: Ask) -> pa.Array:
    """A code that starts as codes of the person's place would, and that the post does not hand out."""
    return ask.persona.postcode(ask.column.locale)


def country(ask: Ask) -> pa.Array:
    """The country of the locale, in English."""
    return taken((LOCALES[ask.column.locale].country[1],), np.zeros(len(ask.index), np.int64))


def birth_date(ask: Ask) -> pa.Array:
    """Agrees with an age column on the first of January 2025, or repeats a birth column; date32."""
    birth, age = (ask.column.agrees.get(key) for key in ("birth", "age"))
    told = _read(ask, age, pa.float64(), "numbers") if age is not None else None
    drawn = pa.array(ask.persona.birth(None if told is None else told.to_numpy(zero_copy_only=False)))
    return drawn if birth is None else pc.coalesce(_read(ask, birth, pa.date32(), "days"), drawn)


def _read(ask: Ask, column: str, kind: pa.DataType, words: str) -> pa.Array:
    """A column that the person agrees with, as `kind`."""
    try:
        return ask.given[column].cast(kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        got = f"{column!r} of type {ask.given[column].type}"
        raise ConfigError(f"columns.{ask.name}.agrees", expected=f"a column of {words}", got=got) from None


def street_capacity(column: Identifier) -> int:
    """House numbers times streets."""
    return HOUSES * len(names(column.locale).family.text)


def company_capacity(column: Identifier) -> int:
    """Pairs of families."""
    return len(names(column.locale).family.text) ** 2


_HOUSES = tuple(map(str, range(1, HOUSES + 1)))
