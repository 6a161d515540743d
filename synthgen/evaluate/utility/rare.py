"""The rare class by itself: a frequent one can hide it in every average, and it is what most tables are kept for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np

from synthgen.evaluate.inputs import Inputs
from synthgen.evaluate.report import Absent, Curves, Drawing, Figure, Line, Note
from synthgen.evaluate.utility import resample, scores
from synthgen.evaluate.utility.metrics import Scored as Score
from synthgen.evaluate.utility.metrics import average_precision, recall_at
from synthgen.evaluate.utility.predictive import UNDEFINED, Scored
from synthgen.evaluate.utility.task import FEWEST_OF_A_CLASS, Task
from synthgen.evaluate.utility.trained import Source
from synthgen.evaluate.views import View, binned

Role = Literal["real", "synthetic", "floor"]
RATES: Final = {"recall_1": 0.01, "recall_5": 0.05, "recall_10": 0.1}
"""Alert rates at which recall is told, beside the class's own share; the curve has all others."""
CURVES: Final[tuple[tuple[Source, Role], ...]] = (
    ("real", "real"),
    ("synthetic", "synthetic"),
    ("independent", "floor"),
)
SIDES: Final[tuple[Source, ...]] = ("synthetic", "real", "independent")


def figures(inputs: Inputs, scored: Scored) -> Iterator[Figure]:
    """Of the best learner and of the class's rows themselves; nothing for a target that is a number."""
    task = scored.trained.tables.task
    if task.kind == "number":
        return
    name = f"{task.target} = {task.classes[task.rare]}"
    yield _share(inputs, task, name)
    yield _marginals(inputs, task, name)
    learner = scored.trained.learners[scored.best].title
    yield _figure(scored, "pr_auc", f"PR-AUC of {name}, {learner}", average_precision)
    yield _figure(scored, "recall", f"Recall of {name} at the alert rate, {learner}", recall_at(None))
    for key, rate in RATES.items():
        yield _figure(scored, key, f"Recall of {name}, {rate:.0%} of rows alerted, {learner}", recall_at(rate))


def _figure(scored: Scored, key: str, title: str, score: Score) -> Figure:
    trained = scored.trained
    found = {
        source: score(
            scored.judge,
            trained.truth,
            trained.said[source][scored.best],
            scored.weights if source == "synthetic" else scored.weights[:1],
        )
        for source in SIDES
    }
    return Figure(
        key=f"utility.rare.{key}",
        title=title,
        value=resample.number(found["synthetic"], UNDEFINED),
        tier="internal",
        better="higher",
        interval=scored.interval(found["synthetic"]),
        ceiling=resample.number(found["real"], UNDEFINED),
        floor=resample.number(found["independent"], UNDEFINED),
    )


def _rows(task: Task, view: View) -> View:
    """The rows of the rare class."""
    known = view.take(task.usable(view))
    return known.take(task.answers(known) == task.rare)


def _share(inputs: Inputs, task: Task, name: str) -> Figure:
    def share(view: View) -> float:
        return _rows(task, view).rows / max(1, int(task.usable(view).sum()))

    rows = int(task.usable(inputs.synthetic).sum())
    return Figure(
        key="utility.rare.share",
        title=f"Share of synthetic rows with {name}",
        value=share(inputs.synthetic) if rows else Absent(why="no synthetic row has a target"),
        tier="internal",
        better="neither",
        interval=resample.wilson(round(share(inputs.synthetic) * rows), rows),
        ceiling=share(inputs.second),
        floor=share(inputs.real),
        note="The ceiling is the share in the second real sample, the floor that in the real table.",
    )


def _marginals(inputs: Inputs, task: Task, name: str) -> Figure:
    """How far the class's rows are from real ones, column by column."""

    def distance(left: View, right: View) -> float | Absent:
        a, b = (_rows(task, view) for view in (left, right))
        if min(a.rows, b.rows) < FEWEST_OF_A_CLASS:
            return Absent(why=f"fewer than {FEWEST_OF_A_CLASS} rows of the class on one side")
        codes = binned([a, b])
        shares = [
            [np.bincount(one.codes[:, j], minlength=levels) / len(one.codes) for one in codes]
            for j, levels in enumerate(codes[0].levels)
        ]
        return float(np.mean([np.abs(p - q).sum() / 2 for p, q in shares]))

    return Figure(
        key="utility.rare.tvd1",
        title=f"Mean distance of columns within {name} (total variation)",
        value=distance(inputs.real, inputs.synthetic),
        tier="internal",
        better="lower",
        interval=Absent(why="resampling makes distances larger, so a percentile interval would miss the value"),
        ceiling=distance(inputs.first, inputs.second),
        floor=distance(inputs.real, inputs.independent),
    )


def drawings(scored: Scored) -> Iterator[Drawing]:
    """Precision against recall, and recall by alert rate: any business's rate may be read off it."""
    trained, task = scored.trained, scored.trained.tables.task
    if task.kind == "number":
        return
    name = f"{task.target} = {task.classes[task.rare]}"
    rates = np.unique(np.concatenate([[0.0], np.geomspace(0.001, 1.0, 60), [scored.judge.rate]]))
    recall, gains = [], []
    for source, role in CURVES:
        truth, share = scored.judge.rare(trained.truth, trained.said[source][scored.best])
        x, y = scores.precision_recall(truth, share)
        label = "trained on shuffled rows" if source == "independent" else f"trained on {source} rows"
        line = Line(name=label, role=role, x=tuple(x.tolist()), y=tuple(y.tolist()))
        recall.append(line)
        found = tuple(scores.gains_curve(truth, share, rates).tolist())
        gains.append(Line(name=label, role=role, x=tuple(rates.tolist()), y=found))
    learner = trained.learners[scored.best].title
    yield Curves(
        title=f"Rare class {name}: precision and recall, {learner}",
        tier="internal",
        x="recall",
        y="precision",
        lines=tuple(recall),
    )
    yield Curves(
        title=f"Rare class {name}: recall by alert rate, {learner}",
        tier="internal",
        x="share of rows that are alerted",
        y="recall",
        lines=tuple(gains),
    )


def notes(scored: Scored) -> Iterator[Note]:
    """Which class is the rare one, and how many rows stand behind it."""
    task = scored.trained.tables.task
    if task.kind == "number":
        return
    origin = "as asked for" if scored.trained.tables.alert_rate is not None else "its share of the real rows"
    rows = int((scored.trained.truth == task.rare).sum())
    yield Note(
        text=f"The rare class is {task.target} = {task.classes[task.rare]}, the one with the fewest real rows; "
        f"{rows:,} test rows have it. The alert rate is {scored.judge.rate:.3g}, {origin}, unless a figure says "
        "another; the curve of recall by alert rate has all rates."
    )
