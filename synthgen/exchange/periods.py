"""Lengths of time as ISO 8601 writes them, and months."""

from __future__ import annotations

import re

_ISO = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.0*)?S)?)?")


def duration(text: str) -> int:
    """Seconds of an ISO 8601 duration of days and less. Raises ValueError for anything else.

    >>> duration("PT1H30M"), duration("P1DT1S"), duration("-PT5S")
    (5400, 86401, -5)
    """
    found = _ISO.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise ValueError(text)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return -length if found.group(1) else length


def months(first: str, last: str) -> list[str]:
    """Every month from one to another. Raises ValueError for what is no month.

    >>> months("2023-11", "2024-01")
    ['2023-11', '2023-12', '2024-01']
    """
    low, high = (int(year) * 12 + int(month) - 1 for year, month in (end.split("-") for end in (first, last)))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(low, high + 1)]
