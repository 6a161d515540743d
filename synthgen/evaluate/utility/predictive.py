"""Train on synthetic rows, test on real ones (TSTR), beside training on real rows (TRTR).

Esteban, Hyland, Ratsch 2017 (arXiv 1706.02633), section 4.1.2. The ceiling is the same learner trained on as many
real rows, the floor on rows whose columns were shuffled; all are tested on the same held out rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from synthgen.evaluate.report import Absent, Curves, Drawing, Figure, Interval, Line, Table
from synthgen.evaluate.utility import resample, scores
from synthgen.evaluate.utility.metrics import Judge, Metric, judge_of, metrics_of
from synthgen.evaluate.utility.trained import SOURCES, Source, Trained

Floats = NDArray[np.float64]
UNDEFINED: Final = "the test rows do not define it"
PAIR: Final[tuple[Literal["synthetic", "real"], ...]] = ("synthetic", "real")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scored:
    """All scores of all learners: `values` metric -> source -> learner -> (1 + resamples,), the first unresampled.

    Sources other than the synthetic and the real one are resampled for the main score alone.
    """

    trained: Trained
    judge: Judge
    weights: Floats
    values: Mapping[str, Mapping[Source, Mapping[str, Floats]]]
    method: str

    @property
    def main(self) -> str:
        """Key of the main score."""
        return next(iter(self.values))

    @property
    def best(self) -> str:
        """The learner that is best when it is trained on real rows."""
        found = self.values[self.main]["real"]
        return max(found, key=lambda name: np.nan_to_num(found[name][0], nan=-np.inf))

    def interval(self, values: Floats) -> Interval | Absent:
        """The interval of resampled scores."""
        return resample.interval(values, method=self.method)


def scored(trained: Trained, rng: np.random.Generator) -> Scored:
    """Score everything, with one set of resamples for all, so that differences are paired."""
    test = trained.tables.test
    judge, metrics = judge_of(trained.tables), metrics_of(trained.tables.task)
    weights = resample.weights(test.rows, rng, unit=test.unit)

    def values(metric: Metric, source: Source, *, resampled: bool) -> Mapping[str, Floats]:
        lines = weights if resampled else weights[:1]
        said = trained.said[source]
        return {name: metric.score(judge, trained.truth, said[name], lines) for name in said}

    return Scored(
        trained=trained,
        judge=judge,
        weights=weights,
        values={
            key: {
                source: values(metric, source, resampled=at == 0 or source in ("synthetic", "real"))
                for source in SOURCES
            }
            for at, (key, metric) in enumerate(metrics.items())
        },
        method=resample.METHOD if test.unit is None else resample.METHOD_BY_UNIT,
    )


def figures(scored: Scored) -> Iterator[Figure]:
    """The headline, each learner's scores, what training on synthetic rows loses, and how learners rank."""
    yield _headline(scored)
    yield _ranking(scored)
    metrics = metrics_of(scored.trained.tables.task)
    for name, learner in scored.trained.learners.items():
        for key, metric in metrics.items():
            yield _figure(scored, f"utility.{name}.{key}", f"{metric.title}, {learner.title}", key, name)
        yield _lost(scored, name, learner.title)


def _headline(scored: Scored) -> Figure:
    metric = metrics_of(scored.trained.tables.task)[scored.main]
    title = f"{metric.title} of {scored.trained.learners[scored.best].title} trained on synthetic, tested on real rows"
    return _figure(scored, "utility.tstr", title, scored.main, scored.best)


def _figure(scored: Scored, key: str, title: str, metric: str, learner: str) -> Figure:
    values, known = scored.values[metric], metrics_of(scored.trained.tables.task)[metric]
    found = values["synthetic"][learner]
    return Figure(
        key=key,
        title=title[0].upper() + title[1:],
        value=resample.number(found, UNDEFINED),
        tier="internal",
        better=known.better,
        interval=scored.interval(found),
        ceiling=resample.number(values["real"][learner], UNDEFINED),
        floor=resample.number(values["independent"][learner], UNDEFINED),
        note=known.note,
    )


