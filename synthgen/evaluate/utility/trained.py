"""The same learners trained on several tables, and what each predicts of the same held out rows.

Real rows are split in two samples where there are enough, "real" and "again": the second says how far two trainings
on real rows are apart, which is the best that a synthetic table can do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent
from synthgen.evaluate.utility.learners import CLASSIFIERS, REGRESSORS, Learner, Reads, Shape
from synthgen.evaluate.utility.matrices import Binned, Dense
from synthgen.evaluate.utility.task import FEWEST_TRAIN, TEST_ROWS, TRAIN_ROWS, Task, task_of
from synthgen.evaluate.views import View, features, sampled

Source = Literal["synthetic", "real", "again", "independent"]
SOURCES: Final[tuple[Source, ...]] = ("synthetic", "real", "again", "independent")
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tables:
    """Rows to learn from, as many from each source, and rows to test on.

    overlap     whether "again" had to be drawn with replacement from the rows of "real"
    alert_rate  share of rows that are alerted; None for the rare class's share of the real rows
    """

    task: Task
    train: Mapping[Source, View]
    test: View
    overlap: bool
    alert_rate: float | None = None

    @property
    def rows(self) -> int:
        """Rows that each learner is trained on."""
        return self.train["real"].rows


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Trained:
    """What was predicted of the test rows.

    truth    int64 class indices or float64 numbers (rows,)
    said     source -> learner -> shares of classes float64 (rows, classes), or numbers float64 (rows,)
    learners what they are
    models   source -> learner -> a function from rows to what is said of them
    """

    tables: Tables
    learners: Mapping[str, Learner]
    truth: NDArray[np.int64] | Floats
    said: Mapping[Source, Mapping[str, Floats]]
    models: Mapping[Source, Mapping[str, Callable[[View], Floats]]]


def tables_of(inputs: Inputs) -> Tables | Absent:
    """The rows of the task, the same number from each source; or why there is no task."""
    if inputs.holdout is None:
        return Absent(
            why="there is no holdout: on rows that the generator has seen, a model would be flattered by copies of them"
        )
    task = task_of(inputs.schema, inputs.real, inputs.holdout)
    if isinstance(task, Absent):
        return task
    usable = {name: view.take(task.usable(view)) for name, view in _views(inputs).items()}
    rows = min(TRAIN_ROWS, *(view.rows for view in usable.values()))
    if rows < FEWEST_TRAIN:
        return Absent(why=f"fewer than {FEWEST_TRAIN} synthetic rows have a target")
    draws = rng(inputs, "utility rows")
    real, again, overlap = _two(usable["real"], rows, draws)
    return Tables(
        task=task,
        train={
            "synthetic": sampled(usable["synthetic"], rows, draws),
            "real": real,
            "again": again,
            "independent": sampled(usable["independent"], rows, draws),
        },
        test=sampled(inputs.holdout.take(task.usable(inputs.holdout)), TEST_ROWS, draws),
        overlap=overlap,
        alert_rate=inputs.alert_rate,
    )


def _views(inputs: Inputs) -> Mapping[str, View]:
    return {"synthetic": inputs.synthetic, "real": inputs.real, "independent": inputs.independent}


def _two(real: View, rows: int, draws: np.random.Generator) -> tuple[View, View, bool]:
    """Two samples of real rows that share none; where there are too few, the second is drawn with replacement."""
    order = draws.permutation(real.rows)
    first = real.take(np.sort(order[:rows]))
    if real.rows >= 2 * rows:
        return first, real.take(np.sort(order[rows : 2 * rows])), False
    return first, first.take(np.sort(draws.integers(0, rows, rows))), True


def trained(
    tables: Tables,
    *,
    seed: int,
    only: tuple[str, ...] = (),
    sources: tuple[Source, ...] = SOURCES,
    done: Callable[[], None] = lambda: None,
) -> Trained:
    """Train every learner (or `only` these) on every source; `done` is called after each training."""
    task = tables.task
    learners = {name: learner for name, learner in learners_of(task).items() if not only or name in only}
    read = Readers(tables)
    models: dict[Source, dict[str, Callable[[View], Floats]]] = {source: {} for source in sources}
    for source in sources:
        answers = task.answers(tables.train[source])
        for name, learner in learners.items():
            models[source][name] = _fitted(learner, read, tables.train[source], answers, task=task, seed=seed)
            done()
    said = {source: {name: model(tables.test) for name, model in found.items()} for source, found in models.items()}
    return Trained(tables=tables, learners=learners, truth=task.answers(tables.test), said=said, models=models)


def learners_of(task: Task) -> Mapping[str, Learner]:
    """The learners of a number, or of classes."""
    return REGRESSORS if task.kind == "number" else CLASSIFIERS


class Readers:
    """Matrices of views, fitted to the real training rows; those of the task's own tables are made once."""

    def __init__(self, tables: Tables) -> None:
        real, hidden = tables.train["real"], tables.task.hidden
        self._dense = Dense.of(real, without=hidden)
        self._bins = Binned.of(real, without=hidden)
        self._like, self._without = real, hidden
        self._own = {id(view) for view in (*tables.train.values(), tables.test)}
        self._tables = tables  # kept, so that these ids stay theirs
        self._made: dict[tuple[int, Reads], NDArray[Any]] = {}
        self.shape = Shape(
            seed=0,
            categorical=features(real.take(np.arange(1)), real, without=hidden).categorical,
            levels=self._bins.levels,
        )

    def __call__(self, view: View, reads: Reads) -> NDArray[Any]:
        """The matrix of a view: dense float32, columns as they are in float64, or codes."""
        if id(view) not in self._own:
            return self._matrix(view, reads)
        key = (id(view), reads)
        if key not in self._made:
            self._made[key] = self._matrix(view, reads)
        return self._made[key]

    def _matrix(self, view: View, reads: Reads) -> NDArray[Any]:
        if reads == "dense":
            return self._dense.matrix(view).astype(np.float32)
        if reads == "bins":
            return self._bins.matrix(view)
        return features(view, self._like, without=self._without).frame.to_numpy()


