"""Reading a column as a line, batch by batch, by the reader that a fit will use: its ends, its steps, its misfits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.schema import Date, DateTime, Duration, Integer, Line, Number, Time
from synthgen.schema.mistakes import Mistake
from synthgen.tables import arrays
from synthgen.tables.faults import Fault
from synthgen.tables.lines import points

MOST_MISFITS = 24
"""Different texts among numbers beyond which a column is no line."""
MOST_DECIMALS = 9
"""A number with more has no last decimal."""
_DAY = 86_400
_PADDED = r"^[+-]?0[0-9]"
_MONEY = "^[^0-9A-Za-z]{0,3}[0-9][0-9.,'\u2019\u00a0\u202f ]*[^0-9]{0,4}$"


@dataclass(kw_only=True, slots=True)
class LineSketch:
    """What was seen of a column read as `reader`; no value but the ends and the misfits is kept.

    low, high    the smallest and the largest value, and the rows that have it
    below, above the next value inside each of them
    decimals     most digits after the point so far; None where there is no last one
    midnight     whether every moment so far is a midnight
    misfits      texts that are none of the line's values, with their rows
    """

    reader: Line
    good: int = 0
    low: tuple[float, int] = (np.inf, 0)
    high: tuple[float, int] = (-np.inf, 0)
    below: float = np.inf
    above: float = -np.inf
    decimals: int | None = 0
    whole: bool = True
    midnight: bool = True
    misfits: Counter[str] = field(default_factory=Counter)
    dead: bool = False

    def add(self, distinct: pa.Array, counts: NDArray[np.int64]) -> None:
        """Take in the distinct values of a batch, and how many rows have each."""
        if self.dead:
            return
        found = points(distinct, self.reader)
        wrong = (found.fault != Fault.NONE) & (counts > 0)
        if wrong.any():
            texts = arrays.texts(distinct).filter(pa.array(wrong)).to_pylist()
            self.misfits.update(dict(zip(map(str, texts), counts[wrong].tolist(), strict=True)))
            self.dead = len(self.misfits) > MOST_MISFITS
        inside = (found.fault == Fault.NONE) & ~found.missing & (counts > 0)
        if inside.any():
            self._inside(found.data[inside], counts[inside])

    def _inside(self, data: NDArray[Any], counts: NDArray[np.int64]) -> None:
        self.good += int(counts.sum())
        self.low, self.below = _nearer(self.low, self.below, data, counts, min)
        self.high, self.above = _nearer(self.high, self.above, data, counts, max)
        if data.dtype.kind == "f":
            self.whole = self.whole and bool((data == np.trunc(data)).all())
            while self.decimals is not None and not _on_grid(data, self.decimals):
                self.decimals = self.decimals + 1 if self.decimals < MOST_DECIMALS else None
        elif isinstance(self.reader, DateTime):
            self.midnight = self.midnight and bool((data % _DAY == 0).all())


def _on_grid(data: NDArray[np.float64], decimals: int) -> bool:
    """Whether numbers have so few decimals, but for a rounding of their last bits."""
    return bool((np.abs(np.round(data, decimals) - data) <= 4 * np.spacing(np.abs(data))).all())


End = tuple[float, int]
"""A value, and the rows that have it."""


def _nearer(
    end: End, beside: float, data: NDArray[Any], counts: NDArray[np.int64], best: Callable[[Iterable[float]], float]
) -> tuple[End, float]:
    """The outermost value with its rows, and the next one, of what was known and of more data."""
    own = (data.min() if best is min else data.max()).item()
    others = data[data != own]
    next_own = (others.min() if best is min else others.max()).item() if len(others) else beside
    new = best((end[0], own))
    rows = end[1] * (end[0] == new) + int(counts[data == own].sum()) * (own == new)
    return (new, rows), best(value for value in (beside, next_own, *({end[0], own} - {new})))


def readers(array: pa.Array) -> list[Line]:
    """What a column may be read as, likeliest first, by the type and the values of its first batch."""
    kind = array.type
    typed: list[tuple[Any, Line]] = [
        (pa.types.is_boolean, Integer(type="integer")),
        (pa.types.is_integer, Integer(type="integer")),
        (pa.types.is_date, Date(type="date")),
        (pa.types.is_timestamp, DateTime(type="datetime")),
        (pa.types.is_time, Time(type="time")),
        (pa.types.is_duration, Duration(type="duration")),
    ]
    if arrays.is_text(array):
        return _readers_of_text(array)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [Number(type="number")]
    return [line for check, line in typed if check(kind)][:1]


def _readers_of_text(distinct: pa.Array) -> list[Line]:
    """Those that can read half of the different texts."""
    text = distinct.filter(pa.array(~arrays.absent(distinct)))
    if not len(text) or 2 * arrays.matches(text, _PADDED).sum() > len(text):
        return []
    if 2 * arrays.matches(arrays.trimmed(text), arrays.NUMBER).sum() >= len(text):
        return [Number(type="number")]
    likely: list[Line] = [
        DateTime(type="datetime"),
        Time(type="time"),
        Duration(type="duration", unit="seconds", format="1:30:00" if arrays.matches(text, ":").any() else "PT1H30M"),
        *_formats(text),
    ]
    return [line for line in likely if 2 * (points(text, line).fault == Fault.NONE).sum() >= len(text)]


def _formats(text: pa.Array) -> list[Line]:
    """Numbers with marks: the format is that of the longest text that has one, its digits made up."""
    marked = text.filter(pa.array(arrays.matches(text, _MONEY) & ~arrays.matches(text, arrays.NUMBER)))
    for example in sorted(marked.slice(0, 1000).to_pylist(), key=len, reverse=True)[:8]:
        try:
            digits = cycle("1234567890")
            form = "".join(next(digits) if letter.isdecimal() else letter for letter in example.strip())
            return [Number(type="number", format=form)]
        except (Mistake, ValueError):  # ValueError: pydantic's, around a Mistake
            continue
    return []
