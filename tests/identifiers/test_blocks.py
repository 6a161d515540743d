"""Every kind: valid by the standard's own check, and out of a block that nobody issues."""

import ipaddress
import re
import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import stdnum.es.postal_code
import stdnum.nl.postcode
import stdnum.us.itin
import stdnum.us.ssn
from stdnum import luhn
from stdnum.exceptions import InvalidComponent

from synthgen.identifiers import KINDS
from synthgen.identifiers.locales import LOCALES
from synthgen.schema.unmodelled import KINDS as SPELLED
from synthgen.schema.unmodelled import NOT_PERSONAL

Filled = Callable[..., list[Any]]

DOCUMENTATION = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
BLOCKS: dict[str, Callable[[str], object]] = {
    "email": re.compile(r"[a-z]+\.[a-z]+[0-9]+@example\.(com|net|org)").fullmatch,
    "username": re.compile(r"[a-z]+[0-9]+_example").fullmatch,
    "url": re.compile(r"https://[a-z]+[0-9]+\.example/").fullmatch,
    "company": re.compile(r".+ Example Inc\.").fullmatch,
    "phone": re.compile(r"\+1-[2-9][0-9]{2}-555-01[0-9]{2}").fullmatch,
    "ipv4": lambda value: any(ipaddress.IPv4Address(value) in net for net in DOCUMENTATION),
    "ipv6": lambda value: ipaddress.IPv6Address(value) in ipaddress.ip_network("2001:db8::/32"),
    "mac": re.compile(r"00:00:5e:00:53:[0-9a-f]{2}").fullmatch,
    "uuid": lambda value: uuid.UUID(value).version == 8 and uuid.UUID(value).variant == uuid.RFC_4122,
    "us_ssn": re.compile(r"9[0-9]{2}-(1[1-6]|2[0-7]|3[0-6]|4[0-9])-(?!0000)[0-9]{4}").fullmatch,
    "us_itin": re.compile(r"9[0-9]{2}-(6[6-9]|89)-[0-9]{4}").fullmatch,
    "nhs_number": re.compile(r"999[0-9]{7}").fullmatch,
    "uk_nino": re.compile(r"Q[A-Z][0-9]{6}[A-D]").fullmatch,
    "bic": re.compile(r"[A-Z]{4}US[A-Z]0").fullmatch,
    "payment_card": re.compile(
        r"(400000|555555|601111|356600|620000)[0-9]{10}|378282[0-9]{9}|305693[0-9]{8}"
    ).fullmatch,
    "us_routing": re.compile(r"4[0-9]{8}").fullmatch,
    "us_account": re.compile(r"000[0-9]{9}").fullmatch,
    "lei": re.compile(r"XXXX00[A-Z0-9]{11}[0-9]{3}").fullmatch,
    "isin": re.compile(r"US99[0-9]{3}[0-9A-HJ-NP-Z]{3}[0-9]{2}").fullmatch,
    "npi": re.compile(r"9[0-9]{9}").fullmatch,
    "mrn": re.compile(r"MRN-T[0-9]{8}").fullmatch,
    "passport": re.compile(r"UTO[A-Z][0-9]{5}").fullmatch,
    "vat": re.compile(r"SE[0-9]{2}1[3-9][0-9]{6}01").fullmatch,
    "licence_plate": re.compile(r"Q[A-HJ-PR-Y][0-9]{2} [A-HJ-PR-Z]{3}").fullmatch,
    "vin": re.compile(r"1[0-9A-HJ-NPR-Z]{7}[0-9X]0[0-9A-HJ-NPR-Z][0-9]{6}").fullmatch,
}
"""Kinds that have one block whatever the locale."""
BY_COUNTRY = {"iban", "postcode"}
NOBODY_ISSUES = {"given_name", "family_name", "full_name", "street_address", "city", "state", "country", "birth_date"}
"""Names, days and facts: no register hands them out, so there is nothing to reserve."""

