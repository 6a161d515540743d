"""Generators of codes: numbers of persons, accounts, firms, securities and vehicles, out of blocks that nobody issues.

Each space is a `Code` of choices; the place of a person in a shuffle of the space decides theirs, so no two persons
share one as long as there are any left. The blocks and their sources are in `kinds`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthgen.identifiers import checksums
from synthgen.identifiers.ask import Ask, Make
from synthgen.identifiers.chance import LARGEST, below
from synthgen.identifiers.locales import LOCALES
from synthgen.identifiers.spelling import CAPITALS, DIGITS, Code, Letters, code, digits, number, options, ragged, text
from synthgen.schema import Identifier

_NO_IO = DIGITS + CAPITALS.replace("I", "").replace("O", "")
_NO_IOQ = _NO_IO.replace("Q", "")
_NO_IQ = CAPITALS.replace("I", "").replace("Q", "")

NOT_IRSN = [f"{group:02d}" for group in (*range(11, 17), *range(20, 28), *range(30, 37), *range(40, 50))]
"""Middle digits that are in use behind no leading 9: not by ITIN, ATIN (93) or the IRS' own numbers."""

SSN = code("9", number(2), "-", options(NOT_IRSN), "-", number(4, 1))
ITIN = code("9", number(2), "-", options(["66", "67", "68", "69", "89"]), "-", digits(4))
NHS = code("999", digits(5), options("02468"), "0", checked=checksums.nhs)
NINO = code("Q", options(CAPITALS), digits(6), options("ABCD"))
ROUTING = code("4", digits(7), "0", checked=checksums.weighted(range(8), (3, 7, 1, 3, 7, 1, 3, 7), 10, at=8))
ACCOUNT = code("000", digits(9))
LEI = code("XXXX00", *[options(DIGITS + CAPITALS)] * 11, digits(1), "00", checked=checksums.mod_97(range(18), at=18))
NPI = code("9", digits(8), "0", checked=checksums.luhn(9, prefix=24))
MRN = code("MRN-T", digits(8))
PASSPORT = code("UTO", options(CAPITALS), digits(5))
VAT = code("SE", number(2), number(2, 13, 19), digits(5), "0", "01", checked=checksums.luhn(11, start=2))
PLATE = code("Q", options(_NO_IQ.replace("Z", "")), number(2), " ", *[options(_NO_IQ)] * 3)
VIN = code("1", *[options(_NO_IOQ)] * 7, "00", options(_NO_IOQ), digits(6), checked=checksums.vin)


def _isin(letters: Letters) -> None:
    checksums.cusip(2)(letters)
    checksums.isin(letters)


ISIN = code("US99", digits(3), *[options(_NO_IO)] * 3, "00", checked=_isin)

BRANDS: dict[str, tuple[int, Code]] = {
    brand: (share, code(prefix, digits(length - len(prefix) - 1), "0", checked=checksums.luhn(length - 1)))
    for brand, (share, prefix, length) in {
        "visa": (50, "400000", 16),
        "mastercard": (30, "555555", 16),
        "amex": (10, "378282", 15),
        "discover": (5, "601111", 16),
        "jcb": (2, "356600", 16),
        "diners": (2, "305693", 14),
        "unionpay": (1, "620000", 16),
    }.items()
}
"""Share in a hundred of a column without a brand, and the space of each."""
_MIX = np.repeat(np.arange(len(BRANDS)), [share for share, _ in BRANDS.values()])
_HEX = options(f"{value:04x}" for value in range(2**16))


def spelled(space: Callable[[Identifier], Code]) -> tuple[Make, Callable[[Identifier], int]]:
    """The generator of a space, and how many values it has."""

    def make(ask: Ask) -> pa.Array:
        chosen = space(ask.column)
        return text(chosen.spell(ask.shuffled(chosen.size)))

    return make, lambda column: space(column).size


def phone(column: Identifier) -> Code:
    """Numbers for fiction."""
    return LOCALES[column.locale].phone


def iban(column: Identifier) -> Code:
    """Accounts at no bank."""
    return LOCALES[column.locale].iban


def bic(column: Identifier) -> Code:
    """Test codes: the eighth character is 0."""
    letters = options(CAPITALS)
    return code(*[letters] * 4, LOCALES[column.locale].country[0], letters, "0")


