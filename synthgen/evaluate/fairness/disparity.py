"""Whether models trained on synthetic rows treat groups as models trained on real rows do.

Demographic parity (Dwork, Hardt, Pitassi, Reingold, Zemel 2012), equalised odds (Hardt, Price, Srebro 2016) and
calibration (Kleinberg, Mullainathan, Raghavan 2017), each as the largest difference between two groups. The three
cannot all be 0 where groups differ, so a gap is read beside that of the model trained on real rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.fairness.groups import Grouping
from synthgen.evaluate.report import Absent, Drawing, Figure, Table, not_computed
from synthgen.evaluate.utility import resample
from synthgen.evaluate.utility.metrics import judge_of
from synthgen.evaluate.utility.trained import SOURCES, Source, Trained

FEWEST: Final = 30
"""Test rows of a group, below which it is left out."""
FEWEST_OF_A_KIND: Final = 10
"""Positive, or negative, test rows of a group, below which its true or false positives are left out."""

Floats = NDArray[np.float64]
Gap = Callable[["Rates"], Floats]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rates:
    """What one model does to each group: float64 (B, groups), NaN where a group has too few rows for it.

    chosen    share of rows that are alerted; of a number, the mean that is predicted
    hits      share of the positive rows that are alerted; of a number, the root of the mean squared error
    alarms    share of the negative rows that are alerted; of a number, the same as `hits`
    excess    mean of what is predicted less what is found
    """

    chosen: Floats
    hits: Floats
    alarms: Floats
    excess: Floats


def alerted(score: Floats, rate: float) -> NDArray[np.bool_]:
    """The rows with the highest scores, about a share of `rate`; all of a tie or none, whichever is nearer."""
    values, rows = np.unique(-score, return_counts=True)
    above = np.concatenate([[0], np.cumsum(rows)])
    taken = int(np.argmin(np.abs(above - rate * len(score))))
    return -score <= values[taken - 1] if taken else np.zeros(len(score), np.bool_)


def class_rates(
    truth: NDArray[np.bool_], share: Floats, groups: NDArray[np.int64], weights: Floats, *, rate: float
) -> Rates:
    """Rates of a class: truth, share and groups (rows,), group -1 for none; weights (B, rows)."""
    chosen = alerted(share, rate)
    inside = _indicators(groups)
    whole = weights @ inside
    enough, positive, negative = (
        _enough(inside, mask, fewest)
        for mask, fewest in (
            (np.ones(len(truth), np.bool_), FEWEST),
            (truth, FEWEST_OF_A_KIND),
            (~truth, FEWEST_OF_A_KIND),
        )
    )
    return Rates(
        chosen=_ratio(weights @ (inside * chosen[:, None]), whole, enough),
        hits=_ratio(
            weights @ (inside * (chosen & truth)[:, None]), weights @ (inside * truth[:, None]), enough & positive
        ),
        alarms=_ratio(
            weights @ (inside * (chosen & ~truth)[:, None]), weights @ (inside * ~truth[:, None]), enough & negative
        ),
        excess=_ratio(weights @ (inside * (share - truth)[:, None]), whole, enough),
    )


def number_rates(truth: Floats, said: Floats, groups: NDArray[np.int64], weights: Floats) -> Rates:
    """Rates of a number, in standard deviations of the truth."""
    spread = float(truth.std()) or 1.0
    inside = _indicators(groups)
    whole, enough = weights @ inside, _enough(inside, np.ones(len(truth), np.bool_), FEWEST)
    squared = _ratio(weights @ (inside * np.square(said - truth)[:, None]), whole, enough)
    return Rates(
        chosen=_ratio(weights @ (inside * said[:, None]), whole, enough) / spread,
        hits=np.sqrt(squared) / spread,
        alarms=np.sqrt(squared) / spread,
        excess=_ratio(weights @ (inside * (said - truth)[:, None]), whole, enough) / spread,
    )


def _indicators(groups: NDArray[np.int64]) -> Floats:
    return np.asarray(groups[:, None] == np.arange(max(1, int(groups.max(initial=-1)) + 1)), np.float64)


def _enough(inside: Floats, mask: NDArray[np.bool_], fewest: int) -> NDArray[np.bool_]:
    return np.asarray(mask.astype(np.float64) @ inside >= fewest)


def _ratio(part: Floats, whole: Floats, known: NDArray[np.bool_]) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=(whole > 0) & known))


def spread(rates: Floats) -> Floats:
    """Largest difference between two groups, (B,); NaN where fewer than two are known.

    >>> spread(np.array([[0.1, 0.4, np.nan], [0.2, np.nan, np.nan]])).round(2)
    array([0.3, nan])
    """
    known = np.isfinite(rates)
    high = np.where(known, rates, -np.inf).max(axis=1)
    low = np.where(known, rates, np.inf).min(axis=1)
    return np.where(known.sum(axis=1) > 1, high - np.where(np.isfinite(low), low, 0.0), np.nan)


GAPS: Final[Mapping[str, tuple[str, str, Gap]]] = {
    "parity": (
        "Demographic parity gap: share alerted",
        "Gap of the mean prediction, in standard deviations",
        lambda rates: spread(rates.chosen),
    ),
    "odds": (
        "Equalised odds gap: true or false positives, the larger",
        "Gap of the root mean squared error, in standard deviations",
        lambda rates: np.fmax(spread(rates.hits), spread(rates.alarms)),
    ),
    "calibration": (
        "Calibration gap: predicted less found",
        "Calibration gap: predicted less found, in standard deviations",
        lambda rates: spread(rates.excess),
    ),
}
"""Key -> title for a class, title for a number, how it is computed."""


def figures(trained: Trained, grouping: Grouping, rng: np.random.Generator) -> Iterator[Figure]:
    """Every gap of each learner, and how it changes when the model learns from synthetic rows."""
    weights = resample.weights(trained.tables.test.rows, rng, unit=trained.tables.test.unit)
    groups = grouping.codes(trained.tables.test)
    number = trained.tables.task.kind == "number"
    for name, learner in trained.learners.items():
        found = {
            source: _rates(
                trained,
                source,
                name,
                groups=groups,
                weights=weights if source in ("synthetic", "real") else weights[:1],
            )
            for source in SOURCES
        }
        for key, (of_class, of_number, gap) in GAPS.items():
            title = of_number if number else of_class
            gaps = {source: gap(rates) for source, rates in found.items()}
            yield _figure(f"fairness.{name}.{key}", f"{title}, {learner.title}", grouping, gaps)
            change: dict[Source, Floats] = {
                "synthetic": gaps["synthetic"] - gaps["real"],
                "real": gaps["again"] - gaps["real"][:1],
                "independent": gaps["independent"] - gaps["real"][:1],
            }
            title = f"{title}, {learner.title}: change from training on real rows"
            yield _figure(f"fairness.{name}.{key}_change", title, grouping, change, change=True)


def _rates(trained: Trained, source: Source, name: str, *, groups: NDArray[np.int64], weights: Floats) -> Rates:
    truth: NDArray[Any] = trained.truth
    judge = judge_of(trained.tables)
    said = trained.said[source][name]
    if judge.task.kind == "number":
        return number_rates(truth, said, groups, weights)
    positive, share = judge.rare(truth, said)
    return class_rates(positive, share, groups, weights, rate=judge.rate)


def _figure(key: str, title: str, grouping: Grouping, gaps: Mapping[Source, Floats], *, change: bool = False) -> Figure:
    few = f"fewer than two groups have {FEWEST} test rows, and {FEWEST_OF_A_KIND} of each class where that matters"
    note = (
        "The ceiling is the change to a model trained on other real rows, the floor to one trained on shuffled rows."
        if change
        else "The ceiling is the gap of a model trained on real rows; a model that knows nothing has a small gap, too."
    )
    return Figure(
        key=key,
        title=title,
        value=resample.number(gaps["synthetic"], few),
        tier="internal",
        better="neither" if change else "lower",
        interval=resample.standard(gaps["synthetic"], low=-np.inf if change else 0.0),
        ceiling=resample.number(gaps["real"], few),
        floor=resample.number(gaps["independent"], few),
        subject=grouping.columns,
        note=note,
    )


def drawings(trained: Trained, grouping: Grouping, learner: str) -> Iterator[Drawing]:
    """What the models do to each group."""
    test = trained.tables.test
    groups, rows, ones = grouping.codes(test), grouping.rows(test), np.ones((1, test.rows))
    sides: tuple[Source, ...] = ("synthetic", "real")
    rates = [_rates(trained, source, learner, groups=groups, weights=ones) for source in sides]
    number = trained.tables.task.kind == "number"
    names = ("mean predicted", "error", "predicted less found") if number else (
        "alerted", "true positives", "false positives", "predicted less found"
    )  # fmt: skip
    columns = [one for pair in zip(*([_columns(each, number=number) for each in rates]), strict=True) for one in pair]
    title = f"{' x '.join(grouping.columns)}: {trained.learners[learner].title} trained on synthetic and on real rows"
    yield Table(
        title=title,
        tier="internal",
        header=("group", "test rows", *(f"{name}, {side}" for name in names for side in sides)),
        cells=tuple(
            (label, int(rows[at]), *(_cell(column, at) for column in columns))
            for at, label in enumerate(grouping.labels)
        ),
    )


def _columns(rates: Rates, *, number: bool) -> list[Floats]:
    middle = [rates.hits[0]] if number else [rates.hits[0], rates.alarms[0]]
    return [rates.chosen[0], *middle, rates.excess[0]]


def _cell(column: Floats, at: int) -> float | None:
    return float(column[at]) if at < len(column) and np.isfinite(column[at]) else None


def nothing(why: Absent) -> Figure:
    """What stands where gaps would."""
    return not_computed("fairness.gaps", "Gaps between groups of models trained on synthetic rows", why, better="lower")
