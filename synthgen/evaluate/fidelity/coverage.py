"""What a table leaves out and what it repeats: rare levels, lost modes, rows that come twice."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from synthgen.evaluate.fidelity.estimate import Estimate, Found
from synthgen.evaluate.fidelity.manifold import points
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import View, sampled

RARE: Final = 0.01
"""A level is rare when fewer rows than this share hold it."""
MODES: Final = 50
"""Bins of rows: large enough to count in, small enough to be a kind of row."""
MODE_ROWS: Final = 5_000
MIXER: Final = np.uint64(0x9E3779B97F4A7C15)

Hashes = NDArray[np.uint64]


def rare_levels(real: View) -> list[tuple[str, int]]:
    """The levels of categories that at least one and fewer than `RARE` of the real rows hold."""
    found = []
    for name, column in real.columns.items():
        if not column.is_line:
            counts = np.bincount(column.values[column.present].astype(np.int64), minlength=len(column.levels))
            found += [(name, int(level)) for level in np.nonzero((counts > 0) & (counts < RARE * real.rows))[0]]
    return found


def levels_kept(real: View, other: View) -> Found:
    """The share of rare real levels that at least one other row holds."""
    rare = rare_levels(real)
    if not rare:
        return Absent(why=f"no level is held by fewer than {RARE:.0%} of the real rows")
    held = {
        name: set(np.unique(column.values).tolist()) for name, column in other.columns.items() if not column.is_line
    }
    return Estimate(value=float(np.mean([level in held[name] for name, level in rare])))


def rare_mass(real: View, other: View) -> Found:
    """How often the other table's rows hold a rare real level, for each time that real rows do."""
    rare = rare_levels(real)
    if not rare:
        return Absent(why=f"no level is held by fewer than {RARE:.0%} of the real rows")
    if not other.rows:
        return Absent(why="no rows")
    held = [np.zeros(view.rows) for view in (real, other)]
    for name in dict(rare):
        levels = [level for each, level in rare if each == name]
        for index, view in enumerate((real, other)):
            held[index] += np.isin(view.columns[name].values, levels)
    base = float(held[0].mean())
    ratio = float(held[1].mean()) / base
    return Estimate(value=ratio, real=-ratio / base * held[0], other=held[1] / base)


def lost_modes(real: View, other: View, rng: np.random.Generator) -> Found:
    """The share of bins of rows that hold a different share of the two tables, NDB / K.

    The bins are the cells of k-means in the real rows; shares differ where a two-sample test of proportions says so at
    5 %, which for rows of one distribution is one bin in twenty (Richardson and Weiss, "On GANs and GMMs", 2018).
    """
    rows = min(real.rows, other.rows, MODE_ROWS)
    if rows < MODES:
        return Absent(why=f"fewer than {MODES} rows")
    one, two = (points(sampled(view, rows, rng), real) for view in (real, other))
    distinct = len(np.unique(one, axis=0)) if one.shape[1] else 0
    bins = min(MODES, distinct, rows // 20)
    if bins < 2:
        return Absent(why="the rows do not differ enough, or are too few, to be told into bins")
    found = KMeans(n_clusters=bins, n_init=1, max_iter=50, random_state=0).fit(one)
    shares = [np.bincount(labels, minlength=bins) / rows for labels in (found.labels_, found.predict(two))]
    pooled = (shares[0] + shares[1]) / 2
    error = np.sqrt(2 * pooled * (1 - pooled) / rows)
    apart = np.abs(shares[0] - shares[1])
    return Estimate(value=float((apart > 1.959964 * error).mean()))


def repeated(real: View, other: View, rng: np.random.Generator) -> tuple[float, float] | Absent:
    """The share of rows that are the same as an earlier row, in equally many rows of each table."""
    rows = min(real.rows, other.rows)
    if not rows:
        return Absent(why="no rows")
    one, two = (hashed(sampled(view, rows, rng), real) for view in (real, other))
    return 1 - len(np.unique(one)) / rows, 1 - len(np.unique(two)) / rows


def copied(real: View, other: View) -> Found:
    """The share of other rows that are the same as a real row, in every column that is learned."""
    if not other.rows:
        return Absent(why="no rows")
    same = np.isin(hashed(other, real), np.unique(hashed(real, real)))
    return Estimate(value=float(same.mean()), other=same.astype(np.float64))


def hashed(view: View, like: View) -> Hashes:
    """64 bits for each row, (rows,); the same values in all columns have the same bits."""
    mixed = np.zeros(view.rows, np.uint64)
    for name in like.columns:
        column = view.columns[name]
        values = np.nan_to_num(column.values.astype(np.float64)) + 0.0  # -0 is 0
        kind = column.missing + 2 * column.wrong + 4 * (column.special.astype(np.int64) + 1)
        for part in (values, kind.astype(np.float64)):
            mixed = (mixed ^ pd.util.hash_array(part)) * MIXER + (mixed >> np.uint64(29))
    return mixed
