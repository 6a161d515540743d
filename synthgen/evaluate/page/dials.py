"""The dials of the summary: where a figure stands between the floor and the ceiling, on half a circle."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from synthgen.evaluate.page.shell import number
from synthgen.evaluate.report import Absent
from synthgen.evaluate.summary import Dial, Light

RADIUS: Final = 80.0
CENTRE: Final = (100.0, 96.0)
FLOOR: Final = 0.15
CEILING: Final = 0.85
"""Shares of the half circle at which floor and ceiling stand."""

LIGHTS: Final[Mapping[Light, str]] = {"green": "good", "amber": "fair", "red": "poor", "grey": "unknown"}
"""Classes of the stylesheet."""
VERDICTS: Final[Mapping[str, Mapping[Light, str]]] = {
    "fidelity": {
        "green": "close to real rows",
        "amber": "some way from real rows",
        "red": "far from real rows",
        "grey": "not computed",
    },
    "utility": {
        "green": "nearly as useful as real rows",
        "amber": "less useful than real rows",
        "red": "much less useful than real rows",
        "grey": "not computed",
    },
    "privacy": {
        "green": "no attack found a signal",
        "amber": "an attack could not tell",
        "red": "an attack found a signal",
        "grey": "no attack is told of",
    },
}
"""What a light says without its colour."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arc:
    """Paths of an SVG: the whole track, the part up to the value, and the two marks; value None draws no part."""

    track: str
    part: str
    floor: str
    ceiling: str
    needle: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class DialView:
    """A dial as the page shows it; `value`, `floor` and `ceiling` are empty where they are not known."""

    id: str
    title: str
    light: str
    verdict: str
    value: str
    figure: str
    floor: str
    ceiling: str
    words: str
    text: str
    arc: Arc


def dial_view(dial: Dial) -> DialView:
    """A dial with its numbers told and its paths drawn."""
    figure = dial.figure
    value, floor, ceiling = (
        ("", "", "") if figure is None else (_told(figure.value), _told(figure.floor), _told(figure.ceiling))
    )
    verdict = VERDICTS[dial.name][dial.light]
    ends = [f"{name} {said}" for name, said in (("floor", floor), ("ceiling", ceiling)) if said]
    named = f"{figure.title}: {value or 'not computed'}" if figure is not None else "No figure"
    return DialView(
        id=dial.name,
        title=dial.title,
        light=LIGHTS[dial.light],
        verdict=verdict,
        value=value,
        figure="" if figure is None else figure.title,
        floor=floor,
        ceiling=ceiling,
        words=", ".join([named, *ends, verdict]),
        text=dial.text,
        arc=arc(dial.position),
    )


def arc(position: float | None) -> Arc:
    """The paths for a value at `position` between floor (0) and ceiling (1); beyond both it stops at the ends."""
    place = None if position is None else FLOOR + (CEILING - FLOOR) * position
    end = 0.0 if place is None else min(max(place, 0.02), 1.0)
    return Arc(
        track=_path(0, 1),
        part="" if place is None else _path(0, end),
        floor=_mark(FLOOR),
        ceiling=_mark(CEILING),
        needle=_at(end, RADIUS),
    )


def _at(share: float, radius: float) -> tuple[float, float]:
    angle = math.pi * (1 - share)
    return round(CENTRE[0] + radius * math.cos(angle), 2), round(CENTRE[1] - radius * math.sin(angle), 2)


def _path(start: float, end: float) -> str:
    (x0, y0), (x1, y1) = _at(start, RADIUS), _at(end, RADIUS)
    return f"M{x0} {y0}A{RADIUS} {RADIUS} 0 0 1 {x1} {y1}"


def _mark(share: float) -> str:
    (x0, y0), (x1, y1) = _at(share, RADIUS - 12), _at(share, RADIUS + 12)
    return f"M{x0} {y0}L{x1} {y1}"


def _told(value: float | Absent) -> str:
    return "" if isinstance(value, Absent) else number(value)
