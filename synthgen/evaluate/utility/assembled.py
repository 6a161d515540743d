"""The utility section: predictions, importances, the rare class, coefficients, queries, survival."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent, Drawing, Figure, Note, Section, not_computed
from synthgen.evaluate.utility import coefficients, following, importance, predictive, queries, rare
from synthgen.evaluate.utility.trained import SOURCES, Tables, learners_of, tables_of, trained

NAME: Final = "utility"
TITLE: Final = "Utility: work done on the synthetic table"


def section(inputs: Inputs) -> Section:
    """What learners, analysts and queries get out of the synthetic table, beside the real one.

    Never raises for what a table holds.
    """
    tables = tables_of(inputs)
    steps = 0 if isinstance(tables, Absent) else len(SOURCES) * len(learners_of(tables.task)) + 1
    inputs.progress.stage(NAME, steps + 3)
    figures: list[Figure] = []
    drawings: list[Drawing] = []
    notes: list[Note] = []
    parts = [coefficients.found_in, queries.found_in, following.found_in]
    for found in (_predictions(inputs, tables), *(_watched(inputs, part) for part in parts)):
        figures += found[0]
        drawings += found[1]
        notes += found[2]
    return Section(name=NAME, title=TITLE, figures=tuple(figures), drawings=tuple(drawings), notes=tuple(notes))


Found = tuple[tuple[Figure, ...], tuple[Drawing, ...], tuple[Note, ...]]


def _watched(inputs: Inputs, part: Callable[[Inputs], Found]) -> Found:
    found = part(inputs)
    inputs.progress.advance()
    return found


def _predictions(inputs: Inputs, tables: Tables | Absent) -> Found:
    if isinstance(tables, Absent):
        return (_nothing(tables),), (), ()
    models = trained(tables, seed=inputs.seed, done=inputs.progress.advance)
    scored = predictive.scored(models, rng(inputs, "utility bootstrap"))
    names, found = importance.importances(models, rng(inputs, "utility importances"))
    inputs.progress.advance()
    figures = (*predictive.figures(scored), *importance.figures(names, found), *rare.figures(inputs, scored))
    drawings = (*predictive.drawings(scored), *importance.drawings(names, found), *rare.drawings(scored))
    return figures, drawings, (*_notes(inputs, tables), *rare.notes(scored))


def _nothing(why: Absent) -> Figure:
    return not_computed(
        "utility.tstr", "Score of a learner trained on synthetic, tested on real rows", why, better="higher"
    )


def _notes(inputs: Inputs, tables: Tables) -> Iterator[Note]:
    real = int(tables.task.usable(inputs.real).sum())
    capped = f" of {real:,}" if real > tables.rows else ""
    yield Note(
        text=f"Each learner of scikit-learn was trained on {tables.rows:,} synthetic and as many real rows{capped}, "
        f"and tested on {tables.test.rows:,} held out rows; with more, real and synthetic scores would rise together. "
        "Intervals resample the test rows; what another training sample would change is not in them.",
        source="Esteban, Hyland, Ratsch 2017, arXiv 1706.02633",
    )
    again = (
        "a resample of the same real rows, for there are too few for two samples"
        if tables.overlap
        else "other real rows"
    )
    yield Note(
        text=f"The second real sample, for the agreement of learners and columns and for what is lost, is {again}."
    )
    rest = ", ".join(tables.task.classes)
    if tables.task.kind == "classes":
        yield Note(text=f"Classes: {rest}. Levels with too few rows are one class or left out.")
    missing = inputs.synthetic.rows - int(tables.task.usable(inputs.synthetic).sum())
    if missing:
        yield Note(text=f"{missing:,} synthetic rows have no value of the target that could be learned from.")
