"""SQL text to a syntax tree, and the refusals: of text that is no condition, and of trees that are more than one."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Tokenizer

from synthgen.errors import ConditionError

MOST_TEXT = 100_000
"""Characters of a condition, at most."""
SUBJECT = "condition"
GRAMMAR = "comparisons, IN, BETWEEN, IS NULL, AND, OR and NOT"
EXAMPLE = "write it like age >= 18 AND sex IN ('Male', 'Female')"


def parse_sql(sql: str, columns: Iterable[str]) -> exp.Expr:
    """The syntax tree of one SQL expression; ConditionError when the text is anything else, or holds comments."""
    if not sql.strip():
        raise ConditionError(SUBJECT, expected="an SQL condition", got="nothing", fix=EXAMPLE)
    if len(sql) > MOST_TEXT:
        raise ConditionError(SUBJECT, expected=f"at most {MOST_TEXT} characters", got=str(len(sql)))
    try:
        for token in sqlglot.tokenize(sql):
            if token.comments or token.token_type.name == "SEMICOLON":
                raise refusal("a comment" if token.comments else "a semicolon", fix="take it out")
        return sqlglot.parse_one(sql, into=exp.Condition)
    except TokenError:
        raise refusal("text that cannot be split into words", fix="close every quote") from None
    except ParseError as error:
        raise refusal(_trouble(error), fix=quoting(sql, columns)) from None
    except RecursionError:
        raise too_deep() from None


def quoted(name: str) -> str:
    """A column's name as conditions and rules spell it: in double quotes where SQL would read something else.

    >>> quoted("age"), quoted("hours-per-week"), quoted("select")
    ('age', '"hours-per-week"', '"select"')
    """
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.upper() not in Tokenizer.KEYWORDS:
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def refusal(got: str, *, fix: str = "") -> ConditionError:
    """The error of text or a tree that is not a condition."""
    return ConditionError(SUBJECT, expected=GRAMMAR, got=got, fix=fix or EXAMPLE)


def too_deep() -> ConditionError:
    """The error of a condition that would exhaust the stack."""
    return ConditionError(SUBJECT, expected="a few levels of nesting", got="hundreds", fix="take parentheses out")


def written(node: exp.Expr | str) -> str:
    """A piece of a condition on one short line.

    >>> written("a   + b"), written("x" * 100)
    ('a + b', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…')
    """
    text = node if isinstance(node, str) else node.sql()
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= 60 else f"{line[:56]}…"


def quoting(sql: str, columns: Iterable[str]) -> str:
    """The fix for a column name that SQL reads as something else because it lacks double quotes, if there is one.

    >>> quoting("hours - per-week = 40", ["age", "hours-per-week"])
    'put double quotes around it: "hours-per-week"'
    """
    squeezed = _squeezed(sql)
    for name in sorted(columns, key=len, reverse=True):
        plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
        if not plain and _squeezed(name) in squeezed and _squeezed(f'"{name}"') not in squeezed:
            return f'put double quotes around it: "{name}"'
    return ""


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()


def _trouble(error: ParseError) -> str:
    """Where the parser stopped understanding."""
    first = error.errors[0] if error.errors else {}
    word, place = first.get("highlight"), first.get("col")
    return f"text that makes no sense or breaks off at {written(word)!r}, character {place}" if word else "nothing"
