"""The public grid of a column: every value the schema allows falls into one cell.

Cells of a column stand in this order: the values (levels, or stretches of the line), the sentinels, missing. A line
is measured in *units*: whole steps (1, a day, a second, a last decimal) above its minimum. A number without
`decimals` has 2^40 of them, finer than anyone can tell from continuous. A line of at most 2^17 units has a cell for
each; a longer one has 2^16 cells, evenly spaced or, on a log scale, evenly spaced in asinh(value).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.hierarchy import depths_of
from synthgen.errors import SchemaError
from synthgen.schema import (
    Boolean,
    Categorical,
    Column,
    Date,
    DateTime,
    Duration,
    Integer,
    Line,
    Number,
    Scalar,
    Schema,
    Time,
)
from synthgen.schema.columns import EXACT
from synthgen.schema.lines import EPOCH, point_of
from synthgen.schema.point import Curve
from synthgen.tables.conform import Values

FULL_RESOLUTION = 2**17
"""A line of at most so many units has a cell for each."""
WIDE_CELLS = 2**16
CONTINUOUS_UNITS = 2**40
LOG_SCALE = 3e4
"""A log line is straight up to its largest magnitude / 30,000, and logarithmic beyond (asinh)."""
OTHER = "__other__"
"""What stands for every value that discovery did not release."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelGrid:
    """Cells of a column of levels: one a value, then missing.

    ordered  whether the values stand from the lowest to the highest
    depths   int64 [values] each: the public group of each value, from coarse to fine
    """

    name: str
    values: tuple[Scalar, ...]
    nullable: bool
    ordered: bool = False
    depths: tuple[NDArray[np.int64], ...] = field(default=(), compare=False, repr=False)

    @property
    def value_cells(self) -> int:
        """Cells that hold values: no sentinel, not missing."""
        return len(self.values)

    @property
    def cells(self) -> int:
        """All cells."""
        return len(self.values) + self.nullable

    def encode(self, values: Values) -> NDArray[np.int64]:
        """Cells (int64, one a row) of conformed values."""
        return np.where(values.null, self.value_cells, values.data.astype(np.int64))


