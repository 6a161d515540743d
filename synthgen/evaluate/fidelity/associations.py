"""How columns hang together: four matrices, and how much those of two tables differ.

Pearson and Spearman between numbers, Cramer's V between categories, the correlation ratio between a category and a
number. Each is computed over the rows in which both columns have a value; a level that the schema does not know is a
level of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from synthgen.evaluate.fidelity.estimate import Estimate, Floats, Found
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Column, View

Kind = Literal["pearson", "spearman", "cramers_v", "correlation_ratio"]
KINDS: Final[Mapping[Kind, str]] = {
    "pearson": "Pearson correlation",
    "spearman": "Spearman rank correlation",
    "cramers_v": "Cramer's V",
    "correlation_ratio": "Correlation ratio",
}
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Association:
    """One number between two columns, NaN where it is not defined; `rows` are influences (rows,)."""

    value: float
    rows: Floats


def pairs_of(view: View, kind: Kind) -> list[Pair]:
    """The pairs of columns that have this association: for the correlation ratio, a category and a number."""
    lines = [name for name, column in view.columns.items() if column.is_line]
    levels = [name for name, column in view.columns.items() if not column.is_line]
    if kind == "correlation_ratio":
        return [(a, b) for a in levels for b in lines]
    names = levels if kind == "cramers_v" else lines
    return [(a, b) for index, a in enumerate(names) for b in names[index + 1 :]]


def associations(view: View, kind: Kind) -> dict[Pair, Association]:
    """All of a table."""
    ranked = {name: _ranks(column) for name, column in view.columns.items() if column.is_line and kind == "spearman"}
    return {pair: _of(view, kind, pair, ranked) for pair in pairs_of(view, kind)}


def _of(view: View, kind: Kind, pair: Pair, ranked: Mapping[str, Floats]) -> Association:
    one, two = (view.columns[name] for name in pair)
    both = _known(one) & _known(two)
    if both.sum() < 2:
        return Association(value=np.nan, rows=np.zeros(view.rows))
    with np.errstate(over="ignore", invalid="ignore"):  # numbers near the end of float64: not defined
        if kind == "cramers_v":
            value, some = cramers_v(one.values[both].astype(np.int64), two.values[both].astype(np.int64))
        elif kind == "correlation_ratio":
            value, some = correlation_ratio(one.values[both].astype(np.int64), two.values[both].astype(np.float64))
        elif kind == "spearman":
            value, some = pearson(ranked[pair[0]][both], ranked[pair[1]][both])
        else:
            value, some = pearson(one.values[both].astype(np.float64), two.values[both].astype(np.float64))
    if not np.isfinite(value):
        return Association(value=np.nan, rows=np.zeros(view.rows))
    rows = np.zeros(view.rows)
    rows[both] = (some - some.mean()) * (view.rows / both.sum())
    return Association(value=value, rows=rows)


def _known(column: Column) -> NDArray[np.bool_]:
    return column.present if column.is_line else ~column.missing


def _ranks(column: Column) -> Floats:
    ranks = np.full(len(column.values), np.nan)
    present = column.present
    ranks[present] = rankdata(column.values[present])
    return ranks


def pearson(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Correlation of two columns (rows,), NaN when either is constant, and influences (rows,): uv - r (u^2 + v^2) / 2.

    Of ranks it is Spearman's, and the influences take the ranks as given.
    """
    spread = float(x.std()), float(y.std())
    if not min(spread) > 0:
        return np.nan, np.zeros(len(x))
    u, v = (x - x.mean()) / spread[0], (y - y.mean()) / spread[1]
    value = float((u * v).mean())
    return float(np.clip(value, -1, 1)), u * v - value * (u**2 + v**2) / 2


def cramers_v(x: NDArray[np.int64], y: NDArray[np.int64]) -> tuple[float, Floats]:
    """Cramer's V of two columns of codes (rows,), without correction for bias, and influences (rows,).

    It is the root of phi^2 / (min(levels) - 1), phi^2 being the sum of p_ij^2 / (p_i p_j) less 1.
    """
    x, y = _held(x), _held(y)
    shape = int(x.max()) + 1, int(y.max()) + 1
    if min(shape) < 2:
        return np.nan, np.zeros(len(x))
    share = np.bincount(x * shape[1] + y, minlength=shape[0] * shape[1]).reshape(shape) / len(x)
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    ratio = share / np.outer(rows, columns)
    by_row, by_column = (share * ratio).sum(axis=1), (share * ratio).sum(axis=0)
    phi2 = max(float(by_row.sum()) - 1, 0.0)
    value = float(np.sqrt(phi2 / (min(shape) - 1)))
    if value == 0:
        return 0.0, np.zeros(len(x))
    on_phi2 = 2 * ratio - (by_row / rows)[:, None] - (by_column / columns)[None, :]
    return value, on_phi2[x, y] / (2 * value * (min(shape) - 1))


def _held(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes without those that no row has, in their order."""
    return np.asarray((np.cumsum(np.bincount(codes) > 0) - 1)[codes])


def correlation_ratio(level: NDArray[np.int64], y: Floats) -> tuple[float, Floats]:
    """The root of the share of a number's variance that lies between the levels, and influences (rows,)."""
    level = _held(level)
    centred = y - y.mean()
    total = float((centred**2).mean())
    if not total > 0 or not np.isfinite(total):
        return np.nan, np.zeros(len(y))
    means = np.bincount(level, centred) / np.bincount(level)
    mean = means[level]
    between = float((mean**2).mean())
    value = float(np.sqrt(min(between / total, 1.0)))
    if value < 1e-12:
        return 0.0, np.zeros(len(y))
    on_between = mean**2 + 2 * (centred - mean) * mean - between
    on_total = centred**2 - total
    return value, (on_between - value**2 * on_total) / (2 * value * total)


def mean_difference(real: Mapping[Pair, Association], other: Mapping[Pair, Association]) -> Found:
    """The mean, over pairs of columns, of how much their association differs.

    Pairs without one in the real table are left out; where only the other table has none, it counts as 0.
    """
    pairs = [pair for pair, one in real.items() if np.isfinite(one.value)]
    if not pairs:
        return Absent(why="fewer than two columns of the kind that vary")
    if not len(next(iter(other.values())).rows):
        return Absent(why="no rows")
    apart = {pair: real[pair].value - np.nan_to_num(other[pair].value) for pair in pairs}
    return Estimate(
        value=float(np.mean(np.abs(list(apart.values())))),
        real=sum((np.sign(apart[pair]) * real[pair].rows for pair in pairs), start=np.zeros(1)) / len(pairs),
        other=-sum((np.sign(apart[pair]) * other[pair].rows for pair in pairs), start=np.zeros(1)) / len(pairs),
    )


def difference(real: Association, other: Association) -> Found:
    """How much one association differs, with influences."""
    if not np.isfinite(real.value):
        return Absent(why="not defined in the real table: a column does not vary")
    apart = real.value - float(np.nan_to_num(other.value))
    side = float(np.sign(apart))
    return Estimate(value=abs(apart), real=side * real.rows, other=-side * other.rows)


def worst(real: Mapping[Pair, Association], other: Mapping[Pair, Association], most: int) -> Iterator[Pair]:
    """The pairs whose association differs most, the worst first."""
    apart = {
        pair: abs(one.value - np.nan_to_num(other[pair].value)) for pair, one in real.items() if np.isfinite(one.value)
    }
    return iter(sorted(apart, key=lambda pair: -apart[pair])[:most])