def _fitted(
    learner: Learner, read: Readers, view: View, answers: NDArray[Any], *, task: Task, seed: int
) -> Callable[[View], Floats]:
    """A trained learner, as a function from rows to what it says of them."""
    shape = Shape(seed=seed, categorical=read.shape.categorical, levels=read.shape.levels)
    if len(np.unique(answers)) == 1:  # nothing can be learned: it always says this
        return _constant(task, answers[0])
    few = spread(view.rows, learner.most_rows)
    model = learner.make(shape).fit(known(read(view, learner.reads)[few]), answers[few])
    if task.kind == "number":
        return lambda rows: np.asarray(model.predict(read(rows, learner.reads)), np.float64)
    return lambda rows: _shares(model, read(rows, learner.reads), len(task.classes))


def known(matrix: NDArray[Any]) -> NDArray[Any]:
    """The matrix with 0 in columns that are missing in every row: from these a tree cannot make bins.

    >>> known(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist()
    [[1.0, 0.0], [nan, 0.0]]
    """
    return np.where(np.isnan(matrix).all(axis=0), 0, matrix)


def spread(rows: int, most: int | None) -> NDArray[np.int64]:
    """Positions of at most so many rows, evenly spread: tables are often sorted.

    >>> spread(10, 4).tolist(), spread(3, None).tolist()
    ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.linspace(0, rows - 1, min(rows, most or rows)).round().astype(np.int64)


def _constant(task: Task, answer: float) -> Callable[[View], Floats]:
    if task.kind == "number":
        return lambda rows: np.full(rows.rows, float(answer))
    alone = (np.arange(len(task.classes)) == answer).astype(np.float64)
    return lambda rows: np.tile(alone, (rows.rows, 1))


def _shares(model: Any, matrix: Any, classes: int) -> Floats:
    """Shares of all classes; of one that the learner never saw, 0."""
    shares = np.zeros((len(matrix), classes))
    shares[:, model.classes_.astype(np.int64)] = model.predict_proba(matrix)
    return shares
