"""The few rules that other tools can say as well, recognised in their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    >>> rule_of('unique(a, "b c")'), rule_of("a < b + 1"), rule_of("monotone(day) per person")
    (Unique(columns=('a', 'b c')), None, None)
    """
    listed = re.fullmatch(r"\s*unique\s*(\(.*\))\s*", text, re.IGNORECASE)
    try:
        # `unique` is a word of SQL's own, so its columns are read as those of another function.
        node = sqlglot.parse_one(f"columns_of{listed.group(1)}" if listed else text)
    except (ParseError, TokenError):
        return None  # a rule that is no SQL
    if listed:
        names = _names(node.expressions) if isinstance(node, exp.Anonymous) else None
        return Unique(columns=names) if names else None
    if not isinstance(node, exp.LT | exp.LTE | exp.GT | exp.GTE):
        return None
    ends = _names([node.this, node.expression])
    if ends is None:
        return None
    low, high = ends if isinstance(node, exp.LT | exp.LTE) else reversed(ends)
    return Compared(low=low, high=high, strict=isinstance(node, exp.LT | exp.GT))


def _names(nodes: Sequence[exp.Expr]) -> tuple[str, ...] | None:
    """The names of columns; None when a node is anything else."""
    plain = all(isinstance(node, exp.Column) and not node.table for node in nodes)
    return tuple(node.name for node in nodes) if plain else None
