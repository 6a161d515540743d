"""Which way each rule is kept.

(1) A column that is computed from others leaves the model. (2) Of two columns whose difference is bounded, one is
modelled as the difference. (3) What rules out combinations of values is masked where rows are drawn, exactly. (4) The
rest is rejection. `compiled` decides (1) and (2), from the schema alone; whether what is left can be masked is seen
where rows are drawn.
"""

from __future__ import annotations

import graphlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from synthgen.constrain.contradict import refuse_contradictions
from synthgen.constrain.differences import Difference, differences_of
from synthgen.constrain.fields import fields_of
from synthgen.constrain.parse import rules_of
from synthgen.constrain.rules import Equation, PersonRule, RowRule, Rule, UniqueRule, spelled
from synthgen.errors import SchemaError
from synthgen.schema import Schema
from synthgen.sql.expression import Expression, Fact, columns_in, columns_of, conjuncts
from synthgen.sql.listed import Listed

Way = Literal["computed", "difference", "mask", "rejection", "no row twice", "by person"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """The rules of a schema, and how each is kept.

    computed     columns that leave the model, each after those that it is computed from
    differences  columns that are modelled as a difference, each after the column that it is counted from
    ways         rule's number -> how it is kept
    """

    rules: tuple[Rule, ...]
    computed: tuple[Equation, ...]
    differences: tuple[Difference, ...]
    ways: Mapping[int, Way]

    @property
    def row_rules(self) -> tuple[RowRule, ...]:
        """The rules that each row keeps on its own."""
        return tuple(rule for rule in self.rules if isinstance(rule, RowRule))

    @property
    def unique_rules(self) -> tuple[UniqueRule, ...]:
        """The rules about rows that must differ."""
        return tuple(rule for rule in self.rules if isinstance(rule, UniqueRule))


def compiled(schema: Schema) -> Compiled:
    """Read and compile the rules of a schema. Raises SchemaError for rules that make no sense, alone or together."""
    rules = rules_of(schema)
    by_row = [rule for rule in rules if isinstance(rule, RowRule)]
    computed = _in_order(_equations(by_row))
    taken = {equation.column for equation in computed}
    left = [rule for rule in by_row if rule.equation not in computed]
    fields = fields_of(schema)
    refuse_contradictions(by_row, fields)
    differences = differences_of(left, fields, taken)
    ways = {rule.number: _way(rule, computed, differences) for rule in rules}
    return Compiled(rules=rules, computed=computed, differences=differences, ways=ways)


def _equations(rules: Sequence[RowRule]) -> dict[str, tuple[Equation, RowRule]]:
    """The first equation of each column."""
    found: dict[str, tuple[Equation, RowRule]] = {}
    for rule in rules:
        if rule.equation is not None:
            found.setdefault(rule.equation.column, (rule.equation, rule))
    return found


def _in_order(equations: Mapping[str, tuple[Equation, RowRule]]) -> tuple[Equation, ...]:
    """Equations after those that they need. Raises SchemaError for a cycle."""
    needs = {name: columns_in(equation.term) & equations.keys() for name, (equation, _) in equations.items()}
    try:
        order = tuple(graphlib.TopologicalSorter(needs).static_order())
    except graphlib.CycleError as error:
        cycle: list[str] = error.args[1]
        names = " needs ".join(reversed(cycle))
        listed = " and ".join(f"'{spelled(equations[name][1])}'" for name in dict.fromkeys(reversed(cycle)))
        raise SchemaError(
            "constraints", expected="columns computed one after another", got=f"a cycle: {names} ({listed})",
            fix="take one of them out",
        ) from None  # fmt: skip
    return tuple(equations[name][0] for name in order)


def _way(rule: Rule, computed: Sequence[Equation], differences: Sequence[Difference]) -> Way:
    if isinstance(rule, UniqueRule):
        return "no row twice"
    if isinstance(rule, PersonRule):
        return "by person"
    if rule.equation in computed:
        return "computed"
    terms = list(conjuncts(rule.kept))
    counted = {term for difference in differences for term in difference.terms}
    if all(term in counted for term in terms):
        return "difference"
    moved = {equation.column for equation in computed} | {difference.column for difference in differences}
    return "mask" if all(_can_be_masked(term, moved) for term in terms if term not in counted) else "rejection"


def _can_be_masked(expression: Expression, moved: set[str]) -> bool:
    """Whether levels alone decide: no column is compared with another, or is made only after rows are drawn."""
    return not columns_of(expression) & moved and _is_of_levels(expression)


def _is_of_levels(expression: Expression) -> bool:
    parts = getattr(expression, "terms", None)
    if parts is not None:
        return all(map(_is_of_levels, parts))
    inner = getattr(expression, "fact", expression)
    return isinstance(inner, Fact | Listed)
