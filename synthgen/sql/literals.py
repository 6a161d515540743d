"""Literals of a condition, and what comparing a column with them says, by the column's type.

Numbers compare as 64-bit floats, the way the sampled values do: `amt = 517.3` is true of the float nearest to 517.3.
Days count as days and moments as seconds since 1970. A sentinel is a known value that equals no other number and has
no order: `x <> 3` holds for it, `x < 3` and `x >= 3` are unknown. Levels have an order only where all are numbers.
"""

from __future__ import annotations

import datetime as dt
import math
import operator as op
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pyarrow as pa

from synthgen.encode.grid import Grid, LevelGrid, LineGrid, number_of
from synthgen.errors import ConditionError
from synthgen.schema import Boolean, Categorical, Column, Date, DateTime, Duration, Levels, Scalar, Time, spell
from synthgen.schema.mistakes import closest, show
from synthgen.sql.expression import Fact, Lies, OneOf, Range
from synthgen.tables.lines import points

OPPOSITE: Final[Mapping[str, str]] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""What holds where a comparison is known and does not hold."""
MIRRORED: Final[Mapping[str, str]] = {"=": "=", "<>": "<>", "<": ">", ">=": "<=", ">": "<", "<=": ">="}
"""The comparison with its sides swapped."""

_HOLDS: Final[Mapping[str, Callable[[float, float], bool]]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
_NUMERAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DAY: Final = 86_400
_READ = Date | DateTime | Time | Duration
"""Kinds whose values are written between quotes."""
_EXAMPLES: Final[Mapping[str, str]] = {
    "date": "a day such as '2019-12-31'",
    "datetime": "a moment such as '2019-12-31 23:59:59'",
    "time": "a time of day such as '23:59:59'",
    "duration": "a number of its units, or a duration such as 'PT1H30M'",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A literal: `text` is what stands between the quotes, or the number, `true` or `false` as written.

    A `moment` is text that the condition itself calls DATE or TIMESTAMP.
    """

    kind: Literal["text", "number", "truth", "moment"]
    text: str

    def __str__(self) -> str:
        return show(self.text) if self.kind in {"text", "moment"} else self.text


def compare(name: str, column: Column, grid: Grid, operator: str, values: Sequence[Value]) -> Fact:
    """The fact that a column is equal to one of the values, to none (<>), or stands in order to the only one.

    Raises ConditionError where the types differ, or no level is spelled so.
    """
    if isinstance(grid, LevelGrid):
        assert isinstance(column, Levels), "a grid of levels belongs to a column of levels"
        return OneOf(column=name, levels=frozenset(_levels(name, column, grid, operator, values)))
    return _lies(name, column, grid, operator, values)


def _levels(name: str, column: Levels, grid: LevelGrid, operator: str, values: Sequence[Value]) -> set[int]:
    if operator in _HOLDS:
        if isinstance(column, Categorical) and column.ordered:
            return _levels_beside(name, grid, operator, values[0])
        return _levels_in_order(name, grid, operator, values[0])
    equal: set[int] = set()
    for value in values:
        if value.kind == "truth" and isinstance(column, Boolean):
            found = {int(value.text == "true")}
        else:
            found = {index for index, level in enumerate(grid.values) if means(value, level)}
        if not found:
            raise _unlike(
                name,
                _listed(grid.values),
                value,
                closest(value.text, map(spell, grid.values)) or "name one of its levels",
            )
        equal |= found
    return equal if operator == "=" else set(range(grid.value_cells)) - equal


def _levels_beside(name: str, grid: LevelGrid, operator: str, value: Value) -> set[int]:
    """Levels that are declared in an order compare by their place in it."""
    place = next((index for index, level in enumerate(grid.values) if means(value, level)), None)
    if place is None:
        fix = closest(value.text, map(spell, grid.values)) or "name one of its levels"
        raise _unlike(name, _listed(grid.values), value, fix)
    return {index for index in range(grid.value_cells) if _HOLDS[operator](index, place)}


def _levels_in_order(name: str, grid: LevelGrid, operator: str, value: Value) -> set[int]:
    """Levels that are numbers compare as numbers."""
    numbers = [level for level in grid.values if not isinstance(level, bool | str)]
    if len(numbers) < len(grid.values):
        raise ConditionError(
            f"condition on {name}",
            expected="=, <>, IN or NOT IN, for its levels have no order",
            got=f"{operator} {value}",
            fix=f"name the levels: {_listed(grid.values)}",
        )
    if value.kind != "number":
        raise _unlike(name, "a number", value, "its levels are numbers")
    return {index for index, level in enumerate(numbers) if _HOLDS[operator](level, float(value.text))}


def _lies(name: str, column: Column, grid: LineGrid, operator: str, values: Sequence[Value]) -> Lies:
    everything = frozenset(range(len(grid.special)))
    taken = {index: spelled for index in everything if (spelled := as_number(column, grid.special[index])) is not None}
    if operator in _HOLDS:
        ranges = [_stretch(operator, _number(name, column, grid, values[0], ordered=True))]
        chosen: frozenset[int] = frozenset()
    else:
        ranges, chosen = _equal(name, column, grid, values, taken)
        if operator == "<>":
            ranges, chosen = _others(ranges), everything - chosen
    for spelled in taken.values():
        ranges = _without(ranges, spelled)
    ranges += [(spelled, spelled) for index, spelled in taken.items() if index in chosen]
    return Lies(column=name, ranges=tuple(sorted(set(ranges))), special=chosen)


