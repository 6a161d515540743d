"""Which column of a bounded pair is modelled as the difference to the other, and between which ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from synthgen.constrain.fields import is_bounded
from synthgen.constrain.linear import Bound, bound_of
from synthgen.constrain.rules import RowRule, spelled
from synthgen.encode.grid import LineGrid
from synthgen.errors import SchemaError
from synthgen.schema import Column, Line
from synthgen.schema.columns import EXACT
from synthgen.sql.cells import Field
from synthgen.sql.expression import Expression, conjuncts


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """`column` is modelled as what it is beyond `factor` * `base`.

    low, high  the ends of the difference, in what `column` counts in, both possible
    origin     the column's own first and last value; where the base is missing, the difference is counted from that
               end of the column which makes it begin (or, where `low` is open, end) where differences do
    from_low   whether differences begin at an end that a rule gives
    terms      what this takes care of, by construction
    """

    column: str
    base: str
    factor: float
    low: float
    high: float
    origin: tuple[float, float]
    from_low: bool
    terms: tuple[Expression, ...]

    @property
    def name(self) -> str:
        """What the difference is called where it is learned."""
        times = "" if self.factor == 1 else f"{self.factor:g} * "
        return f"{self.column} - {times}{self.base}"


def differences_of(rules: Sequence[RowRule], fields: Mapping[str, Field], taken: set[str]) -> tuple[Difference, ...]:
    """Differences for the rules that allow one, each after those that it is counted from.

    A column is counted from one other at most; `taken` columns are computed and take no part. Raises SchemaError
    where rules about the same two columns leave nothing.
    """
    columns = {name: fields[name].column for name in fields}
    found: dict[str, Difference] = {}
    bounds = [
        (rule, term, bound) for rule in rules for term in conjuncts(rule.kept) if (bound := bound_of(term, columns))
    ]
    for _, _, bound in bounds:
        if taken & {bound.column, bound.base} or _joined(bound, found):
            continue
        for one in (bound, bound.turned()):
            if one.column in found or not _fits(one, fields) or _leads_to(one.base, one.column, found):
                continue
            same = [(rule, term, other) for rule, term, each in bounds if (other := _about(each, one))]
            found[one.column] = _difference(one, same, fields)
            break
    return tuple(_ordered(found))


def _joined(bound: Bound, found: Mapping[str, Difference]) -> bool:
    pairs = [{difference.column, difference.base} for difference in found.values()]
    return {bound.column, bound.base} in pairs


def _about(bound: Bound, one: Bound) -> Bound | None:
    """A bound as one about the same difference, where it is."""
    for each in (bound, bound.turned()):
        if (each.column, each.base) == (one.column, one.base) and math.isclose(each.factor, one.factor, rel_tol=1e-12):
            return each
    return None


def _leads_to(start: str, goal: str, found: Mapping[str, Difference]) -> bool:
    """Whether a column is counted, over others, from `goal`."""
    while start in found:
        start = found[start].base
        if start == goal:
            return True
    return False


def _fits(bound: Bound, fields: Mapping[str, Field]) -> bool:
    """Whether every difference is a step of the column's own grid, and the base never has finer steps."""
    column, base = fields[bound.column], fields[bound.base]
    for field in (column, base):
        if not isinstance(field.grid, LineGrid) or not is_bounded(field.column):
            return False
    assert isinstance(column.grid, LineGrid), "asked before"
    assert isinstance(base.grid, LineGrid), "asked before"
    if _has_sentinels(column.column) or not _is_whole(bound.factor):
        return False
    if _is_continuous(column):
        return True
    return not _is_continuous(base) and (Fraction(bound.factor) * base.grid.step / column.grid.step).denominator == 1


def _has_sentinels(column: Column) -> bool:
    return isinstance(column, Line) and bool(column.special)


def _is_whole(factor: float) -> bool:
    return factor.is_integer() and 0 < factor <= EXACT


def _is_continuous(field: Field) -> bool:
    return isinstance(field.grid, LineGrid) and not field.grid.whole and field.column.type == "number"


def _ends(field: Field) -> tuple[float, float]:
    assert isinstance(field.grid, LineGrid), "lines only"
    grid = field.grid
    return float(grid.origin), float(grid.origin + (grid.units - 1) * grid.step)


def _difference(
    one: Bound, same: Sequence[tuple[RowRule, Expression, Bound]], fields: Mapping[str, Field]
) -> Difference:
    column, base = fields[one.column], fields[one.base]
    assert isinstance(column.grid, LineGrid), "it fits"
    step = column.grid.step
    (first, last), (least, most) = _ends(column), _ends(base)
    low, high = first - one.factor * most, last - one.factor * least
    lows = [
        _inner(bound.low, bound, step, is_continuous=_is_continuous(column))
        for _, _, bound in same
        if math.isfinite(bound.low)
    ]
    highs = [
        _inner(bound.high, bound, step, is_continuous=_is_continuous(column))
        for _, _, bound in same
        if math.isfinite(bound.high)
    ]
    low, high = max([low, *lows]), min([high, *highs])
    if low > high:
        rules = dict.fromkeys(spelled(rule) for rule, _, _ in same)
        got = " and ".join(f"'{rule}'" for rule in rules)
        expected = f"values of {one.column} and {one.base} that keep their rules"
        raise SchemaError("constraints", expected=expected, got=f"none under {got}", fix="loosen one of them")
    from_low = bool(lows)
    if base.column.nullable or _has_sentinels(base.column):
        low, high = (low, max(high, low + last - first)) if from_low else (min(low, high - (last - first)), high)
    return Difference(
        column=one.column,
        base=one.base,
        factor=one.factor,
        low=low,
        high=high,
        origin=(first, last),
        from_low=from_low,
        terms=tuple(dict.fromkeys(term for _, term, _ in same)),
    )


def _inner(end: float, bound: Bound, step: Fraction, *, is_continuous: bool) -> float:
    """The outermost difference that keeps a bound: on the grid, and beside the end where it is strict."""
    is_low = math.isfinite(bound.low)
    if is_continuous:
        return end + float(step if is_low else -step) * bound.strict
    place = Fraction(end) / step
    rounded = math.ceil(place - Fraction(1, 10**6)) if is_low else math.floor(place + Fraction(1, 10**6))
    on_end = abs(place - rounded) < Fraction(1, 10**6)
    rounded += (1 if is_low else -1) * (bound.strict and on_end)
    return float(rounded * step)


def _ordered(found: Mapping[str, Difference]) -> Iterable[Difference]:
    """Each after the column that it is counted from."""
    done: dict[str, Difference] = {}

    def add(name: str) -> None:
        if name in found and name not in done:
            add(found[name].base)
            done[name] = found[name]

    for name in found:
        add(name)
    return done.values()
