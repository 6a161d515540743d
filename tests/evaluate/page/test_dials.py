import pytest

from synthgen.evaluate.page.dials import VERDICTS, arc, dial_view
from synthgen.evaluate.report import Absent, Figure
from synthgen.evaluate.summary import Dial


def test_the_part_of_an_arc_grows_with_the_position_and_stops_at_its_end() -> None:
    heights = [arc(position).needle for position in (0.0, 0.5, 1.0)]
    assert [x for x, _ in heights] == sorted(x for x, _ in heights)
    assert arc(0.5).needle == (100.0, 16.0)
    assert arc(9.0).needle == arc(2.0).needle


def test_an_unknown_position_draws_the_track_alone() -> None:
    assert arc(None).part == ""
    assert arc(None).track == arc(0.5).track


def test_a_dial_says_in_words_what_its_colour_says() -> None:
    figure = Figure(
        key="fidelity.tvd2",
        title="Pairs",
        value=0.2,
        tier="internal",
        better="lower",
        interval=Absent(why="no"),
        ceiling=0.1,
        floor=Absent(why="no"),
    )
    dial = Dial(
        name="fidelity", title="How close?", light="amber", position=0.7, figure=figure, text="Told.", tier="internal"
    )
    assert dial_view(dial).words == "Pairs: 0.200, ceiling 0.100, some way from real rows"


def test_a_dial_without_a_figure_says_so() -> None:
    dial = Dial(
        name="utility", title="Useful?", light="grey", position=None, figure=None, text="Told.", tier="internal"
    )
    assert dial_view(dial).words == "No figure, not computed"


@pytest.mark.parametrize("name", VERDICTS)
def test_every_light_has_words(name: str) -> None:
    assert set(VERDICTS[name]) == {"green", "amber", "red", "grey"}
