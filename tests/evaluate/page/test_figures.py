import math

import pytest

from synthgen.evaluate.page.figures import cross, table
from synthgen.evaluate.page.shell import number
from synthgen.evaluate.report import Absent, Figure, Interval

WHY = Absent(why="Too few rows.")


def figure(value: float | Absent = 0.2, **more: object) -> Figure:
    plain: dict[str, object] = {
        "key": "fidelity.tvd1",
        "title": "Total variation",
        "value": value,
        "tier": "internal",
        "better": "lower",
        "interval": Interval(low=0.1, high=0.3, method="bootstrap"),
        "ceiling": 0.0,
        "floor": 1.0,
    }
    return Figure(**(plain | more))  # type: ignore[arg-type]  # fields of a figure, by name


def test_a_value_stands_with_its_interval_and_how_it_was_found_is_said_once() -> None:
    made = table("t", "Figures", [figure(), figure(0.21)])
    assert made.rows[0].value.text == "0.200"
    assert made.rows[0].value.detail == "0.100 to 0.300"
    assert made.told == "Intervals at 95 %: bootstrap. Internal: computed from private rows without noise."
    assert made.footnotes == ()


def test_intervals_found_in_several_ways_each_say_how() -> None:
    other = figure(interval=Interval(low=0.1, high=0.3, method="Wilson"))
    made = table("t", "Figures", [figure(), other])
    assert [note.text for note in made.footnotes] == [
        "The interval, at 95 %: bootstrap.",
        "The interval, at 95 %: Wilson.",
    ]


def test_the_same_reason_is_one_footnote_with_one_id() -> None:
    made = table("t", "Figures", [figure(WHY), figure(ceiling=WHY), figure(interval=WHY), figure(floor=WHY)])
    assert [(note.id, note.mark, note.text) for note in made.footnotes] == [("t-why-a", "a", "Too few rows.")]
    assert made.rows[0].value.why == made.rows[1].ceiling.why == made.rows[2].value.detail_why == made.footnotes[0]


def test_more_reasons_than_letters_have_marks_of_their_own() -> None:
    made = table("t", "Figures", [figure(Absent(why=f"Reason {at}.")) for at in range(60)])
    assert len({note.mark for note in made.footnotes}) == 60


def test_a_figure_of_another_tier_than_most_is_marked() -> None:
    made = table("t", "Figures", [figure(), figure(), figure(tier="paid")])
    assert [row.tier for row in made.rows] == ["", "", "paid"]
    assert "unless marked" in made.told


@pytest.mark.parametrize(
    ("value", "ceiling", "floor", "better", "place"),
    [
        (0.0, 0.0, 1.0, "lower", 80.0),
        (1.0, 0.0, 1.0, "lower", 20.0),
        (0.5, 0.0, 1.0, "lower", 50.0),
        (0.75, 1.0, 0.5, "higher", 50.0),
        (-9.0, 1.0, 0.5, "higher", 0.0),
        (9.0, 1.0, 0.5, "higher", 100.0),
    ],
)
def test_a_scale_runs_from_the_floor_to_the_ceiling_whichever_is_larger(
    value: float, ceiling: float, floor: float, better: str, place: float
) -> None:
    scale = table("t", "Figures", [figure(value, ceiling=ceiling, floor=floor, better=better)]).rows[0].scale
    assert scale is not None
    assert scale.value == place


@pytest.mark.parametrize(
    "odd",
    [
        {"better": "neither"},
        {"ceiling": WHY},
        {"floor": WHY},
        {"floor": 0.0},
        {"ceiling": math.nan},
        {"value": math.inf},
        {"value": WHY},
        {"better": "higher"},
    ],
)
def test_there_is_no_scale_where_nothing_can_be_compared(odd: dict[str, object]) -> None:
    assert table("t", "Figures", [figure(**odd)]).rows[0].scale is None  # type: ignore[arg-type]  # by name


def test_an_interval_without_an_end_draws_no_span() -> None:
    open_ended = figure(interval=Interval(low=0.1, high=math.inf, method="profile"))
    scale = table("t", "Figures", [open_ended]).rows[0].scale
    assert scale is not None
    assert scale.low is None


def test_a_cross_table_has_a_column_a_key_and_a_row_a_label() -> None:
    second = figure(0.5, key="fidelity.tvd2", title="Pairs")
    made = cross("t", "By group", "Rows", [("all", figure(0.1)), ("all", second), ("few", figure(WHY))])
    assert made.header == ("Total variation", "Pairs")
    assert [label for label, _ in made.rows] == ["all", "few"]
    assert made.rows[1][1][1] is None
    first = made.rows[0][1][0]
    assert first is not None
    assert (first.detail, first.references) == ("0.100 to 0.300", ("floor 1", "ceiling 0"))


def test_numbers_are_told_to_three_digits_whatever_their_size() -> None:
    assert [number(one) for one in (0.1, -0.0499, 12.34, 123456.7, 1e20)] == [
        "0.100",
        "-0.050",
        "12.3",
        "123,457",
        "100,000,000,000,000,000,000",
    ]
