"""Rules that leave no row, alone, two by two or all together, or with a condition: found before a row is drawn.

An expression is taken apart into cases, each of which says one thing about every column; a case is dead when some
column has no value left, or when no values of the columns that are left can meet a comparison. What cannot be told so
counts as possible: the rate at which rows pass is looked at later, and has a floor.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from synthgen.constrain.fields import is_bounded
from synthgen.constrain.linear import Bound, bound_of, form_of
from synthgen.constrain.rules import RowRule, spelled
from synthgen.encode.grid import Grid, LineGrid
from synthgen.errors import ConditionError, SchemaError
from synthgen.sql.cells import Field
from synthgen.sql.condition import Condition
from synthgen.sql.expression import Compared, Either, Every, Expression, Fact, Joint, Missing, Pair, Unless, columns_of
from synthgen.sql.literals import OPPOSITE
from synthgen.sql.region import Region, implied, intersect, region_of

MOST_CASES: Final = 256
"""Cases that are looked at, at most; beyond, an expression counts as possible."""
MOST_PAIRS: Final = 2000
"""Pairs of rules that are looked at, at most."""
ROUNDS: Final = 64
"""Times that bounds are carried over from column to column, at most."""
_NEAR: Final = 1e-6

Fields = Mapping[str, Field]
Regions = Mapping[str, Region]


def refuse_contradictions(rules: Sequence[RowRule], fields: Fields) -> None:
    """Raise SchemaError for rules that no row can keep; the two that contradict each other are named."""
    for rule in rules:
        if not is_possible([rule.kept], fields):
            raise SchemaError(
                f"constraint {rule.number}, {spelled(rule)}", expected="a rule that some row can keep", got="none",
                fix="compare it with the bounds and levels of its columns",
            )  # fmt: skip
    for one, two in itertools.islice(_touching(rules), MOST_PAIRS):
        if not is_possible([one.kept, two.kept], fields):
            raise _contradiction([one, two])
    if not is_possible([rule.kept for rule in rules], fields):
        raise _contradiction(_least(rules, fields))


def refuse_contradicting(condition: Condition, rules: Sequence[RowRule]) -> None:
    """Raise ConditionError for a condition that no row can meet that keeps the rules; the rule is named."""
    whole, fields = condition.whole, condition.fields
    if not rules or whole is None or not is_possible([whole], fields):
        return  # a condition that is impossible by itself is told as such
    rules = [rule for rule in rules if columns_of(rule.kept) <= fields.keys()]
    for rule in rules:
        if not is_possible([whole, rule.kept], fields):
            got = f"none: it and the rule '{spelled(rule)}' contradict each other"
            raise ConditionError(
                "condition", expected="rows that keep the rules", got=got, fix="loosen it", probability=0.0
            )
    if not is_possible([whole, *(rule.kept for rule in rules)], fields):
        got = f"none: it contradicts the {len(rules)} rules together"
        raise ConditionError(
            "condition", expected="rows that keep the rules", got=got, fix="loosen it", probability=0.0
        )


def is_possible(expressions: Sequence[Expression], fields: Fields) -> bool:
    """Whether some row may make all expressions true; also when that cannot be told."""
    cases = _cases(tuple(expressions), {}, (), fields)
    return any(count >= MOST_CASES or _may_meet(joint, regions, fields) for count, (regions, joint) in enumerate(cases))


def _touching(rules: Sequence[RowRule]) -> Iterator[tuple[RowRule, RowRule]]:
    """Pairs of rules that name a column in common."""
    columns = [columns_of(rule.kept) for rule in rules]
    for place, one in enumerate(rules):
        for other in range(place + 1, len(rules)):
            if columns[place] & columns[other]:
                yield one, rules[other]


def _least(rules: Sequence[RowRule], fields: Fields) -> list[RowRule]:
    """As few of the rules as contradict each other."""
    left = list(rules)
    for rule in rules:
        others = [one for one in left if one is not rule]
        if not is_possible([one.kept for one in others], fields):
            left = others
    return left


def _contradiction(rules: Sequence[RowRule]) -> SchemaError:
    names = " and ".join(f"'{spelled(rule)}'" for rule in rules)
    return SchemaError(
        "constraints", expected="rules that a row can keep together", got=f"a contradiction of {names}",
        fix="loosen one of them",
    )  # fmt: skip


def _cases(
    left: tuple[Expression, ...], regions: Regions, joint: tuple[Expression, ...], fields: Fields
) -> Iterator[tuple[Regions, tuple[Expression, ...]]]:
    """Each case of what must be true: regions of columns, none of them empty, and comparisons of columns."""
    stack = [(left, regions, joint)]
    while stack:
        left, regions, joint = stack.pop()
        if not left:
            yield regions, joint
            continue
        first, rest = left[0], left[1:]
        if isinstance(first, Every):
            stack.append((first.terms + rest, regions, joint))
        elif isinstance(first, Either):
            stack += [((term, *rest), regions, joint) for term in reversed(first.terms)]
        else:
            narrowed = _narrowed(first, regions, fields)
            if narrowed is not None:
                stack.append((rest, narrowed, (*joint, first) if isinstance(first, Joint) else joint))


def _narrowed(term: Expression, regions: Regions, fields: Fields) -> Regions | None:
    """The regions after one more fact; None when a column has nothing left."""
    if isinstance(term, Fact):
        found = {term.column: region_of(term, grid)} if (grid := _grid(term.column, fields)) is not None else {}
    else:
        grids = {name: grid for name in columns_of(term) if (grid := _grid(name, fields)) is not None}
        found = implied(term, grids) if grids.keys() >= columns_of(term) else {}
        if isinstance(term, Pair | Compared):  # certainly true, so nothing is missing
            known = {name: region_of(Missing(column=name, negated=True), grid) for name, grid in grids.items()}
            found = known | found
    merged = dict(regions)
    for name, region in found.items():
        merged[name] = intersect([merged[name], region]) if name in merged else region
        if merged[name].is_empty:
            return None
    return merged


def _grid(name: str, fields: Fields) -> Grid | None:
    return fields[name].grid if is_bounded(fields[name].column) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    """The least and the greatest number that a column may hold."""

    low: float
    high: float


def _may_meet(joint: Sequence[Expression], regions: Regions, fields: Fields) -> bool:
    """Whether values from the regions may meet all comparisons; what may be missing or a sentinel meets them."""
    facts = [_as_unless(term) for term in joint]
    spans: dict[str, _Span] = {}
    for fact in facts:
        for name in columns_of(fact) if fact is not None else ():
            span = _span(name, regions, fields)
            if span is not None:
                spans[name] = span
    sure = [fact for fact in facts if fact is not None and columns_of(fact) <= spans.keys()]
    columns = {name: fields[name].column for name in spans}
    if not all(_sums_meet(fact, spans) for fact in sure):
        return False
    bounds = [bound for fact in sure if (bound := bound_of(fact, columns)) is not None]
    return _carried(bounds, spans, fields)


def _as_unless(term: Expression) -> Unless | None:
    """A comparison as the opposite that does not hold."""
    if isinstance(term, Pair):
        return Unless(fact=Pair(left=term.left, operator=OPPOSITE[term.operator], right=term.right))
    if isinstance(term, Compared):
        opposite = OPPOSITE[term.operator]
        return Unless(fact=Compared(left=term.left, operator=opposite, right=term.right, tolerance=term.tolerance))
    return term if isinstance(term, Unless) and isinstance(term.fact, Pair | Compared) else None


def _span(name: str, regions: Regions, fields: Fields) -> _Span | None:
    """The numbers that a column may hold; None where it may be missing or a sentinel, or has none."""
    grid = _grid(name, fields)
    if not isinstance(grid, LineGrid):
        return None
    region = regions.get(name)
    if region is None:
        region = region_of(Missing(column=name, negated=True), grid)
        if grid.nullable:
            return None
    if region.missing or region.special.any() or not region.low.size:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        ends = grid.value_of(np.array([region.low[0], region.high[-1] - 1]))
    return _Span(low=float(ends[0]), high=float(ends[1])) if np.isfinite(ends).all() else None


def _sums_meet(fact: Unless, spans: Mapping[str, _Span]) -> bool:
    """Whether a comparison of sums may be as the rule says, by the ends of its columns alone."""
    form = form_of(fact.fact) if isinstance(fact.fact, Compared) and fact.fact.left.quantity != "text" else None
    if form is None or not isinstance(fact.fact, Compared) or not all(map(math.isfinite, form.values())):
        return True
    low = high = form.get("", 0.0)
    for name, factor in form.items():
        if name:
            ends = sorted((factor * spans[name].low, factor * spans[name].high))
            low, high = low + ends[0], high + ends[1]
    slack = fact.fact.tolerance + _NEAR * max(1.0, abs(low), abs(high))
    operator = fact.fact.operator
    if operator == "<>":
        return low <= slack and high >= -slack
    return high >= -slack if operator in {"<", "<="} else low <= slack if operator in {">", ">="} else True


def _carried(bounds: Sequence[Bound], spans: dict[str, _Span], fields: Fields) -> bool:
    """Whether the ends that bounds give one another leave something."""
    spans = dict(spans)
    for _ in range(ROUNDS):
        before = dict(spans)
        for bound in (*bounds, *(one.turned() for one in bounds)):
            base, own, step = spans[bound.base], spans[bound.column], _step(bound.column, fields)
            low = bound.factor * base.low + bound.low + (step if bound.strict and math.isfinite(bound.low) else 0.0)
            high = bound.factor * base.high + bound.high - (step if bound.strict and math.isfinite(bound.high) else 0.0)
            spans[bound.column] = _Span(low=max(own.low, low), high=min(own.high, high))
            if spans[bound.column].low > spans[bound.column].high + _NEAR * max(1.0, abs(own.low), abs(own.high)):
                return False
        if spans == before:
            return True
    return not _rises_for_ever(bounds, fields)


def _rises_for_ever(bounds: Sequence[Bound], fields: Fields) -> bool:
    """Whether some chain of lower bounds leads from a column back to itself, above itself (Bellman and Ford)."""
    edges = [
        (bound.base, bound.column, bound.low + (_step(bound.column, fields) if bound.strict else 0.0))
        for bound in (*bounds, *(one.turned() for one in bounds))
        if bound.factor == 1 and math.isfinite(bound.low)
    ]
    reach = dict.fromkeys({name for edge in edges for name in edge[:2]}, 0.0)
    for _ in range(len(reach) + 1):
        before = dict(reach)
        for base, column, low in edges:
            reach[column] = max(reach[column], reach[base] + low)
        if reach == before:
            return False
    return bool(edges)


def _step(name: str, fields: Fields) -> float:
    grid = fields[name].grid
    return float(grid.step) if isinstance(grid, LineGrid) else 0.0
