"""Column kinds: what values a column may hold, all of it public.

`Categorical` and `Boolean` have levels; `Integer`, `Number`, `Date` and `DateTime` have a line between two
bounds. On top of either, a column may be missing (`nullable`), and a line may hold sentinels (`special`),
which are levels of their own.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from synthgen.schema.mistakes import Mistake, show

EXACT = 2**53
"""Whole numbers up to here are exact as 64-bit floats too."""

_NUMERAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


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


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise Mistake(expected="a day such as 2019-12-31", got=show(value)) from None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise Mistake(expected="a day such as 2019-12-31", got=show(value))
    return value


def _moment(value: Any) -> Any:
    expected = "a moment such as 2019-12-31T23:59:59"
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise Mistake(expected=expected, got=show(value)) from None
    if not isinstance(value, dt.datetime):
        raise Mistake(expected=expected, got=show(value))
    if value.tzinfo is not None or value.microsecond:
        raise Mistake(expected=f"{expected}, to the second and without a time zone", got=show(value.isoformat()))
    return value


Scalar = Annotated[bool | int | float | str, BeforeValidator(_plain)]
"""A value as YAML spells it: true, 3, 2.5 or text."""
Whole = Annotated[int, BeforeValidator(_whole)]
Real = Annotated[float, BeforeValidator(_number)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Moment = Annotated[dt.datetime, BeforeValidator(_moment)]


def spell(value: Scalar) -> str:
    """The text of a level, as CSV would carry it.

    >>> spell(True), spell(3), spell(2.0), spell("a")
    ('true', '3', '2.0', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


class Frozen(BaseModel):
    """Immutable, and refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Column(Frozen):
    description: str | None = Field(None, description="For people; never used.")
    nullable: bool = Field(False, description="May the column be missing? Missing is then a level of its own.")
    null_values: tuple[Scalar, ...] = Field((), description="Values that stand for missing, such as '?'.")

    @model_validator(mode="after")
    def _missing_is_declared(self) -> Self:
        if self.null_values and not self.nullable:
            raise Mistake(
                expected="nullable: true beside it",
                got="nullable: false",
                fix="add nullable: true",
                where=("null_values",),
            )
        _all_different("null_values", self.null_values)
        return self


class Categorical(_Column):
    """Levels without order."""

    type: Literal["categorical"]
    values: tuple[Scalar, ...] | None = Field(None, description="Every level there is, known without the data.")
    values_from: str | None = Field(
        None, description="A public file beside the schema that lists the levels: text, one a line, or a column of CSV."
    )
    discover: bool = Field(False, description="The levels are unknown: find the frequent ones, and pay for it.")

    @model_validator(mode="after")
    def _one_source_of_levels(self) -> Self:
        given = [key for key in ("values", "values_from", "discover") if getattr(self, key)]
        if len(given) > 1:
            raise Mistake(
                expected="one of values, values_from and discover",
                got=" and ".join(given),
                fix=f"keep one of the {len(given)}",
                where=(given[-1],),
            )
        if self.values is not None:
            if not self.values:
                raise Mistake(
                    expected="every level there is",
                    got="an empty list",
                    fix="list them, or say discover: true",
                    where=("values",),
                )
            _all_different("values", self.values)
            _none_missing("values", self.values, self.null_values)
        return self


class Boolean(_Column):
    """Two levels."""

    type: Literal["boolean"]
    values: tuple[Scalar, Scalar] = Field((False, True), description="How false and true are spelled, in this order.")

    @model_validator(mode="after")
    def _two_levels(self) -> Self:
        _all_different("values", self.values)
        _none_missing("values", self.values, self.null_values)
        return self


class _Line(_Column):
    special: tuple[Scalar, ...] = Field((), description="Sentinels such as N or -1: levels outside the line.")

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        low, high = getattr(self, "minimum", None), getattr(self, "maximum", None)
        if low is not None and high is not None and low > high:
            raise Mistake(
                expected=f"at most the maximum, {high}", got=str(low), fix="swap the two?", where=("minimum",)
            )
        _all_different("special", self.special)
        _none_missing("special", self.special, self.null_values)
        return self


class Integer(_Line):
    """Whole numbers between two bounds, both possible."""

    type: Literal["integer"]
    minimum: Whole | None = None
    maximum: Whole | None = None
    scale: Literal["linear", "log"] = Field("linear", description="log: fine near zero, coarse far from it.")


class Number(_Line):
    """Decimal numbers between two bounds; `decimals` makes them a grid, without it they are continuous."""

    type: Literal["number"]
    minimum: Real | None = None
    maximum: Real | None = None
    decimals: StrictInt | None = Field(
        None, ge=0, le=12, description="Digits after the point; the data is rounded to them."
    )
    scale: Literal["linear", "log"] = Field("linear", description="log: fine near zero, coarse far from it.")

    @model_validator(mode="after")
    def _bounds_on_the_grid(self) -> Self:
        if self.decimals is not None:
            for key, bound in (("minimum", self.minimum), ("maximum", self.maximum)):
                if bound is not None:
                    _on_grid(key, bound, self.decimals)
        return self


class Date(_Line):
    """Days between two bounds, both possible."""

    type: Literal["date"]
    minimum: Day | None = None
    maximum: Day | None = None


class DateTime(_Line):
    """Moments between two bounds, to the second, without a time zone."""

    type: Literal["datetime"]
    minimum: Moment | None = None
    maximum: Moment | None = Field(None, description="A day alone means its first second.")


Column = Annotated[Categorical | Boolean | Integer | Number | Date | DateTime, Field(discriminator="type")]
Line = Integer | Number | Date | DateTime
"""A column with an order: values lie between two bounds."""
Levels = Categorical | Boolean
"""A column of levels without order."""


def _meaning(value: Scalar) -> str:
    """Two levels with one meaning cannot be told apart in the data: 1, 1.0 and "1" are the same.

    >>> _meaning(1) == _meaning(1.0) == _meaning("1") != _meaning(True)
    True
    """
    whole = isinstance(value, float) and value.is_integer()
    return spell(int(value) if whole else value)


def _on_grid(key: str, bound: float, decimals: int) -> None:
    if round(bound, decimals) != bound:
        raise Mistake(expected=f"at most {decimals} decimals, as the column has", got=str(bound), where=(key,))
    if abs(bound) * 10.0**decimals > EXACT:
        fix = "ask for fewer decimals: a 64-bit float has about 15 digits"
        raise Mistake(
            expected="a bound of at most 15 digits", got=f"{bound} and {decimals} decimals", fix=fix, where=(key,)
        )


def _all_different(key: str, values: Sequence[Scalar]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if _meaning(value) in seen:
            raise Mistake(expected="each value once", got=f"{show(value)} again", where=(key, index))
        seen.add(_meaning(value))


def _none_missing(key: str, values: Sequence[Scalar], null_values: Sequence[Scalar]) -> None:
    missing = set(map(_meaning, null_values))
    for index, value in enumerate(values):
        if _meaning(value) in missing:
            fix = "take it out of one of the two lists"
            raise Mistake(expected="a value that is not in null_values", got=show(value), fix=fix, where=(key, index))
