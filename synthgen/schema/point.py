"""Places on a map: two columns of the data that are one."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, StrictInt, model_validator

from synthgen.schema.base import BaseColumn
from synthgen.schema.lines import Number, on_grid
from synthgen.schema.mistakes import Mistake
from synthgen.schema.values import Real


class Curve(Number):
    """A line that fills a plane: what a point is learned as. No kind that anybody writes into a schema."""


class Point(BaseColumn):
    """Latitude and longitude as one, in degrees; its name stands for the two columns of the data.

    Both or neither of the two are missing.
    """

    type: Literal["point"]
    latitude: str = Field(min_length=1, description="The column of the data that holds it.")
    longitude: str = Field(min_length=1, description="The column of the data that holds it.")
    minimum: tuple[Real, Real] = Field(description="The south-west corner: [latitude, longitude].")
    maximum: tuple[Real, Real] = Field(description="The north-east corner: [latitude, longitude].")
    decimals: StrictInt = Field(4, ge=0, le=7, description="Digits after the point; 4 are about 10 metres.")

    @model_validator(mode="after")
    def _a_box_on_the_globe(self) -> Self:
        for axis, (name, limit) in enumerate((("latitude", 90), ("longitude", 180))):
            low, high = self.minimum[axis], self.maximum[axis]
            if low > high:
                got, fix = f"{low}", "the corners are [latitude, longitude]"
                raise Mistake(expected=f"at most the maximum, {high}", got=got, fix=fix, where=("minimum", axis))
            for key, end in (("minimum", low), ("maximum", high)):
                if abs(end) > limit:
                    expected, fix = f"a {name} of -{limit} to {limit}", "the corners are [latitude, longitude]"
                    raise Mistake(expected=expected, got=str(end), fix=fix, where=(key, axis))
                on_grid(key, end, self.decimals)
        return self

    @model_validator(mode="after")
    def _two_columns(self) -> Self:
        if self.latitude == self.longitude:
            raise Mistake(expected="a column of its own", got="that of the latitude", where=("longitude",))
        return self
