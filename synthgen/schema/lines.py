"""Columns with an order: values lie on a line between two bounds."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any, Literal, Self

from pydantic import Field, StrictInt, field_validator, model_validator

from synthgen.schema.base import BaseColumn
from synthgen.schema.mistakes import Mistake, closest, show
from synthgen.schema.numerals import spelling_of
from synthgen.schema.values import EXACT, Clock, Day, Moment, Real, Scalar, Whole, all_different, none_missing

EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - a clock on the wall has no zone
"""Dates and moments are counted from here."""

_SCALE = "log: fine near zero, coarse far from it."
_FORMAT = "How the column writes its numbers, by one example: $1,234.50, 12.5 %, 1.234,50 €."
_BOUNDS = "discover: the bounds are unknown; find them, and pay for it."


class BaseLine(BaseColumn):
    """The keys of every line."""

    special: tuple[Scalar, ...] = Field((), description="Sentinels such as N or -1: levels outside the line.")

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        low, high = getattr(self, "minimum", None), getattr(self, "maximum", None)
        if low is not None and high is not None:
            if low > high:
                raise Mistake(
                    expected=f"at most the maximum, {high}", got=str(low), fix="swap the two?", where=("minimum",)
                )
            if getattr(self, "bounds", None) is not None:
                fix = "keep the bounds, or let them be discovered"
                raise Mistake(expected="a bound that is left open", got="both declared", fix=fix, where=("bounds",))
        all_different("special", self.special)
        none_missing("special", self.special, self.null_values)
        return self


class Integer(BaseLine):
    """Whole numbers between two bounds, both possible."""

    type: Literal["integer"]
    minimum: Whole | None = None
    maximum: Whole | None = None
    bounds: Literal["discover"] | None = Field(None, description=_BOUNDS)
    scale: Literal["linear", "log"] = Field("linear", description=_SCALE)
    format: str | None = Field(None, description=_FORMAT)

    @model_validator(mode="after")
    def _the_format_is_one(self) -> Self:
        if self.format is not None:
            spelling_of(self.format, whole=True)
        return self


class Number(BaseLine):
    """Decimal numbers between two bounds; `decimals` makes them a grid, without it they are continuous."""

    type: Literal["number"]
    minimum: Real | None = None
    maximum: Real | None = None
    bounds: Literal["discover"] | None = Field(None, description=_BOUNDS)
    decimals: StrictInt | None = Field(
        None, ge=0, le=12, description="Digits after the point; the data is rounded to them."
    )
    scale: Literal["linear", "log"] = Field("linear", description=_SCALE)
    format: str | None = Field(None, description=f"{_FORMAT} It says how many decimals there are.")

    @model_validator(mode="before")
    @classmethod
    def _the_format_says_the_decimals(cls, said: Any) -> Any:
        if isinstance(said, dict) and isinstance(said.get("format"), str) and said.get("decimals") is None:
            return said | {"decimals": spelling_of(said["format"], whole=False).decimals}
        return said

    @model_validator(mode="after")
    def _the_format_agrees(self) -> Self:
        if self.format is not None and (found := spelling_of(self.format, whole=False).decimals) != self.decimals:
            got = f"{found} in {show(self.format)}"
            raise Mistake(expected=f"{self.decimals} decimals, as the column has", got=got, where=("format",))
        return self

    @model_validator(mode="after")
    def _bounds_on_the_grid(self) -> Self:
        if self.decimals is not None:
            for key, bound in (("minimum", self.minimum), ("maximum", self.maximum)):
                if bound is not None:
                    on_grid(key, bound, self.decimals)
        return self


class Date(BaseLine):
    """Days between two bounds, both possible."""

    type: Literal["date"]
    minimum: Day | None = None
    maximum: Day | None = None
    bounds: Literal["discover"] | None = Field(None, description=_BOUNDS)


class DateTime(BaseLine):
    """Moments between two bounds, to the second: on the wall, or instants that a `timezone` writes."""

    type: Literal["datetime"]
    minimum: Moment | None = None
    maximum: Moment | None = Field(None, description="A day alone means its first second.")
    bounds: Literal["discover"] | None = Field(None, description=_BOUNDS)
    timezone: str | None = Field(
        None,
        description="An IANA zone such as Europe/Berlin: values are instants, bounds and text without an offset are "
        "what a clock on the wall there shows, and values are written in it.",
    )

    @field_validator("timezone")
    @classmethod
    def _the_zone_exists(cls, zone: str | None) -> str | None:
        if zone is not None and zone not in zoneinfo.available_timezones():
            fix = closest(zone, zoneinfo.available_timezones()) or "see the IANA list"
            raise Mistake(expected="a time zone such as Europe/Berlin or UTC", got=show(zone), fix=fix)
        return zone


class Time(BaseLine):
    """Times of day between two bounds, both possible, to the second or to the minute."""

    type: Literal["time"]
    minimum: Clock = Field(dt.time(0), description="The whole day, unless said otherwise.")
    maximum: Clock = dt.time(23, 59, 59)
    format: Literal["23:59", "11:59 PM"] | None = Field(
        None, description="How the column writes its values, to the minute; without it, to the second: 23:59:59."
    )


class Duration(BaseLine):
    """Lengths of time between two bounds, in whole units; read from PT1H30M, 1:30:00, numbers or Arrow durations."""

    type: Literal["duration"]
    unit: Literal["seconds", "minutes", "hours", "days"] = Field(
        "seconds", description="What bounds and plain numbers count in; finer data is cut to it."
    )
    minimum: Whole | None = None
    maximum: Whole | None = None
    bounds: Literal["discover"] | None = Field(None, description=_BOUNDS)
    format: Literal["PT1H30M", "1:30:00"] | None = Field(
        None, description="How the column writes its values; without it, as numbers of units."
    )


Line = Integer | Number | Date | DateTime | Time | Duration
"""A column with an order: values lie between two bounds."""
SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
"""In one unit of a duration."""


def point_of(column: Line, end: float | dt.date | dt.datetime | dt.time, *, late: bool = False) -> float:
    """A bound as the number that its column counts in: itself, days or seconds since 1970, seconds since midnight.

    On a clock that is put back, an hour comes twice: `late` takes the second one.

    >>> point_of(Date(type="date"), dt.date(1970, 1, 3)), point_of(Time(type="time"), dt.time(0, 1, 30))
    (2, 90)
    >>> point_of(DateTime(type="datetime", timezone="Europe/Berlin"), dt.datetime(1970, 1, 1, 1))
    0
    """
    if isinstance(end, dt.time):
        return (end.hour * 60 + end.minute) * 60 + end.second
    if isinstance(end, dt.datetime):
        zone = column.timezone if isinstance(column, DateTime) else None
        return instant(end, zone, late=late)
    return (end - dt.date(1970, 1, 1)).days if isinstance(end, dt.date) else end


def instant(moment: dt.datetime, timezone: str | None, *, late: bool = False) -> int:
    """Seconds since 1970 (in UTC where there is a zone) of a moment to the second, read off a clock on the wall."""
    if timezone is None:
        return (moment - EPOCH) // dt.timedelta(seconds=1)
    place = zoneinfo.ZoneInfo(timezone)
    offset = moment.replace(tzinfo=place, fold=int(late)).utcoffset()
    assert offset is not None, "a zone has an offset at any time"
    return (moment - offset - EPOCH) // dt.timedelta(seconds=1)


def on_grid(key: str, bound: float, decimals: int) -> None:
    """Raise Mistake for a bound with more decimals than its column, or more digits than a float holds."""
    if round(bound, decimals) != bound:
        raise Mistake(expected=f"at most {decimals} decimals, as the column has", got=str(bound), where=(key,))
    if abs(bound) * 10.0**decimals > EXACT:
        fix = "ask for fewer decimals: a 64-bit float has about 15 digits"
        raise Mistake(
            expected="a bound of at most 15 digits", got=f"{bound} and {decimals} decimals", fix=fix, where=(key,)
        )
