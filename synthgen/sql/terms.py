"""Values that a rule computes from columns, as a tree: `price * quantity`, `discharge - admit`, CASE.

Every term has a *quantity*, known before a row is read: a number, a day, a moment, a time of day, a span of seconds,
or text. Days count as days since 1970, moments as seconds since 1970, times of day as seconds since midnight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from synthgen.sql.expression import Expression

Quantity = Literal["number", "day", "moment", "clock", "span", "text"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """A literal. `digits` after the point, of a number."""

    value: float | str
    quantity: Quantity
    digits: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A column's value; unknown where it is missing or a sentinel without a number.

    scale   seconds of the unit that the column counts in, where it is a span; else 1
    digits  after the point, where the column has a grid
    """

    column: str
    quantity: Quantity
    scale: float = 1.0
    digits: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A function or an operator of its arguments: see `evaluate.FUNCTIONS`.

    digits  after the point, where the result has so few: it is rounded to them, so that decimals add up
    """

    name: str
    arguments: tuple[Term, ...]
    quantity: Quantity
    digits: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """The term of the first condition that is true, else `default` (None: unknown)."""

    branches: tuple[tuple[Expression, Term], ...]
    default: Term | None
    quantity: Quantity
    digits: int | None = None


Term = Constant | Value | Call | Case
