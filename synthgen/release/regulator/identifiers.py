"""The identifiers of 45 CFR 164.514(b)(2)(i), A to R, and which columns of a schema are such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from synthgen.identifiers.headers import named, words
from synthgen.schema import Column, Identifier, Point, Schema, Text

LISTED: Final[Mapping[str, str]] = {
    "A": "Names",
    "B": "Places smaller than a state: street, city, county, precinct, ZIP code",
    "C": "Days and months of dates about a person: birth, admission, discharge, death; ages above 89",
    "D": "Telephone numbers",
    "E": "Fax numbers",
    "F": "Electronic mail addresses",
    "G": "Social security numbers",
    "H": "Medical record numbers",
    "I": "Health plan beneficiary numbers",
    "J": "Account numbers",
    "K": "Certificate and licence numbers",
    "L": "Vehicle identifiers, serial numbers and licence plates",
    "M": "Device identifiers and serial numbers",
    "N": "Web addresses (URLs)",
    "O": "Internet protocol addresses",
    "P": "Biometric identifiers: finger and voice prints",
    "Q": "Full-face photographs and comparable images",
    "R": "Any other unique identifying number, characteristic or code",
}
"""What each letter lists, in short; the regulation has the words that count."""
KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("given_name", "family_name", "full_name"), "A"),
    **dict.fromkeys(("street_address", "city", "postcode"), "B"),
    "birth_date": "C",
    "phone": "DE",
    "email": "F",
    "us_ssn": "G",
    **dict.fromkeys(("mrn", "nhs_number"), "HI"),
    **dict.fromkeys(("iban", "payment_card", "us_account"), "J"),
    **dict.fromkeys(("npi", "passport"), "K"),
    **dict.fromkeys(("licence_plate", "vin"), "L"),
    "mac": "M",
    "url": "N",
    **dict.fromkeys(("ipv4", "ipv6"), "O"),
    **dict.fromkeys(("username", "uuid", "us_itin", "uk_nino", "vat", "sequence"), "R"),
}
"""Kinds of identifiers by letter; of two letters, the kind does not tell which."""
NO_PERSON: Final = frozenset({"state", "country", "company", "bic", "lei", "isin", "us_routing"})
"""Kinds that the list does not name: a state, a country, a bank, a company, a security."""
OLDEST: Final = 89
_AGE: Final = frozenset({"age", "alter", "edad", "eta", "idade", "leeftijd"})


def letters(name: str, column: Column) -> Iterator[tuple[str, str]]:
    """Under which letters a column may fall, and why it is thought so.

    >>> from synthgen.schema import Integer
    >>> list(letters("age", Integer(type="integer", minimum=0, maximum=99)))
    [('C', 'a number called age that may be above 89')]
    """
    if isinstance(column, Identifier):
        kind = column.kind
        why = f"identifier of kind {kind}" if kind else "identifier with a pattern"
        found = "" if kind in NO_PERSON else KINDS.get(kind or "", "R")
        yield from ((letter, why) for letter in found)
        return
    if isinstance(column, Text):
        yield "R", "free text, which may hold any of them"
    elif isinstance(column, Point):
        yield "B", "a place on a map"
    elif column.type in {"date", "datetime"}:
        yield "C", f"a {column.type}"
    else:
        yield from _by_name(name, column)


def _by_name(name: str, column: Column) -> Iterator[tuple[str, str]]:
    """What a column of levels or numbers is called."""
    for kind in named(name):
        yield from ((letter, f"called like a {kind}") for letter in KINDS.get(kind, ""))
    most = getattr(column, "maximum", None)
    if _AGE & set(words(name)) and (not isinstance(most, int | float) or most > OLDEST):
        yield "C", f"a number called age that may be above {OLDEST}"


def fate(name: str, column: Column, schema: Schema) -> str:
    """What became of a column's real values, in words."""
    if column.action == "drop" or name in schema.exclude:
        return "left out"
    if column.action == "mask":
        return "one fixed text in every row"
    if column.action == "keep":
        return "frequent real values stay, modelled with noise"
    if isinstance(column, Identifier):
        return "made up; real values never entered the model"
    return "drawn anew from the noisy model, over its public domain"
