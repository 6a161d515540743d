"""The few rules that other tools can say as well, recognised in their text."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One column is never above another."""

    low: str
    high: str
    strict: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Unique:
    """No combination of these columns stands twice."""

    columns: tuple[str, ...]


def rule_of(text: str) -> Compared | Unique | None:
    """What a rule says, when it is one of these and nothing more.

    >>> rule_of("arrival >= departure")
    Compared(low='departure', high='arrival', strict=False)
    >>> rule_of('unique(a, "b c")'), rule_of("a < b + 1")
    (Unique(columns=('a', 'b c')), None)
    """
    try:
        node = sqlglot.parse_one(text)
    except (ParseError, TokenError):
        return None  # such as `monotone(day) per person`, which is no SQL
    match node:
        case exp.LTE() | exp.LT():
            ends = [node.this, node.expression]
        case exp.GTE() | exp.GT():
            ends = [node.expression, node.this]
        case exp.Anonymous() if node.name.lower() == "unique" and all(
            isinstance(each, exp.Column) for each in node.expressions
        ):
            return Unique(columns=tuple(each.name for each in node.expressions))
        case _:
            return None
    if not all(isinstance(end, exp.Column) for end in ends):
        return None
    return Compared(low=ends[0].name, high=ends[1].name, strict=isinstance(node, exp.LT | exp.GT))
