"""Which columns a model leans on: how much worse it gets when one is shuffled.

Permutation importance, Breiman 2001 ("Random Forests", section 10); on held out rows, so that a column is important
when it helps, not when it was memorised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.report import Absent, Drawing, Figure, Table
from synthgen.evaluate.utility.learners import BOOSTING
from synthgen.evaluate.utility.metrics import judge_of, metrics_of
from synthgen.evaluate.utility.predictive import spearman
from synthgen.evaluate.utility.trained import SOURCES, Source, Trained
from synthgen.evaluate.views import View, sampled

ROWS: Final = 4000
"""Test rows that are shuffled: the order of columns is settled by far fewer."""
FEWEST_COLUMNS: Final = 5
SHOWN: Final = 30
COMPARED: Final[tuple[Source, ...]] = ("real", "synthetic", "again")
Floats = NDArray[np.float64]


def importances(trained: Trained, rng: np.random.Generator) -> tuple[tuple[str, ...], Mapping[Source, Floats]]:
    """Columns, and for each source what the main score loses by shuffling each: float64 (columns,)."""
    task = trained.tables.task
    rows = sampled(trained.tables.test, ROWS, rng)
    names = tuple(name for name in rows.columns if name not in task.hidden)
    judge, metric = judge_of(trained.tables), next(iter(metrics_of(task).values()))
    truth, ones = task.answers(rows), np.ones((1, rows.rows))
    order = rng.permutation(rows.rows)

    def score(source: Source, view: View) -> float:
        return float(metric.score(judge, truth, trained.models[source][BOOSTING](view), ones)[0])

    found: dict[Source, list[float]] = {source: [] for source in SOURCES}
    whole = {source: score(source, rows) for source in SOURCES}
    for name in names:  # one shuffled view at a time, the same for all models
        mixed = replace(rows, columns={**rows.columns, name: rows.columns[name].take(order)})
        for source in SOURCES:
            found[source].append(whole[source] - score(source, mixed))
    return names, {source: np.array(values) for source, values in found.items()}


def figures(names: tuple[str, ...], found: Mapping[Source, Floats]) -> Iterator[Figure]:
    """How alike the order of columns is."""
    few = Absent(why=f"fewer than {FEWEST_COLUMNS} columns predict")

    def agreement(source: Source) -> float | Absent:
        if len(names) < FEWEST_COLUMNS:
            return few
        value = spearman(found["real"], found[source])
        return value if np.isfinite(value) else Absent(why="a model leans on no column")

    yield Figure(
        key="utility.agreement.importances",
        title="Agreement on which columns matter (Spearman, gradient boosting)",
        value=agreement("synthetic"),
        tier="internal",
        better="higher",
        interval=Absent(why="columns are no sample of columns: each is shuffled once"),
        ceiling=agreement("again"),
        floor=agreement("independent"),
        note="Columns are ranked by what the score on held out rows loses when one is shuffled.",
    )


def drawings(names: tuple[str, ...], found: Mapping[Source, Floats]) -> Iterator[Drawing]:
    """The columns that matter most to the model trained on real rows."""
    order = np.argsort(-found["real"], kind="stable")[:SHOWN]
    yield Table(
        title="What the score loses when a column is shuffled, by what the model was trained on",
        tier="internal",
        header=("column", "real", "synthetic", "second real sample"),
        cells=tuple((names[at], *(float(found[source][at]) for source in COMPARED)) for at in order.tolist()),
    )