def _lost(scored: Scored, name: str, learner: str) -> Figure:
    values = {source: found[name] for source, found in scored.values[scored.main].items()}
    title = metrics_of(scored.trained.tables.task)[scored.main].title
    lost = values["real"] - values["synthetic"]
    return Figure(
        key=f"utility.{name}.lost",
        title=f"{title} lost by training on synthetic instead of real rows, {learner}",
        value=resample.number(lost, UNDEFINED),
        tier="internal",
        better="lower",
        interval=scored.interval(lost),
        ceiling=resample.number(values["real"] - values["again"], UNDEFINED),
        floor=resample.number(values["real"] - values["independent"], UNDEFINED),
        note="Both models are tested on the same resampled rows; the ceiling is what a second real sample loses.",
    )


def _ranking(scored: Scored) -> Figure:
    main = scored.values[scored.main]
    stacked = {source: np.stack(list(found.values()), axis=1) for source, found in main.items()}
    values = kendall(stacked["real"], stacked["synthetic"])
    return Figure(
        key="utility.agreement.learners",
        title="Agreement on which learner is best (Kendall's tau)",
        value=resample.number(values, UNDEFINED),
        tier="internal",
        better="higher",
        interval=scored.interval(values),
        ceiling=resample.number(kendall(stacked["real"], stacked["again"]), UNDEFINED),
        floor=resample.number(kendall(stacked["real"], stacked["independent"]), UNDEFINED),
        note=f"Of {len(scored.trained.learners)} learners: few pairs, so it moves in large steps.",
    )


def kendall(left: Floats, right: Floats) -> Floats:
    """Kendall's tau-a of each line: (B, items) twice -> (B,). Ties count nothing.

    >>> kendall(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 3.0, 2.0]])).round(4)
    array([0.3333])
    """
    i, j = np.triu_indices(left.shape[1], k=1)
    return np.asarray((np.sign(left[:, i] - left[:, j]) * np.sign(right[:, i] - right[:, j])).mean(axis=1))


def spearman(left: Floats, right: Floats) -> float:
    """Spearman's rank correlation, ties sharing their ranks; NaN where one side is constant.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0]))
    0.5
    """
    a, b = (rankdata(one) - (len(one) + 1) / 2 for one in (left, right))
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread > 0 else float("nan")


def drawings(scored: Scored) -> Iterator[Drawing]:
    """The table of learners, and the calibration of the best one."""
    yield _table(scored)
    yield _calibration(scored)


def _table(scored: Scored) -> Table:
    metrics = metrics_of(scored.trained.tables.task)
    sides: dict[Source, str] = {"synthetic": "synthetic", "real": "real", "independent": "shuffled"}
    header = ["learner", *(f"{one.title}, {side}" for one in metrics.values() for side in sides.values())]
    cells = (
        (
            learner.title,
            *(_cell(scored.values[key][source][name][0]) for key in metrics for source in sides),
        )
        for name, learner in scored.trained.learners.items()
    )
    return Table(
        title="Learners trained on synthetic, real and shuffled rows, tested on the holdout",
        tier="internal",
        header=tuple(header),
        cells=tuple(cells),
    )


def _cell(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _calibration(scored: Scored) -> Curves:
    trained, judge = scored.trained, scored.judge
    task = trained.tables.task
    lines = []
    for source in PAIR:
        said = trained.said[source][scored.best]
        truth, share = (trained.truth, said) if task.kind == "number" else judge.rare(trained.truth, said)
        x, y = scores.calibration_curve(truth.astype(np.float64), share)
        name = f"trained on {source} rows"
        lines.append(Line(name=name, role=source, x=tuple(x.tolist()), y=tuple(y.tolist())))
    ends = [point for line in lines for point in (*line.x, *line.y)]
    guide = (min(ends), max(ends)) if task.kind == "number" else (0.0, 1.0)
    what = task.target if task.kind == "number" else f"share of {task.target} = {task.classes[task.rare]}"
    return Curves(
        title=f"Calibration of {trained.learners[scored.best].title}",
        tier="internal",
        x=f"predicted {what}",
        y=f"{what} in the holdout",
        lines=(*lines, Line(name="as predicted", role="guide", x=guide, y=guide)),
    )
