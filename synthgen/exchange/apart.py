"""Columns as the data has them: a point is two."""

from __future__ import annotations

from synthgen.schema import Column, Number, Point, Schema


def apart(schema: Schema) -> dict[str, Column]:
    """The columns of the data by name, each point as a latitude and a longitude.

    >>> corners = {"minimum": [40, -80], "maximum": [45, -70]}
    >>> home = {"type": "point", "latitude": "lat", "longitude": "long"} | corners
    >>> found = apart(Schema(name="t", columns={"home": home}))
    >>> list(found), found["long"].minimum
    (['lat', 'long'], -80.0)
    """
    found: dict[str, Column] = {}
    for name, column in schema.columns.items():
        found |= _axes(column) if isinstance(column, Point) else {name: column}
    return found


def _axes(point: Point) -> dict[str, Column]:
    return {
        name: Number(
            type="number",
            minimum=point.minimum[axis],
            maximum=point.maximum[axis],
            decimals=point.decimals,
            nullable=point.nullable,
        )
        for axis, name in enumerate((point.latitude, point.longitude))
    }
