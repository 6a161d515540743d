"""Every kind of identifier: how it is made, and why its values are nobody's."""

from __future__ import annotations

from synthgen.identifiers import codes, patterns, people
from synthgen.identifiers.ask import Kind
from synthgen.identifiers.chance import LARGEST
from synthgen.identifiers.codes import spelled
from synthgen.identifiers.people import UNBOUNDED
from synthgen.identifiers.spelling import Code
from synthgen.schema import Identifier

_NAME = "no register: a name belongs to many, and nobody can reserve one"
_LIST = "lists of common names by locale, from Faker (MIT)"
_FACT = "no code to issue: a public fact of geography"


def _code(space: Code, *, block: str, source: str, standard: str = "", pii: bool = True) -> Kind:
    make, capacity = spelled(lambda _: space)
    return Kind(make=make, capacity=capacity, block=block, source=source, standard=standard, pii=pii)


_PHONE, _IBAN, _BIC, _MAC = (spelled(space) for space in (codes.phone, codes.iban, codes.bic, codes.mac))

KINDS: dict[str, Kind] = {
    "given_name": Kind(make=people.given_name, block=_NAME, source=_LIST),
    "family_name": Kind(make=people.family_name, block=_NAME, source=_LIST),
    "full_name": Kind(make=people.full_name, block=_NAME, source=_LIST),
    "email": Kind(
        make=people.email,
        capacity=lambda _: UNBOUNDED,
        block="hosts example.com, example.net, example.org",
        source="RFC 2606, section 3",
    ),
    "phone": Kind(
        make=_PHONE[0],
        capacity=_PHONE[1],
        block="numbers for fiction of the locale's country; +999 where it has none",
        source="NANPA (555-0100 to 555-0199), Ofcom, Bundesnetzagentur, Arcep, PTS; ITU-T E.164 assigns no code 999",
    ),
    "street_address": Kind(
        make=people.street_address,
        capacity=people.street_capacity,
        block="none for streets; the postcode beside it leads nowhere",
        source="made of a house number and a family name; no post reserves streets",
    ),
    "city": Kind(make=people.city, block=_FACT, source="public", common=True),
    "postcode": Kind(
        make=people.postcode,
        block="codes that the country's post does not hand out",
        source="by country: see the table of postcodes",
    ),
    "state": Kind(make=people.state, block=_FACT, source="public", common=True),
    "country": Kind(make=people.country, block=_FACT, source="ISO 3166-1, short names", common=True),
    "birth_date": Kind(
        make=people.birth_date, block="no register: a day belongs to many", source="drawn, or from the age column"
    ),
    "username": Kind(
        make=people.username,
        capacity=lambda _: UNBOUNDED,
        block="no register; each ends in _example",
        source="nobody reserves user names: the ending is a mark, no promise",
    ),
    "ipv4": Kind(
        make=codes.ipv4,
        capacity=codes.ipv4_capacity,
        block="192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24; unique: 240.0.0.0/4",
        source="RFC 5737; RFC 1112, section 4 (reserved for future use)",
    ),
    "ipv6": Kind(make=codes.ipv6, capacity=lambda _: codes.IPV6.size, block="2001:db8::/32", source="RFC 3849"),
    "mac": Kind(
        make=_MAC[0],
        capacity=_MAC[1],
        block="00:00:5e:00:53:00 to ff; unique: first octet 06",
        source="RFC 9542, section 2.1.2; IEEE 802c-2017 (see RFC 8948): the local quadrant kept for later",
    ),
    "uuid": Kind(
        make=codes.uuid,
        capacity=lambda _: LARGEST,
        block="version 8",
        source="RFC 9562, section 5.8: for makers' own use; no random or time-based generator writes it",
        by_row=True,
        pii=True,
    ),
    "url": Kind(
        make=people.url, capacity=lambda _: UNBOUNDED, block="hosts under .example", source="RFC 2606, section 2"
    ),
    "company": Kind(
        make=people.company,
        capacity=people.company_capacity,
        block="no reserved names; each has the word Example",
        source="no register of companies reserves a name: the word is a mark, no promise",
        pii=False,
    ),
    "us_ssn": _code(
        codes.SSN,
        block="area 900 to 999, with groups that the IRS uses for no number of its own",
        source="SSA: areas 000, 666 and 900-999 are never assigned (stdnum.us.ssn refuses them for it)",
    ),
    "us_itin": _code(
        codes.ITIN,
        block="9xx with middle digits 66 to 69 or 89",
        source="IRS: middle digits are 50-65, 70-88, 90-92, 94-99, and 93 for ATIN (stdnum.us.itin refuses ours)",
    ),
    "nhs_number": _code(
        codes.NHS,
        block="999 000 0000 to 999 999 9999",
        source="NHS England: numbers that start with 999 are for tests",
        standard="stdnum.gb.nhs",
    ),
    "uk_nino": _code(
        codes.NINO, block="first letter Q", source="HMRC NIM39110: no prefix has D, F, I, Q, U or V as a first letter"
    ),
    "iban": Kind(
        make=_IBAN[0],
        capacity=_IBAN[1],
        block="banks that do not exist, by country",
        source="by country: see the table of banks",
        standard="stdnum.iban",
    ),
    "bic": Kind(
        make=_BIC[0],
        capacity=_BIC[1],
        block="0 as the eighth character",
        source="SWIFT: a location code that ends in 0 is for test and training",
        standard="stdnum.bic",
        pii=False,
    ),
    "payment_card": Kind(
        make=codes.payment_card,
        capacity=codes.card_capacity,
        block="BINs of the test cards that processors publish: 400000, 555555, 378282, 601111, 356600, 305693, 620000",
        source="docs.stripe.com/testing and other processors; ISO/IEC 7812 reserves none, so no promise",
        standard="stdnum.luhn",
    ),
    "us_routing": _code(
        codes.ROUTING,
        block="first two digits 40 to 49",
        source="ABA routing number policy: 00-12, 21-32, 61-72 and 80 are in use, no other",
        standard="stdnum.us.rtn",
        pii=False,
    ),
    "us_account": _code(
        codes.ACCOUNT, block="none: starts with 000", source="banks number as they like; no account without its bank"
    ),
    "lei": _code(
        codes.LEI,
        block="issuer XXXX",
        source="GLEIF gives each issuer a prefix of four characters, and none is XXXX; no formal reservation",
        standard="stdnum.lei",
        pii=False,
    ),
    "isin": _code(
        codes.ISIN,
        block="US99: CUSIP issuers 990000 to 99999Z",
        source="CUSIP Global Services: issuer numbers from 990 on are for users' own use",
        standard="stdnum.isin",
        pii=False,
    ),
    "npi": _code(
        codes.NPI,
        block="first digit 9",
        source="CMS, NPI standard (69 FR 3434): numbers are issued with 1 or 2 as first digit",
        standard="stdnum.luhn",
    ),
    "mrn": _code(
        codes.MRN,
        block="none: starts with MRN-T",
        source="hospitals number as they like; a pattern says how yours does",
    ),
    "passport": _code(
        codes.PASSPORT,
        block="starts with UTO",
        source="ICAO Doc 9303: UTO is the state of specimens, Utopia; no formal reservation of numbers",
    ),
    "vat": _code(
        codes.VAT,
        block="Swedish numbers with 13 to 19 as third and fourth digit",
        source="Skatteverket: persons have a month there (01-12), organisations 20 or more",
        standard="stdnum.eu.vat",
    ),
    "licence_plate": _code(
        codes.PLATE,
        block="United Kingdom, first letter Q before two letters and two digits",
        source="DVLA INF104: memory tags have no I, Q or Z",
    ),
    "vin": _code(
        codes.VIN,
        block="0 as the tenth character",
        source="49 CFR 565.15, table VII: no model year is 0",
    ),
    "sequence": Kind(
        make=codes.sequence,
        capacity=lambda _: UNBOUNDED,
        block="none: counts on from start",
        source="the table's own numbering",
        by_row=True,
        pii=False,
    ),
}
"""All kinds, by the name that a schema calls them."""

PATTERN = Kind(
    make=patterns.pattern,
    capacity=patterns.pattern_capacity,
    block="none: all that the pattern spells",
    source="the schema; say a prefix that nobody issues",
    by_row=True,
)
"""Columns that a pattern describes."""


def kind_of(column: Identifier) -> Kind:
    """What makes the values of a column; a pattern goes before the kind (mrn)."""
    if column.pattern is not None:
        return PATTERN if column.kind is None else _MRN
    assert column.kind is not None
    return KINDS[column.kind]


_MRN = Kind(make=patterns.pattern, capacity=patterns.pattern_capacity, block=PATTERN.block, source=PATTERN.source)
