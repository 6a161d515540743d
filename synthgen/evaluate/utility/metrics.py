"""Which scores a task has, and what each is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.report import Better
from synthgen.evaluate.utility import scores
from synthgen.evaluate.utility.task import Task
from synthgen.evaluate.utility.trained import Tables

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """What a score is told beside predictions: the task, and the share of rows that a business alerts."""

    task: Task
    rate: float

    def rare(self, truth: NDArray[Any], said: Floats) -> tuple[NDArray[np.bool_], Floats]:
        """Whether each row is of the rare class, and the share that was said of it."""
        return truth == self.task.rare, said[:, self.task.rare]


Scored = Callable[[Judge, NDArray[Any], Floats, Floats], Floats]
"""(judge, truth (rows,), said (rows, ...), weights (B, rows)) -> (B,)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One score; `title` is completed by the learner's name."""

    title: str
    better: Better
    score: Scored
    note: str = ""


def judge_of(tables: Tables) -> Judge:
    """The judge of a task; unless it was asked for, the alert rate is the rare class's share of the real training rows.

    With as many alerts as there are rare rows, perfect scores reach a recall of 1, and recall and precision are one.
    """
    task = tables.task
    if task.kind == "number":
        return Judge(task=task, rate=0.0)
    if tables.alert_rate is not None:
        return Judge(task=task, rate=tables.alert_rate)
    real = tables.train["real"]
    return Judge(task=task, rate=float((task.answers(real) == task.rare).mean()))


def _auc(judge: Judge, truth: NDArray[Any], said: Floats, weights: Floats) -> Floats:
    if judge.task.kind == "binary":
        return scores.roc_auc(*judge.rare(truth, said), weights)
    return scores.macro_auc(truth, said, weights)


def _macro_f1(judge: Judge, truth: NDArray[Any], said: Floats, weights: Floats) -> Floats:
    return scores.macro_f1(truth, said.argmax(axis=1), weights, classes=len(judge.task.classes))


def recall_at(rate: float | None) -> Scored:
    """Recall of the rare class at an alert rate; None is the judge's."""

    def scored(judge: Judge, truth: NDArray[Any], said: Floats, weights: Floats) -> Floats:
        return scores.recall_at(*judge.rare(truth, said), weights, rate=judge.rate if rate is None else rate)

    return scored


def average_precision(judge: Judge, truth: NDArray[Any], said: Floats, weights: Floats) -> Floats:
    """PR-AUC of the rare class."""
    return scores.average_precision(*judge.rare(truth, said), weights)


CLASSES: Final[Mapping[str, Metric]] = {
    "auc": Metric(title="AUC", better="higher", score=_auc, note="With several classes, each against the rest."),
    "pr_auc": Metric(title="PR-AUC of the rare class", better="higher", score=average_precision),
    "recall": Metric(
        title="recall of the rare class at the alert rate",
        better="higher",
        score=recall_at(None),
        note="The rows with the highest scores are alerted: as many as the class has among real rows, unless an alert "
        "rate was asked for.",
    ),
    "macro_f1": Metric(title="macro-F1", better="higher", score=_macro_f1),
    "brier": Metric(
        title="Brier score",
        better="lower",
        score=lambda _, truth, said, weights: scores.brier(truth, said, weights),
    ),
    "ece": Metric(
        title="calibration error (ECE) of the rare class",
        better="lower",
        score=lambda judge, truth, said, weights: scores.calibration_error(*judge.rare(truth, said), weights),
        note="Ten bins of equal width. A model that always says the overall share is calibrated, and useless.",
    ),
}
"""Of a task with classes; the first is the main one."""

NUMBERS: Final[Mapping[str, Metric]] = {
    "r2": Metric(title="R2", better="higher", score=lambda _, truth, said, weights: scores.r2(truth, said, weights)),
    "mae": Metric(
        title="mean absolute error",
        better="lower",
        score=lambda _, truth, said, weights: scores.absolute_error(truth, said, weights),
        note="In the target's unit.",
    ),
}
"""Of a task with a number; the first is the main one."""


def metrics_of(task: Task) -> Mapping[str, Metric]:
    """The scores of a task, the main one first."""
    return NUMBERS if task.kind == "number" else CLASSES