@dataclass(frozen=True, kw_only=True, slots=True)
class LineGrid:
    """Cells of a column with order: stretches of the line between two bounds, then sentinels, then missing.

    Unit u (0 <= u < units) is the value `origin + u * step`; cell c holds the units edges[c] <= u < edges[c + 1].
    Values are counted in whole numbers, days or seconds since 1970 (in UTC where there is a time zone), seconds since
    midnight, units of a duration, or as they stand (float) for numbers.
    `whole` says that people write the values as multiples of `step` (so they may round them further), `plane` that the
    line fills a plane: it takes more stretches of it to follow a crowd.
    """

    name: str
    origin: Fraction
    step: Fraction
    units: int
    edges: NDArray[np.int64]
    log: bool
    whole: bool
    special: tuple[Scalar, ...]
    nullable: bool
    plane: bool = False

    @property
    def value_cells(self) -> int:
        """Cells that hold values: no sentinel, not missing."""
        return len(self.edges) - 1

    @property
    def cells(self) -> int:
        """All cells."""
        return self.value_cells + len(self.special) + self.nullable

    @property
    def is_full(self) -> bool:
        """Whether every unit has a cell of its own."""
        return self.value_cells == self.units

    def encode(self, values: Values) -> NDArray[np.int64]:
        """Cells (int64, one a row) of conformed values."""
        unit = np.clip(self.unit_of(values.data), 0, self.units - 1)
        cell = unit if self.is_full else np.searchsorted(self.edges, unit, side="right") - 1
        cell = np.where(values.special >= 0, self.value_cells + values.special.astype(np.int64), cell)
        return np.where(values.null, self.cells - 1, cell)

    @property
    def positions(self) -> NDArray[np.float64]:
        """Where the cell edges stand on the column's own scale (linear or log), increasing."""
        if not self.log:
            return self.edges.astype(np.float64)
        low, high = float(self.origin), float(self.origin + self.step * self.units)
        return np.asarray(np.arcsinh((low + self.edges * float(self.step)) / _bend(low, high)))

    def unit_of(self, data: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
        """Nearest unit of each value; may lie outside 0 .. units - 1."""
        if data.dtype.kind == "i" and self.step == 1:
            return data.astype(np.int64) - int(self.origin)
        return np.rint((data - float(self.origin)) / float(self.step)).astype(np.int64)

    def value_of(self, unit: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.float64]:
        """Values of units: int64 where every value is whole, else float64 (the double nearest to the decimal)."""
        if self.step == 1 and self.origin.denominator == 1:
            return unit + int(self.origin)
        scale = self.step.denominator
        first = self.origin * scale
        is_decimal = self.step.numerator == first.denominator == 1 and scale <= EXACT
        if is_decimal and max(abs(first), abs(first + self.units)) <= EXACT:  # divide once, exactly
            return np.asarray((unit + int(first)) / float(scale))
        last = float(self.origin + self.step * (self.units - 1))  # a sum of rounded products may lie beyond it
        return np.asarray(np.minimum(float(self.origin) + unit * float(self.step), last))


Grid = LevelGrid | LineGrid


def grids(schema: Schema, *, discovered: Mapping[str, Sequence[str]]) -> dict[str, Grid]:
    """The grid of every column; `discovered` holds the levels found for columns with `discover: true`.

    Raises SchemaError when a column's domain is neither declared nor discovered.
    """
    return {name: grid(name, column, discovered.get(name)) for name, column in schema.columns.items()}


def grid(name: str, column: Column, discovered: Sequence[str] | None = None) -> Grid:
    """The grid of one column, from public facts."""
    if isinstance(column, Categorical | Boolean):
        values = column.values if discovered is None else (*discovered, OTHER)
        if values is None:
            raise open_domain(name, "values")
        if isinstance(column, Boolean):
            return LevelGrid(name=name, values=tuple(values), nullable=column.nullable)
        depths = depths_of(column, values)
        return LevelGrid(
            name=name, values=tuple(values), nullable=column.nullable, ordered=column.ordered, depths=depths
        )
    assert isinstance(column, Line), "a shape leaves plain columns only"
    if isinstance(column, DateTime) and column.timezone is not None:
        _check_zone(name, column.timezone)
    origin, step, units = _units(name, column)
    log = getattr(column, "scale", "linear") == "log"
    edges = _edges(origin, step, units, log=log)
    return LineGrid(
        name=name,
        origin=origin,
        step=step,
        units=units,
        edges=edges,
        log=log,
        whole=isinstance(column, Integer) or getattr(column, "decimals", None) is not None,
        special=column.special,
        nullable=column.nullable,
        plane=isinstance(column, Curve),
    )


def open_domain(name: str, what: str) -> SchemaError:
    """The refusal of a column whose domain nobody declared."""
    discover = " or discover: true" if what == "values" else ""
    return SchemaError(
        f"column {name}",
        expected=f"{what} in the schema, for a finite epsilon",
        got="none",
        fix=f"declare {what}{discover}: reading them from private rows would leak",
    )


def _units(name: str, column: Line) -> tuple[Fraction, Fraction, int]:
    """Origin, step and number of units of a line."""
    if column.minimum is None or column.maximum is None:
        raise open_domain(name, "minimum and maximum")
    low = number_of(point_of(column, column.minimum))
    high = number_of(point_of(column, column.maximum, late=True))
    if isinstance(column, Number) and column.decimals is None:
        span = high - low
        return (low, span / (CONTINUOUS_UNITS - 1), CONTINUOUS_UNITS) if span else (low, Fraction(1), 1)
    step = _step(column)
    first, last = -((-low) // step), high // step  # the first and last multiple of the step inside the bounds
    if last < first:
        raise SchemaError(
            f"column {name}", expected="a value between minimum and maximum", got="none", fix="widen the bounds"
        )
    return first * step, step, int(last - first) + 1


def _check_zone(name: str, zone: str) -> None:
    """Raise SchemaError for a zone that Arrow, which reads and writes the instants, does not know here."""
    try:
        pc.local_timestamp(pa.scalar(0, pa.timestamp("s", zone)))
    except pa.ArrowInvalid:
        fix = "choose another zone, or install the system's time zone data (tzdata)"
        raise SchemaError(f"column {name}", expected="a time zone known here", got=repr(zone), fix=fix) from None


def _step(column: Line) -> Fraction:
    """From one value to the next."""
    if isinstance(column, Time) and column.format:
        return Fraction(60)  # written to the minute
    return Fraction(1, 10**column.decimals) if isinstance(column, Number) and column.decimals else Fraction(1)


def number_of(value: float | dt.date | dt.datetime | dt.time) -> Fraction:
    """A bound as the number that its column counts in: itself, days or seconds since 1970, seconds since midnight.

    >>> number_of(0.1), number_of(dt.date(1970, 1, 3))
    (Fraction(1, 10), Fraction(2, 1))
    """
    if isinstance(value, dt.datetime):
        return Fraction(round((value.replace(tzinfo=None) - EPOCH).total_seconds()))
    if isinstance(value, dt.date):
        return Fraction((value - EPOCH.date()).days)
    if isinstance(value, dt.time):
        return Fraction((value.hour * 60 + value.minute) * 60 + value.second)
    return Fraction(Decimal(str(value)))  # the decimal a person wrote, not the double nearest to it


def value_of(column: Column, number: float) -> float | dt.date | dt.datetime:
    """The other way round: a bound from the number that its column counts in."""
    if isinstance(column, Date):
        return (EPOCH + dt.timedelta(days=number)).date()
    if isinstance(column, DateTime):
        moment = EPOCH + dt.timedelta(seconds=number)
        return moment if column.timezone is None else _on_the_wall(moment, column.timezone)
    return int(number) if isinstance(column, Integer | Duration) else float(number)


def _on_the_wall(moment: dt.datetime, timezone: str) -> dt.datetime:
    """What a clock in a zone shows at a moment of UTC."""
    return moment.replace(tzinfo=dt.UTC).astimezone(zoneinfo.ZoneInfo(timezone)).replace(tzinfo=None)


def _edges(origin: Fraction, step: Fraction, units: int, *, log: bool) -> NDArray[np.int64]:
    """Cell edges in units, strictly increasing from 0 to `units`."""
    if units <= FULL_RESOLUTION:
        return np.arange(units + 1, dtype=np.int64)
    if not log:
        inner = np.linspace(0, units, WIDE_CELLS + 1)
    else:
        low, high = float(origin), float(origin + step * units)
        bend = _bend(low, high)
        even = np.linspace(np.arcsinh(low / bend), np.arcsinh(high / bend), WIDE_CELLS + 1)
        inner = (np.sinh(even) * bend - low) / float(step)
    edges = np.unique(np.clip(np.rint(inner), 0, units).astype(np.int64))
    edges[0], edges[-1] = 0, units
    return edges


def _bend(low: float, high: float) -> float:
    """Where a log scale turns from straight to logarithmic."""
    return max(abs(low), abs(high)) / LOG_SCALE
