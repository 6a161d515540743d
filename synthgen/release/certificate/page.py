"""certificate.html: the same fields for people, on one page that asks the network for nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jinja2 import PackageLoader

from synthgen.evaluate import releases
from synthgen.evaluate.page.shell import write
from synthgen.privacy import events as ledger

_LOADER: Final = PackageLoader("synthgen.release")
_WIDE, _HIGH, _LEFT, _RIGHT, _BOTTOM = 350, 240, 44, 22, 36
"""Of a drawing, in its own units: its frame, and where the axes stand."""


def page(document: Mapping[str, Any], *, id_of_schema: str, verdicts: Sequence[Mapping[str, Any]]) -> str:
    """The certificate as HTML.

    document      as `fields.certificate` made it
    id_of_schema  SHA-256 of the schema in the bundle
    verdicts      the gate's table as it is published
    """
    events = [ledger.from_json(each["event"]) for each in document["mechanisms"]]
    return write(
        "certificate.html",
        loader=_LOADER,
        styles=("certificate.css",),
        it=document,
        schema=id_of_schema,
        verdicts=verdicts,
        mechanisms=releases.ledger(events),
        curve=_curve(document["guarantee"]["curve"]),
        attack=_attack(document["operational"]["trade_off"]),
        factor=_factor(document["guarantee"]["epsilon"]),
    )


def _factor(epsilon: float | None) -> float | None:
    return None if epsilon is None or epsilon > 10 else math.exp(epsilon)


def _curve(points: Sequence[Sequence[float | None]]) -> dict[str, Any] | None:
    """Epsilon over the power of ten of delta, as a drawing; None where nothing is finite."""
    finite = [(-math.log10(delta), epsilon) for delta, epsilon in points if delta is not None and epsilon is not None]
    if not finite:
        return None
    top = _round_up(max(epsilon for _, epsilon in finite))
    return _drawing(
        finite, x=(1.0, 12.0), y=(0.0, top), ticks=[(power, f"1e-{power}") for power in (2, 4, 6, 8, 10, 12)]
    )


def _attack(points: Sequence[Sequence[float]]) -> dict[str, Any]:
    """True over false positive rates, as a drawing."""
    ends = [*([] if points[0][1] < 1 else [(0.0, 1.0)]), *((rate, true) for rate, true in points), (1.0, 1.0)]
    ticks = [(share, f"{share:.0%}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return _drawing(ends, x=(0.0, 1.0), y=(0.0, 1.0), ticks=ticks)


def _drawing(
    points: Sequence[tuple[float, float]],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
) -> dict[str, Any]:
    """A line in a frame: places of it and of the marks of its axes."""

    def across(value: float) -> float:
        return round(_LEFT + (value - x[0]) / (x[1] - x[0]) * (_WIDE - _LEFT - _RIGHT), 1)

    def up(value: float) -> float:
        return round(_HIGH - _BOTTOM - (value - y[0]) / (y[1] - y[0]) * (_HIGH - _BOTTOM - 12), 1)

    heights = [y[0] + (y[1] - y[0]) * part / 4 for part in range(5)]
    return {
        "wide": _WIDE,
        "high": _HIGH,
        "left": _LEFT,
        "right": _WIDE - _RIGHT,
        "bottom": _HIGH - _BOTTOM,
        "line": " ".join(f"{across(a)},{up(b)}" for a, b in points),
        "ends": f"{across(x[0])},{up(y[0])} {across(x[1])},{up(y[1])}",
        "x": [(across(value), text) for value, text in ticks],
        "y": [(up(value), f"{value:.3g}") for value in heights],
    }


def _round_up(value: float) -> float:
    """The next number that an axis can end at.

    >>> [_round_up(value) for value in (0.0, 0.34, 4.5, 17.0)]
    [1.0, 0.4, 6.0, 20.0]
    """
    if value <= 0:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(value))
    return next(step * scale for step in (1.0, 2.0, 4.0, 6.0, 8.0, 10.0) if step * scale >= value)
