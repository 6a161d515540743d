"""Points: one line for two columns, and nothing is lost on the way but what is finer than its cells."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.grid import LineGrid, grid
from synthgen.encode.oneway import weight
from synthgen.errors import SchemaError
from synthgen.schema import Number, Point, Schema
from synthgen.shape import shape_of
from synthgen.shape.points import SIDE, across, along, place_of, point_at
from synthgen.tables import conform

CITY = {"latitude": "lat", "longitude": "long", "minimum": [47.1, -122.6], "maximum": [47.8, -121.3]}
WORLD = {"latitude": "lat", "longitude": "long", "minimum": [-90, -180], "maximum": [90, 180]}


def schema_of(**said: Any) -> Schema:
    columns = {"age": {"type": "integer", "minimum": 0, "maximum": 9}, "home": {"type": "point", **said}}
    return Schema.model_validate({"name": "t", "columns": columns})


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


PLACES = st.lists(st.integers(0, SIDE**2 - 1), min_size=1, max_size=50).map(lambda places: np.array(places, np.int64))
IN_CITY = st.tuples(st.integers(471_000, 478_000), st.integers(-1_226_000, -1_213_000))


@given(PLACES)
def test_the_curve_meets_each_cell_once(place: Any) -> None:
    assert along(*across(place)).tolist() == place.tolist()


@given(st.integers(0, SIDE**2 - 1000))
def test_neighbours_on_the_curve_are_neighbours_on_the_map(start: int) -> None:
    x, y = across(np.arange(start, start + 1000))
    assert set((np.abs(np.diff(x)) + np.abs(np.diff(y))).tolist()) == {1}


@pytest.mark.parametrize("power", [1, 5, 19])
def test_a_quarter_aligned_run_of_the_curve_is_a_cell_of_a_quad_tree(power: int) -> None:
    start = (7 % 4 ** (20 - power)) * 4**power
    x, y = across(np.linspace(start, start + 4**power - 1, 500).astype(np.int64))
    assert len(set((x >> power).tolist())) == len(set((y >> power).tolist())) == 1


@given(st.lists(IN_CITY, min_size=1, max_size=30))
def test_a_point_comes_back_to_its_last_decimal(steps: list[tuple[int, int]]) -> None:
    column = Point.model_validate({"type": "point", **CITY})
    points = np.array(steps) / 10_000
    np.testing.assert_array_equal(point_at(column, place_of(column, points), rng()), points)


@given(PLACES, st.integers(0, 7))
def test_no_place_leaves_its_box(place: Any, decimals: int) -> None:
    column = Point.model_validate({"type": "point", **WORLD, "decimals": decimals})
    back = point_at(column, place, rng())
    assert (np.abs(back) <= [90, 180]).all()
    np.testing.assert_array_equal(np.round(back, decimals), back)


def test_a_box_without_extent_is_one_point() -> None:
    corner = [47.5, -122.0]
    column = Point.model_validate({"type": "point", **CITY, "minimum": corner, "maximum": corner})
    assert point_at(column, place_of(column, np.full((2, 2), corner)), rng()).tolist() == [corner, corner]


def test_rows_go_in_as_a_line_and_come_out_as_two_columns() -> None:
    shape = shape_of(schema_of(**CITY, nullable=True))
    assert list(shape.modelled.columns) == ["age", "lat, long"]
    assert isinstance(shape.modelled.columns["lat, long"], Number)
    data = pa.RecordBatch.from_pydict({"age": [1, 2], "lat": [47.5, None], "long": [-122.0, None]})
    values = shape.inward(conform(data, shape.table)).columns["lat, long"]
    assert values.null.tolist() == [False, True]
    line = pa.array(values.data, mask=values.null)
    out = shape.outward(pa.RecordBatch.from_pydict({"age": [1, 2], "lat, long": line}), rng())
    assert out.to_pydict() == data.to_pydict()


def test_a_column_with_the_name_of_a_line_is_refused() -> None:
    columns = {"lat, long": {"type": "boolean"}, "home": {"type": "point", **CITY}}
    with pytest.raises(SchemaError, match="kept for the place of home"):
        shape_of(Schema.model_validate({"name": "t", "columns": columns}))


def test_a_plane_is_followed_in_finer_stretches_than_a_line() -> None:
    shape = shape_of(Schema.model_validate({"name": "t", "columns": {"home": {"type": "point", **WORLD}}}))
    column = shape.modelled.columns["lat, long"]
    plane, line = grid("x", column), grid("x", Number(type="number", minimum=0, maximum=SIDE**2 - 1))
    assert isinstance(plane, LineGrid)
    assert isinstance(line, LineGrid)
    assert (plane.plane, line.plane) == (True, False)
    assert plane.units == line.units == SIDE**2
    assert not plane.whole
    assert weight(plane) == 2 * weight(line)
