"""What rules may be made of beyond conditions: arithmetic, CASE, functions, LIKE, and tables of combinations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from sqlglot import exp

from synthgen.encode.grid import LevelGrid
from synthgen.errors import ConditionError
from synthgen.schema import Boolean, Levels, spell
from synthgen.sql.expression import Compared, Either, Every, Expression, Named, OneOf, columns_of
from synthgen.sql.literals import OPPOSITE, is_like, meaning, moment_of
from synthgen.sql.quantities import SECONDS, WORDS, digits_of, quantity_of
from synthgen.sql.reader import OPERATORS, Reader, has_more, is_literal, value_of
from synthgen.sql.syntax import refusal, written
from synthgen.sql.terms import Call, Case, Constant, Quantity, Term, Value

_SIGNS: Final[Mapping[type, str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_PLAIN: Final[Mapping[type, str]] = {
    exp.Abs: "abs",
    exp.Floor: "floor",
    exp.Ceil: "ceil",
    exp.Round: "round",
    exp.Least: "least",
    exp.Greatest: "greatest",
    exp.Coalesce: "coalesce",
    exp.Year: "year",
    exp.Month: "month",
    exp.Day: "day",
}
_OF_SPANS = {"SECONDS", "MINUTES", "HOURS", "DAYS"}
_OF_DAYS = {"year", "month", "day"}
CONDITIONS = (*OPERATORS, exp.And, exp.Or, exp.Not, exp.In, exp.Between, exp.Is, exp.Like)
_SUMS: Final[Mapping[tuple[str, Quantity, Quantity], Quantity]] = {
    ("-", "day", "day"): "number",
    ("+", "day", "number"): "day",
    ("-", "day", "number"): "day",
    ("+", "number", "day"): "day",
    ("-", "moment", "moment"): "span",
    ("+", "moment", "span"): "moment",
    ("-", "moment", "span"): "moment",
    ("+", "span", "moment"): "moment",
    ("-", "clock", "clock"): "span",
    ("+", "clock", "span"): "clock",
    ("-", "clock", "span"): "clock",
    ("+", "moment", "clock"): "moment",
    ("+", "span", "span"): "span",
    ("-", "span", "span"): "span",
    ("*", "span", "number"): "span",
    ("*", "number", "span"): "span",
    ("/", "span", "number"): "span",
    ("/", "span", "span"): "number",
}


def beyond_conditions(reader: Reader, node: exp.Expr, holds: bool) -> Expression | None:  # noqa: FBT001 - called by the reader with what it reads for
    """The reader's hook: comparisons of computed values, LIKE, and IN with columns. None for plain conditions."""
    kind = type(node)
    if kind in OPERATORS and not has_more(node, "this", "expression"):
        sides = node.this.unnest(), node.expression.unnest()
        plain = all(isinstance(side, exp.Column) or is_literal(side) for side in sides)
        return None if plain else _compared(reader, sides, OPERATORS[kind], holds=holds)
    if kind is exp.Like and not has_more(node, "this", "expression", "negate"):
        return _like(reader, node, holds=holds != bool(node.args.get("negate")))
    if kind is exp.In and node.expressions and not has_more(node, "this", "expressions"):
        plain = isinstance(node.this.unnest(), exp.Column) and all(map(is_literal, node.expressions))
        if not plain and not isinstance(node.this.unnest(), exp.Tuple):
            terms = (reader.read(exp.EQ(this=node.this, expression=one), holds=holds) for one in node.expressions)
            return Either(terms=tuple(terms)) if holds else Every(terms=tuple(terms))
    return None


def _like(reader: Reader, node: exp.Expr, *, holds: bool) -> Expression:
    name = reader.column(node.this)
    pattern, field = node.expression, reader.fields[name]
    if not isinstance(field.column, Levels):
        raise ConditionError(
            f"{reader.subject} on {name}", expected="a column of levels, for LIKE", got=field.column.type
        )
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise refusal(f"LIKE {written(pattern)}", fix="write a pattern such as LIKE '250%'")
    if not isinstance(field.grid, LevelGrid):
        return Named(column=name, like=frozenset({pattern.name}), negated=not holds)
    found = [is_like(meaning(level), pattern.name) == holds for level in field.grid.values]
    return OneOf(column=name, levels=frozenset(index for index, chosen in enumerate(found) if chosen))


def _compared(reader: Reader, sides: tuple[exp.Expr, exp.Expr], operator: str, *, holds: bool) -> Compared:
    left, right = alike(reader, *_sides(reader, sides))
    if left.quantity == "text" and operator not in {"=", "<>"}:
        raise ConditionError(reader.subject, expected="= or <>, for text has no order", got=operator)
    return Compared(left=left, operator=operator if holds else OPPOSITE[operator], right=right)


