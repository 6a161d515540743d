"""What values of each kind look like: a loose form that a name must be backed by, a strict one that tells by itself.

Check digits are python-stdnum's, on the different values of a sample. A check that other values would pass by chance
counts for what that chance leaves: ten different numbers that all pass Luhn are no coincidence, two may be.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stdnum import bic, iban, isin, lei, luhn
from stdnum.eu import vat
from stdnum.gb import nhs
from stdnum.us import rtn

from synthgen.identifiers.names import folded, known_words

Test = Callable[[str], object]
LUCK = 1e-5
"""How likely other values may be to pass, for a check to tell by itself."""


_FEW = 20
"""So many values show that a column is of another kind altogether."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How the values of a kind look.

    loose   what they must match when the column's name speaks of the kind
    strict  what tells the kind whatever the name, or None when nothing does
    check   what strict matches must pass besides, in words, or "" for nothing
    chance  how likely another value of the strict form passes the check
    share   of the different values that must fit, strictly
    least   so many different values must be there, to tell by the values alone
    """

    loose: Test
    strict: Test | None = None
    check: str = ""
    chance: float = 0.0
    share: float = 0.9
    least: int = 1

    def fits(self, values: Sequence[str]) -> float:
        """Share of the values that are loosely of this form."""
        return _share(self.loose, values)

    def tells(self, values: Sequence[str]) -> float:
        """Share of the values that are strictly of this form; 0 where that proves nothing."""
        if self.strict is None or len(values) < self.least or _share(self.strict, values[:_FEW]) < self.share / 2:
            return 0.0
        found = _share(self.strict, values)
        proven = self.chance ** (found * len(values)) <= LUCK if self.chance else True
        return found if found >= self.share and proven else 0.0


def _share(test: Test, values: Sequence[str]) -> float:
    return sum(bool(test(value)) for value in values) / max(len(values), 1)


def _like(pattern: str) -> Test:
    return re.compile(pattern, re.IGNORECASE).fullmatch


def _both(pattern: str, check: Test) -> Test:
    form = re.compile(pattern)
    return lambda value: form.fullmatch(value) and check(value)


def _bare(check: Test, *, prefix: str = "") -> Test:
    return lambda value: check(prefix + value.replace(" ", "").replace("-", ""))


def _address(value: str) -> bool:
    try:
        return ipaddress.ip_address(value).version == 6
    except ValueError:
        return False


def _iban(value: str) -> bool:
    return iban.is_valid(value, check_country=False)  # some countries' modules want to know the bank, too


def _listed(kind: str) -> Test:
    return lambda value: folded(value) in known_words()[kind]


def _full_name(value: str) -> bool:
    parts = folded(value.replace(",", " ")).split()
    given, family = (known_words()[kind] for kind in ("given_name", "family_name"))
    return 2 <= len(parts) <= 5 and any(part in given for part in parts) and any(part in family for part in parts)


def _state(value: str) -> object:
    """One that is known, or a proper name: "good" is no state."""
    return _listed("state")(value) or (value[0].isupper() and _PLACE.fullmatch(value))


def _vin(value: str) -> bool:
    """49 CFR 565.15: weights by place, letters by their number within nine, modulus 11."""
    letters = {**{str(digit): digit for digit in range(10)}, **dict(zip(_VIN_LETTERS, _VIN_VALUES, strict=True))}
    total = sum(letters[letter] * weight for letter, weight in zip(value.upper(), _VIN_WEIGHTS, strict=True))
    return value[8].upper() == "0123456789X"[total % 11]


_VIN_LETTERS, _VIN_VALUES = "ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_WORD = r"[^\W\d_]+"
_NAMES = rf"{_WORD}(?:[ .'\u2019-]+{_WORD})*\.?"
_PLACE = re.compile(rf"{_NAMES}(?:/[A-Z]{{2}})?")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_DAY = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{2}|\d{4})|\d{6}|\d{8})(?:[T ][\d:.]+)?"
_PHONE = (
    r"(?:\+[1-9]\d{0,2}[ .-]?(?:\d|[ ()./-](?=[\d(])){6,16}"  # +49 (0) 30 123456
    r"|(?:001[-. ]|1[-. ])?\(?[2-9]\d{2}\)?[-. ]?\d{3}[-. ]\d{4}"  # (212) 555-0100
    r"|\(?0\d{1,5}\)?[ /-](?=(?:\D*\d){5})[\d ]{5,12})"  # (030) 123456
    r"(?: ?x\d{1,5})?"
)
_STREET = (
    r"(?:\d{1,5}[a-z]?,? (?:[\w.'\u2019-]+ ){1,4}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|court|ct|place"
    r"|pl|boulevard|blvd|square|sq|close|terrace|crescent|grove|gardens)\.?"
    r"|\d{1,5}(?: bis)?,? (?:rue|avenue|boulevard|place|chemin|impasse|allee|allée|quai|cours) .+"
    r"|.+(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|ufer|straat|laan|plein|gracht|hof|gatan|vägen|vej|gade)"
    r" \d{1,5}[a-z]?"
    r"|(?:calle|avenida|plaza|paseo|via|viale|piazza|corso|rua|praça|travessa|c/) .+ ?,? \d{1,5})"
)

FORMS: dict[str, Form] = {
    "email": Form(loose=_like(r"\S+@\S+"), strict=_like(r"[^@\s]+@[^@\s]+\.[a-z]{2,}")),
    "url": Form(loose=_like(r"\S+\.\S+"), strict=_like(r"(?:(?:https?|ftp)://|www\.)\S+")),
    "uuid": Form(loose=_like(r"[0-9a-f{}-]{32,38}"),
                 strict=_like(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?")),
    "ipv4": Form(loose=_like(rf"(?:{_OCTET}\.){{3}}{_OCTET}"), strict=_like(rf"(?:{_OCTET}\.){{3}}{_OCTET}")),
    "ipv6": Form(loose=_address, strict=_address),
    "mac": Form(loose=_like(r"(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}"), strict=_like(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}")),
    "iban": Form(loose=_like(r"[A-Z]{2}\d{2}[A-Z0-9 ]{11,40}"), check="MOD 97-10 and its country's form",
                 strict=_both(r"[A-Z]{2}\d{2}[A-Z0-9 ]{11,40}", _iban)),
    "bic": Form(loose=_like(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"), strict=_both(r"[A-Z0-9]{8,11}", bic.is_valid),
                check="a country", chance=0.37, share=0.97),
    "payment_card": Form(loose=_like(r"(?:\d[ -]?){11,18}\d"), check="Luhn", chance=0.1,
                         strict=_both(r"[2-6](?:\d[ -]?){10,17}\d", _bare(luhn.is_valid))),
    "lei": Form(loose=_like(r"[A-Z0-9]{18}\d{2}"), strict=_both(r"[A-Z0-9]{18}\d{2}", lei.is_valid),
                check="MOD 97-10", chance=0.01),
    "isin": Form(loose=_like(r"[A-Z]{2}[A-Z0-9]{9}\d"), strict=_both(r"[A-Z]{2}[A-Z0-9]{9}\d", isin.is_valid),
                 check="Luhn and a country", chance=0.04),
    "vat": Form(loose=_like(r"[A-Z]{0,2}[ -]?[0-9A-Z .-]{8,14}"), check="its country's check", chance=0.1,
                strict=_both(r"[A-Z]{2} ?[0-9A-Z .-]{8,14}", vat.is_valid)),
    "nhs_number": Form(loose=_like(r"\d{3}[ -]?\d{3}[ -]?\d{4}"), check="modulus 11", chance=0.09,
                       strict=_both(r"\d{3}[ -]?\d{3}[ -]?\d{4}", _bare(nhs.is_valid))),
    "npi": Form(loose=_like(r"\d{10}"), check="Luhn after 80840", chance=0.1,
                strict=_both(r"\d{10}", _bare(luhn.is_valid, prefix="80840"))),
    "us_routing": Form(loose=_like(r"\d{9}"), strict=_both(r"\d{9}", rtn.is_valid), check="weights 3, 7, 1",
                       chance=0.1),
    "us_itin": Form(loose=_like(r"9\d{2}-?(?:5\d|6\d|7\d|8\d|9\d)-?\d{4}"),
                    strict=_like(r"9\d{2}-(?:[5-8]\d|9[0-24-9])-\d{4}"), share=0.95),
    "us_ssn": Form(loose=_like(r"\d{3}[- ]?\d{2}[- ]?\d{4}"), strict=_like(r"\d{3}-\d{2}-\d{4}")),
    "uk_nino": Form(loose=_like(r"[A-Z]{2} ?(?:\d{2} ?){3}[A-D]?"), strict=_like(r"[A-Z]{2} ?(?:\d{2} ?){3}[A-D]")),
    "vin": Form(loose=_like(r"[A-HJ-NPR-Z0-9]{17}"), strict=_both(r"[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{8}", _vin),
                check="modulus 11", chance=0.1),
    "licence_plate": Form(loose=_like(r"(?=.*\d)[A-ZÄÖÜ0-9][A-ZÄÖÜ0-9 ·-]{2,9}"),
                          strict=_like(r"[A-Z]{2}\d{2} ?[A-Z]{3}")),
    "phone": Form(loose=_like(r"\+?(?:[\d().x/-] ?){7,20}"), strict=_like(_PHONE), share=0.75),
    "street_address": Form(loose=_like(r"(?=.*[^\W\d_]{2}).{4,}"), strict=_like(_STREET), share=0.8, least=5),
    "given_name": Form(loose=_like(_NAMES), strict=_listed("given_name"), share=0.7, least=8),
    "family_name": Form(loose=_like(_NAMES), strict=_listed("family_name"), share=0.7, least=8),
    "full_name": Form(loose=_like(rf"{_NAMES},? {_NAMES}"), strict=_full_name, share=0.7, least=5),
    "company": Form(loose=_like(r"(?=.*[^\W\d_]{2}).{2,}"), share=0.6, least=5, strict=_like(
        r".+[ ,](?:inc|llc|ltd|limited|plc|corp|corporation|gmbh|ag|kg|sarl|s\.?a|sas|s\.?l|s\.?r\.?l|s\.?p\.?a|b\.?v"
        r"|n\.?v|ab|ltda|and sons|group)\.?")),
    "city": Form(loose=_like(rf"{_NAMES}(?: \(.+\))?"), strict=_listed("city"), share=0.7, least=10),
    "state": Form(loose=_state, strict=_listed("state"), share=0.9, least=10),
    "country": Form(loose=_like(rf"(?:{_NAMES}|[(),&.'\u2019 -])+"), strict=_listed("country"), share=0.9, least=10),
    "postcode": Form(loose=_like(r"(?=.*\d)[A-Z0-9]{2,5}[ -]?[A-Z0-9]{0,4}"), share=0.95,
                     strict=_like(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}")),
    "birth_date": Form(loose=_like(_DAY)),
    "username": Form(loose=_like(r"[\w.@-]{2,40}")),
    "us_account": Form(loose=_like(r"\d{4,17}")),
    "mrn": Form(loose=_like(r"(?=.*\d)[\w/-]{3,20}")),
    "passport": Form(loose=_like(r"(?=.*\d)[A-Z0-9]{6,10}")),
}  # fmt: skip
"""The kinds that are looked for, those that prove the most first. A sequence names nobody, and is no kind to find."""
