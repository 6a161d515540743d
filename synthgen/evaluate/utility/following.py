"""Survival in the report: curves of both tables, and learners of risk trained on each.

Classifiers of scikit-learn learn risk from periods: follow-up is cut into intervals, each row counts once for each
interval that it reached, and the answer is whether the event came in it (survival stacking: Craig, Zhong, Tibshirani
2021, arXiv 2107.13480). Cox's regression stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Absent, Curves, Drawing, Figure, Line, Note, not_computed
from synthgen.evaluate.utility import resample
from synthgen.evaluate.utility.learners import CLASSIFIERS, Learner, Reads, Shape
from synthgen.evaluate.utility.matrices import Binned, Dense
from synthgen.evaluate.utility.survival import concordance, cox, kaplan_meier
from synthgen.evaluate.utility.trained import known, spread
from synthgen.evaluate.views import View, features, sampled

TRAIN_ROWS: Final = 2000
TEST_ROWS: Final = 2000
PERIODS: Final = 8
FEWEST_EVENTS: Final = 20
CURVE_ROWS: Final = 20_000
POINTS: Final = 100
SOURCES: Final = ("synthetic", "real", "independent")
NOTE: Final = Note(
    text=f"Risk is learned from at most {TRAIN_ROWS:,} rows of each table, cut into {PERIODS} periods of follow-up, by "
    "the classifiers that learn a class, and by Cox's regression; it is tested by Harrell's concordance on held out "
    "rows.",
    source="Harrell, Lee, Mark 1996; Kaplan, Meier 1958; Cox 1972; Craig, Zhong, Tibshirani 2021 (arXiv 2107.13480)",
)
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Followed:
    """Rows with a known time, not below 0, and a known event."""

    view: View
    time: Floats
    event: Bools

    @property
    def enough(self) -> bool:
        """Whether there are events to learn from."""
        return int(self.event.sum()) >= FEWEST_EVENTS


def followed(view: View, time: str, event: str) -> Followed:
    """The rows of a table that can be followed."""
    when, came = view.columns[time], view.columns[event]
    known = view.take(when.present & came.present & (when.values >= 0))
    return Followed(
        view=known, time=known.columns[time].values.astype(np.float64), event=known.columns[event].values == 1
    )


def found_in(inputs: Inputs) -> tuple[tuple[Figure, ...], tuple[Drawing, ...], tuple[Note, ...]]:
    """Figures, drawings and notes on survival; nothing where the schema names no time and event."""
    said = inputs.schema.survival
    if said is None:
        return (), (), ()
    draws = rng(inputs, "utility survival")
    few = Absent(why=f"fewer than {FEWEST_EVENTS} events in the real, held out or synthetic rows")

    def of(view: View, most: int) -> Followed:
        return followed(sampled(view, most, draws), said.time, said.event)

    names = ("real", "synthetic", "first", "second", "independent")
    sides = {name: of(getattr(inputs, name), CURVE_ROWS) for name in names}
    if not all(side.enough for side in sides.values()):
        return tuple(_curve_figures(few)), (), ()
    figures, drawings = _curves(sides, draws)
    if inputs.holdout is None:
        return (*figures, _absent(Absent(why="there is no holdout to test learners of risk on"))), drawings, (NOTE,)
    train = {name: of(getattr(inputs, name), TRAIN_ROWS) for name in SOURCES}
    test = of(inputs.holdout, TEST_ROWS)
    if not all(side.enough for side in (*train.values(), test)):
        return (*figures, _absent(few)), drawings, (NOTE,)
    return (*figures, *_risks(train, test, (said.time, said.event), inputs.seed, draws)), drawings, (NOTE,)


def _absent(why: Absent) -> Figure:
    return not_computed("utility.survival.concordance", "Concordance of learners of risk", why, better="higher")


def _curve_figures(why: Absent) -> Iterator[Figure]:
    for key, title in CURVE_TITLES.items():
        yield not_computed(f"utility.survival.{key}", title, why, better="lower")


CURVE_TITLES: Final = {
    "curve_mean": "Mean difference of the survival curves (Kaplan-Meier)",
    "curve_most": "Largest difference of the survival curves (Kaplan-Meier)",
}
MEASURES: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "curve_mean": lambda off: off.mean(axis=1),
    "curve_most": lambda off: off.max(axis=1),
}


def _curves(
    sides: Mapping[str, Followed], draws: np.random.Generator
) -> tuple[tuple[Figure, ...], tuple[Drawing, ...]]:
    """How far the curves are apart up to the time by which 95 % of the real rows were followed."""
    grid = np.linspace(0.0, float(np.quantile(sides["real"].time, 0.95)), POINTS)
    drawn = {
        name: kaplan_meier(side.time, side.event, resample.weights(len(side.time), draws, unit=side.view.unit), grid)
        for name, side in sides.items()
    }
    figures = []
    for key, title in CURVE_TITLES.items():
        a, b, c = (
            MEASURES[key](np.abs(drawn[left] - drawn[right]))
            for left, right in (("real", "synthetic"), ("first", "second"), ("real", "independent"))
        )
        figures.append(
            Figure(
                key=f"utility.survival.{key}",
                title=title,
                value=float(a[0]),
                tier="internal",
                better="lower",
                interval=resample.standard(a, low=0.0),
                ceiling=float(b[0]),
                floor=float(c[0]),
            )
        )
    roles: tuple[tuple[str, Literal["real", "synthetic", "ceiling"]], ...] = (
        ("real", "real"),
        ("synthetic", "synthetic"),
        ("second", "ceiling"),
    )
    lines = tuple(
        Line(name=name, role=role, x=tuple(grid.tolist()), y=tuple(drawn[name][0].tolist())) for name, role in roles
    )
    curves = Curves(title="Survival (Kaplan-Meier)", tier="internal", x="time", y="without the event", lines=lines)
    return tuple(figures), (curves,)


def _risks(
    train: Mapping[str, Followed], test: Followed, hidden: tuple[str, ...], seed: int, draws: np.random.Generator
) -> Iterator[Figure]:
    read = _Reader(train["real"], hidden)
    weights = resample.weights(len(test.time), draws, unit=test.view.unit)
    method = resample.METHOD if test.view.unit is None else resample.METHOD_BY_UNIT
    for name, title in {"cox": "Cox regression", **{key: one.title for key, one in CLASSIFIERS.items()}}.items():
        found = {}
        for source, side in train.items():
            risk = _cox(read, side, test) if name == "cox" else _stacked(CLASSIFIERS[name], read, side, test, seed)
            lines = weights if source == "synthetic" else weights[:1]
            found[source] = concordance(test.time, test.event, risk, lines)
        none = "no two test rows can be compared"
        yield Figure(
            key=f"utility.survival.{name}",
            title=f"Concordance (Harrell's C), {title}",
            value=resample.number(found["synthetic"], none),
            tier="internal",
            better="higher",
            interval=resample.interval(found["synthetic"], method=method),
            ceiling=resample.number(found["real"], none),
            floor=resample.number(found["independent"], none),
        )


class _Reader:
    """Matrices of rows by period, fitted to the real training rows."""

    def __init__(self, real: Followed, hidden: tuple[str, ...]) -> None:
        self.dense = Dense.of(real.view, without=hidden)
        self.bins = Binned.of(real.view, without=hidden)
        self._like, self._without = real.view, hidden
        self.ends = np.unique(np.quantile(real.time[real.event], np.linspace(0, 1, PERIODS + 1)[1:-1]))
        self.periods = len(self.ends) + 1

    def matrix(self, view: View, reads: Reads) -> NDArray[Any]:
        if reads == "dense":
            return self.dense.matrix(view)
        if reads == "bins":
            return self.bins.matrix(view)
        return features(view, self._like, without=self._without).frame.to_numpy()

    def shape(self, seed: int) -> Shape:
        categorical = features(self._like.take(np.arange(1)), self._like, without=self._without).categorical
        return Shape(seed=seed, categorical=(*categorical, False), levels=(*self.bins.levels, self.periods))

    def periodic(self, view: View, reads: Reads, rows: NDArray[np.int64], period: NDArray[np.int64]) -> NDArray[Any]:
        """The rows at `rows`, each with its period beside it: its number, or an indicator of each."""
        matrix = self.matrix(view, reads)[rows]
        beside = period[:, None] == np.arange(self.periods) if reads == "dense" else period[:, None]
        return np.concatenate([matrix, beside.astype(matrix.dtype)], axis=1)


def _cox(read: _Reader, train: Followed, test: Followed) -> Floats:
    estimate = cox(read.dense.matrix(train.view), train.time, train.event)
    return np.asarray(read.dense.matrix(test.view) @ estimate)


def _stacked(learner: Learner, read: _Reader, train: Followed, test: Followed, seed: int) -> Floats:
    """Risk of the test rows: their hazards over all periods, added up."""
    last = np.searchsorted(read.ends, train.time, side="left")
    rows = np.repeat(np.arange(len(last)), last + 1)
    period = np.arange(len(rows)) - np.repeat(np.cumsum(last + 1) - (last + 1), last + 1)
    answers = (train.event[rows] & (period == last[rows])).astype(np.int64)
    few = spread(len(rows), learner.most_rows)
    matrix = known(read.periodic(train.view, learner.reads, rows[few], period[few]))
    model = learner.make(read.shape(seed)).fit(matrix, answers[few])
    everyone = np.repeat(np.arange(len(test.time)), read.periods)
    asked = read.periodic(test.view, learner.reads, everyone, np.tile(np.arange(read.periods), len(test.time)))
    hazard = model.predict_proba(asked)[:, 1].reshape(len(test.time), read.periods)
    return np.asarray(-np.log1p(-np.minimum(hazard, 1 - 1e-6)).sum(axis=1))