def _sides(reader: Reader, sides: tuple[exp.Expr, exp.Expr]) -> tuple[Term, Term]:
    """Both sides; a condition beside a column of two levels becomes these levels."""
    for one, other in (sides, sides[::-1]):
        if isinstance(one, exp.Column) and isinstance(other, CONDITIONS):
            column = reader.fields[reader.column(one)].column
            if isinstance(column, Boolean):
                truth = truth_term(reader, other, column)
                name = read_term(reader, one)
                return (name, truth) if one is sides[0] else (truth, name)
    return read_term(reader, sides[0]), read_term(reader, sides[1])


def truth_term(reader: Reader, node: exp.Expr, column: Boolean) -> Case:
    """A condition as the two levels of a column; unknown where it is unknown."""
    false, true = (_level(value) for value in column.values)
    holds, fails = reader.read(node, holds=True), reader.read(node, holds=False)
    inside = [reader.fields[name].column for name in columns_of(holds)]
    if any(one.nullable or getattr(one, "special", ()) for one in inside):
        branches: tuple[tuple[Expression, Term], ...] = ((holds, true), (fails, false))
        return Case(branches=branches, default=None, quantity=true.quantity, digits=true.digits)
    return Case(branches=((holds, true),), default=false, quantity=true.quantity, digits=true.digits)


def _level(value: bool | float | str) -> Constant:  # noqa: FBT001 - a level of a column
    if isinstance(value, bool | str):
        return Constant(value=spell(value), quantity="text")
    return Constant(value=float(value), quantity="number", digits=0 if float(value).is_integer() else None)


def alike(reader: Reader, left: Term, right: Term) -> tuple[Term, Term]:
    """Two terms as values that can be compared: text as a date where the other is one, days as moments."""
    left, right = _dated(left, right), _dated(right, left)
    if {left.quantity, right.quantity} == {"day", "moment"}:
        left, right = _at_midnight(left), _at_midnight(right)
    if left.quantity != right.quantity:
        got = f"{WORDS[left.quantity]} and {WORDS[right.quantity]}"
        raise ConditionError(reader.subject, expected="two values of like types", got=got, fix=_fix(left, right))
    return left, right


def _fix(left: Term, right: Term) -> str:
    pair = {left.quantity, right.quantity}
    return "a span in days is DAYS(...), and 3 days are INTERVAL '3' DAY" if pair == {"span", "number"} else ""


def _dated(term: Term, other: Term) -> Term:
    if isinstance(term, Constant) and isinstance(term.value, str) and other.quantity in {"day", "moment", "clock"}:
        return _moment(term.value, clock=other.quantity == "clock") or term
    return term


def _moment(text: str, *, clock: bool) -> Constant | None:
    if clock:
        try:
            time = dt.time.fromisoformat(text)
        except ValueError:
            return None
        return Constant(value=float(time.hour * 3600 + time.minute * 60 + time.second), quantity="clock", digits=0)
    seconds = moment_of(text)
    if seconds is None:
        return None
    whole = seconds % 86_400 == 0
    return Constant(value=seconds / 86_400 if whole else seconds, quantity="day" if whole else "moment", digits=0)


def _at_midnight(term: Term) -> Term:
    if term.quantity != "day":
        return term
    return Call(name="midnight", arguments=(term,), quantity="moment", digits=term.digits)


def read_term(reader: Reader, node: exp.Expr) -> Term:
    """A value computed from columns. Raises ConditionError for what is no such value, and for unlike types."""
    node = node.unnest()
    kind = type(node)
    if kind is exp.Column:
        return _column(reader, node)
    if kind is exp.Interval or is_literal(node):
        return _interval(node) if kind is exp.Interval else _literal(node)
    if kind in _SIGNS:
        return _sum(reader, node, _SIGNS[kind])
    return _case(reader, node) if kind is exp.Case or kind is exp.If else _function(reader, node)


def _function(reader: Reader, node: exp.Expr) -> Call:
    kind = type(node)
    if kind is exp.Neg:
        return _call(reader, "negative", (read_term(reader, node.this),))
    if kind in _PLAIN:
        inside = [node.this, *node.expressions, *([node.args["decimals"]] if node.args.get("decimals") else [])]
        arguments = tuple(read_term(reader, one) for one in inside)
        return _call(reader, _PLAIN[kind], arguments)
    if kind is exp.Anonymous and node.name.upper() in _OF_SPANS:
        return _call(reader, node.name.lower(), tuple(read_term(reader, one) for one in node.expressions))
    raise reader.refused(node)


def _column(reader: Reader, node: exp.Expr) -> Value:
    name = reader.column(node)
    column = reader.fields[name].column
    quantity = quantity_of(column)
    if quantity is None:
        raise reader.refused(node)
    scale = float(SECONDS[column.unit]) if column.type == "duration" else 1.0
    return Value(column=name, quantity=quantity, scale=scale, digits=digits_of(column))


def _literal(node: exp.Expr) -> Constant:
    value = value_of(node)
    if value.kind == "number":
        mantissa, _, power = value.text.lower().partition("e")
        digits = None if power else len(mantissa.partition(".")[2])
        return Constant(value=float(value.text), quantity="number", digits=digits)
    if value.kind == "moment" and (found := _moment(value.text, clock=False)) is not None:
        return found
    return Constant(value=value.text, quantity="text")


