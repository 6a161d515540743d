"""Known numbers of each standard, by what sets their check digits."""

import pytest

from synthgen.identifiers import checksums
from synthgen.identifiers.checksums import Check
from synthgen.identifiers.spelling import options


@pytest.mark.parametrize(
    ("check", "known", "at"),
    [
        (checksums.luhn(15), "4111111111111111", (15,)),
        (checksums.luhn(14), "378282246310005", (14,)),
        (checksums.luhn(9, prefix=24), "1234567893", (9,)),  # the example of the NPI check digit rule
        (checksums.nhs, "9434765919", (9,)),
        (checksums.weighted(range(8), (3, 7, 1, 3, 7, 1, 3, 7), 10, at=8), "111000025", (8,)),
        (checksums.iban(), "DE89370400440532013000", (2, 3)),
        (checksums.iban(), "GB29NWBK60161331926819", (2, 3)),
        (checksums.iban(checksums.ccc), "ES9121000418450200051332", (2, 3, 12, 13)),
        (checksums.iban(checksums.cin), "IT60X0542811101000000123456", (2, 3, 4)),
        (checksums.mod_97(range(18), at=18), "213800KUD8LAJWSQ9D15", (18, 19)),
        (checksums.cusip(0), "037833100", (8,)),
        (checksums.isin, "US0378331005", (11,)),
        (checksums.isin, "DE000BAY0017", (11,)),
        (checksums.vin, "1M8GDM9AXKP042788", (8,)),
    ],
)
def test_known_numbers_get_their_check_digits(check: Check, known: str, at: tuple[int, ...]) -> None:
    blank = "".join("0" if place in at else letter for place, letter in enumerate(known))
    letters = options([blank]).copy()
    check(letters)
    assert letters.tobytes().decode() == known


def test_a_french_key_is_that_of_the_rule() -> None:
    letters = options(["FR00300060000112345678901" + "00"]).copy()
    checksums.iban(checksums.rib)(letters)
    assert letters.tobytes().decode() == "FR7630006000011234567890189"
