"""The whole page, as text: what it may hold, and what it never says."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from synthgen.evaluate.page import page
from synthgen.evaluate.page.drawings import script
from synthgen.evaluate.report import (
    Curves,
    Distribution,
    Fact,
    Figure,
    Finding,
    Interval,
    Line,
    Matrix,
    Note,
    Report,
    Section,
    Table,
    Tier,
)
from tests.evaluate.page.made import report

HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}<!--\u2028'\"&"


def own(text: str) -> str:
    """A page without plotly's script."""
    assert script() in text
    return text.replace(script(), "")


def test_a_report_gives_the_same_page_twice() -> None:
    assert page(report()) == page(report())


def test_the_page_never_says_what_no_figure_shows() -> None:
    assert not re.search(r"\b(safe|anonym)", own(page(report())), re.IGNORECASE)


def test_the_page_has_no_address_to_load_from() -> None:
    text = own(page(report()))
    assert not re.search(r"<(link|img|iframe|script|object|embed|source)[^>]*(src|href)=\"(?!data:,)", text)
    assert "@import" not in text
    assert "url(" not in text


def test_plotly_is_bundled_once_and_only_where_something_is_drawn() -> None:
    assert page(report()).count("plotly.js v") == 1
    assert "plotly.js v" not in page(replace(report(), sections=()))


# --- what others wrote is text ------------------------------------------------------------------------------------


def hostile() -> Report:
    """Every text that can come from a table or a schema, as bad as can be."""
    drawn = report(3)
    first = drawn.sections[0]
    figures = tuple(
        replace(one, title=HOSTILE, subject=(HOSTILE,) * len(one.subject), slice=one.slice and HOSTILE, note=HOSTILE)
        for one in first.figures
    )
    bars = Distribution(
        title=HOSTILE, tier="internal", column=HOSTILE, labels=(HOSTILE, "b"), real=(0.5, 0.5), synthetic=(0.4, 0.6)
    )
    cells = Matrix(
        title=HOSTILE, tier="internal", rows=(HOSTILE,), columns=(HOSTILE,), real=((0.5,),), synthetic=((0.4,),)
    )
    lines = Curves(
        title=HOSTILE,
        tier="internal",
        x=HOSTILE,
        y=HOSTILE,
        lines=(Line(name=HOSTILE, role="real", x=(0.0, 1.0), y=(0.0, 1.0)),),
    )
    read = Table(title=HOSTILE, tier="internal", header=(HOSTILE,), cells=((HOSTILE,),))
    finding = Finding(attack=HOSTILE, verdict="signal", because=HOSTILE, tier="internal", keys=())
    section = Section(
        name="fidelity",
        title=HOSTILE,
        figures=figures,
        drawings=(bars, cells, lines, read),
        findings=(finding,),
        notes=(Note(text=HOSTILE, source=HOSTILE), Note(text="t", source=f"https://x.org/{HOSTILE}")),
    )
    fact = Fact(name=HOSTILE, value=HOSTILE, tier="internal")
    return replace(drawn, schema=HOSTILE, facts=(fact,), sections=(section,))


def test_hostile_names_stay_text() -> None:
    text = own(page(hostile()))
    assert "<img" not in text
    assert ">49<" not in text
    assert text.count("</script>") == text.count("<script")
    plots = re.search(r'<script type="application/json" id="plots">(.*?)</script>', text, re.DOTALL)
    assert plots is not None
    assert "<" not in plots[1]
    assert json.loads(plots[1])[0]["column"] == HOSTILE


# --- what may leave the building ----------------------------------------------------------------------------------

PLANTED = 0.7319462857


def spellings(value: float) -> Iterator[str]:
    """How a number could stand in a page."""
    for digits in range(4, 11):
        yield f"{value:.{digits}f}"
        yield f"{value:.{digits}g}"
        yield f"{value:.{digits}e}"
        yield f"{100 * value:.{digits}f}"
        yield f"{100 * value:.{digits}g}"
        yield f"{1 - value:.{digits}f}"
        yield f"{100 * (1 - value):.{digits}f}"
    yield f"{value:.3f}"
    yield f"{100 * value:.1f} %"
    yield f"{100 * value:.1f}%"
    yield repr(value)
    yield value.hex()


