"""Rows of mixed types as points: how far apart they are, and what is not a number."""

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.attacks.near import nearest
from synthgen.evaluate.attacks.points import Points, Scale, points
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.views import View
from synthgen.schema import parse_schema

SCHEMA = parse_schema("""\
name: t
columns:
  town: {type: categorical, values: [a, b], nullable: true}
  age: {type: integer, minimum: 0, maximum: 10, nullable: true, special: [-1]}
""")


def views(left: pd.DataFrame, right: pd.DataFrame) -> tuple[View, View]:
    inputs = inputs_of(left, right, SCHEMA)
    return inputs.real, inputs.synthetic


def table(*rows: tuple[object, object]) -> pd.DataFrame:
    ages = pd.Series([age for age, _ in rows], dtype="Int64")
    return pd.DataFrame({"town": pd.Series([town for _, town in rows], dtype=object), "age": ages})


def between(left: Points, right: Points) -> float:
    return float(nearest(left, right).distances[0, 0])


def placed(*rows: tuple[object, object], scale: Scale = "range") -> list[Points]:
    """One point each; the range of ages is 0 to 10."""
    both = views(table((0, "a"), (10, "a")), table(*rows))
    _, found = points(both, scale=scale)
    return [found.take(np.array([place])) for place in range(len(rows))]


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [
        ((2, "a"), (2, "a"), 0.0),
        ((2, "a"), (7, "a"), 0.5),
        ((2, "a"), (7, "b"), 1.5),
        ((2, None), (2, None), 0.0),
        ((2, None), (2, "a"), 1.0),
        ((None, "a"), (None, "a"), 0.0),
        ((None, "a"), (9, "a"), 1.0),
        ((-1, "a"), (-1, "a"), 0.0),
        ((-1, "a"), (None, "a"), 1.0),
        ((-1, "a"), (0, "a"), 1.0),
    ],
)
def test_distances_are_gower_s(left: tuple[object, object], right: tuple[object, object], apart: float) -> None:
    one, other = placed(left, right)
    assert between(one, other) == pytest.approx(apart, abs=1e-6)


def test_ranks_part_a_crowd_that_a_long_tail_would_press_together() -> None:
    rows = [(age, "a") for age in (0, 1, 2, 3, 10)]
    both = views(table(*rows), table(*rows))
    by_range, by_rank = (points(both, scale=scale)[0].numbers[0] for scale in ("range", "rank"))
    assert by_range[1] == pytest.approx(0.1)
    assert by_rank[1] == pytest.approx((0.1 + 0.3) / 2)  # half of its range's place, half of rank 1.5 of 5
    assert (np.diff(by_rank) > 0).all()


def test_fewer_columns_keep_their_places() -> None:
    both = views(table((1, "a"), (5, "b")), table((1, "a"), (5, "b")))
    whole = points(both, scale="range")[0]
    assert whole.names == ("age", "town")
    assert whole.only([1]).codes.tolist() == [[0, 1]]
    assert whole.only([1]).numbers.shape == (0, 2)
    assert whole.only([0]).names == ("age",)


def test_a_column_without_any_value_is_no_distance() -> None:
    both = views(table((None, "a")), table((None, "a")))
    left, right = points(both, scale="rank")
    assert between(left, right) == 0
