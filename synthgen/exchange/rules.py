"""The few rules that other tools can say as well, recognised in their text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounded:
    """One column against one value."""

    column: str
    relation: Literal["<", "<=", ">", ">="]
    value: float | str


def rule_of(text: str) -> Compared | Unique | Bounded | None:
    """What a rule says, when it is one of these and nothing more.

    >>> rule_of("arrival >= departure")
    Compared(low='departure', high='arrival', strict=False)
    >>> rule_of("0 < amt")
    Bounded(column='amt', relation='>', value=0)
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
        return _bounded(node)
    low, high = ends if isinstance(node, exp.LT | exp.LTE) else reversed(ends)
    return Compared(low=low, high=high, strict=isinstance(node, exp.LT | exp.GT))


def _bounded(node: exp.Binary) -> Bounded | None:
    column, value = node.this, node.expression
    relation = _RELATIONS[type(node)]
    if isinstance(value, exp.Column):
        column, value, relation = value, column, _MIRRORED[relation]
    names = _names([column])
    if names is None:
        return None
    sign = -1 if isinstance(value, exp.Neg) else 1
    value = value.this if isinstance(value, exp.Neg) else value
    if not isinstance(value, exp.Literal) or (value.is_string and sign < 0):
        return None
    meant = value.name if value.is_string else sign * (int(value.name) if value.is_int else float(value.name))
    return Bounded(column=names[0], relation=relation, value=meant)


_RELATIONS: Mapping[type, Literal["<", "<=", ">", ">="]] = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_MIRRORED: Mapping[str, Literal["<", "<=", ">", ">="]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _names(nodes: Sequence[exp.Expr]) -> tuple[str, ...] | None:
    """The names of columns; None when a node is anything else."""
    plain = all(isinstance(node, exp.Column) and not node.table for node in nodes)
    return tuple(node.name for node in nodes) if plain else None