def _equal(
    name: str, column: Column, grid: LineGrid, values: Sequence[Value], taken: Mapping[int, float]
) -> tuple[list[Range], frozenset[int]]:
    """Single points and sentinels that any of the values names."""
    points: set[float] = set()
    chosen: set[int] = set()
    for value in values:
        named = {index for index, special in enumerate(grid.special) if means(value, special)}
        if not named:
            point = _number(name, column, grid, value, ordered=False)
            named = {index for index, spelled in taken.items() if spelled == point}
            points |= set() if named else {point}
        chosen |= named
    return [(point, point) for point in sorted(points)], frozenset(chosen)


def _stretch(operator: str, number: float) -> Range:
    """The floats that stand so to a number."""
    if operator in {"<", "<="}:
        return -math.inf, (math.nextafter(number, -math.inf) if operator == "<" else number)
    return (math.nextafter(number, math.inf) if operator == ">" else number), math.inf


def _others(points: Sequence[Range]) -> list[Range]:
    """All floats but these, which are sorted."""
    ends = [-math.inf, *(math.nextafter(point, math.inf) for point, _ in points)]
    return list(zip(ends, [*(math.nextafter(point, -math.inf) for point, _ in points), math.inf], strict=True))


def _without(ranges: Sequence[Range], point: float) -> list[Range]:
    """The ranges, cut so that none holds the point."""
    cut = []
    for low, high in ranges:
        if low <= point <= high:
            cut += [(low, math.nextafter(point, -math.inf)), (math.nextafter(point, math.inf), high)]
        else:
            cut.append((low, high))
    return [(low, high) for low, high in cut if low <= high]


def meaning(level: Scalar) -> str:
    """What two columns' levels are compared by: their text, whole numbers without a point.

    >>> meaning(1) == meaning(1.0) == meaning("1"), meaning(True)
    (True, 'true')
    """
    return spell(int(level) if isinstance(level, float) and level.is_integer() else level)


def as_number(column: Column, special: Scalar) -> float | None:
    """The number that a sentinel spells, in what its column counts in; None for N and the like.

    >>> as_number(Date(type="date"), "1970-01-03"), as_number(Date(type="date"), "N")
    (2.0, None)
    """
    if isinstance(special, bool):
        return None
    if isinstance(column, _READ) and not (isinstance(column, Duration) and not isinstance(special, str)):
        return _read(column, special) if isinstance(special, str) else None
    return float(special) if not isinstance(special, str) or _NUMERAL.fullmatch(special) else None


def is_like(word: str, pattern: str) -> bool:
    r"""SQL's LIKE: % stands for any text, _ for one character, a backslash takes the next one as it is.

    >>> is_like("250.1", "250%"), is_like("25", "250%"), is_like("a%", r"a\%"), is_like("ab", "a_")
    (True, False, True, True)
    """
    parts = re.findall(r"\\.|[^\\]|\\", pattern, re.DOTALL)
    at, place, star, mark = 0, 0, -1, 0
    while at < len(word):  # greedy, and back to the last % only: no pattern takes long
        part = parts[place] if place < len(parts) else ""
        if part == "%":
            star, mark = place, at
            place += 1
        elif part == "_" or (part and part != "%" and (part.removeprefix("\\") or part) == word[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return all(part == "%" for part in parts[place:])


def means(value: Value, scalar: Scalar) -> bool:
    """Does a literal name this level or sentinel? By spelling, or by value where both are numbers.

    >>> means(Value(kind="number", text="1.0"), 1), means(Value(kind="text", text="1"), 1)
    (True, True)
    >>> means(Value(kind="text", text="01"), 1), means(Value(kind="number", text="1"), True)
    (False, False)
    """
    if value.text == spell(scalar):
        return True
    return value.kind == "number" and not isinstance(scalar, bool | str) and float(value.text) == scalar


def _number(name: str, column: Column, grid: LineGrid, value: Value, *, ordered: bool) -> float:
    """A literal as the number that its column counts in."""
    read = _read(column, value.text) if value.kind in {"text", "moment"} and isinstance(column, _READ) else None
    if read is not None:
        return read
    if value.kind == "number" and (isinstance(column, Duration) or not isinstance(column, _READ)):
        return float(value.text)
    sentinels = f" or one of {_listed(grid.special)}" if grid.special and not ordered else ""
    if isinstance(column, _READ):
        raise _unlike(name, _EXAMPLES[column.type] + sentinels, value, "write it between single quotes, year first")
    fix = "write numbers without quotes" if _NUMERAL.fullmatch(value.text) else "the column holds numbers"
    raise _unlike(name, "a number" + sentinels, value, fix)


def _read(column: Date | DateTime | Time | Duration, text: str) -> float | None:
    """Text as the number that its column counts in; None where it is none."""
    if isinstance(column, Date) or (isinstance(column, DateTime) and column.timezone is None):
        moment = moment_of(text)
        return moment / _DAY if moment is not None and isinstance(column, Date) else moment
    plain = column.model_copy(update={"special": (), "null_values": ()})
    found = points(pa.array([text], pa.string()), plain)  # as the same text is read in the data
    return float(found.data[0]) if not found.fault[0] and not found.missing[0] else None


def moment_of(text: str) -> float | None:
    """Seconds since 1970 of a day or a moment without a time zone."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return None
    return float(number_of(moment.replace(microsecond=0))) + moment.microsecond / 1e6


def _unlike(name: str, expected: str, value: Value, fix: str) -> ConditionError:
    return ConditionError(f"condition on {name}", expected=expected, got=str(value), fix=fix)


def _listed(values: Sequence[Scalar]) -> str:
    """The first few values, as a condition would spell them."""
    shown = [f"'{value}'" if isinstance(value, str) else spell(value) for value in values[:5]]
    return ", ".join(shown) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
