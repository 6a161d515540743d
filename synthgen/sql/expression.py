"""A condition as a tree: AND and OR over facts about columns.

NOT is pushed down to the facts when a condition is read, so a fact says what is *certainly true*: a comparison with a
missing value is unknown in SQL, hence neither the fact nor its opposite holds. A tree of AND and OR is true exactly
where it is true with every unknown fact taken for false, so two-valued masks and sets are enough from here on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Range = tuple[float, float]
"""A closed stretch of the line, in the number its column counts in (days or seconds since 1970 for dates)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneOf:
    """The column has one of these levels (indices into its grid's values)."""

    column: str
    levels: frozenset[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lies:
    """The value, as a 64-bit float, lies in one of the ranges, or is one of these sentinels (indices into `special`).

    A number that a sentinel spells too (-1, say) is that sentinel: the ranges hold it just where `special` does.
    """

    column: str
    ranges: tuple[Range, ...]
    special: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """The column is missing or, where `negated`, is not."""

    column: str
    negated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two columns compare as `operator` (=, <>, <, <=, > or >=) says."""

    left: str
    operator: str
    right: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Every:
    """All of the terms hold."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Either:
    """At least one of the terms holds."""

    terms: tuple[Expression, ...]


Fact = OneOf | Lies | Missing
"""What can be said about one column."""
Expression = Fact | Pair | Every | Either


def columns_of(expression: Expression) -> frozenset[str]:
    """The columns that an expression names.

    >>> sorted(columns_of(Either(terms=(Missing(column="a"), Pair(left="b", operator="<", right="a")))))
    ['a', 'b']
    """
    if isinstance(expression, Pair):
        return frozenset((expression.left, expression.right))
    if isinstance(expression, Every | Either):
        return frozenset().union(*map(columns_of, expression.terms))
    return frozenset((expression.column,))


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """The terms that must all hold, down through nested ANDs."""
    if isinstance(expression, Every):
        for term in expression.terms:
            yield from conjuncts(term)
    else:
        yield expression
