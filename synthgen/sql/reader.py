"""From a syntax tree to an expression: the short list of what conditions may be made of; all else is refused.

The text is parsed by sqlglot and nothing is ever evaluated. Missing follows SQL: a comparison with it is unknown, so
is NOT of that, and rows for which a condition is unknown are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from synthgen.encode.grid import LevelGrid
from synthgen.errors import ConditionError
from synthgen.schema import Boolean, Column, Date, DateTime, Duration, Levels, Time
from synthgen.schema.mistakes import closest
from synthgen.sql.cells import Field
from synthgen.sql.expression import Either, Every, Expression, Missing, Named, OneOf, Pair
from synthgen.sql.literals import MIRRORED, OPPOSITE, Value, compare, meaning, means
from synthgen.sql.syntax import SUBJECT, quoting, refusal, written

OPERATORS: Mapping[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MOMENTS = {"DATE", "TIMESTAMP", "DATETIME"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """From a syntax tree to an expression, over these columns.

    beyond   what may be read beyond a plain condition; it answers None for what it leaves to the plain reader
    subject  what errors are about
    """

    fields: Mapping[str, Field]
    beyond: Callable[[Reader, exp.Expr, bool], Expression | None] | None = None
    subject: str = SUBJECT

    def read(self, node: exp.Expr, *, holds: bool) -> Expression:
        """What it takes for a tree to be true (`holds`) or to be false."""
        kind = type(node)
        if kind is exp.Paren or kind is exp.Not:
            return self.read(node.this, holds=holds == (kind is exp.Paren))
        if kind is exp.And or kind is exp.Or:
            terms = tuple(self.read(term, holds=holds) for term in _operands(node))
            return Every(terms=terms) if holds == (kind is exp.And) else Either(terms=terms)
        return self._term(node, holds=holds)

    def _term(self, node: exp.Expr, *, holds: bool) -> Expression:
        kind = type(node)
        if self.beyond is not None and (found := self.beyond(self, node, holds)) is not None:
            return found
        if kind in OPERATORS and not has_more(node, "this", "expression"):
            return self._comparison(node.this, OPERATORS[kind], node.expression, holds=holds)
        if kind is exp.Between and not has_more(node, "this", "low", "high"):
            low, high = (
                exp.GTE(this=node.this, expression=node.args["low"]),
                exp.LTE(this=node.this, expression=node.args["high"]),
            )
            return self.read(exp.And(this=low, expression=high), holds=holds)
        if kind is exp.In and not has_more(node, "this", "expressions") and node.expressions:
            values = [value_of(item) for item in node.expressions]
            return self._facts(self.column(node.this), "=", values, holds=holds)
        if kind is exp.Is and not has_more(node, "this", "expression"):
            return self._is(self.column(node.this), node.expression, holds=holds)
        if kind is exp.Column:
            return self._truth(self.column(node), holds=holds)
        raise self.refused(node)

    def _comparison(self, left: exp.Expr, operator: str, right: exp.Expr, *, holds: bool) -> Expression:
        left, right = left.unnest(), right.unnest()
        if not isinstance(left, exp.Column) and (isinstance(right, exp.Column) or is_literal(left)):
            left, operator, right = right, MIRRORED[operator], left
        if isinstance(right, exp.Column):
            return self._pair(self.column(left, beside=right), operator, self.column(right, beside=left), holds=holds)
        name = self.column(left)
        if not is_literal(right):
            raise self.refused(right)
        return self._facts(name, operator, [value_of(right)], holds=holds)

    def _facts(self, name: str, operator: str, values: list[Value], *, holds: bool) -> Expression:
        operator = operator if holds else OPPOSITE[operator]
        field = self.fields[name]
        if field.grid is not None:
            return compare(name, field.column, field.grid, operator, values)
        if operator not in {"=", "<>"}:
            subject = f"{self.subject} on {name}"
            raise ConditionError(subject, expected="= or <>, for levels have no order", got=operator)
        return Named(column=name, words=frozenset(value.text for value in values), negated=operator == "<>")

    def _is(self, name: str, node: exp.Expr, *, holds: bool) -> Expression:
        if isinstance(node, exp.Null):
            return Missing(column=name, negated=not holds)
        if not isinstance(node, exp.Boolean):
            raise refusal(f"IS {written(node)}", fix="write = instead of IS")
        fact = self._truth(name, holds=holds == bool(node.this))
        return fact if holds else Either(terms=(fact, Missing(column=name)))  # IS TRUE is never unknown

    def _truth(self, name: str, *, holds: bool) -> Expression:
        if not isinstance(self.fields[name].column, Boolean):
            raise refusal(f"{name} alone", fix=f"compare it, or ask {_quoted(name)} IS NOT NULL")
        return OneOf(column=name, levels=frozenset({int(holds)}))

    def _pair(self, left: str, operator: str, right: str, *, holds: bool) -> Pair:
        kinds = [_kind(self.fields[name].column) for name in (left, right)]
        subject = f"{self.subject} on {left} and {right}"
        if left == right:
            raise ConditionError(subject, expected="two columns", got="one", fix=f"ask {_quoted(left)} IS NOT NULL")
        if kinds[0] != kinds[1]:
            raise ConditionError(subject, expected="two columns of like types", got=" and ".join(kinds))
        if kinds[0] == "levels" and self._have_nothing_in_common(left, right):
            raise ConditionError(subject, expected="columns with a level in common", got="none")
        if kinds[0] == "levels" and operator not in {"=", "<>"}:
            raise ConditionError(subject, expected="= or <>, for levels have no order", got=operator)
        return Pair(left=left, operator=operator if holds else OPPOSITE[operator], right=right)

    def _have_nothing_in_common(self, left: str, right: str) -> bool:
        grids = [self.fields[name].grid for name in (left, right)]
        words = [{meaning(level) for level in grid.values} for grid in grids if isinstance(grid, LevelGrid)]
        return len(words) == 2 and not words[0] & words[1]

    def column(self, node: exp.Expr, *, beside: exp.Expr | None = None) -> str:
        """The name of the column that a node stands for; `beside` is what it is compared with."""
        node = node.unnest()
        if not isinstance(node, exp.Column) or has_more(node, "this") or not isinstance(node.this, exp.Identifier):
            raise self.refused(node)
        name, quoted = node.this.name, bool(node.this.args.get("quoted"))
        alike = [known for known in self.fields if known.lower() == name.lower()]
        if name in self.fields or (len(alike) == 1 and not quoted):
            return name if name in self.fields else alike[0]
        fix = self._level_beside(name, beside) or closest(name, self.fields) or f"there is {_some(self.fields)}"
        raise ConditionError(self.subject, expected="a column of the schema", got=written(repr(name)), fix=fix)

    def _level_beside(self, name: str, beside: exp.Expr | None) -> str:
        """The fix for a level in double quotes or none, where the column beside it has that level."""
        field = self.fields.get(beside.name) if isinstance(beside, exp.Column) else None
        if field is None or field.grid is None:
            return ""
        grid = field.grid
        known = grid.values if isinstance(grid, LevelGrid) else grid.special
        text = Value(kind="text", text=name)
        return f"put single quotes around text: '{name}'" if any(means(text, level) for level in known) else ""

    def refused(self, node: exp.Expr) -> ConditionError:
        """The refusal of a tree that is more than may be read."""
        text = node.sql()
        return refusal(written(text), fix=quoting(text, self.fields))


def _operands(node: exp.Expr) -> list[exp.Expr]:
    """The operands of a chain of ANDs or of ORs, from left to right, without recursion."""
    operands, stack = [], [node]
    while stack:
        top = stack.pop()
        if type(top) is type(node):
            stack += [top.expression, top.this]
        else:
            operands.append(top)
    return operands


def has_more(node: exp.Expr, *known: str) -> bool:
    """Whether a node says more than these parts of it."""
    return any(value for key, value in node.args.items() if key not in known)


def is_literal(node: exp.Expr) -> bool:
    """Whether a tree is a literal, in parentheses or with a sign or type."""
    node = node.unnest()
    wraps = isinstance(node, exp.Neg | exp.Cast) and is_literal(node.this)
    return wraps or isinstance(node, exp.Literal | exp.Boolean | exp.Null)


def value_of(node: exp.Expr) -> Value:
    """A literal: 'text', 3, -2.5, TRUE, DATE '2019-12-31', TIMESTAMP '2019-12-31 23:59:59'."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return Value(kind="text" if node.is_string else "number", text=node.name)
    if isinstance(node, exp.Boolean):
        return Value(kind="truth", text="true" if node.this else "false")
    if isinstance(node, exp.Null):
        raise refusal("a comparison with NULL, which is never true", fix="write IS NULL or IS NOT NULL")
    if isinstance(node, exp.Neg):
        value = value_of(node.this)
        if value.kind == "number":
            return Value(kind="number", text=value.text[1:] if value.text.startswith("-") else f"-{value.text}")
    is_typed_text = type(node) is exp.Cast and isinstance(node.this, exp.Literal) and node.this.is_string
    if is_typed_text and node.args["to"].sql().upper() in _MOMENTS:
        return Value(kind="moment", text=node.this.name)
    raise refusal(written(node), fix="compare with a literal: 3, 'text', DATE '2019-12-31', TRUE")


def _kind(column: Column) -> str:
    if isinstance(column, Levels):
        return "levels"
    words = {Date: "dates", DateTime: "dates", Time: "times", Duration: "durations"}
    return words.get(type(column), "numbers")


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def _some(columns: Iterable[str]) -> str:
    names = list(columns)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