def _interval(node: exp.Expr) -> Constant:
    amount, unit = node.this, node.args.get("unit")
    name = unit.name.lower().rstrip("s") + "s" if unit is not None else ""
    if not isinstance(amount, exp.Literal) or name not in SECONDS or _literal_number(amount) is None:
        raise refusal(written(node), fix="write INTERVAL '3' DAY, HOUR, MINUTE or SECOND")
    return Constant(value=float(amount.name) * SECONDS[name], quantity="span", digits=None)


def _literal_number(node: exp.Expr) -> float | None:
    try:
        return float(node.name)
    except ValueError:
        return None


def _sum(reader: Reader, node: exp.Expr, sign: str) -> Call:
    left, right = read_term(reader, node.this), read_term(reader, node.expression)
    if left.quantity == right.quantity == "number":
        return Call(name=sign, arguments=(left, right), quantity="number", digits=_digits(sign, left, right))
    left, right = _dated(left, right), _dated(right, left)
    found = _SUMS.get((sign, left.quantity, right.quantity))
    got = f"{WORDS[left.quantity]} {sign} {WORDS[right.quantity]}"
    if found is None:  # days as moments, where days do not go
        left, right = _at_midnight(left), _at_midnight(right)
        found = _SUMS.get((sign, left.quantity, right.quantity))
    if found is None:
        raise ConditionError(reader.subject, expected="arithmetic that makes sense", got=got, fix=_fix(left, right))
    return Call(name=sign, arguments=(left, right), quantity=found, digits=_digits(sign, left, right))


def _digits(sign: str, left: Term, right: Term) -> int | None:
    if left.digits is None or right.digits is None or sign == "/":
        return None
    return left.digits + right.digits if sign == "*" else max(left.digits, right.digits)


def _call(reader: Reader, name: str, arguments: Sequence[Term]) -> Call:
    quantities = {argument.quantity for argument in arguments}
    expected: set[Quantity] = {"number"}
    if name in {"least", "greatest", "coalesce"}:
        if quantities == {"day", "moment"}:
            arguments = [_at_midnight(one) for one in arguments]
        expected = {arguments[0].quantity}
    elif name.upper() in _OF_SPANS and name not in _OF_DAYS:
        expected = {"span"}
    elif name in _OF_DAYS:
        arguments = [_day_of(one) for one in arguments]
        expected = {"day"}
    elif name in {"abs", "negative"}:
        expected = {"span"} if quantities == {"span"} else {"number"}
    if {argument.quantity for argument in arguments} != expected or (
        name not in _MANY and len(arguments) > _most(name)
    ):
        got = ", ".join(WORDS[argument.quantity] for argument in arguments)
        wanted = " and ".join(sorted(WORDS[one] for one in expected))
        raise ConditionError(reader.subject, expected=f"{wanted} inside {name.upper()}", got=got or "nothing")
    if name == "round" and len(arguments) == 1:
        arguments = [*arguments, Constant(value=0.0, quantity="number", digits=0)]
    keeps = name in {"least", "greatest", "coalesce", "abs", "negative"}
    return Call(
        name=name,
        arguments=tuple(arguments),
        quantity=next(iter(expected)) if keeps else "number",
        digits=_digits_of_call(name, arguments),
    )


_MANY = {"least", "greatest", "coalesce"}


def _most(name: str) -> int:
    return 2 if name == "round" else 1


def _digits_of_call(name: str, arguments: Sequence[Term]) -> int | None:
    if name == "round":
        places = arguments[1]
        return int(places.value) if isinstance(places, Constant) and isinstance(places.value, float) else None
    if name in {"floor", "ceil", *_OF_DAYS}:
        return 0
    if name.upper() in _OF_SPANS:
        return None
    digits = [argument.digits for argument in arguments]
    return None if None in digits else max(one for one in digits if one is not None)


def _day_of(term: Term) -> Term:
    if term.quantity != "moment":
        return term
    return Call(name="date", arguments=(term,), quantity="day", digits=0)


def _case(reader: Reader, node: exp.Expr) -> Case:
    ifs = node.args["ifs"] if type(node) is exp.Case else [node]
    default = node.args.get("default") if type(node) is exp.Case else node.args.get("false")
    branches = []
    for branch in ifs:
        condition = (
            branch.this if node.this is None or type(node) is exp.If else exp.EQ(this=node.this, expression=branch.this)
        )
        branches.append((reader.read(condition, holds=True), read_term(reader, branch.args["true"])))
    is_null = default is None or isinstance(default.unnest(), exp.Null)
    other = None if is_null or default is None else read_term(reader, default)
    terms = [then for _, then in branches] + ([other] if other is not None else [])
    if len({term.quantity for term in terms}) > 1:
        got = " and ".join(sorted({WORDS[term.quantity] for term in terms}))
        raise ConditionError(reader.subject, expected="values of one type in CASE", got=got)
    digits = [term.digits for term in terms]
    most = None if None in digits else max(one for one in digits if one is not None)
    return Case(branches=tuple(branches), default=other, quantity=terms[0].quantity, digits=most)
