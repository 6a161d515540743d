"""A report comes back as it was, and nothing else is taken for one."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ReportError
from synthgen.evaluate.report import (
    Absent,
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
    public,
)
from synthgen.evaluate.written import from_json, markdown, to_json

WHY = Absent(why="no holdout was given")


def report_of(*sections: Section) -> Report:
    facts = (Fact(name="rows", value=5.0, tier="internal"), Fact(name="synthgen", value="1", tier="synthetic_only"))
    return Report(schema="t", created="2025-01-31", seed=3, facts=facts, sections=sections)


FIGURE = Figure(
    key="fidelity.tvd2", title="Pairs", value=0.03, tier="internal", better="lower",
    interval=Interval(low=0.02, high=0.04, method="bootstrap"), ceiling=0.02, floor=WHY,
    subject=("age", "sex"), slice="sex = Female", note="of 105 pairs",
)  # fmt: skip
WHOLE = report_of(
    Section(
        name="fidelity",
        title="Fidelity",
        figures=(FIGURE,),
        drawings=(
            Distribution(
                title="age", tier="internal", column="age", labels=("a", "b"), real=(0.5, 0.5), synthetic=(1.0, 0.0)
            ),
            Matrix(title="m", tier="internal", rows=("a",), columns=("a",), real=((None,),), synthetic=((0.5,),)),
            Curves(title="c", tier="paid", x="x", y="y", lines=(Line(name="n", role="guide", x=(0.0,), y=(1.0,)),)),
            Table(title="t", tier="paid", header=("a", "b", "c"), cells=(("x", 1.0, None),)),
        ),
        findings=(Finding(attack="m", verdict="signal", because="it copies", tier="internal", keys=("a.b",)),),
        notes=(Note(text="how", source="where"),),
    )
)


def test_a_report_comes_back_as_it_was() -> None:
    assert from_json(to_json(WHOLE)) == WHOLE
    assert from_json(to_json(WHOLE).encode()) == WHOLE


@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.text())
def test_any_number_and_any_text_come_back(value: float, low: float, text: str) -> None:
    interval = Interval(low=low, high=math.inf, method=text)
    figure = Figure(
        key=text, title=text, value=value, tier="paid", better="higher", interval=interval, ceiling=value, floor=WHY
    )
    whole = report_of(Section(name=text, title=text, figures=(figure,)))
    assert from_json(to_json(whole)) == whole


def test_the_file_is_json_that_any_reader_reads() -> None:
    figure = Figure(
        key="k", title="t", value=math.nan, tier="paid", better="lower", interval=WHY, ceiling=WHY, floor=math.inf
    )
    text = to_json(report_of(Section(name="s", title="s", figures=(figure,))))

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    json.loads(text, parse_constant=refuse)
    back = from_json(text).sections[0].figures[0]
    assert isinstance(back.value, float)
    assert math.isnan(back.value)
    assert back.floor == math.inf


def edited(**changes: Any) -> str:
    return json.dumps(json.loads(to_json(WHOLE)) | changes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '"report"',
        "{}",
        "\0",
        "[" * 100_000,
        b"\xff\xfe",
        to_json(WHOLE)[:-40],
        edited(format=2),
        edited(format=None),
        edited(seed="3"),
        edited(seed=math.nan),
        edited(more=1),
        edited(sections=[{"name": "s"}]),
        edited(facts=[{"name": "rows", "value": 5.0, "tier": "secret"}]),
        to_json(WHOLE).replace('"kind": "matrix"', '"kind": "other"'),
        to_json(WHOLE).replace('"value": 0.03', '"value": "0.03"'),
        to_json(WHOLE).replace('"value": 0.03', '"value": 0.03, "extra": 1'),
        to_json(WHOLE).replace('"verdict": "signal"', '"verdict": "safe"'),
    ],
)
def test_garbage_is_refused_in_one_line(text: str | bytes) -> None:
    with pytest.raises(ReportError) as caught:
        from_json(text)
    assert "\n" not in str(caught.value)


def test_markdown_says_the_dials_the_verdicts_and_the_figures_of_the_whole_table() -> None:
    whole = Figure(
        key="fidelity.tvd1", title="Columns", value=0.01, tier="internal", better="lower",
        interval=Interval(low=0.005, high=0.015, method="b"), ceiling=0.009, floor=WHY,
    )  # fmt: skip
    section = WHOLE.sections[0]
    text = markdown(report_of(Section(name="f", title="F", figures=(whole, FIGURE), findings=section.findings)))
    assert "| Columns \u2193 | 0.01 | 0.005 to 0.015 | 0.009 |  | internal |" in text
    assert "| m | **signal** | it copies |" in text
    assert "Pairs" not in text
    assert text.count("<details>") == text.count("</details>") == 1


@given(st.text())
def test_no_name_can_break_out_of_its_cell(name: str) -> None:
    finding = Finding(attack=name, verdict="signal", because=name, tier="internal", keys=())
    lines = markdown(report_of(Section(name="s", title="s", findings=(finding,)))).splitlines()
    row = next(line for line in lines if "**signal**" in line)
    plain = row.replace("\\\\", "").replace("\\|", "")
    assert plain.count("|") == 4
    assert "<" not in plain


def test_markdown_of_the_public_part_has_no_private_figure() -> None:
    assert "0.03" not in markdown(public(WHOLE))
    assert "rows" not in markdown(public(WHOLE))