def planted(tier: Tier, value: float, mark: str) -> Section:
    """Each thing that has a tier, with the value in every number and the mark in every text."""
    figure = Figure(
        key="fidelity.tvd2",
        title=f"figure {mark}",
        value=value,
        tier=tier,
        better="higher",
        interval=Interval(low=value, high=value, method=f"method {mark}"),
        ceiling=value,
        floor=-value,
        note=f"note {mark}",
    )
    line = Line(name=f"line {mark}", role="real", x=(value, value), y=(value, value))
    return Section(
        name="fidelity",
        title="Fidelity",
        figures=(
            figure,
            replace(figure, key="fidelity.column.tvd", subject=(f"column {mark}",)),
            replace(figure, slice=f"slice {mark}"),
            replace(figure, key="fidelity.pair.tvd", subject=(f"one {mark}", f"two {mark}")),
        ),
        drawings=(
            Distribution(
                title=f"drawing {mark}",
                tier=tier,
                column=f"column {mark}",
                labels=(f"label {mark}", "b"),
                real=(value, 1 - value),
                synthetic=(1 - value, value),
                edges=(0.0, value, 2 * value),
            ),
            Matrix(
                title=f"drawing {mark}",
                tier=tier,
                rows=(f"row {mark}",),
                columns=(f"row {mark}",),
                real=((value,),),
                synthetic=((value,),),
                high=value,
            ),
            Curves(title=f"drawing {mark}", tier=tier, x=f"x {mark}", y=f"y {mark}", lines=(line,)),
            Table(title=f"drawing {mark}", tier=tier, header=(f"head {mark}", "b"), cells=((f"cell {mark}", value),)),
        ),
        findings=(
            Finding(attack=f"attack {mark}", verdict="signal", because=f"why {mark}", tier=tier, keys=(figure.key,)),
        ),
        notes=(Note(text=f"text {mark}", source=f"source {mark}", tier=tier),),
    )  # fmt: skip


def with_planted(tier: Tier, value: float = PLANTED, mark: str = "zqxplanted") -> Report:
    """The hand-made report with a planted section and fact beside it."""
    plain = report()
    rest = tuple(one for one in plain.sections if one.name == "budget")
    facts = (Fact(name=f"fact {mark}", value=value, tier=tier), *plain.facts[1:])
    return replace(plain, facts=facts, sections=(planted(tier, value, mark), *rest))


def test_no_private_figure_is_in_the_bytes_of_the_public_page() -> None:
    text = page(with_planted("internal"), public=True)
    assert "zqxplanted" not in text
    assert [one for one in spellings(PLANTED) if one in own(text)] == []


@pytest.mark.parametrize("tier", ["paid", "synthetic_only"])
def test_what_may_leave_is_in_the_public_page(tier: Tier) -> None:
    text = own(page(with_planted(tier), public=True))
    assert text.count("zqxplanted") > 20
    assert len([one for one in spellings(PLANTED) if one in text]) > 3


def test_private_figures_are_found_in_the_page_that_stays() -> None:
    text = own(page(with_planted("internal")))
    assert text.count("zqxplanted") > 20
    assert len([one for one in spellings(PLANTED) if one in text]) > 3


def test_the_public_page_is_the_same_whatever_the_private_figures_are() -> None:
    one = page(with_planted("internal"), public=True)
    assert one == page(with_planted("internal", 0.1111, "other"), public=True)
    emptied = replace(with_planted("internal"), facts=report().facts[1:])
    emptied = replace(emptied, sections=(Section(name="fidelity", title="Fidelity"), *emptied.sections[1:]))
    assert one == page(emptied, public=True)


def test_both_pages_say_which_they_are() -> None:
    assert "Keep this page inside the building" in page(report())
    assert "This page may leave the building" in page(report(), public=True)
