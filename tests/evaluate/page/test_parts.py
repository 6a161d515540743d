from dataclasses import replace

from synthgen.evaluate.page.parts import Block, Part, notes_of, parts_of, plots_of
from synthgen.evaluate.report import Absent, Figure, Note, Report, Section, Table, public
from tests.evaluate.page.made import report

WHOLE = report()


def parts(of: Report) -> dict[str, Part]:
    return {part.id: part for part in parts_of(of, plots_of(of))}


def block(part: Part, name: str) -> Block:
    return next(one for one in part.blocks if one.id == name)


def test_the_parts_come_in_reading_order() -> None:
    assert list(parts(WHOLE)) == ["fidelity", "utility", "rare", "slices", "privacy"]


def test_a_section_that_was_not_asked_for_has_no_part() -> None:
    only = replace(WHOLE, sections=WHOLE.sections[:1])
    assert list(parts(only)) == ["fidelity", "slices"]


def test_a_section_that_nobody_knows_is_shown_last() -> None:
    odd = Section(name="audit", title="Audit", figures=WHOLE.sections[1].figures[:1])
    assert list(parts(replace(WHOLE, sections=(odd, *WHOLE.sections))))[-1] == "section-audit"


def test_every_figure_is_shown_and_every_drawing_once() -> None:
    told = {
        row.title + row.about
        for part in parts(WHOLE).values()
        for one in part.blocks
        for table in (
            *one.tables,
            *(finding.table for finding in one.findings if finding.table),
            *(column.table for column in one.columns if column.table),
        )
        for row in table.rows
    }
    crossed = [
        cell
        for part in parts(WHOLE).values()
        for one in part.blocks
        for table in one.crosses
        for _, cells in table.rows
        for cell in cells
        if cell is not None
    ]
    plain = [one for one in WHOLE.figures() if not one.slice and len(one.subject) < 2]
    assert {one.title + ", ".join(one.subject) for one in plain} <= told
    again = 2  # figures of all rows, beside their slices
    assert len(crossed) == len([one for one in WHOLE.figures() if one.slice or len(one.subject) > 1]) + again
    drawn = [
        view.at
        for part in parts(WHOLE).values()
        for one in part.blocks
        for view in (*one.matrices, *one.pairs, *one.curves, *(column.plot for column in one.columns if column.plot))
    ]
    assert sorted(drawn) == list(range(len(plots_of(WHOLE))))


def test_correlations_are_told_from_pairs_of_levels() -> None:
    made = block(parts(WHOLE)["fidelity"], "fidelity")
    assert [view.title for view in made.matrices] == ["Correlation"]
    assert len(made.pairs) == 6


def test_figures_of_a_column_stand_beside_its_plot() -> None:
    made = block(parts(WHOLE)["fidelity"], "fidelity")
    assert [column.name for column in made.columns][:2] == ["age", "amount"]
    assert all(column.plot and column.table and column.distance for column in made.columns)


def test_slices_are_led_by_all_rows() -> None:
    made = block(parts(WHOLE)["slices"], "fidelity-slices").crosses[0]
    assert [label for label, _ in made.rows] == ["all rows", "sex = Female", "sex = Male", "sex = Other"]
    assert all(cell is not None for _, cells in made.rows for cell in cells)


def test_a_finding_holds_the_figures_that_it_rests_on_and_nothing_shows_them_twice() -> None:
    attacks = block(parts(WHOLE)["privacy"], "attacks")
    assert [view.table is not None for view in attacks.findings] == [True, True, False]
    assert attacks.tables == ()


def test_the_rare_class_has_a_part_of_its_own() -> None:
    rare = parts(WHOLE)["rare"].blocks[0]
    assert rare.tables[0].rows[0].title == "Recall at an alert rate of 1 %"
    assert [view.title for view in rare.curves] == ["Rare class Yes: precision and recall, forest"]


def test_the_same_drawing_is_data_once() -> None:
    drawing = WHOLE.sections[0].drawings[0]
    twice = replace(WHOLE.sections[1], drawings=(drawing,))
    assert len(plots_of(replace(WHOLE, sections=(WHOLE.sections[0], twice)))) == len(
        [one for one in WHOLE.sections[0].drawings if not isinstance(one, Table)]
    )


def test_a_part_that_may_not_leave_stays_as_a_heading_without_content() -> None:
    shown = parts(public(WHOLE))
    assert shown["utility"].blocks == ()
    assert shown["privacy"].blocks != ()


def test_notes_of_a_section_that_shows_nothing_are_left_out() -> None:
    silent = Section(name="utility", title="Utility", notes=(Note(text="Told."),))
    assert notes_of(replace(WHOLE, sections=(silent,))) == ()


def test_a_report_of_nothing_has_no_parts() -> None:
    assert parts(replace(WHOLE, sections=())) == {}


def test_figures_without_anything_known_are_still_shown() -> None:
    why = Absent(why="One class only.")
    figure = Figure(
        key="utility.tstr",
        title="Score",
        value=why,
        tier="internal",
        better="higher",
        interval=why,
        ceiling=why,
        floor=why,
    )
    only = replace(WHOLE, sections=(Section(name="utility", title="Utility", figures=(figure,)),))
    assert [note.text for note in parts(only)["utility"].blocks[0].tables[0].footnotes] == ["One class only."]
