"""Column kinds: what values a column may hold, all of it public.

`Categorical` and `Boolean` have levels; `Integer`, `Number`, `Date` and `DateTime` have a line between two
bounds. On top of either, a column may be missing (`nullable`) and a number may hold sentinels (`special`),
which are levels of their own.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
"""A value as YAML spells it."""


class Frozen(BaseModel):
    """Immutable, and refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Column(Frozen):
    description: str | None = Field(None, description="For people; never used.")
    nullable: bool = Field(False, description="May the column be missing? Missing is then a level of its own.")
    null_values: tuple[Scalar, ...] = Field((), description="Values that stand for missing, such as '?'.")

    @model_validator(mode="after")
    def _null_values_need_nullable(self) -> Self:
        if self.null_values and not self.nullable:
            raise ValueError("null_values needs nullable: true")
        return self


class Categorical(_Column):
    """Levels without order."""

    type: Literal["categorical"]
    values: tuple[Scalar, ...] | None = Field(None, description="Every level there is, known without the data.")
    values_from: str | None = Field(None, description="A public text or CSV file, one level a line, beside the schema.")
    discover: bool = Field(False, description="The levels are unknown: find the frequent ones, and pay for it.")

    @model_validator(mode="after")
    def _one_source_of_levels(self) -> Self:
        if sum((self.values is not None, self.values_from is not None, self.discover)) > 1:
            raise ValueError("give one of values, values_from and discover")
        if self.values is not None:
            _check_levels(self.values)
            if set(map(str, self.values)) & set(map(str, self.null_values)):
                raise ValueError("a level cannot be in null_values too")
        return self


class Boolean(_Column):
    """Two levels."""

    type: Literal["boolean"]
    values: tuple[Scalar, Scalar] = Field((False, True), description="How false and true are spelled.")

    @model_validator(mode="after")
    def _two_levels(self) -> Self:
        _check_levels(self.values)
        return self


def _check_levels(values: tuple[Scalar, ...]) -> None:
    if not values:
        raise ValueError("values is empty; list every level or set discover: true")
    if len({spell(value) for value in values}) < len(values):
        raise ValueError("values has a duplicate")


def spell(value: Any) -> str:
    """The text of a level, as CSV would carry it.

    >>> spell(True), spell(3), spell(2.0), spell("a")
    ('true', '3', '2.0', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Line(_Column):
    special: tuple[Scalar, ...] = Field((), description="Sentinels such as N or -1: levels outside the line.")

    @model_validator(mode="after")
    def _ordered_bounds(self) -> Self:
        low, high = getattr(self, "minimum", None), getattr(self, "maximum", None)
        if low is not None and high is not None and low > high:
            raise ValueError(f"minimum {low} is above maximum {high}")
        if len({spell(value) for value in self.special}) < len(self.special):
            raise ValueError("special has a duplicate")
        if set(map(spell, self.special)) & set(map(spell, self.null_values)):
            raise ValueError("a value cannot be both special and missing")
        return self


class Integer(_Line):
    """Whole numbers between two bounds, both possible."""

    type: Literal["integer"]
    minimum: StrictInt | None = None
    maximum: StrictInt | None = None
    scale: Literal["linear", "log"] = Field("linear", description="log: fine near zero, coarse far from it.")


class Number(_Line):
    """Decimal numbers between two bounds; `decimals` makes them a grid, without it they are continuous."""

    type: Literal["number"]
    minimum: float | None = Field(None, allow_inf_nan=False)
    maximum: float | None = Field(None, allow_inf_nan=False)
    decimals: int | None = Field(None, ge=0, le=12, description="Digits after the point; the data is rounded to them.")
    scale: Literal["linear", "log"] = Field("linear", description="log: fine near zero, coarse far from it.")


class Date(_Line):
    """Days between two bounds."""

    type: Literal["date"]
    minimum: dt.date | None = None
    maximum: dt.date | None = None


class DateTime(_Line):
    """Moments between two bounds, to the second, without a time zone."""

    type: Literal["datetime"]
    minimum: dt.datetime | None = None
    maximum: dt.datetime | None = None


Column = Annotated[Categorical | Boolean | Integer | Number | Date | DateTime, Field(discriminator="type")]
Line = Integer | Number | Date | DateTime
"""A column with an order: values lie between two bounds."""
Levels = Categorical | Boolean
"""A column of levels without order."""
