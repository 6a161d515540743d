"""Places on a map as one line: each point's place on a Hilbert curve through its public box.

The curve visits a grid of 2^20 by 2^20 cells one after another, and quarter by quarter, so that a run of it is a patch
of the map: the stretches into which a line is cut where rows are crowded are the leaves of a quad-tree.
Source: Hilbert, "Ueber die stetige Abbildung einer Linie auf ein Flaechenstueck" (1891).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.errors import SchemaError
from synthgen.schema import Column, Point, Schema, learned
from synthgen.schema.point import Curve
from synthgen.shape.step import Inside, Outside

ORDER: Final = 20
"""Halvings of each side."""
SIDE: Final = 2**ORDER

Units = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """These points become lines; `names` has what each is called there."""

    columns: Mapping[str, Point]
    names: Mapping[str, str]

    def modelled(self, schema: Schema) -> Schema:
        """A line in the place of each point."""
        lines: dict[str, Column] = {
            self.names.get(name, name): self._line(column) if isinstance(column, Point) else column
            for name, column in schema.columns.items()
        }
        return schema.model_copy(update={"columns": lines})

    def inward(self, columns: Inside) -> Inside:
        """Latitude and longitude (float64 [rows, 2]) to places on the curve (float64, whole)."""
        found = dict(columns)
        for name, column in self.columns.items():
            values = found.pop(name)
            place = place_of(column, values.data).astype(np.float64)
            found[self.names[name]] = replace(values, data=place)
        return found

    def outward(self, columns: Outside, _rows: int, rng: np.random.Generator) -> Outside:
        """The two columns again; inside a cell that is wider than the last decimal, anywhere."""
        found = dict(columns)
        for name, column in self.columns.items():
            if self.names[name] not in found:
                continue
            line = found.pop(self.names[name])
            missing: NDArray[np.bool_] = line.is_null().to_numpy(zero_copy_only=False)
            place: Units = line.fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.int64)
            point = point_at(column, place, rng)
            for axis, source in enumerate((column.latitude, column.longitude)):
                found[source] = pa.array(point[:, axis], mask=missing)
        return found

    @staticmethod
    def _line(column: Point) -> Curve:
        # Without decimals, so that nobody looks for round numbers; 2^40 units are the steps of the curve exactly.
        return Curve(type="number", minimum=0, maximum=SIDE**2 - 1, nullable=column.nullable)


def points_in(schema: Schema) -> Points | None:
    """The step for a schema; None without points. Raises SchemaError for a column that has the name of a line."""
    columns = {name: column for name, column in learned(schema).items() if isinstance(column, Point)}
    names = {name: f"{column.latitude}, {column.longitude}" for name, column in columns.items()}
    for name, own in names.items():
        if own in schema.columns:
            expected = f"a name that is not kept for the place of {name}"
            raise SchemaError(f"column {own}", expected=expected, got="that one", fix="rename the column")
    return Points(columns=columns, names=names) if columns else None


def place_of(column: Point, points: Floats) -> Units:
    """Places on the curve, int64 [rows], of points in the box, float64 [rows, 2]."""
    low, high = np.array(column.minimum), np.array(column.maximum)
    span = np.where(high > low, high - low, 1.0)
    cell = np.clip(np.floor((points - low) / span * SIDE), 0, SIDE - 1).astype(np.int64)
    return along(cell[:, 0], cell[:, 1])


def point_at(column: Point, place: Units, rng: np.random.Generator) -> Floats:
    """Points in the box, float64 [rows, 2], on the grid of its decimals."""
    low, high = np.array(column.minimum), np.array(column.maximum)
    cell = np.stack(across(place), axis=1)
    width = (high - low) / SIDE
    inside = np.where(width > 10.0**-column.decimals, rng.random(cell.shape), 0.5)
    return np.asarray(np.clip(np.round(low + (cell + inside) * width, column.decimals), low, high))


def along(x: Units, y: Units) -> Units:
    """Where the curve meets the cells x, y (int64, 0 to 2^20 - 1): int64, 0 to 2^40 - 1.

    >>> along(np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])).tolist()
    [0, 1, 2, 3]
    """
    place = np.zeros(len(x), np.int64)
    for power in range(ORDER - 1, -1, -1):
        right, up = (x >> power) & 1, (y >> power) & 1
        place += ((3 * right) ^ up) << (2 * power)
        x, y = _turned(x, y, right, up, SIDE)
    return place


def across(place: Units) -> tuple[Units, Units]:
    """The cells that the curve meets there.

    >>> [cells.tolist() for cells in across(np.arange(4))]
    [[0, 1, 1, 0], [0, 0, 1, 1]]
    """
    x, y = np.zeros(len(place), np.int64), np.zeros(len(place), np.int64)
    for power in range(ORDER):
        quarter = (place >> (2 * power)) & 3
        right = quarter >> 1
        up = (quarter ^ right) & 1
        x, y = _turned(x, y, right, up, 1 << power)
        x, y = x + (right << power), y + (up << power)
    return x, y


def _turned(x: Units, y: Units, right: Units, up: Units, side: int) -> tuple[Units, Units]:
    """The lower quarters hold the curve lying on its side, the right one upside down too."""
    mirrored = (up == 0) & (right == 1)
    x, y = np.where(mirrored, side - 1 - x, x), np.where(mirrored, side - 1 - y, y)
    return np.where(up == 0, y, x), np.where(up == 0, x, y)
