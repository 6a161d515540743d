import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.grid import LineGrid, grid
from synthgen.schema import Schema
from synthgen.sql.expression import Either, Every, Lies, Missing, OneOf, Pair
from synthgen.sql.region import Region, complement, implied, intersect, merged, unite, units_within

UNITS = 12
SENTINELS = 2


@st.composite
def regions(draw: st.DrawFn) -> Region:
    ends = draw(st.lists(st.tuples(st.integers(0, UNITS), st.integers(0, UNITS)), max_size=5))
    low, high = merged(np.array([low for low, _ in ends], np.int64), np.array([high for _, high in ends], np.int64))
    special = np.array(draw(st.lists(st.booleans(), min_size=SENTINELS, max_size=SENTINELS)))
    return Region(units=UNITS, low=low, high=high, special=special, missing=draw(st.booleans()))


def members(region: Region) -> set[object]:
    """A region as a plain set, after checking that its intervals are in order."""
    assert (region.low < region.high).all()
    assert (region.high[:-1] < region.low[1:]).all()
    units = {unit for unit in range(UNITS) if region.holds(np.array(unit))}
    return (
        units | {f"sentinel {i}" for i in range(SENTINELS) if region.special[i]} | ({None} if region.missing else set())
    )


EVERYTHING = {*range(UNITS), "sentinel 0", "sentinel 1", None}


@given(st.lists(regions(), min_size=1, max_size=4))
def test_regions_obey_the_algebra_of_sets(parts: list[Region]) -> None:
    sets = [members(part) for part in parts]
    assert members(unite(parts)) == set().union(*sets)
    assert members(intersect(parts)) == set(EVERYTHING).intersection(*sets)
    assert members(complement(parts[0])) == EVERYTHING - sets[0]
    assert parts[0].is_empty == (not sets[0])


def line(**bounds: object) -> LineGrid:
    column = {"type": "number", **bounds}
    made = grid("x", Schema.model_validate({"name": "t", "columns": {"x": column}}).columns["x"])
    assert isinstance(made, LineGrid)
    return made


LINES = [
    line(minimum=0.5, maximum=30_000, decimals=2, scale="log"),
    line(minimum=-1000, maximum=1000, decimals=12),
    line(minimum=-1.1, maximum=1e-3),
    line(minimum=1e-9, maximum=1e12, scale="log"),
    line(minimum=123456789.1, maximum=123456789.2),
]


@given(st.sampled_from(LINES), st.integers(0, 2**40), st.sampled_from([-math.inf, math.inf, None]))
def test_a_unit_belongs_to_a_range_exactly_when_its_value_as_a_float_does(
    known: LineGrid, place: int, nudge: float | None
) -> None:
    unit = place % known.units
    bound = float(known.value_of(np.array([unit]))[0])
    bound = bound if nudge is None else math.nextafter(bound, nudge)
    near = np.clip(unit + np.arange(-3, 4), 0, known.units - 1)
    values = known.value_of(near)
    for low, high in ((bound, math.inf), (-math.inf, bound), (bound, bound)):
        starts, ends = units_within(known, [(low, high)])
        found = np.searchsorted(starts, near, "right") > np.searchsorted(ends, near, "right")
        assert (found == ((values >= low) & (values <= high))).all()


@pytest.mark.parametrize(("bound", "first"), [(517.3, 51681), (517.301, 51681), (517.299, 51680)])
def test_cents_begin_right_above_the_bound(bound: float, first: int) -> None:
    low, _ = units_within(LINES[0], [(math.nextafter(bound, math.inf), math.inf)])
    assert low.tolist() == [first]
    assert LINES[0].value_of(low)[0] == round(0.5 + first / 100, 2)


def test_an_or_over_two_columns_demands_of_each_what_all_its_branches_demand() -> None:
    grids = {
        name: grid(name, column)
        for name, column in Schema.model_validate(
            {
                "name": "t",
                "columns": {
                    "a": {"type": "integer", "minimum": 0, "maximum": 9, "nullable": True},
                    "b": {"type": "categorical", "values": ["x", "y", "z"]},
                },
            }
        ).columns.items()
    }
    small, large = Lies(column="a", ranges=((-math.inf, 2),)), Lies(column="a", ranges=((7, math.inf),))
    x, y = OneOf(column="b", levels=frozenset({0})), OneOf(column="b", levels=frozenset({1}))
    both = Either(terms=(Every(terms=(small, x)), Every(terms=(large, y))))
    found = implied(both, grids)
    assert np.flatnonzero(found["a"].holds(np.arange(10))).tolist() == [0, 1, 2, 7, 8, 9]
    assert np.flatnonzero(found["b"].holds(np.arange(3))).tolist() == [0, 1]
    assert implied(Either(terms=(small, x)), grids) == {}
    assert implied(Pair(left="a", operator="<", right="c"), grids) == {}
    assert implied(Every(terms=(small, Missing(column="a"))), grids)["a"].is_empty
