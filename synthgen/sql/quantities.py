"""What kind of value a column holds, so that unlike ones are never added or compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from synthgen.schema import Boolean, Categorical, Column, Date, DateTime, Duration, Integer, Number, Time
from synthgen.sql.terms import Quantity

SECONDS: Final[Mapping[str, int]] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
WORDS: Final[Mapping[Quantity, str]] = {
    "number": "a number",
    "day": "a day",
    "moment": "a moment",
    "clock": "a time of day",
    "span": "a span of time",
    "text": "text",
}


def quantity_of(column: Column) -> Quantity | None:
    """What a column's values are; None for kinds that rules cannot look at.

    >>> quantity_of(Date(type="date")), quantity_of(Categorical(type="categorical", values=[1, 2]))
    ('day', 'number')
    """
    if isinstance(column, Categorical | Boolean):
        values = column.values or ("",)
        return "text" if any(isinstance(value, bool | str) for value in values) else "number"
    kinds: dict[type, Quantity] = {
        Integer: "number",
        Number: "number",
        Date: "day",
        DateTime: "moment",
        Time: "clock",
        Duration: "span",
    }
    return kinds.get(type(column))


def digits_of(column: Column) -> int | None:
    """Digits after the point of a column's numbers; None where they have no grid."""
    if isinstance(column, Number):
        return column.decimals
    if isinstance(column, Categorical | Boolean):
        values = column.values or ()
        return 0 if all(isinstance(value, int) for value in values) else None
    return 0
