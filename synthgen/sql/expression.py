"""A condition as a tree: AND and OR over facts about columns.

NOT is pushed down to the facts when a condition is read, so a fact says what is *certainly true*: a comparison with a
missing value is unknown in SQL, hence neither the fact nor its opposite holds. A tree of AND and OR is true exactly
where it is true with every unknown fact taken for false, so two-valued masks and sets are enough from here on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from synthgen.sql.listed import Listed
from synthgen.sql.terms import Call, Case, Term, Value

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
class Named:
    """The column, whose levels nobody has declared, has a level of one of these words or (`like`) of these patterns.

    Words are what `literals.meaning` makes of levels. Where `negated`, it has another one.
    """

    column: str
    words: frozenset[str] = frozenset()
    like: frozenset[str] = frozenset()
    negated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Otherwise:
    """The fact is not certainly true: it is false, or unknown because the column is missing."""

    fact: OneOf | Lies | Missing | Named

    @property
    def column(self) -> str:
        """The column that it speaks of."""
        return self.fact.column


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two columns compare as `operator` (=, <>, <, <=, > or >=) says."""

    left: str
    operator: str
    right: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Two computed values compare as `operator` says.

    tolerance  how far apart two values may be that count as equal; 0 but where a column is computed
    """

    left: Term
    operator: str
    right: Term
    tolerance: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Unless:
    """The fact about several columns is not certainly true: it is false or unknown."""

    fact: Pair | Compared | Listed


@dataclass(frozen=True, kw_only=True, slots=True)
class Every:
    """All of the terms hold."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Either:
    """At least one of the terms holds."""

    terms: tuple[Expression, ...]


Fact = OneOf | Lies | Missing | Named | Otherwise
"""What can be said about one column."""
Joint = Pair | Compared | Listed | Unless
"""What can be said about several columns at once."""
Expression = Fact | Joint | Every | Either


def columns_of(expression: Expression) -> frozenset[str]:
    """The columns that an expression names.

    >>> sorted(columns_of(Either(terms=(Missing(column="a"), Pair(left="b", operator="<", right="a")))))
    ['a', 'b']
    """
    if isinstance(expression, Unless):
        return columns_of(expression.fact)
    if isinstance(expression, Pair):
        return frozenset((expression.left, expression.right))
    if isinstance(expression, Compared):
        return columns_in(expression.left) | columns_in(expression.right)
    if isinstance(expression, Listed):
        return frozenset(expression.columns)
    if isinstance(expression, Every | Either):
        return frozenset().union(*map(columns_of, expression.terms))
    return frozenset((expression.column,))


def has_joint(expression: Expression) -> bool:
    """Whether an expression compares or computes with columns anywhere: no regions say that."""
    if isinstance(expression, Every | Either):
        return any(map(has_joint, expression.terms))
    return isinstance(expression, Joint)


def columns_in(term: Term) -> frozenset[str]:
    """The columns that a term names.

    >>> sorted(columns_in(Call(name="-", arguments=(Value(column="b", quantity="day"),), quantity="day")))
    ['b']
    """
    if isinstance(term, Value):
        return frozenset((term.column,))
    if isinstance(term, Call):
        return frozenset().union(*map(columns_in, term.arguments))
    if isinstance(term, Case):
        parts = [columns_of(condition) | columns_in(then) for condition, then in term.branches]
        return frozenset().union(*parts, columns_in(term.default) if term.default else frozenset())
    return frozenset()


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """The terms that must all hold, down through nested ANDs."""
    if isinstance(expression, Every):
        for term in expression.terms:
            yield from conjuncts(term)
    else:
        yield expression


def otherwise(expression: Expression) -> Expression:
    """Where an expression is not certainly true: false or unknown. Two-valued, unlike NOT.

    >>> otherwise(Every(terms=(OneOf(column="a", levels=frozenset({1})),)))
    Either(terms=(Otherwise(fact=OneOf(column='a', levels=frozenset({1}))),))
    """
    if isinstance(expression, Every | Either):
        terms = tuple(map(otherwise, expression.terms))
        return Either(terms=terms) if isinstance(expression, Every) else Every(terms=terms)
    if isinstance(expression, Otherwise | Unless):
        return expression.fact
    return Unless(fact=expression) if isinstance(expression, Pair | Compared | Listed) else Otherwise(fact=expression)
