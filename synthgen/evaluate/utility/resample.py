"""Bootstrap resamples as weights, and the intervals that they give."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.inputs import FEWEST, RESAMPLES, bootstrap_interval
from synthgen.evaluate.report import Absent, Interval

METHOD: Final = "bootstrap of test rows, percentiles"
METHOD_BY_UNIT: Final = "bootstrap of persons of the test rows, percentiles"

Floats = NDArray[np.float64]


def weights(rows: int, rng: np.random.Generator, *, unit: NDArray[np.int64] | None = None) -> Floats:
    """How often each row is drawn: float64 (1 + RESAMPLES, rows), the first line ones; persons are drawn whole.

    Efron 1979; by person as in Davison, Hinkley 1997, section 3.8.
    """
    persons = np.arange(rows) if unit is None else np.unique(unit, return_inverse=True)[1]
    count = int(persons.max()) + 1 if rows else 0
    if not count:
        return np.ones((1 + RESAMPLES, 0))
    drawn = [np.bincount(rng.integers(0, count, count), minlength=count)[persons] for _ in range(RESAMPLES)]
    return np.stack([np.ones(rows), *drawn]).astype(np.float64)


def number(values: Floats, why: str) -> float | Absent:
    """The score of the rows as they are: the first of `values`, or why there is none."""
    return float(values[0]) if np.isfinite(values[0]) else Absent(why=why)


def interval(values: Floats, *, method: str = METHOD) -> Interval | Absent:
    """The middle 95 % of the resampled scores, which come after the first."""
    found = values[1:][np.isfinite(values[1:])]
    if len(found) < max(FEWEST, RESAMPLES // 2) or not np.isfinite(values[0]):
        return Absent(why="the score is not defined for most resamples")
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(low=float(low), high=float(high), method=method)


def wilson(hits: int, tries: int) -> Interval | Absent:
    """The score interval of a share (Wilson 1927).

    >>> found = wilson(5, 10)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2366, 0.7634)
    """
    if not tries:
        return Absent(why="there are no rows")
    z2 = 1.959964**2
    share = hits / tries
    middle = (share + z2 / (2 * tries)) / (1 + z2 / tries)
    half = np.sqrt(z2 * (share * (1 - share) / tries + z2 / (4 * tries**2))) / (1 + z2 / tries)
    return Interval(low=max(0.0, float(middle - half)), high=min(1.0, float(middle + half)), method="Wilson")


def standard(values: Floats, *, low: float = -np.inf, high: float = np.inf) -> Interval | Absent:
    """The standard interval of a distance, which resampling makes larger: the first value and the others' spread."""
    return bootstrap_interval(float(values[0]), values[1:].tolist(), low=low, high=high)
