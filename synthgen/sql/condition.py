"""`--where`: an SQL condition, read into what single columns may be and what is left to check row by row.

The text is parsed by sqlglot and walked by a short list of the nodes that a condition may have; all others are
refused, and nothing is ever evaluated. Missing follows SQL: a comparison with it is unknown, so is NOT of that, and
rows for which the condition is unknown are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from synthgen.encode.codec import Codec
from synthgen.encode.grid import Grid, LevelGrid
from synthgen.errors import ConditionError
from synthgen.schema import Boolean, Column, Date, DateTime, Levels, Schema
from synthgen.schema.mistakes import closest
from synthgen.sql.expression import Either, Every, Expression, Missing, OneOf, Pair, columns_of, conjuncts
from synthgen.sql.literals import MIRRORED, OPPOSITE, Value, compare, meaning, means
from synthgen.sql.region import Region, implied
from synthgen.sql.syntax import SUBJECT, parse_sql, quoting, refusal, too_deep, written

_OPERATORS: Mapping[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_MOMENTS = {"DATE", "TIMESTAMP", "DATETIME"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A column as the condition knows it: its type and its domain."""

    column: Column
    grid: Grid


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Condition:
    """A condition on rows: true where every region holds its column and `rest`, if any, is true.

    regions  column -> the part of its domain that the condition leaves
    rest     the terms over several columns, or None
    sql      as it was written
    fields   every column that may be named
    """

    regions: Mapping[str, Region]
    rest: Expression | None
    sql: str
    fields: Mapping[str, Field]


