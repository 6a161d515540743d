"""What is left of a condition, checked on values themselves.

A mask says where an expression is certainly true; unknown counts as not. See `expression` for why that is enough.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.schema import Date, DateTime, Duration, Levels
from synthgen.sql.cells import Cells, Floats, Mask, cells_of_batch
from synthgen.sql.condition import Condition
from synthgen.sql.evaluate import Rows, evaluate
from synthgen.sql.expression import (
    Compared,
    Either,
    Every,
    Expression,
    Lies,
    Missing,
    Named,
    OneOf,
    Otherwise,
    Pair,
    Unless,
    columns_of,
)
from synthgen.sql.listed import Listed
from synthgen.sql.literals import is_like
from synthgen.sql.lookup import absent, listed
from synthgen.sql.quantities import SECONDS

_COMPARE: Mapping[str, Callable[..., Mask]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def satisfied(condition: Condition, batch: pa.RecordBatch) -> Mask:
    """Which rows satisfy `condition.rest`, bool [rows]; the batch holds columns as they are written out."""
    if condition.rest is None:
        return np.ones(batch.num_rows, np.bool_)
    return holds(condition.rest, cells_of_batch(batch, condition.fields, columns_of(condition.rest)))


def holds(expression: Expression, rows: Rows) -> Mask:
    """Where an expression over these columns is certainly true, bool [rows]."""
    if isinstance(expression, Every | Either):
        join = np.logical_and if isinstance(expression, Every) else np.logical_or
        return functools.reduce(join, (holds(term, rows) for term in expression.terms))
    if isinstance(expression, Otherwise | Unless):
        return ~holds(expression.fact, rows)
    if isinstance(expression, Pair | Compared | Listed):
        return _joint(expression, rows)
    cells = rows[expression.column]
    if isinstance(expression, Missing):
        return ~cells.missing if expression.negated else cells.missing
    if isinstance(expression, OneOf):
        return np.isin(cells.level, sorted(expression.levels))
    return _named(expression, cells) if isinstance(expression, Named) else _lies(expression, cells)


def _joint(fact: Pair | Compared | Listed, rows: Rows) -> Mask:
    if isinstance(fact, Pair):
        return _pair(fact, rows[fact.left], rows[fact.right])
    if isinstance(fact, Compared):
        return _compared(fact, rows)
    return absent(fact, rows) if fact.negated else listed(fact, rows)


def _pair(pair: Pair, left: Cells, right: Cells) -> Mask:
    known = ~left.missing & ~right.missing
    if isinstance(left.column, Levels):
        equal = np.equal(*_meanings(left, right))
    else:
        a, b = left.numbers * _scale(left, right), right.numbers * _scale(right, left)
        if pair.operator in _COMPARE:
            return _COMPARE[pair.operator](a, b) & left.known & right.known
        one, other = _sentinel_words(left), _sentinel_words(right)
        equal = (a == b) | ((one == other) & (one != ""))
    return known & (equal if pair.operator == "=" else ~equal)


def _meanings(left: Cells, right: Cells) -> list[NDArray[np.int64]]:
    """Levels of two columns as numbers that are equal where the levels mean the same."""
    code = {word: index for index, word in enumerate(dict.fromkeys(left.words + right.words))}
    return [np.array([*(code[word] for word in cells.words), -1])[cells.level] for cells in (left, right)]


def _scale(cells: Cells, other: Cells) -> float:
    """Days as seconds where the other column counts seconds; spans as seconds."""
    if isinstance(cells.column, Duration):
        return SECONDS[cells.column.unit]
    return 86_400 if isinstance(cells.column, Date) and isinstance(other.column, DateTime) else 1


def _sentinel_words(cells: Cells) -> NDArray[np.str_]:
    """The text of each sentinel that is no number, else empty."""
    special = getattr(cells.column, "special", ())
    words = np.array([*map(str, special), ""])[cells.special]
    return np.where(np.isnan(cells.numbers), words, "")


def _compared(fact: Compared, rows: Rows) -> Mask:
    (a, sure), (b, certain) = evaluate(fact.left, rows, holds), evaluate(fact.right, rows, holds)
    known = sure & certain
    if fact.operator in _COMPARE:
        return known & _COMPARE[fact.operator](a, b)
    equal: Mask = np.abs(a - b) <= fact.tolerance if fact.tolerance else np.asarray(a == b, np.bool_)
    return known & (equal if fact.operator == "=" else ~equal)


def _named(fact: Named, cells: Cells) -> Mask:
    found = [word in fact.words or any(is_like(word, pattern) for pattern in fact.like) for word in cells.words]
    chosen = np.array([*(one != fact.negated for one in found), False])
    return np.asarray(chosen[cells.level])


def _lies(fact: Lies, cells: Cells) -> Mask:
    bounds = np.array(fact.ranges, np.float64).reshape(-1, 2)  # sorted and apart
    numbers: Floats = cells.numbers
    place = np.searchsorted(bounds[:, 0], numbers, side="right") - 1
    inside = (place >= 0) & (numbers <= np.append(bounds[:, 1], np.nan)[place])
    wordy = np.isnan(numbers) & np.isin(cells.special, sorted(fact.special))
    return np.asarray(inside | wordy)
