"""The words of `set` and `mix`, read for the column they are about: which change, which region.

Values are written as in a condition and read by the same code, so they are checked against the schema alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthgen.encode.codec import Codec
from synthgen.encode.grid import LineGrid
from synthgen.errors import ConditionError
from synthgen.sample.change import Change
from synthgen.sample.scenario.changes import DISTRIBUTIONS, Chosen, Drawn, Moved, equal
from synthgen.schema import Date, DateTime, Duration, Integer, Number, Schema, Time
from synthgen.schema.document import plain
from synthgen.sql.condition import parse_condition
from synthgen.sql.region import Region, unite

_NUMBER = r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
_SCALED = re.compile(rf"(?:x|\*)\s*{_NUMBER}")
_SHIFTED = re.compile(rf"(\+|-|plus\s|minus\s)\s*{_NUMBER}\s*([a-z]*)")
_BETWEEN = re.compile(r"between\s+(.+?)\s+and\s+(.+)", re.IGNORECASE)
_CALL = re.compile(rf"([a-z]+)\s*\(\s*{_NUMBER}\s*(?:,\s*{_NUMBER}\s*)?\)")
_COMPARED = re.compile(r"(?:<=|>=|<>|<|>|=|between\b|in\b|is\b|not\b)", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_COUNTED: Mapping[str, int] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}

_USAGE = "normal(mean, deviation), lognormal(median, deviation of the log), exponential(mean), poisson(mean) or uniform"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A reader of the words about one model's columns."""

    codec: Codec
    schema: Schema

    def change(self, name: str, said: Any) -> Change:
        """What an override does. Raises ConditionError."""
        grid, column = self.codec.columns[name].grid, self.schema.columns[name]
        if isinstance(said, Mapping):
            regions = tuple(self.region(name, key) for key in said)
            return Chosen(regions=regions, shares=tuple(map(float, said.values())))
        if isinstance(said, tuple):
            return equal([self.region(name, one) for one in said])
        if isinstance(grid, LineGrid) and isinstance(said, str) and said not in grid.special:
            word = said.strip()
            if scaled := _SCALED.fullmatch(word):
                return self._moved(name, grid, factor=float(scaled[1]), offset=0.0)
            if shifted := _SHIFTED.fullmatch(word):
                sign = -1.0 if shifted[1].strip() in {"-", "minus"} else 1.0
                offset = sign * float(shifted[2]) * _unit(name, column, shifted[3])
                return self._moved(name, grid, factor=1.0, offset=offset)
            if call := _CALL.fullmatch(word):
                return _distribution(name, grid, column, call)
        return equal([self.region(name, said)])

    def region(self, name: str, said: Any) -> Region:
        """The values that a word stands for: one value, `between a and b`, a comparison or null. ConditionError."""
        said = plain(said) if isinstance(said, str) and said else said
        if said is None:
            return self._parsed(name, "IS NULL")
        word = said.strip() if isinstance(said, str) else ""
        if word and (between := _BETWEEN.fullmatch(word)):
            return self._between(name, between[1], between[2])
        if word and isinstance(self.codec.columns[name].grid, LineGrid) and _COMPARED.match(word):
            return self._parsed(name, word)
        return self._parsed(name, f"= {_literal(said)}")

    def _between(self, name: str, low: str, high: str) -> Region:
        """Both ends belong; a stretch of the clock may go over midnight."""
        ends = [_literal(plain(end.strip().strip("'\""))) for end in (low, high)]
        try:
            return self._parsed(name, f"BETWEEN {ends[0]} AND {ends[1]}")
        except ConditionError:
            if not isinstance(self.schema.columns[name], Time):
                raise
            return unite([self._parsed(name, f">= {ends[0]}"), self._parsed(name, f"<= {ends[1]}")])

    def _parsed(self, name: str, tail: str) -> Region:
        quoted = '"' + name.replace('"', '""') + '"'
        region = parse_condition(f"{quoted} {tail}", self.codec, self.schema).regions[name]
        if region.is_empty:
            raise ConditionError(name, expected="values that the schema allows", got=tail.removeprefix("= "))
        return region

    def _moved(self, name: str, grid: LineGrid, *, factor: float, offset: float) -> Moved:
        if not 0 < factor < math.inf:
            raise ConditionError(name, expected="x and a number above 0", got=f"x {factor:g}")
        if factor != 1 and isinstance(self.schema.columns[name], Date | DateTime | Time):
            fix = "shift it, as in + 3 days, or give a range"
            raise ConditionError(name, expected="numbers or durations to multiply", got="days or times", fix=fix)
        moved = Moved(grid=grid, factor=factor, offset=offset)
        if not moved.source.low.size:
            got = f"x {factor:g}" if factor != 1 else f"+ {offset:g}"
            raise ConditionError(name, expected="a change that leaves some values in the schema's bounds", got=got)
        return moved


def _distribution(name: str, grid: LineGrid, column: object, call: re.Match[str]) -> Drawn:
    known = DISTRIBUTIONS.get(call[1])
    numbers = tuple(float(number) for number in call.groups()[1:] if number is not None)
    if known is None or len(numbers) != known[0]:
        raise ConditionError(name, expected=_USAGE, got=call[0])
    if not isinstance(column, Integer | Number | Duration):
        raise ConditionError(name, expected="a column of numbers for a distribution", got=call[0], fix="use between")
    if numbers[-1] < 0 and call[1] != "uniform":
        raise ConditionError(name, expected="a last number of 0 or more", got=call[0])
    if call[1] == "lognormal" and numbers[0] <= 0:
        raise ConditionError(name, expected="a median above 0", got=call[0])
    drawn = Drawn(grid=grid, draw=lambda rng, rows: known[1](numbers, rng, rows))
    trial = grid.unit_of(drawn.draw(np.random.Generator(np.random.Philox(0)), 10_000))
    if not ((trial >= 0) & (trial < grid.units)).any():
        raise ConditionError(name, expected="a distribution that meets the schema's bounds", got=call[0])
    return drawn


def _unit(name: str, column: object, word: str) -> float:
    """How many of what a column counts in a word such as `hours` stands for."""
    seconds = _SECONDS.get(word.removesuffix("s"))
    if isinstance(column, Duration):
        counted = _COUNTED[column.unit]
    elif isinstance(column, Date | DateTime | Time):
        counted = 86_400 if isinstance(column, Date) else 1
    else:
        if word:
            raise ConditionError(name, expected="a number without a unit", got=word, fix="the column holds numbers")
        return 1.0
    if not word and isinstance(column, Duration):
        return 1.0
    if seconds is None:
        expected = "days, weeks, hours, minutes or seconds after the number"
        raise ConditionError(name, expected=expected, got=word or "none", fix="write it like + 3 days")
    if seconds % counted:
        raise ConditionError(name, expected="whole days", got=word, fix="the column holds days")
    return seconds / counted


def _literal(value: object) -> str:
    """A value as SQL writes it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