def parse_condition(sql: str, codec: Codec, schema: Schema) -> Condition:
    """Read an SQL condition over the columns of a codec.

    Every term of the top-level AND that names one column only, whatever is inside it, becomes part of that column's
    region. Other terms are the rest; what they demand of a single column narrows its region too.
    Raises ConditionError for anything but a condition, an unknown column or level, and unlike types.
    """
    tree = parse_sql(sql, codec.names)
    fields = {name: Field(column=schema.columns[name], grid=known.grid) for name, known in codec.columns.items()}
    try:
        expression = _Reader(fields=fields).read(tree, holds=True)
        regions = implied(expression, {name: field.grid for name, field in fields.items()})
    except RecursionError:
        raise too_deep() from None
    left = tuple(term for term in conjuncts(expression) if len(columns_of(term)) > 1)
    rest = Every(terms=left) if len(left) > 1 else next(iter(left), None)
    return Condition(regions=regions, rest=rest, sql=sql, fields=fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    """From a syntax tree to an expression, over these columns."""

    fields: Mapping[str, Field]

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
        if kind in _OPERATORS and not _extra(node, "this", "expression"):
            return self._comparison(node.this, _OPERATORS[kind], node.expression, holds=holds)
        if kind is exp.Between and not _extra(node, "this", "low", "high"):
            low, high = (
                exp.GTE(this=node.this, expression=node.args["low"]),
                exp.LTE(this=node.this, expression=node.args["high"]),
            )
            return self.read(exp.And(this=low, expression=high), holds=holds)
        if kind is exp.In and not _extra(node, "this", "expressions") and node.expressions:
            values = [_value(item) for item in node.expressions]
            return self._facts(self._column(node.this), "=", values, holds=holds)
        if kind is exp.Is and not _extra(node, "this", "expression"):
            return self._is(self._column(node.this), node.expression, holds=holds)
        if kind is exp.Column:
            return self._truth(self._column(node), holds=holds)
        raise self._refused(node)

    def _comparison(self, left: exp.Expr, operator: str, right: exp.Expr, *, holds: bool) -> Expression:
        left, right = left.unnest(), right.unnest()
        if not isinstance(left, exp.Column) and (isinstance(right, exp.Column) or _is_literal(left)):
            left, operator, right = right, MIRRORED[operator], left
        if isinstance(right, exp.Column):
            return self._pair(self._column(left, beside=right), operator, self._column(right, beside=left), holds=holds)
        name = self._column(left)
        if not _is_literal(right):
            raise self._refused(right)
        return self._facts(name, operator, [_value(right)], holds=holds)

    def _facts(self, name: str, operator: str, values: list[Value], *, holds: bool) -> Expression:
        operator = operator if holds else OPPOSITE[operator]
        return compare(name, self.fields[name].column, self.fields[name].grid, operator, values)

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
        subject = f"condition on {left} and {right}"
        if left == right:
            raise ConditionError(subject, expected="two columns", got="one", fix=f"ask {_quoted(left)} IS NOT NULL")
        if kinds[0] != kinds[1]:
            raise ConditionError(subject, expected="two columns of like types", got=" and ".join(kinds))
        if kinds[0] == "levels" and not set.intersection(*(self._meanings(name) for name in (left, right))):
            raise ConditionError(subject, expected="columns with a level in common", got="none")
        if kinds[0] == "levels" and operator not in {"=", "<>"}:
            raise ConditionError(subject, expected="= or <>, for levels have no order", got=operator)
        return Pair(left=left, operator=operator if holds else OPPOSITE[operator], right=right)

    def _meanings(self, name: str) -> set[str]:
        grid = self.fields[name].grid
        return {meaning(level) for level in grid.values} if isinstance(grid, LevelGrid) else set()

    def _column(self, node: exp.Expr, *, beside: exp.Expr | None = None) -> str:
        """The name of the column that a node stands for; `beside` is what it is compared with."""
        node = node.unnest()
        if not isinstance(node, exp.Column) or _extra(node, "this") or not isinstance(node.this, exp.Identifier):
            raise self._refused(node)
        name, quoted = node.this.name, bool(node.this.args.get("quoted"))
        alike = [known for known in self.fields if known.lower() == name.lower()]
        if name in self.fields or (len(alike) == 1 and not quoted):
            return name if name in self.fields else alike[0]
        fix = self._level_beside(name, beside) or closest(name, self.fields) or f"there is {_some(self.fields)}"
        raise ConditionError(SUBJECT, expected="a column of the schema", got=written(repr(name)), fix=fix)

    def _level_beside(self, name: str, beside: exp.Expr | None) -> str:
        """The fix for a level in double quotes or none, where the column beside it has that level."""
        field = self.fields.get(beside.name) if isinstance(beside, exp.Column) else None
        if field is None:
            return ""
        grid = field.grid
        known = grid.values if isinstance(grid, LevelGrid) else grid.special
        text = Value(kind="text", text=name)
        return f"put single quotes around text: '{name}'" if any(means(text, level) for level in known) else ""

    def _refused(self, node: exp.Expr) -> ConditionError:
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


def _extra(node: exp.Expr, *known: str) -> bool:
    """Whether a node says more than these parts of it."""
    return any(value for key, value in node.args.items() if key not in known)


def _is_literal(node: exp.Expr) -> bool:
    node = node.unnest()
    wraps = isinstance(node, exp.Neg | exp.Cast) and _is_literal(node.this)
    return wraps or isinstance(node, exp.Literal | exp.Boolean | exp.Null)


def _value(node: exp.Expr) -> Value:
    """A literal: 'text', 3, -2.5, TRUE, DATE '2019-12-31', TIMESTAMP '2019-12-31 23:59:59'."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return Value(kind="text" if node.is_string else "number", text=node.name)
    if isinstance(node, exp.Boolean):
        return Value(kind="truth", text="true" if node.this else "false")
    if isinstance(node, exp.Null):
        raise refusal("a comparison with NULL, which is never true", fix="write IS NULL or IS NOT NULL")
    if isinstance(node, exp.Neg):
        value = _value(node.this)
        if value.kind == "number":
            return Value(kind="number", text=value.text[1:] if value.text.startswith("-") else f"-{value.text}")
    is_typed_text = type(node) is exp.Cast and isinstance(node.this, exp.Literal) and node.this.is_string
    if is_typed_text and node.args["to"].sql().upper() in _MOMENTS:
        return Value(kind="moment", text=node.this.name)
    raise refusal(written(node), fix="compare with a literal: 3, 'text', DATE '2019-12-31', TRUE")


def _kind(column: Column) -> str:
    if isinstance(column, Levels):
        return "levels"
    return "dates" if isinstance(column, Date | DateTime) else "numbers"


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'


def _some(columns: Iterable[str]) -> str:
    names = list(columns)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