IBAN = {
    "DE": re.compile(r"DE[0-9]{2}9[0-9]{17}"),
    "GB": re.compile(r"GB[0-9]{2}XXXX000000[0-9]{8}"),
    "FR": re.compile(r"FR[0-9]{2}0000000000[0-9]{13}"),
    "ES": re.compile(r"ES[0-9]{2}00000000[0-9]{12}"),
    "IT": re.compile(r"IT[0-9]{2}[A-Z]0000000000[0-9]{12}"),
    "NL": re.compile(r"NL[0-9]{2}XXXX[0-9]{10}"),
    "SE": re.compile(r"SE[0-9]{2}000[0-9]{17}"),
}
ZIP_NOT_IN_USE = """
213 269 343 345 348 353 419 428 429 517 518 519 529 533 536 552 568 578 579 589 621 632 642 643 659 663 682 694 695 696
697 698 699 702 709 715 732 742 817 818 819 839 848 849 854 858 861 862 866 867 868 869 876 886 887 888 892 896 899 909
929 987
"""
POSTCODE = {
    "en_US": re.compile(rf"({'|'.join(ZIP_NOT_IN_USE.split())})[0-9]{{2}}"),
    "en_GB": re.compile(r"[A-Z]{1,2}[0-9]{1,2} [0-9][CIKMOV]{2}"),
    "de_DE": re.compile(r"(05|43|62)[0-9]{3}"),
    "fr_FR": re.compile(r"96[0-9]{3}"),
    "es_ES": re.compile(r"6[1-9][0-9]{3}"),
    "it_IT": re.compile(r"99[0-9]{3}"),
    "nl_NL": re.compile(r"0[0-9]{3} [A-Z]{2}"),
    "sv_SE": re.compile(r"0[0-9]{2} [0-9]{2}"),
    "pt_BR": re.compile(r"00[0-9]{3}-[0-9]{3}"),
}
FICTION = {
    "en_US": BLOCKS["phone"],
    "en_GB": re.compile(
        r"\+44(1(13|14|15|16|17|18|21|31|41|51|61)4960|1632960|1914980|2079460|2890180|2920180|7700900)[0-9]{3}"
    ).fullmatch,
    "de_DE": re.compile(r"\+49(3023125|4066969|6990009|2214710|8999998)[0-9]{3}").fullmatch,
    "fr_FR": re.compile(r"\+33(19900|26191|35301|46571|53649|63998)[0-9]{4}").fullmatch,
    "sv_SE": re.compile(r"\+46(3139006|4062804|8465004|9803192)[0-9]{2}").fullmatch,
} | dict.fromkeys(("es_ES", "it_IT", "nl_NL", "pt_BR"), re.compile(r"\+999[0-9]{9}").fullmatch)


def test_the_kinds_are_those_of_the_schema_and_agree_on_what_is_personal() -> None:
    assert tuple(KINDS) == SPELLED
    assert {name for name, kind in KINDS.items() if not kind.pii} == NOT_PERSONAL


def test_every_kind_has_its_block_tested() -> None:
    assert BLOCKS.keys() | BY_COUNTRY | NOBODY_ISSUES == KINDS.keys() - {"sequence"}
    assert all(kind.block and kind.source for kind in KINDS.values())


@pytest.mark.parametrize(
    ("kind", "unique"),
    [(kind, False) for kind in BLOCKS]
    + [(kind, True) for kind in sorted(BLOCKS.keys() - {"ipv4", "mac"})],  # these: below
)
def test_values_lie_in_the_block_of_their_kind(kind: str, unique: bool, filled: Filled) -> None:
    values = filled(kind=kind, unique=unique)
    assert [value for value in values if not BLOCKS[kind](value)] == []


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.standard])
@pytest.mark.parametrize("locale", LOCALES)
def test_python_stdnum_confirms_the_check_digits(kind: str, locale: str, filled: Filled) -> None:
    module = import_module(KINDS[kind].standard)
    prefix = "80840" if kind == "npi" else ""  # CMS: the health industry's issuer number, ISO/IEC 7812
    assert [value for value in filled(kind=kind, locale=locale) if not module.is_valid(prefix + value)] == []


def test_python_stdnum_refuses_social_security_numbers_for_their_area_only(filled: Filled) -> None:
    for value in filled(200, kind="us_ssn"):
        with pytest.raises(InvalidComponent):
            stdnum.us.ssn.validate(value)
        assert stdnum.us.ssn.is_valid("1" + value[1:])


