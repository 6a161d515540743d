"""How people write numbers: `$1,234.50`, `12,5 %`, `(1.234)`. One example spells out the rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from synthgen.schema.mistakes import Mistake, show

_BODY = re.compile(r"[0-9](?:[0-9.,'_\u2019\u00a0\u202f ]*[0-9])?")
_MARKS = re.compile(r"[^0-9]")
_EXPECTED = "a number as the column writes it, such as $1,234.50"


@dataclass(frozen=True, kw_only=True, slots=True)
class Spelling:
    """The rules of one way to write a number.

    prefix, suffix  text around the digits, such as `$` and `%`
    thousands       the mark between groups of three digits, or nothing
    point           the decimal mark
    decimals        digits after it
    minus           where the sign of a negative number stands: before or after the prefix, or parentheses around all
    """

    prefix: str
    suffix: str
    thousands: str
    point: str
    decimals: int
    minus: str


def spelling_of(example: str, *, whole: bool) -> Spelling:
    """Read the rules off an example; `whole` numbers have no decimal mark. Raises Mistake.

    >>> rules = spelling_of("$1,234.50", whole=False)
    >>> rules.prefix, rules.thousands, rules.point, rules.decimals, rules.minus
    ('$', ',', '.', 2, 'before')
    >>> spelling_of("(1.234,5 €)", whole=False).minus, spelling_of("12 %", whole=True).suffix
    ('around', ' %')
    """
    around = example.startswith("(") and example.endswith(")")
    text = example[1:-1] if around else example
    found = _BODY.search(text)
    if found is None or re.search(r"[0-9]", text[found.end() :]):
        raise Mistake(expected=_EXPECTED, got=show(example), where=("format",))
    prefix, suffix, digits = text[: found.start()], text[found.end() :], found.group()
    minus = "around" if around else "after" if prefix.endswith("-") and prefix != "-" else "before"
    prefix = prefix.removeprefix("-").removesuffix("-")
    if "-" in prefix + suffix or any(sign in prefix + suffix for sign in "()+"):
        raise Mistake(expected=_EXPECTED, got=show(example), where=("format",))
    thousands, point, decimals = _marks(digits, example, whole=whole)
    return Spelling(prefix=prefix, suffix=suffix, thousands=thousands, point=point, decimals=decimals, minus=minus)


def _marks(digits: str, example: str, *, whole: bool) -> tuple[str, str, int]:
    """The thousands mark, the decimal mark, and how many digits follow it."""
    marks = _MARKS.findall(digits)
    groups = _MARKS.split(digits)
    last = marks[-1] if marks else ""
    is_group = bool(marks) and set(marks) == {last} and _grouped(groups)
    if not marks or (is_group and (whole or len(marks) > 1 or last not in ".,")):
        return last, "." if last != "." else ",", 0
    if is_group:  # 1,234: a thousand and more, or one and a bit?
        fix = "give an example with both marks, such as 1,234.50, or with fewer decimals"
        raise Mistake(expected="one that can be read in one way only", got=show(example), fix=fix, where=("format",))
    thousands = marks[0] if len(marks) > 1 else ""
    if whole or last not in ".," or set(marks[:-1]) - {thousands} or thousands == last:
        raise Mistake(expected=_EXPECTED, got=show(example), where=("format",))
    if thousands and not _grouped(groups[:-1]):
        raise Mistake(expected="groups of three digits", got=show(example), where=("format",))
    return thousands, last, len(groups[-1])


def _grouped(groups: list[str]) -> bool:
    """Whether these are one to three digits, then threes."""
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
