"""The same regression on the real and on the synthetic rows: whether an analyst would have reported the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.inputs import FEWEST, RESAMPLES, Inputs, bootstrap_interval, rng
from synthgen.evaluate.report import Absent, Drawing, Figure, Interval, Note, Table
from synthgen.evaluate.utility import copies
from synthgen.evaluate.utility.matrices import Dense
from synthgen.evaluate.utility.regression import Fit, least_squares, logit, overlaps
from synthgen.evaluate.utility.task import Task, task_of
from synthgen.evaluate.views import View, sampled

ROWS: Final = 20_000
SHOWN: Final = 40
NOTE: Final = Note(
    text="Coefficients are those of one regression of the target on all other columns, scaled by the real table, with "
    "Wald intervals: least squares for a number, logistic for a class. Rows are taken as independent, and as many of "
    "both tables. The interval of the mean overlap resamples coefficients, which are correlated: read it as a rough "
    "one.",
    source="Karr, Kohnen, Oganian, Reiter, Sanil 2006, The American Statistician 60(3)",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Regression:
    """What is regressed on what: decided by the real rows, the same for all tables. `answer` names it."""

    task: Task
    dense: Dense
    answer: str
    chosen: int
    mean: float
    spread: float

    def fit(self, view: View) -> Fit | Absent:
        """The regression of one table."""
        known = view.take(self.task.usable(view))
        if known.rows <= len(self.dense.names) + 1:
            return Absent(why="it has fewer rows with a target than the regression has coefficients")
        matrix, answers = self.dense.matrix(known), self.task.answers(known)
        if self.task.kind == "number":
            return least_squares(matrix, np.asarray((answers - self.mean) / self.spread, np.float64))
        return logit(matrix, answers == self.chosen)


def regression_of(inputs: Inputs, real: View) -> Regression | Absent:
    """The regression of the schema's target: of several classes, on whether it is the most frequent one."""
    task = task_of(inputs.schema, inputs.first, inputs.second)
    if isinstance(task, Absent):
        return task
    known = real.take(task.usable(real))
    answers = task.answers(known)
    number = task.kind == "number"
    chosen = -1 if number else task.rare if task.kind == "binary" else int(np.bincount(answers).argmax())
    return Regression(
        task=task,
        dense=Dense.of(known, without=task.hidden, drop_first=True),
        answer=task.target if number else f"{task.target} = {task.classes[chosen]}",
        chosen=chosen,
        mean=float(answers.mean()) if number else 0.0,
        spread=float(answers.std()) or 1.0 if number else 1.0,
    )


def found_in(inputs: Inputs) -> tuple[tuple[Figure, ...], tuple[Drawing, ...], tuple[Note, ...]]:
    """Figures, drawings and notes on coefficients."""
    draws = rng(inputs, "utility coefficients")
    real, synthetic = _alike(inputs.real, inputs.synthetic, draws)
    first, second = _alike(inputs.first, inputs.second, draws)
    regression = regression_of(inputs, real)
    if isinstance(regression, Absent):
        return (_figure(regression, regression, regression, ""),), (), ()
    fits = {
        name: regression.fit(view)
        for name, view in (
            ("real", real),
            ("synthetic", synthetic),
            ("first", first),
            ("second", second),
            ("independent", sampled(inputs.independent, real.rows, draws)),
        )
    }
    overlap = {
        name: _overlap(fits[one], fits[name])
        for one, name in (("real", "synthetic"), ("first", "second"), ("real", "independent"))
    }
    interval = _interval(overlap["synthetic"], draws)
    title = f" of {regression.answer}"
    figures = [_figure(overlap["synthetic"], overlap["second"], overlap["independent"], title, interval)]
    drawings = list(_table(regression, fits["real"], fits["synthetic"], overlap["synthetic"]))
    whole = fits["real"]
    if not inputs.copies or isinstance(whole, Absent):
        return tuple(figures), tuple(drawings), (NOTE,)
    views = [sampled(view, ROWS, draws) for view in (inputs.synthetic, *inputs.copies)]
    found = [fit for view in views if not isinstance(fit := regression.fit(view), Absent)]
    rows = round(float(np.mean([view.rows for view in views])))
    combined = {key: copies.combined(rule, found, rows=rows, real=real.rows) for key, rule in copies.RULES.items()}
    figures += copies.figures(combined, whole, len(found))
    drawings += copies.drawings(combined, whole, regression.dense.names[:SHOWN])
    return tuple(figures), tuple(drawings), (NOTE, *copies.NOTES)


def _alike(left: View, right: View, draws: np.random.Generator) -> tuple[View, View]:
    """As many rows of both: more rows make an interval shorter, which is no lack of overlap."""
    rows = min(ROWS, left.rows, right.rows)
    return sampled(left, rows, draws), sampled(right, rows, draws)


def _overlap(first: Fit | Absent, second: Fit | Absent) -> NDArray[np.float64] | Absent:
    if isinstance(first, Absent):
        return first
    if isinstance(second, Absent):
        return second
    shares = overlaps(first, second)
    known = shares[np.isfinite(shares)]
    return known if known.size else Absent(why="no coefficient is identified by the rows")


def _figure(
    value: NDArray[np.float64] | Absent,
    ceiling: NDArray[np.float64] | Absent,
    floor: NDArray[np.float64] | Absent,
    answer: str,
    interval: Interval | Absent | None = None,
) -> Figure:
    mean, best, worst = (one if isinstance(one, Absent) else float(one.mean()) for one in (value, ceiling, floor))
    return Figure(
        key="utility.coefficients.overlap",
        title=f"Mean overlap of coefficients' confidence intervals, regression{answer}",
        value=mean,
        tier="internal",
        better="higher",
        interval=interval or Absent(why="the overlap was not computed"),
        ceiling=best,
        floor=worst,
        note=""
        if isinstance(value, Absent)
        else f"Of {len(value)} coefficients, {int((value == 0).sum())} do not meet.",
    )


def _interval(shares: NDArray[np.float64] | Absent, draws: np.random.Generator) -> Interval | Absent:
    if isinstance(shares, Absent) or len(shares) < FEWEST:
        return Absent(why=f"fewer than {FEWEST} coefficients: a bootstrap over them would say nothing")
    means = shares[draws.integers(0, len(shares), (RESAMPLES, len(shares)))].mean(axis=1)
    return bootstrap_interval(float(shares.mean()), means.tolist(), low=0.0, high=1.0)


def _table(
    regression: Regression, real: Fit | Absent, synthetic: Fit | Absent, shares: NDArray[np.float64] | Absent
) -> Iterator[Drawing]:
    if isinstance(real, Absent) or isinstance(synthetic, Absent) or isinstance(shares, Absent):
        return
    each = overlaps(real, synthetic)
    strength = np.nan_to_num(np.abs(real.estimate) / real.error)
    columns = (real.estimate, real.low, real.high, synthetic.estimate, synthetic.low, synthetic.high, each)
    shown = [at for at in np.argsort(-strength, kind="stable")[:SHOWN].tolist() if np.isfinite(each[at])]
    yield Table(
        title=f"Regression of {regression.answer}: coefficients with 95 % intervals, the clearest first",
        tier="internal",
        header=("coefficient", "real", "low", "high", "synthetic", "low", "high", "overlap"),
        cells=tuple((regression.dense.names[at], *(_cell(one[at]) for one in columns)) for at in shown),
    )


def _cell(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