def payment_card(ask: Ask) -> pa.Array:
    """Of the column's brand, or of the usual mix."""
    spaces = [space for _, space in BRANDS.values()]
    if ask.column.brand is not None:
        chosen = BRANDS[ask.column.brand][1]
        return text(chosen.spell(ask.shuffled(chosen.size)))
    brand = _MIX[below(ask.bits("brand"), len(_MIX))]
    letters = np.zeros((len(brand), max(space.width for space in spaces)), np.uint8)
    rank = ask.shuffled(card_capacity(ask.column))
    luck = ask.bits("rest")
    for which, space in enumerate(spaces):
        rows = np.flatnonzero(brand == which)
        stretch = np.uint64(space.size // card_capacity(ask.column))
        letters[rows, : space.width] = space.spell(rank[rows] * stretch + luck[rows] % stretch)
    return ragged(letters, np.array([space.width for space in spaces])[brand])


def card_capacity(column: Identifier) -> int:
    """Cards of the brand; of a mix, those of the smallest brand, so that a place may fall on any."""
    if column.brand is not None:
        return BRANDS[column.brand][1].size
    return min(space.size for _, space in BRANDS.values())


def uuid(ask: Ask) -> pa.Array:
    """Version 8: 62 bits are the row's place in a shuffle, the other 60 are its own luck."""
    first, second = ask.shuffled(LARGEST), ask.bits("rest")
    parts = [first >> np.uint64(16 * place) & np.uint64(0xFFFF) for place in range(3)]
    parts += [second >> np.uint64(16 * place) & np.uint64(0xFFFF) for place in range(3)]
    version = (second >> np.uint64(48)) & np.uint64(0x0FFF) | np.uint64(0x8000)
    variant = (first >> np.uint64(48)) & np.uint64(0x3FFF) | np.uint64(0x8000)
    groups = [*parts[:3], version, variant, *parts[3:]]
    letters = np.full((len(first), 36), ord("-"), np.uint8)
    for start, group in zip((0, 4, 9, 14, 19, 24, 28, 32), groups, strict=True):
        letters[:, start : start + 4] = _HEX[group.astype(np.intp)]
    return text(letters)


def ipv4(ask: Ask) -> pa.Array:
    """An address for documentation; with `unique: true` one of the block that is reserved for the future."""
    if not ask.column.unique:
        return pa.array(DOCUMENTED).take(pa.array(below(ask.bits("address"), len(DOCUMENTED)).astype(np.int32)))
    rank = ask.shuffled(ipv4_capacity(ask.column))
    high, low = rank >> np.uint64(16), rank & np.uint64(0xFFFF)
    pair = [f"{value >> 8}.{value & 255}" for value in range(2**16)]
    start = pa.array(pair[240 * 256 :]).take(pa.array(high.astype(np.int32)))
    return pc.binary_join_element_wise(start, pa.array(pair).take(pa.array(low.astype(np.int32))), ".")


def ipv4_capacity(column: Identifier) -> int:
    """240.0.0.0/4 without the broadcast address."""
    return 2**28 - 1 if column.unique else len(DOCUMENTED)


DOCUMENTED = tuple(f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(256))


def ipv6(ask: Ask) -> pa.Array:
    """2001:db8:: and six groups, none of which starts with 0: written as RFC 5952 wants it."""
    rest = ask.bits("rest") % np.uint64(_REST.size)
    return text(np.hstack([IPV6.spell(ask.shuffled(IPV6.size)), _REST.spell(rest)]))


_GROUP = _HEX[0x1000:]
IPV6 = code("2001:db8:", _GROUP, ":", _GROUP, ":", _GROUP)
_REST = code(":", _GROUP, ":", _GROUP, ":", _GROUP)


def mac(column: Identifier) -> Code:
    """The 256 addresses for documentation; with `unique: true` the locally administered ones that nobody assigns."""
    pairs = options(f"{value:02x}" for value in range(256))
    if not column.unique:
        return code("00:00:5e:00:53:", pairs)
    return code("06", *[part for _ in range(5) for part in (":", pairs)])


def sequence(ask: Ask) -> pa.Array:
    """start, start + 1, ...; int64."""
    return pa.array(ask.index + ask.column.start)
