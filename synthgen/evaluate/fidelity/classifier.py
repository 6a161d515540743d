"""Whether a learner can tell synthetic rows from real ones: two answers.

C2ST: boosted trees, trained on half of the rows and asked about the other half, whose area under the ROC curve is 0.5
where they cannot (Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests", 2017). pMSE: how far the fitted
probabilities of a logistic regression are from a coin's, beside what chance alone would give (Snoke, Raab, Nowok,
Dibben and Slavkovic, "General and specific utility measures for synthetic data", 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier

from synthgen.evaluate.fidelity.estimate import Estimate, Floats
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Features, View, features, sampled

MOST_ROWS: Final = 10_000
"""Rows of each table that the learners read."""
FEWEST_ROWS: Final = 50
"""Rows of each table below which nobody learns anything."""
ROUNDS: Final = 100
"""Trees of a classifier."""
MOST_SHUFFLED: Final = 2_500
"""Rows of a fold in which columns are shuffled."""
PERMUTATIONS: Final = 999
MOST_DUMMIES: Final = 40
"""Levels of a column that the logistic regression tells apart, the most frequent ones."""
MOST: Final = float(np.finfo(np.float64).max)
"""The largest number that there is."""
STEPS: Final = 25
"""Newton steps: where classes separate there is no end, and the probabilities have long been 0 or 1."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Told:
    """What a classifier made of two tables.

    auc      with influences of the rows that were looked at
    p        share of permutations of the labels, within the rows asked about, that do as well
    telling  for each column, how much the area falls when the column is shuffled among the rows asked about
    """

    auc: Estimate
    p: float
    telling: Mapping[str, float]


def told_apart(
    real: View,
    other: View,
    rng: np.random.Generator,
    *,
    telling: bool = False,
    most: int = MOST_ROWS,
    rounds: int = ROUNDS,
) -> Told | Absent:
    """C2ST by two-fold cross-fitting, on equally many rows of each, at most `most`; persons are never in both folds.

    `rounds` is how many trees a classifier has; `telling` asks for what each column told.

    The null keeps the classifiers and permutes the labels of the rows that they have not seen: no refitting, and valid
    given each classifier.
    """
    rows = min(real.rows, other.rows, most)
    if rows < FEWEST_ROWS:
        return Absent(why=f"fewer than {FEWEST_ROWS} rows")
    real, other = sampled(real, rows, rng), sampled(other, rows, rng)
    table, categorical = _table(real, other)
    if table.empty:
        return Absent(why="no column has a value")
    parts = _parts(real, table)
    label = np.repeat([0, 1], rows)
    fold = np.concatenate([_folds(real, rng), _folds(other, rng)])
    score, dropped = np.empty(2 * rows), dict[str, float]()
    for asked in (0, 1):
        ask, learn = fold == asked, fold != asked
        model = HistGradientBoostingClassifier(
            max_iter=rounds, categorical_features=list(categorical), early_stopping=False, random_state=0
        )
        model.fit(table[learn], label[learn])
        score[ask] = model.predict_proba(table[ask])[:, 1]
        if telling:
            for name, loss in _losses(model, table[ask], label[ask], score[ask], parts=parts, rng=rng):
                dropped[name] = dropped.get(name, 0.0) + loss / 2
    return Told(
        auc=replace(_area(score, label, fold), units=(real.unit, other.unit)),
        p=_permuted(score, label, fold, rng),
        telling=dropped,
    )


def _table(real: View, other: View) -> tuple[pd.DataFrame, tuple[bool, ...]]:
    """Both tables as one; columns in which nothing is known are left out."""
    found = [_marked(features(view, real), view, real) for view in (real, other)]
    table = pd.concat([one.frame for one in found], ignore_index=True)
    kept = [name for name in table.columns if table[name].notna().any()]
    categorical = dict(zip(table.columns, found[0].categorical, strict=True))
    return table[kept], tuple(categorical[name] for name in kept)


def _parts(view: View, table: pd.DataFrame) -> dict[str, list[str]]:
    """The frame's columns that stand for each column: the codes of a number are shuffled with it."""
    names = {name: (name, f"{name} code") if one.specials else (name,) for name, one in view.columns.items()}
    return {name: [each for each in own if each in table] for name, own in names.items()}


def _marked(found: Features, view: View, real: View) -> Features:
    """Wrong values of a line are put beyond all others: to a learner they would look like missing ones."""
    frame = found.frame
    for name, column in view.columns.items():
        if column.is_line and column.wrong.any():
            known = real.columns[name].values[real.columns[name].present]
            frame.loc[column.wrong, name] = min(2 * np.abs(known).max() + 1, MOST) if known.size else 1.0
    return found


