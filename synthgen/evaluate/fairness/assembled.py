"""The fairness section: what models do to protected groups, and whether groups have their share of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from synthgen.evaluate.fairness import disparity, representation
from synthgen.evaluate.fairness.groups import Grouping, groupings
from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent, Drawing, Figure, Note, Section
from synthgen.evaluate.utility.learners import BOOSTING, LINEAR
from synthgen.evaluate.utility.trained import SOURCES, Tables, tables_of, trained

NAME: Final = "fairness"
TITLE: Final = "Fairness: protected groups"
LEARNERS: Final = (LINEAR, BOOSTING)


def section(inputs: Inputs) -> Section:
    """Gaps between groups of models trained on synthetic and on real rows, and the groups' shares.

    Never raises for what a table holds.
    """
    # A point is two columns of a view: it has no groups.
    columns = tuple(name for name in inputs.schema.protected if name in inputs.real.columns)
    inputs.progress.stage(NAME, len(LEARNERS) * len(SOURCES) + 1)
    if not columns:
        why = Absent(why="the schema names no column of groups under protected")
        return Section(name=NAME, title=TITLE, figures=(disparity.nothing(why),))
    groups = groupings(inputs.real, columns)
    figures: list[Figure] = []
    drawings: list[Drawing] = []
    notes: list[Note] = []
    for part in (_gaps(inputs, groups), _shares(inputs, groups, columns)):
        figures += part[0]
        drawings += part[1]
        notes += part[2]
    inputs.progress.advance()
    return Section(name=NAME, title=TITLE, figures=tuple(figures), drawings=tuple(drawings), notes=tuple(notes))


Found = tuple[Sequence[Figure], Sequence[Drawing], Sequence[Note]]


def _gaps(inputs: Inputs, groups: Sequence[Grouping]) -> Found:
    tables = tables_of(inputs)
    if isinstance(tables, Absent):
        return [disparity.nothing(tables)], [], []
    models = trained(tables, seed=inputs.seed, only=LEARNERS, done=inputs.progress.advance)
    figures: list[Figure] = []
    drawings: list[Drawing] = []
    for grouping in (one for one in groups if inputs.schema.target not in one.columns):
        name = f"fairness bootstrap {', '.join(grouping.columns)}"
        figures += disparity.figures(models, grouping, rng(inputs, name))
        drawings += disparity.drawings(models, grouping, BOOSTING)
    if not figures:
        return [disparity.nothing(Absent(why="the target is the only protected column"))], [], []
    return figures, drawings, list(_notes(models.tables, groups))


def _notes(tables: Tables, groups: Sequence[Grouping]) -> Iterator[Note]:
    yield Note(
        text="Gaps are the largest difference between two groups of held out rows. "
        + (
            "Predictions of a number are told in its standard deviations."
            if tables.task.kind == "number"
            else f"{_alerts(tables)} are alerted, by every model alike."
        ),
        source="Dwork et al. 2012; Hardt, Price, Srebro 2016; Kleinberg, Mullainathan, Raghavan 2017",
    )
    for grouping in groups:
        small = int((grouping.rows(tables.test) < disparity.FEWEST).sum())
        if small or grouping.left:
            beyond = f"; {grouping.left} more groups were not looked at" if grouping.left else ""
            text = f"{small} of {len(grouping.cells)} groups have fewer than {disparity.FEWEST} test rows"
            yield Note(text=f"{' x '.join(grouping.columns)}: {text}, and no gap counts them{beyond}.")


def _alerts(tables: Tables) -> str:
    if tables.alert_rate is None:
        return "As many rows as the rare class has among real rows"
    return f"{tables.alert_rate:.3g} of the rows"


def _shares(inputs: Inputs, groups: Sequence[Grouping], columns: tuple[str, ...]) -> Found:
    figures = [figure for grouping in groups for figure in representation.figures(inputs, grouping)]
    drawings = [
        drawing for grouping in groups for drawing in representation.drawings(inputs, grouping, tier="internal")
    ]
    drawings += [
        drawing
        for grouping in representation.public_groupings(inputs, columns)
        for drawing in representation.drawings(inputs, grouping, tier="synthetic_only")
    ]
    note = Note(
        text="Intervals of shares hold the sampling of synthetic rows and, with the model file, the noise of every "
        "count of the group that the fit paid for; without it they hold sampling alone.",
        source="Wilson 1927; Kish 1965 for persons with several rows",
    )
    return figures, drawings, [note]
