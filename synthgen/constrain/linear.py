"""Rules that bound a difference of two columns: `discharge >= admit`, `price - 2 * cost <= 10`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from synthgen.schema import Column, Date, DateTime, Duration
from synthgen.sql.expression import Compared, Expression, Pair, Unless
from synthgen.sql.quantities import SECONDS, quantity_of
from synthgen.sql.terms import Call, Constant, Term, Value

_STRICT: Final[Mapping[str, tuple[bool, bool]]] = {
    "<": (False, False),
    "<=": (False, True),
    ">": (True, False),
    ">=": (True, True),
}
"""What is certainly not so, as what is: (upper bound instead of lower, strict)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """column - factor * base lies between two ends, in what `column` counts in; an end is infinite where it is open.

    strict  whether the end itself is ruled out; one of the ends is infinite
    """

    column: str
    base: str
    factor: float
    low: float
    high: float
    strict: bool

    def turned(self) -> Bound:
        """The same about the other column: base - column / factor."""
        return Bound(
            column=self.base,
            base=self.column,
            factor=1 / self.factor,
            low=-self.high / self.factor + 0.0,
            high=-self.low / self.factor + 0.0,
            strict=self.strict,
        )


def bound_of(expression: Expression, columns: Mapping[str, Column]) -> Bound | None:
    """The bound that an expression puts on the difference of two columns; None for anything else."""
    if not isinstance(expression, Unless):
        return None
    fact = expression.fact
    if isinstance(fact, Pair):
        form = _pair(fact, columns)
    elif isinstance(fact, Compared) and fact.left.quantity != "text":
        form = form_of(fact)
    else:
        return None
    if form is None or fact.operator not in _STRICT:
        return None
    coefficients = {name: factor for name, factor in form.items() if name and factor}
    rising = [name for name, factor in coefficients.items() if factor > 0]
    falling = [name for name, factor in coefficients.items() if factor < 0]
    if len(rising) != 1 or len(falling) != 1 or not all(map(math.isfinite, form.values())):
        return None
    column, base = rising[0], falling[0]
    scale = coefficients[column]
    end = -form.get("", 0.0) / scale + 0.0
    is_high, strict = _STRICT[fact.operator]
    low, high = (-math.inf, end) if is_high else (end, math.inf)
    return Bound(column=column, base=base, factor=-coefficients[base] / scale, low=low, high=high, strict=strict)


def form_of(fact: Compared) -> dict[str, float] | None:
    """The left side less the right one as a sum: factor by column, and the constant under ''; None for other terms."""
    return _minus(_form(fact.left), _form(fact.right))


def _pair(pair: Pair, columns: Mapping[str, Column]) -> dict[str, float] | None:
    sides = [columns[name] for name in (pair.left, pair.right)]
    if any(quantity_of(side) in {None, "text"} or side.type in {"categorical", "boolean"} for side in sides):
        return None
    days = any(isinstance(side, DateTime) for side in sides)
    left, right = (_unit(side, seconds=days) for side in sides)
    return {pair.left: left, pair.right: -right}


def _unit(column: Column, *, seconds: bool) -> float:
    if isinstance(column, Duration):
        return float(SECONDS[column.unit])
    return 86_400.0 if seconds and isinstance(column, Date) else 1.0


def _form(term: Term) -> dict[str, float] | None:
    """A term as a sum of columns and a constant (under ''), each with its factor; None where it is none."""
    if isinstance(term, Value):
        return {term.column: term.scale}
    if isinstance(term, Constant):
        return None if isinstance(term.value, str) else {"": term.value}
    return _form_of_call(term) if isinstance(term, Call) else None


def _form_of_call(call: Call) -> dict[str, float] | None:
    forms = [_form(argument) for argument in call.arguments]
    first = forms[0]
    if first is None:
        return None
    if call.name in {"midnight", "negative", "seconds", "minutes", "hours", "days"}:
        factors = {"midnight": 86_400.0, "negative": -1.0, "seconds": 1.0, "minutes": 1 / 60, "hours": 1 / 3600}
        return _times(first, factors.get(call.name, 1 / 86_400))
    if call.name in {"+", "-"}:
        second = forms[1] if forms[1] is None or call.name == "-" else _times(forms[1], -1.0)
        return _minus(first, second)
    if call.name in {"*", "/"} and forms[1] is not None:
        one, other = (first, forms[1]) if forms[1].keys() == {""} else (forms[1], first)
        if other.keys() != {""} or (call.name == "/" and (one is not first or not other[""])):
            return None
        return _times(one, other[""] if call.name == "*" else 1 / other[""])
    return None


def _times(form: Mapping[str, float], factor: float) -> dict[str, float]:
    return {name: factor * value for name, value in form.items()}


def _minus(left: Mapping[str, float] | None, right: Mapping[str, float] | None) -> dict[str, float] | None:
    if left is None or right is None:
        return None
    return {name: left.get(name, 0.0) - right.get(name, 0.0) for name in {**left, **right}}
