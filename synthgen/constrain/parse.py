"""From the text of a rule to the rule: forms of our own, and SQL for all else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import TokenError

from synthgen.constrain.fields import Fields, fields_of, is_bounded, out_of_reach
from synthgen.constrain.rules import Equation, PersonRule, RowRule, Rule, UniqueRule
from synthgen.constrain.table import listed_of
from synthgen.errors import ConditionError, SchemaError
from synthgen.schema import ROW, Boolean, Column, Date, DateTime, Integer, Line, Number, Schema
from synthgen.schema.listing import IN_TABLE
from synthgen.sql.computing import CONDITIONS, alike, beyond_conditions, read_term, truth_term
from synthgen.sql.expression import Compared, Expression, Unless, columns_in, otherwise
from synthgen.sql.reader import Reader, has_more, is_literal
from synthgen.sql.syntax import parse_sql, quoting, too_deep
from synthgen.sql.terms import Term, Value

MOST_RULES: Final = 1000
_MARK: Final = "IN_TABLE__"
"""Stands for IN TABLE where sqlglot reads a rule: a function that no rule may call."""
_FORM = re.compile(r"(unique|constant|monotone|advances)\s*\((.*)\)(\s*per\s+person)?", re.IGNORECASE | re.DOTALL)
_NEAR: Final = 1e-9
"""Of the largest magnitude: how far a computed value may be off in a column without a grid."""


def rules_of(schema: Schema) -> tuple[Rule, ...]:
    """The rules of a schema. Raises SchemaError for the first one that makes no sense."""
    if len(schema.constraints) > MOST_RULES:
        raise SchemaError("constraints", expected=f"at most {MOST_RULES}", got=str(len(schema.constraints)))
    fields = fields_of(schema)
    return tuple(
        _Rule(schema=schema, fields=fields, number=number, sql=sql).read()
        for number, sql in enumerate(schema.constraints, start=1)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rule:
    """One rule, on its way."""

    schema: Schema
    fields: Fields
    number: int
    sql: str

    def read(self) -> Rule:
        try:
            form = _FORM.fullmatch(self.sql.strip())
            return self._form(form) if form else self._row_rule()
        except ConditionError as error:
            place = error.subject.removeprefix("condition").strip()
            subject = f"constraint {self.number}, {' '.join(self.sql.split())[:60]}"
            subject = f"{subject}, {place}" if place else subject
            fix = quoting(self.sql, self.fields) or error.fix
            raise SchemaError(subject, expected=error.expected, got=error.got, fix=fix) from None
        except RecursionError:
            raise SchemaError(f"constraint {self.number}", expected=too_deep().expected, got="hundreds") from None

    def _form(self, form: re.Match[str]) -> Rule:
        kind, inside, person = form[1].lower(), form[2], form[3] is not None
        columns = self._columns(inside)
        if (kind == "unique") == person:
            fix = "unique(...) is about all rows" if person else f"write {kind}(...) per person"
            got = "per person" if person else "all rows"
            raise ConditionError("condition", expected=f"{kind} in its place", got=got, fix=fix)
        if kind == "unique":
            return UniqueRule(number=self.number, sql=self.sql, columns=columns)
        if self.schema.privacy.unit == ROW:
            fix = "set privacy.unit to the column that names the person"
            raise ConditionError("condition", expected="persons with several rows", got="unit: row", fix=fix)
        self._refuse_unordered(kind, columns)
        which = cast(Literal["constant", "monotone", "advances"], kind)
        return PersonRule(number=self.number, sql=self.sql, kind=which, columns=columns)

    def _refuse_unordered(self, kind: str, columns: Sequence[str]) -> None:
        """Raise ConditionError where `monotone` meets a column without an order, `advances` other than age and day."""
        known = [self.schema.columns[name] for name in columns]
        special = [getattr(column, "special", ()) for column in known]
        for name, column, words in zip(columns, known, special, strict=True):
            if kind == "monotone" and (not isinstance(column, Line) or any(isinstance(word, str) for word in words)):
                raise ConditionError("condition", expected="columns with an order", got=f"{name}, which has none")
        fits = len(known) == 2 and isinstance(known[0], Integer) and isinstance(known[1], Date | DateTime)
        if kind == "advances" and not (fits and not any(special)):
            expected, fix = "an integer and a date, without sentinels", "write advances(age, visit_date) per person"
            raise ConditionError("condition", expected=expected, got="others", fix=fix)

    def _columns(self, inside: str) -> tuple[str, ...]:
        tree = parse_sql(f"COALESCE({inside})", self.fields)
        self._refuse_out_of_reach(tree)
        if not isinstance(tree, exp.Coalesce):
            raise ConditionError("condition", expected="names of columns between the parentheses", got="more")
        reader = Reader(fields=self.fields)
        return tuple(dict.fromkeys(reader.column(node) for node in (tree.this, *tree.expressions)))

    def _row_rule(self) -> RowRule:
        tree = parse_sql(_plain_sql(self.sql), self.fields)
        self._refuse_out_of_reach(tree)
        reader = Reader(fields=self.fields, beyond=self._beyond)
        equation = self._equation(reader, tree.unnest())
        reader.read(tree, holds=True)  # what is wrong with it is said in its own words, not in those of its opposite
        kept = _holds(equation, self.fields) if equation else otherwise(reader.read(tree, holds=False))
        return RowRule(number=self.number, sql=self.sql, kept=kept, equation=equation)

    def _beyond(self, reader: Reader, node: exp.Expr, holds: bool) -> Expression | None:  # noqa: FBT001 - the reader's hook
        inside = node.expressions[0] if isinstance(node, exp.In) and len(node.expressions) == 1 else None
        if not isinstance(inside, exp.Anonymous) or inside.name != _MARK:
            return beyond_conditions(reader, node, holds)
        file = inside.expressions[0].name
        names = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this.unnest()]
        columns = [(name := reader.column(one), self.fields[name]) for one in names]
        if len({name for name, _ in columns}) < len(columns):
            raise ConditionError("condition", expected="each column once", got="one twice")
        if file not in self.schema.tables:
            raise ConditionError(f"condition on {file}", expected="a public table beside the schema", got="none")
        return listed_of(file, self.schema.tables[file], columns, negated=not holds)

    def _equation(self, reader: Reader, tree: exp.Expr) -> Equation | None:
        """The column that a rule computes; None for rules that do not say what a column is."""
        if type(tree) is not exp.EQ or has_more(tree, "this", "expression"):
            return None
        sides = tree.this.unnest(), tree.expression.unnest()
        for one, other in cast(list[tuple[exp.Expr, exp.Expr]], [sides, sides[::-1]]):
            if isinstance(one, exp.Column) and not is_literal(other):
                column = self.fields[name := reader.column(one, beside=other)].column
                target = read_term(reader, one)
                if isinstance(other, CONDITIONS) and isinstance(column, Boolean):
                    term: Term = truth_term(reader, other, column)
                else:
                    _, term = alike(reader, target, read_term(reader, other))
                if name not in columns_in(term) and columns_in(term) and target.quantity == term.quantity:
                    return Equation(column=name, term=term)
        return None

    def _refuse_out_of_reach(self, tree: exp.Expr) -> None:
        """Raise ConditionError for a rule about an identifier, or about another column that is not learned."""
        others = {name.lower(): (name, what) for name, what in out_of_reach(self.schema).items()}
        for node in tree.find_all(exp.Column):
            if node.name not in self.fields and node.name.lower() in others:
                name, what = others[node.name.lower()]
                fix = "its own unique: true is the rule for that" if what == "an identifier" else "leave it out"
                raise ConditionError("condition", expected="columns that are learned", got=f"{name}, {what}", fix=fix)


def _holds(equation: Equation, fields: Fields) -> Expression:
    """Where a column is what it is computed from, to the last digit that it has; true where that is unknown."""
    column = fields[equation.column].column
    target = read_term(Reader(fields=fields), exp.column(equation.column, quoted=True))
    term = equation.term
    assert isinstance(target, Value), "a column is a value"
    tolerance = 0.0 if term.quantity == "text" or _fits(term.digits, target) else _tolerance(column, target)
    return Unless(fact=Compared(left=target, operator="<>", right=term, tolerance=tolerance))


def _fits(digits: int | None, target: Value) -> bool:
    """Whether a computed value falls on the column's grid by itself."""
    return digits is not None and target.digits is not None and digits <= target.digits and target.scale == 1


