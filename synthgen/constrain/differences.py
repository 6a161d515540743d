"""Which column of a bounded pair is modelled as the difference to the other, and between which ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from synthgen.constrain.fields import is_bounded
from synthgen.constrain.linear import Bound, bound_of
from synthgen.constrain.rules import RowRule
from synthgen.encode.grid import LineGrid
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

    A column is counted from one other at most; `taken` columns are computed and take no part.
    """
    columns = {name: fields[name].column for name in fields}
    found: dict[str, Difference] = {}
    bounds = [(term, bound) for rule in rules for term in conjuncts(rule.kept) if (bound := bound_of(term, columns))]
    for _, bound in bounds:
        if taken & {bound.column, bound.base} or _joined(bound, found):
            continue
        for one in (bound, bound.turned()):
            if one.column in found or not _fits(one, fields) or _leads_to(one.base, one.column, found):
                continue
            same = [(term, other) for term, each in bounds if (other := _about(each, one))]
            difference = _difference(one, same, fields)
            if difference is not None:
                found[one.column] = difference
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


def _ends(field: Field) -> tuple[Fraction, Fraction]:
    assert isinstance(field.grid, LineGrid), "lines only"
    grid = field.grid
    return grid.origin, grid.origin + (grid.units - 1) * grid.step


def _difference(one: Bound, same: Sequence[tuple[Expression, Bound]], fields: Mapping[str, Field]) -> Difference | None:
    """The line of a difference, counted exactly; None where nothing is left of it, or more than floats count."""
    column, base = fields[one.column], fields[one.base]
    assert isinstance(column.grid, LineGrid), "it fits"
    (first, last), (least, most) = _ends(column), _ends(base)
    factor = Fraction(one.factor)
    inner = [(bound.low, _inner(bound, column)) for _, bound in same]
    lows = [end for low, end in inner if math.isfinite(low)]
    highs = [end for low, end in inner if not math.isfinite(low)]
    low, high = max([first - factor * most, *lows]), min([last - factor * least, *highs])
    if low > high:
        return None  # only what is missing keeps the rules
    if base.column.nullable or _has_sentinels(base.column):
        low, high = (low, max(high, low + last - first)) if lows else (min(low, high - (last - first)), high)
    if max(abs(low), abs(high)) / (1 if _is_continuous(column) else column.grid.step) > EXACT:
        return None
    return Difference(
        column=one.column,
        base=one.base,
        factor=one.factor,
        low=float(low),
        high=float(high),
        origin=(float(first), float(last)),
        from_low=bool(lows),
        terms=tuple(dict.fromkeys(term for term, _ in same)),
    )


def _inner(bound: Bound, column: Field) -> Fraction:
    """The outermost difference that keeps a bound: on the grid, and beside the end where it is strict."""
    assert isinstance(column.grid, LineGrid), "it fits"
    is_low, step = math.isfinite(bound.low), column.grid.step
    end = Fraction(bound.low if is_low else bound.high)
    inward = 1 if is_low else -1
    if _is_continuous(column):
        return end + inward * step * bound.strict
    place = end / step
    nearest = round(place)
    if abs(place - nearest) < Fraction(1, 10**6):  # decimals as floats are near, not on, the grid
        return (nearest + inward * bound.strict) * step
    return (math.ceil(place) if is_low else math.floor(place)) * step


def _ordered(found: Mapping[str, Difference]) -> Iterable[Difference]:
    """Each after the column that it is counted from."""

    def depth(name: str) -> int:
        steps = 0
        while name in found:
            name, steps = found[name].base, steps + 1
        return steps

    return (found[name] for name in sorted(found, key=depth))
