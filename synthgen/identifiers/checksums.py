"""Check digits, for all rows at once; each function sets them in place in a matrix of ASCII characters.

python-stdnum confirms every one of them in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from synthgen.identifiers.spelling import CAPITALS, DIGITS, Letters

Check = Callable[[Letters], None]
_ZERO = ord("0")


def _table(pairs: dict[str, int]) -> NDArray[np.int64]:
    """Value of each ASCII character; 0 for those without one."""
    table = np.zeros(128, np.int64)
    for character, value in pairs.items():
        table[ord(character)] = value
    return table


VALUE = _table({character: value for value, character in enumerate(DIGITS + CAPITALS)})
"""0-9 as they are, A = 10 .. Z = 35 (ISO 7064, ISO 6166)."""
_VIN = _table(dict(zip(DIGITS, range(10), strict=True)) | dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [
    1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9], strict=True)))  # fmt: skip
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_ITALIAN_ODD = _table(
    dict(zip(DIGITS, (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True))
    | dict(zip(CAPITALS, (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
               strict=True))
)  # fmt: skip


def luhn(at: int, *, start: int = 0, prefix: int = 0) -> Check:
    """ISO/IEC 7812-1: the digit in column `at` over the digits from column `start`; `prefix` adds a constant sum."""

    def check(letters: Letters) -> None:
        digits = letters[:, start:at].astype(np.int64) - _ZERO
        doubled = digits[:, ::-1][:, ::2] * 2
        total = digits[:, ::-1][:, 1::2].sum(axis=1) + (doubled - 9 * (doubled > 9)).sum(axis=1) + prefix
        letters[:, at] = -total % 10 + _ZERO

    return check


def weighted(columns: Sequence[int], weights: Sequence[int], modulus: int, *, at: int) -> Check:
    """A digit that makes the weighted sum 0 by `modulus`; those that would need 10 are for `never_ten`."""

    def check(letters: Letters) -> None:
        total = (letters[:, list(columns)].astype(np.int64) - _ZERO) @ np.array(weights)
        letters[:, at] = -total % modulus + _ZERO

    return check


def nhs(letters: Letters) -> None:
    """NHS number: modulus 11 over nine digits. Where the check would be 10 the ninth digit moves on by one.

    One step of the ninth digit (weight 2) leaves 10 for another check, so the number becomes valid; the caller's
    space has only even ninth digits, so no two become one.
    """
    weights = np.arange(10, 1, -1)
    digits = letters[:, :9].astype(np.int64) - _ZERO
    total = digits @ weights
    ten = -total % 11 == 10
    letters[ten, 8] += 1
    letters[:, 9] = -(total + 2 * ten) % 11 + _ZERO


def mod_97(columns: Sequence[int], *, at: int) -> Check:
    """ISO 7064 MOD 97-10: two digits in columns `at` and `at + 1`, over `columns` in the order given."""

    def check(letters: Letters) -> None:
        remainder = np.zeros(len(letters), np.int64)
        for column in columns:
            value = VALUE[letters[:, column]]
            remainder = (remainder * np.where(value > 9, 100, 10) + value) % 97
        digits = 98 - remainder * 100 % 97
        letters[:, at], letters[:, at + 1] = digits // 10 + _ZERO, digits % 10 + _ZERO

    return check


def iban(national: Check | None = None) -> Check:
    """ISO 13616: the national check digits first, then MOD 97-10 over the account, the country and the check."""

    def check(letters: Letters) -> None:
        if national is not None:
            national(letters)
        mod_97([*range(4, letters.shape[1]), 0, 1], at=2)(letters)

    return check


def rib(letters: Letters) -> None:
    """France: 97 minus (89 bank + 15 branch + 3 account) by 97."""
    digits = letters[:, 4:].astype(np.int64) - _ZERO
    bank, branch, account = (_joined(digits[:, a:b], 97) for a, b in ((0, 5), (5, 10), (10, 21)))
    rest = 97 - (89 * bank + 15 * branch + 3 * account) % 97
    letters[:, 25], letters[:, 26] = rest // 10 + _ZERO, rest % 10 + _ZERO


def ccc(letters: Letters) -> None:
    """Spain: one digit over bank and branch, one over the account, modulus 11."""
    digits = letters.astype(np.int64) - _ZERO
    weights = np.array([1, 2, 4, 8, 5, 10, 9, 7, 3, 6])
    for at, first in ((12, digits[:, 4:12]), (13, digits[:, 14:24])):
        rest = 11 - first @ weights[-first.shape[1] :] % 11
        letters[:, at] = np.where(rest > 9, 11 - rest, rest) + _ZERO


def cin(letters: Letters) -> None:
    """Italy: a letter over bank, branch and account; odd places by a table of their own."""
    rest = letters[:, 5:]
    total = _ITALIAN_ODD[rest[:, ::2]].sum(axis=1) + VALUE[rest[:, 1::2]].sum(axis=1)
    letters[:, 4] = total % 26 + ord("A")


def cusip(start: int) -> Check:
    """The ninth character of a CUSIP: modulus 10, double-add-double."""

    def check(letters: Letters) -> None:
        values = VALUE[letters[:, start : start + 8]] * np.array([1, 2] * 4)
        letters[:, start + 8] = -(values // 10 + values % 10).sum(axis=1) % 10 + _ZERO

    return check


def isin(letters: Letters) -> None:
    """ISO 6166: Luhn over the digits, letters as two digits each."""
    total = np.zeros(len(letters), np.int64)
    double = np.ones(len(letters), bool)
    for column in range(10, -1, -1):
        value = VALUE[letters[:, column]]
        low, high = value % 10, value // 10
        total += _luhn_digit(low, double) + np.where(value > 9, _luhn_digit(high, ~double), 0)
        double = np.where(value > 9, double, ~double)
    letters[:, 11] = -total % 10 + _ZERO


def vin(letters: Letters) -> None:
    """49 CFR 565.15: the ninth character, modulus 11; 10 is X."""
    rest = (_VIN[letters] * np.array(_VIN_WEIGHTS)).sum(axis=1) % 11
    letters[:, 8] = np.where(rest == 10, ord("X"), rest + _ZERO)


def _luhn_digit(digit: NDArray[np.int64], double: NDArray[np.bool_]) -> NDArray[np.int64]:
    twice = digit * 2
    return np.where(double, twice - 9 * (twice > 9), digit)


def _joined(digits: NDArray[np.int64], modulus: int) -> NDArray[np.int64]:
    """The number that digits [rows, width] spell, by a modulus."""
    total = np.zeros(len(digits), np.int64)
    for column in digits.T:
        total = (total * 10 + column) % modulus
    return total