def _folds(view: View, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which of two halves each row is in, (rows,); all rows of a person are in one."""
    owner = np.arange(view.rows) if view.unit is None else np.unique(view.unit, return_inverse=True)[1]
    persons = int(owner.max()) + 1
    return np.asarray(rng.permutation(persons)[owner] % 2)


def _losses(
    model: HistGradientBoostingClassifier,
    table: pd.DataFrame,
    label: NDArray[np.int64],
    score: Floats,
    *,
    parts: Mapping[str, list[str]],
    rng: np.random.Generator,
) -> list[tuple[str, float]]:
    """Permutation importance (Breiman, "Random Forests", 2001, section 10) of every column, one or two of the frame."""
    some = rng.permutation(len(table))[:MOST_SHUFFLED]
    table, label, score = table.iloc[some], label[some], score[some]
    full, order, found = area(score, label), rng.permutation(len(table)), []
    for name, own in parts.items():
        shuffled = table.assign(**{each: table[each].to_numpy()[order] for each in own})
        found.append((name, full - area(model.predict_proba(shuffled)[:, 1], label)))
    return found


def area(score: Floats, label: NDArray[np.int64]) -> float:
    """Area under the ROC curve of scores (rows,) for labels 0 and 1.

    >>> area(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]))
    0.875
    """
    ones = int(label.sum())
    return float((rankdata(score)[label == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(label) - ones)))


def _area(score: Floats, label: NDArray[np.int64], fold: NDArray[np.int64]) -> Estimate:
    """The mean area of the folds, and influences: how a row ranks among those of the other table (DeLong, 1988)."""
    real, other = score[label == 0], score[label == 1]
    on_real, on_other = np.empty(len(real)), np.empty(len(other))
    areas = []
    for asked in (0, 1):
        mine, theirs = fold[label == 0] == asked, fold[label == 1] == asked
        on_real[mine] = 1 - _rank_in(other[theirs], real[mine])
        on_other[theirs] = _rank_in(real[mine], other[theirs])
        areas.append(float(on_other[theirs].mean()))
    return Estimate(value=float(np.mean(areas)), real=on_real, other=on_other)


def _rank_in(among: Floats, values: Floats) -> Floats:
    """The share of `among` below each value, ties half."""
    ordered = np.sort(among)
    twice = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return np.asarray(twice / (2 * len(among)), np.float64)


def _permuted(score: Floats, label: NDArray[np.int64], fold: NDArray[np.int64], rng: np.random.Generator) -> float:
    """The permutation test of the mean area: p, counting the labels as they are among the permutations."""
    sums = []
    for asked in (0, 1):
        ranks, ones = rankdata(score[fold == asked]), int(label[fold == asked].sum())
        found = np.array([ranks[:ones].sum() for _ in range(PERMUTATIONS) if rng.shuffle(ranks) is None])
        shape = ones * (len(ranks) - ones)
        actual = rankdata(score[fold == asked])[label[fold == asked] == 1].sum()
        sums.append((np.append(found, actual) - ones * (ones + 1) / 2) / shape)
    areas = sums[0] + sums[1]
    return float((areas >= areas[-1] - 1e-12).mean())


def propensity(real: View, other: View, rng: np.random.Generator) -> tuple[Estimate, Estimate] | Absent:
    """The pMSE and its ratio to its mean under the null, both of a logistic regression on every column by itself.

    pMSE is the mean of (p - c)^2 over all rows, c being the share of other rows. With k coefficients but the constant,
    its mean is k (1 - c)^2 c / N where the other rows are drawn from a right model of the real ones (Snoke et al.,
    theorem 1), and k (1 - c) c / N for two samples of one population. The influences take the regression as given.
    """
    if min(real.rows, other.rows) < FEWEST_ROWS:
        return Absent(why=f"fewer than {FEWEST_ROWS} rows")
    real, other = sampled(real, MOST_ROWS, rng), sampled(other, MOST_ROWS, rng)
    table, categorical = _table(real, other)
    design = _design(table, categorical, real.rows)
    label = np.repeat([0.0, 1.0], [real.rows, other.rows])
    share, rows = float(label.mean()), len(label)
    apart = (_fitted(design, label) - share) ** 2
    # The mean over all rows is that of the two tables' means, weighted by their shares.
    parts = apart[: real.rows] * (1 - share), apart[real.rows :] * share
    value, chance = float(apart.mean()), (design.shape[1] - 1) * (1 - share) ** 2 * share / rows
    if not chance > 0:
        return Absent(why="no column varies")
    units = (real.unit, other.unit)
    return (
        Estimate(value=value, real=parts[0], other=parts[1], units=units),
        Estimate(value=value / chance, real=parts[0] / chance, other=parts[1] / chance, units=units),
    )


def _design(table: pd.DataFrame, categorical: tuple[bool, ...], real: int) -> Floats:
    """Constant, scaled numbers, whether they are missing, levels but the most frequent: (rows, coefficients)."""
    parts = [np.ones((len(table), 1))]
    for name, coded in zip(table.columns, categorical, strict=True):
        values = table[name].to_numpy(np.float64)
        gone = np.isnan(values)
        if coded:
            found, counts = np.unique(values[~gone], return_counts=True)
            kept = found[np.argsort(-counts, kind="stable")][1:MOST_DUMMIES]
            parts.append(values[:, None] == kept[None, :])
        else:
            parts.append(_scaled(values, gone, real)[:, None])
        if gone.any() and not gone.all():
            parts.append(gone[:, None])
    design = np.concatenate(parts, axis=1).astype(np.float64)
    return design[:, np.append(True, np.ptp(design[:, 1:], axis=0) > 0)]


def _scaled(values: Floats, gone: NDArray[np.bool_], real: int) -> Floats:
    """Ranks among the real values, about -1 to 1: no scale or tail can carry the regression off."""
    known = np.sort(values[:real][~gone[:real]])
    if not known.size:
        known = np.sort(values[~gone])
    return np.where(gone, 0.0, 2 * _rank_in(known, values) - 1)


def _fitted(design: Floats, label: Floats) -> Floats:
    """Probabilities of a logistic regression, by Newton's method.

    A slight ridge decides between columns that say the same.
    """
    ridge = np.eye(design.shape[1]) * 1e-4
    weights = np.zeros(design.shape[1])
    chance = np.full(len(label), 0.5)
    for _ in range(STEPS):
        slope = design.T @ (label - chance) - 1e-4 * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + ridge
        step = np.linalg.solve(curve, slope)
        weights += step
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        if np.abs(step).max() < 1e-6:
            break
    return np.asarray(chance, np.float64)
