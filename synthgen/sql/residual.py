"""What is left of a condition, checked on the sampled values themselves.

A mask says where an expression is certainly true; unknown counts as not. See `expression` for why that is enough.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.grid import LevelGrid, LineGrid
from synthgen.schema import Column, Date, DateTime, spell
from synthgen.sql.condition import Condition, Field
from synthgen.sql.expression import Either, Every, Expression, Lies, Missing, OneOf, Pair
from synthgen.sql.literals import as_number, meaning
from synthgen.tables.levels import match

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

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
    return holds(condition.rest, batch, condition.fields)


def holds(expression: Expression, batch: pa.RecordBatch, fields: Mapping[str, Field]) -> Mask:
    """Where an expression over these fields is true of a batch, bool [rows]."""
    if isinstance(expression, Every | Either):
        join = np.logical_and if isinstance(expression, Every) else np.logical_or
        return functools.reduce(join, (holds(term, batch, fields) for term in expression.terms))
    if isinstance(expression, Pair):
        return _pair(expression, batch, fields)
    array, field = batch.column(expression.column), fields[expression.column]
    if isinstance(expression, Missing):
        return _mask(array.is_valid() if expression.negated else array.is_null())
    if isinstance(expression, OneOf):
        return np.isin(_levels(array, field), sorted(expression.levels))
    return _lies(expression, array, field)


def _pair(pair: Pair, batch: pa.RecordBatch, fields: Mapping[str, Field]) -> Mask:
    left, right = fields[pair.left], fields[pair.right]
    arrays = batch.column(pair.left), batch.column(pair.right)
    known = _mask(pc.and_(arrays[0].is_valid(), arrays[1].is_valid()))
    if isinstance(left.grid, LevelGrid):
        equal = np.equal(*_meanings(arrays, (left, right)))
    else:
        one, other = _line(arrays[0], left), _line(arrays[1], right)
        a, b = _alike(one.numbers, left, right), _alike(other.numbers, right, left)
        if pair.operator in _COMPARE:
            return _COMPARE[pair.operator](a, b) & ~one.sentinel & ~other.sentinel
        equal = (a == b) | ((one.word == other.word) & (one.word != ""))
    return known & (equal if pair.operator == "=" else ~equal)


def _meanings(arrays: Sequence[pa.Array], fields: Sequence[Field]) -> list[NDArray[np.int64]]:
    """Levels of two columns as numbers that are equal where the levels mean the same."""
    words = [[meaning(level) for level in field.grid.values] for field in fields if isinstance(field.grid, LevelGrid)]
    code = {word: index for index, word in enumerate(dict.fromkeys(words[0] + words[1]))}
    tables = [np.array([code[word] for word in listed]) for listed in words]
    return [table[_levels(array, field)] for table, array, field in zip(tables, arrays, fields, strict=True)]


def _alike(numbers: Floats, field: Field, other: Field) -> Floats:
    """Days as seconds where the other column counts seconds."""
    is_day = isinstance(field.column, Date) and isinstance(other.column, DateTime)
    return numbers * 86_400 if is_day else numbers


def _levels(array: pa.Array, field: Field) -> NDArray[np.int32]:
    """Index of each value's level, -1 where missing."""
    assert isinstance(field.grid, LevelGrid), "levels belong to a grid of levels"
    return match(array, field.grid.values)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """Values of a line.

    numbers   NaN where missing or a sentinel that is no number
    word      the text of such a sentinel, else empty
    sentinel  whether the value is any sentinel
    """

    numbers: Floats
    word: NDArray[np.str_]
    sentinel: Mask


def _line(array: pa.Array, field: Field) -> _Line:
    grid, column = field.grid, field.column
    assert isinstance(grid, LineGrid), "an order belongs to a line"
    values = [as_number(column, special) for special in grid.special]
    numeric = [value for value in values if value is not None]
    words = np.array([""] + [spell(special) for special in grid.special])
    place = np.zeros(len(array), np.int64)
    if pa.types.is_string(array.type):
        found = pc.index_in(array, value_set=pa.array(words[1:]))
        place = found.fill_null(-1).to_numpy(zero_copy_only=False) + 1
        array = pc.if_else(found.is_valid(), pa.scalar(None, array.type), array)
    numbers = _numbers(array, column)
    numbers = np.where(place > 0, np.array([np.nan, *(np.nan if v is None else v for v in values)])[place], numbers)
    word = np.where(np.isnan(numbers), words[place], "")
    return _Line(numbers=numbers, word=word, sentinel=(place > 0) | np.isin(numbers, numeric))


def _numbers(array: pa.Array, column: Column) -> Floats:
    """A column as the numbers it counts in, NaN where missing."""
    if isinstance(column, Date):
        array = array.cast(pa.date32()).cast(pa.int32())
    elif isinstance(column, DateTime):
        array = array.cast(pa.timestamp("s")).cast(pa.int64())
    numbers: Floats = array.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return numbers


def _lies(fact: Lies, array: pa.Array, field: Field) -> Mask:
    assert isinstance(field.grid, LineGrid), "ranges belong to a line"
    line = _line(array, field)
    bounds = np.array(fact.ranges, np.float64).reshape(-1, 2)  # sorted and apart
    place = np.searchsorted(bounds[:, 0], line.numbers, side="right") - 1
    inside = (place >= 0) & (line.numbers <= np.append(bounds[:, 1], np.nan)[place])
    chosen = [spell(field.grid.special[index]) for index in sorted(fact.special)]
    return inside | np.isin(line.word, chosen)


def _mask(array: pa.BooleanArray) -> Mask:
    mask: Mask = array.to_numpy(zero_copy_only=False)
    return mask