def test_python_stdnum_refuses_taxpayer_numbers_for_their_middle_only(filled: Filled) -> None:
    for value in filled(200, kind="us_itin"):
        with pytest.raises(InvalidComponent):
            stdnum.us.itin.validate(value)
        assert stdnum.us.itin.is_valid(value[:4] + "70" + value[6:])


def test_no_social_security_number_is_a_taxpayer_number(filled: Filled) -> None:
    assert not any(stdnum.us.itin.is_valid(value) for value in filled(kind="us_ssn"))


@pytest.mark.parametrize("locale", LOCALES)
def test_accounts_are_at_banks_that_do_not_exist(locale: str, filled: Filled) -> None:
    for value in filled(500, kind="iban", locale=locale):
        assert IBAN[value[:2]].fullmatch(value)
        assert 2 <= int(value[2:4]) <= 98


@pytest.mark.parametrize("locale", LOCALES)
def test_postcodes_are_not_handed_out(locale: str, filled: Filled) -> None:
    assert [value for value in filled(kind="postcode", locale=locale) if not POSTCODE[locale].fullmatch(value)] == []


def test_python_stdnum_refuses_postcodes_beyond_the_last_province(filled: Filled) -> None:
    assert not any(stdnum.es.postal_code.is_valid(value) for value in filled(kind="postcode", locale="es_ES"))
    assert not any(stdnum.nl.postcode.is_valid(value) for value in filled(kind="postcode", locale="nl_NL"))


@pytest.mark.parametrize("locale", LOCALES)
def test_telephones_are_for_fiction(locale: str, filled: Filled) -> None:
    assert [value for value in filled(kind="phone", locale=locale) if not FICTION[locale](value)] == []


def test_many_addresses_need_larger_blocks(filled: Filled) -> None:
    future = ipaddress.ip_network("240.0.0.0/4")
    assert all(ipaddress.IPv4Address(value) in future for value in filled(kind="ipv4", unique=True))
    assert all(re.fullmatch(r"06(:[0-9a-f]{2}){5}", value) for value in filled(kind="mac", unique=True))


def test_long_addresses_are_written_as_rfc_5952_wants_them(filled: Filled) -> None:
    assert all(str(ipaddress.IPv6Address(value)) == value for value in filled(kind="ipv6"))


@pytest.mark.parametrize(
    ("brand", "start", "length"),
    [
        ("visa", "4", 16),
        ("mastercard", "55", 16),
        ("amex", "37", 15),
        ("discover", "6011", 16),
        ("jcb", "35", 16),
        ("diners", "305", 14),
        ("unionpay", "62", 16),
    ],
)
def test_a_card_is_of_its_brand(brand: str, start: str, length: int, filled: Filled) -> None:
    values = filled(300, kind="payment_card", brand=brand)
    assert all(value.startswith(start) and len(value) == length and luhn.is_valid(value) for value in values)


def test_cards_without_a_brand_are_a_mix(filled: Filled) -> None:
    starts = {value[:6] for value in filled(5_000, kind="payment_card")}
    assert starts == {"400000", "555555", "378282", "601111", "356600", "305693", "620000"}


def vin_digit(value: str) -> str:
    """49 CFR 565.15(c), spelled out."""
    letters = dict(zip("ABCDEFGH", range(1, 9), strict=True)) | dict(zip("JKLMN", range(1, 6), strict=True))
    letters |= {"P": 7, "R": 9} | dict(zip("STUVWXYZ", range(2, 10), strict=True))
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    total = sum(
        weight * (int(letter) if letter.isdigit() else letters[letter])
        for weight, letter in zip(weights, value, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def test_the_check_digit_of_a_vehicle_is_that_of_the_rule() -> None:
    assert vin_digit("1M8GDM9AXKP042788") == "X"
    assert vin_digit("11111111111111111") == "1"


def test_vehicles_have_their_check_digit(filled: Filled) -> None:
    assert all(value[8] == vin_digit(value) for value in filled(kind="vin"))


def test_the_docs_name_the_block_and_the_source_of_each_kind() -> None:
    text = (Path(__file__).parents[2] / "docs" / "identifiers.md").read_text(encoding="utf-8")
    for name, kind in KINDS.items():
        assert f"| `{name}` | {kind.block} | {kind.source} | {kind.standard and f'`{kind.standard}`'} |" in text
