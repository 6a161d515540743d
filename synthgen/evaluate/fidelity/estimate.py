"""An estimate with its influences, from which its interval follows; and the figure that both become.

A statistic of two tables is, to first order, its value plus a mean over the rows of each: the rows' influences (Hampel,
"The Influence Curve and its Role in Robust Estimation", 1974). Their spread is the infinitesimal jackknife's standard
error (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 21 and 22): what a bootstrap would find,
without resampling. Where rows belong to persons, the influences of a person are added up first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.inputs import FEWEST, Inputs
from synthgen.evaluate.report import Absent, Better, Figure, Interval
from synthgen.evaluate.views import View

Floats = NDArray[np.float64]
Units = NDArray[np.int64] | None
T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

WIDTH: Final = 1.959964
"""Standard errors on either side of a value, at 95 %."""
_NONE: Final = np.zeros(0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Estimate:
    """A statistic of a real and another table.

    real, other  influence of each row, float64 (rows,), up to a constant; empty where it has none to first order
    units        the persons of these rows, where they are a sample of the tables' rows
    """

    value: float
    real: Floats = field(default_factory=lambda: _NONE)
    other: Floats = field(default_factory=lambda: _NONE)
    units: tuple[Units, Units] | None = None


Found = Estimate | Absent


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tables(Generic[T]):
    """The same thing of all tables that a figure needs; `first` and `second` are compared for its ceiling."""

    real: T
    synthetic: T
    first: T
    second: T
    independent: T

    def map(self, function: Callable[[T], U]) -> Tables[U]:
        """`function` of each, computed once where `first` is the real table."""
        real = function(self.real)
        return Tables(
            real=real,
            synthetic=function(self.synthetic),
            first=real if self.first is self.real else function(self.first),
            second=function(self.second),
            independent=function(self.independent),
        )

    def together(self, other: Tables[V], function: Callable[[T, V], U]) -> Tables[U]:
        """`function` of each and the other's, computed once where `first` is the real table."""
        real = function(self.real, other.real)
        return Tables(
            real=real,
            synthetic=function(self.synthetic, other.synthetic),
            first=real if self.first is self.real else function(self.first, other.first),
            second=function(self.second, other.second),
            independent=function(self.independent, other.independent),
        )


def tables_of(inputs: Inputs) -> Tables[View]:
    """The views of an evaluation."""
    return Tables(
        real=inputs.real,
        synthetic=inputs.synthetic,
        first=inputs.first,
        second=inputs.second,
        independent=inputs.independent,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a reader is told of a figure; `low` and `high` are ends that its interval cannot pass."""

    key: str
    title: str
    better: Better = "lower"
    low: float = 0.0
    high: float = 1.0
    note: str = ""


def figure(
    words: Words,
    function: Callable[[T, T], Found],
    tables: Tables[T],
    units: Tables[Units],
    *,
    subject: tuple[str, ...] = (),
    rows: str = "",
    note: str = "",
) -> Figure:
    """`function` of the real and the synthetic table with its interval, of two real ones, and of independent columns.

    `units` are the persons of each table's rows; `rows` is the slice.
    """
    found = (
        function(tables.real, tables.synthetic),
        function(tables.first, tables.second),
        function(tables.real, tables.independent),
    )
    return made(words, found, units=units, subject=subject, rows=rows, note=note)


def made(
    words: Words,
    found: Sequence[Found],
    *,
    units: Tables[Units] | None = None,
    interval: Interval | Absent | None = None,
    subject: tuple[str, ...] = (),
    rows: str = "",
    note: str = "",
) -> Figure:
    """A figure of what was found: of the synthetic table, of two real ones, and of independent columns.

    Its interval follows from the influences, unless it is given.
    """
    own, ceiling, floor = found
    if interval is None:
        persons = (None, None) if units is None else (units.real, units.synthetic)
        interval = interval_of(own, *persons, low=words.low, high=words.high)
    return Figure(
        key=f"fidelity.{words.key}",
        title=words.title,
        value=value_of(own),
        tier="internal",
        better=words.better,
        interval=interval if not isinstance(own, Absent) else own,
        ceiling=value_of(ceiling),
        floor=value_of(floor),
        subject=subject,
        slice=rows,
        note=" ".join(filter(None, (words.note, note))),
    )


def absent(words: Words, why: str, *, subject: tuple[str, ...] = (), rows: str = "") -> Figure:
    """A figure that was not computed."""
    return made(words, [Absent(why=why)] * 3, subject=subject, rows=rows)


def value_of(found: Found) -> float | Absent:
    """The value alone, or why there is none."""
    if isinstance(found, Absent):
        return found
    return found.value if np.isfinite(found.value) else Absent(why="not a finite number")


def interval_of(found: Found, real: Units, other: Units, *, low: float, high: float) -> Interval | Absent:
    """The standard interval, value +- 1.96 standard errors, cut to [low, high].

    >>> half = np.array([1.0, 0.0] * 50)
    >>> interval_of(Estimate(value=0.5, other=half), None, None, low=0, high=1)
    Interval(low=0.402..., high=0.597..., method='influence of each row, standard interval')
    """
    if isinstance(found, Absent):
        return found
    real, other = found.units or (real, other)
    sides = [(one, unit) for one, unit in ((found.real, real), (found.other, other)) if one.size]
    if not sides:
        return Absent(why="no interval is known for it")
    if not np.isfinite(found.value):
        return Absent(why="not a finite number")
    persons = min(len(one) if unit is None else len(np.unique(unit)) for one, unit in sides)
    if persons < FEWEST:
        return Absent(why=f"fewer than {FEWEST} rows or persons: their spread says nothing")
    error = WIDTH * float(np.sqrt(sum(variance(one, unit) for one, unit in sides)))
    each = "row" if real is None and other is None else "person"
    method = f"influence of each {each}, standard interval"
    if not np.isfinite(error):
        return Absent(why="the spread of the rows' influences is not a finite number")
    if not error > 0:
        # Seen in none of n rows is compatible with 3 in n (Hanley and Lippman-Hand, "If Nothing Goes Wrong", 1983).
        error, method = 3 / persons, "rule of three: no row differs"
    return Interval(low=max(found.value - error, low), high=min(found.value + error, high), method=method)


def variance(influences: Floats, unit: Units) -> float:
    """Squared standard error of a mean of influences (rows,), by person where `unit` (rows,) says whose they are."""
    parts = influences - influences.mean()
    if unit is not None:
        parts = np.bincount(unit, parts)
    return float(parts @ parts) / len(influences) ** 2


def spread_over(rows: int, where: NDArray[np.bool_], influences: Floats) -> Floats:
    """Influences on a mean over the rows `where`, as influences of all rows: (rows,), 0 elsewhere, and so centred."""
    every = np.zeros(rows)
    every[where] = (influences - influences.mean()) * (rows / len(influences))
    return every