def _tolerance(column: Column, target: Value) -> float:
    if target.digits is None:
        ends = (column.minimum, column.maximum) if isinstance(column, Number) and is_bounded(column) else ()
        return _NEAR * max(1.0, *(abs(float(end or 0)) for end in ends)) if ends else _NEAR
    return 0.5 * target.scale * 10.0**-target.digits * (1 + _NEAR)


def _plain_sql(sql: str) -> str:
    """A rule without what sqlglot does not read: IN TABLE and the sum of a row's columns."""
    return _with_sums(IN_TABLE.sub(rf"IN ({_MARK}('\1'))", sql))


def _with_sums(sql: str) -> str:
    """`sum(a, b)` as `(a + b)`.

    >>> _with_sums("sum(a, abs(b)) = total")
    '(a+ abs(b)) = total'
    """
    try:
        tokens = sqlglot.tokenize(sql)
    except TokenError:
        return sql  # the parser says what is wrong with it
    pieces: list[tuple[int, int, str]] = []
    for place, token in enumerate(tokens[:-1]):
        if token.text.upper() == "SUM" and tokens[place + 1].text == "(":
            pieces.append((token.start, token.end, ""))
            pieces += [(comma.start, comma.end, "+") for comma in _commas(tokens[place + 1 :])]
    for start, end, text in sorted(pieces, reverse=True):
        sql = sql[:start] + text + sql[end + 1 :]
    return sql


def _commas(tokens: Sequence[sqlglot.Token]) -> list[sqlglot.Token]:
    """The commas of the first pair of parentheses, none from inside of it."""
    depth, found = 0, []
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.token_type.name.endswith("PAREN") else 0
        if depth == 1 and token.token_type.name == "COMMA":
            found.append(token)
        if depth == 0:
            break
    return found
