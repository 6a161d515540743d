"""Values as a schema spells them: levels, numbers, days, moments, times of day. All of it is public."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

from synthgen.schema.mistakes import Mistake, show

EXACT = 2**53
"""Whole numbers up to here are exact as 64-bit floats too."""

_NUMERAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_Parsed = TypeVar("_Parsed", dt.date, dt.datetime, dt.time)


def _plain(value: Any) -> Any:
    if value is None:
        raise Mistake(expected="a value", got="nothing", fix="quote 'null' if it is text; nullable: true if missing")
    if not isinstance(value, bool | int | float | str):
        raise Mistake(expected="text, a number, true or false", got=show(value), fix="put quotes around text")
    if isinstance(value, float) and not math.isfinite(value):
        raise Mistake(expected="a value", got=show(value), fix="missing values are nullable: true")
    return value


def _number(value: Any) -> Any:
    """A finite number; text counts when it is a numeral (the YAML reader leaves 1e5 and 0.50 as text)."""
    if isinstance(value, str) and _NUMERAL.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Mistake(expected="a number", got=show(value))
    return value


def _whole(value: Any) -> Any:
    number = _number(value)
    if number != int(number):
        raise Mistake(expected="a whole number", got=show(value), fix="type: number has digits after the point")
    if abs(number) > EXACT:
        raise Mistake(expected="a whole number between -2^53 and 2^53", got=show(value))
    return int(number)


def _iso(value: Any, read: Callable[[str], _Parsed], expected: str) -> Any:
    """Text as ISO 8601 writes it; anything else as it stands."""
    if not isinstance(value, str):
        return value
    try:
        return read(value)
    except ValueError:
        raise Mistake(expected=expected, got=show(value)) from None


def _day(value: Any) -> Any:
    expected = "a day such as 2019-12-31"
    value = _iso(value, dt.date.fromisoformat, expected)
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise Mistake(expected=expected, got=show(value))
    return value


def _moment(value: Any) -> Any:
    expected = "a moment such as 2019-12-31T23:59:59"
    value = _iso(value, dt.datetime.fromisoformat, expected)
    if not isinstance(value, dt.datetime):
        raise Mistake(expected=expected, got=show(value))
    if value.tzinfo is not None or value.microsecond:
        raise Mistake(expected=f"{expected}, to the second and without a time zone", got=show(value.isoformat()))
    return value


def _clock(value: Any) -> Any:
    expected = "a time of day such as 23:59:59"
    value = _iso(value, dt.time.fromisoformat, expected)
    if not isinstance(value, dt.time):
        raise Mistake(expected=expected, got=show(value), fix="put quotes around it")
    if value.tzinfo is not None or value.microsecond:
        raise Mistake(expected=f"{expected}, to the second and without a time zone", got=show(value.isoformat()))
    return value


Scalar = Annotated[bool | int | float | str, BeforeValidator(_plain)]
"""A value as YAML spells it: true, 3, 2.5 or text."""
Whole = Annotated[int, BeforeValidator(_whole)]
Real = Annotated[float, BeforeValidator(_number)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Moment = Annotated[dt.datetime, BeforeValidator(_moment)]
Clock = Annotated[dt.time, BeforeValidator(_clock)]


def spell(value: Scalar) -> str:
    """The text of a level, as CSV would carry it.

    >>> spell(True), spell(3), spell(2.0), spell("a")
    ('true', '3', '2.0', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def meaning(value: Scalar) -> str:
    """Two levels with one meaning cannot be told apart in the data: 1, 1.0 and "1" are the same.

    >>> meaning(1) == meaning(1.0) == meaning("1") != meaning(True)
    True
    """
    whole = isinstance(value, float) and value.is_integer()
    return spell(int(value) if whole else value)


def all_different(key: str, values: Sequence[Scalar]) -> None:
    """Raise Mistake at the first value that stands a second time."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if meaning(value) in seen:
            raise Mistake(expected="each value once", got=f"{show(value)} again", where=(key, index))
        seen.add(meaning(value))


def none_missing(key: str, values: Sequence[Scalar], null_values: Sequence[Scalar]) -> None:
    """Raise Mistake at the first value that stands for missing as well."""
    missing = set(map(meaning, null_values))
    for index, value in enumerate(values):
        if meaning(value) in missing:
            fix = "take it out of one of the two lists"
            raise Mistake(expected="a value that is not in null_values", got=show(value), fix=fix, where=(key, index))
