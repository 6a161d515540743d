import json
import math

import pytest

from synthgen.evaluate.page.drawings import data, distance, script, spread, words
from synthgen.evaluate.report import Curves, Distribution, Line, Matrix


def bins(*edges: float, labels: tuple[str, ...] | None = None) -> Distribution:
    count = len(edges) - 1
    return Distribution(
        title="age",
        tier="internal",
        column="age",
        labels=labels or tuple(map(str, range(count))),
        real=(1 / count,) * count,
        synthetic=(1 / count,) * count,
        edges=edges,
    )


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ((0.0, 1.0, 2.0, 3.0), "even"),
        ((1.0, 10.0, 100.0), "log"),
        ((0.0, 1.0, 10.0, 100.0), "levels"),
        ((-1.0, 0.0, 10.0), "levels"),
        ((0.0, 0.0, 0.0), "levels"),
        ((0.0, 1.0, math.inf), "levels"),
        ((0.0,), "levels"),
    ],
)
def test_bins_are_drawn_on_the_line_on_which_they_are_even(edges: tuple[float, ...], expected: str) -> None:
    assert spread(bins(*edges)) == expected if len(edges) > 1 else True


def test_days_are_known_by_their_labels() -> None:
    days = ("2020-01-01 to 2020-01-11", "2020-01-11 to 2020-01-21")
    assert data(bins(18262, 18272, 18282, labels=days))["dates"]
    assert not data(bins(18262, 18272, 18282))["dates"]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_becomes_null(odd: float) -> None:
    curves = Curves(
        title="t", tier="internal", x="x", y="y", lines=(Line(name="n", role="real", x=(0.0, 1.0), y=(odd, 1.0)),)
    )
    matrix = Matrix(
        title="t", tier="internal", rows=("a",), columns=("b",), real=((odd,),), synthetic=((None,),), low=odd
    )
    for drawing in (curves, matrix, bins(0, 1, odd)):
        assert json.loads(json.dumps(data(drawing), allow_nan=False))


def test_the_distance_is_half_of_what_the_bars_differ_by() -> None:
    drawing = Distribution(
        title="t", tier="internal", column="c", labels=("a", "b"), real=(0.5, 0.5), synthetic=(0.7, 0.3)
    )
    assert distance(drawing) == pytest.approx(0.2)


def test_words_tell_where_real_and_synthetic_differ_most() -> None:
    drawing = Distribution(
        title="city",
        tier="internal",
        column="city",
        labels=("Oslo", "Rome", "Lima"),
        real=(0.5, 0.3, 0.2),
        synthetic=(0.7, 0.2, 0.1),
    )
    assert words(drawing) == (
        "city: shares of 3 levels, real and synthetic. They overlap by 80.0%; "
        "they differ most at Oslo: 50.0% real, 70.0% synthetic."
    )
    matrix = Matrix(
        title="Correlation",
        tier="internal",
        rows=("a", "b"),
        columns=("a", "b"),
        real=((1.0, 0.2), (None, 1.0)),
        synthetic=((1.0, 0.6), (0.6, 1.0)),
    )
    assert words(matrix).endswith("They differ most at a and b: 0.200 real, 0.600 synthetic.")


def test_words_have_something_to_say_of_nothing() -> None:
    empty = Distribution(title="t", tier="internal", column="c", labels=(), real=(), synthetic=())
    nothing = Matrix(title="m", tier="internal", rows=("a",), columns=("a",), real=((None,),), synthetic=((None,),))
    assert words(empty) == "t: nothing to draw."
    assert words(nothing).endswith("No cell is known in both.")


def test_plotlys_script_is_the_installed_one() -> None:
    assert "plotly.js v" in script()[:200]
