"""The rules a value can break, as small integers that fit beside the values."""

from __future__ import annotations

from enum import IntEnum


class Fault(IntEnum):
    """Which rule a value breaks; its name, in words, is what users read.

    >>> Fault.NOT_A_WHOLE_NUMBER.rule
    'not a whole number'
    """

    NONE = 0
    MISSING = 1
    MISSING_UNIT = 2
    UNKNOWN_LEVEL = 3
    BELOW_MINIMUM = 4
    ABOVE_MAXIMUM = 5
    NOT_A_NUMBER = 6
    COMMA_IN_A_NUMBER = 7
    NOT_A_WHOLE_NUMBER = 8
    NOT_A_DATE = 9
    NOT_A_TIME = 10
    NOT_A_DURATION = 11

    @property
    def rule(self) -> str:
        """The rule in words."""
        return self.name.lower().replace("_", " ")


CLIPPED = (Fault.BELOW_MINIMUM, Fault.ABOVE_MAXIMUM)
"""Faults that the policy `clip` mends."""

FIX = {
    Fault.MISSING: "set nullable: true for the column",
    Fault.MISSING_UNIT: "give each row its unit",
    Fault.UNKNOWN_LEVEL: "add the levels to values, or those that mean missing to null_values",
    Fault.BELOW_MINIMUM: "lower minimum, list sentinels under special, or set on_violation: clip",
    Fault.ABOVE_MAXIMUM: "raise maximum, list sentinels under special, or set on_violation: clip",
    Fault.NOT_A_NUMBER: "list sentinels under special and words for missing under null_values",
    Fault.COMMA_IN_A_NUMBER: "say how they are written with format: '1,234.50'",
    Fault.NOT_A_WHOLE_NUMBER: "make the column type: number",
    Fault.NOT_A_DATE: "write dates as YYYY-MM-DD and moments as YYYY-MM-DD HH:MM:SS",
    Fault.NOT_A_TIME: "write times as HH:MM:SS, HH:MM or H:MM PM",
    Fault.NOT_A_DURATION: "write durations as PT1H30M, 1:30:00 or a number of the column's unit",
}
"""How a user mends each fault."""
