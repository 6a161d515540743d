"""One column at a time: where two columns of values differ, and how each row moves the difference.

Each function takes the column of the real and of the other table. Lines are compared where both have values; what is
missing, wrong or a code has figures of its own, and counts as a level in the total variation of every column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.fidelity.estimate import Estimate, Floats, Found, spread_over
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Column

SPIKE: Final = 0.01
"""A single value is a spike when it holds this share of the rows that have a value, of either table."""
CONTINUOUS: Final = 20
"""A line with more distinct values than this has tails and spikes."""
NO_VALUES: Final = Absent(why="the column has no values in one of the tables")


def distance_of_shares(real: NDArray[np.int32], other: NDArray[np.int32], levels: int) -> Found:
    """Total variation of two columns of codes, (rows,) each, below `levels`."""
    if not len(real) or not len(other):
        return Absent(why="no rows")
    apart = np.bincount(real, minlength=levels) / len(real) - np.bincount(other, minlength=levels) / len(other)
    side = 0.5 * np.sign(apart)
    value = min(float(0.5 * np.abs(apart).sum()), 1.0)  # sums of shares round
    return Estimate(value=value, real=side[real], other=-side[other])


def kolmogorov_smirnov(real: Column, other: Column) -> Found:
    """The largest difference of the two distribution functions."""
    steps = _steps(real, other)
    if isinstance(steps, Absent):
        return steps
    points, apart = steps
    place = int(np.abs(apart).argmax())
    side = float(np.sign(apart[place]))
    return Estimate(
        value=float(abs(apart[place])),
        real=_over(real, side * (_values(real) <= points[place])),
        other=_over(other, -side * (_values(other) <= points[place])),
    )


def wasserstein(real: Column, other: Column) -> Found:
    """The area between the two distribution functions, in standard deviations of the real values.

    It is how far values must be moved on average to make one column of the other.
    """
    steps = _steps(real, other)
    if isinstance(steps, Absent):
        return steps
    scale = float(_values(real).std())
    if not scale > 0 or not np.isfinite(scale):
        return Absent(why="all real values are the same, so there is no scale to measure by")
    points, apart = steps
    widths = np.diff(points) / scale
    # A value moves the distribution function from itself upwards, by the sign of the difference there.
    above = np.append(np.cumsum((np.sign(apart[:-1]) * widths)[::-1])[::-1], 0.0)
    return Estimate(
        value=float(np.abs(apart[:-1]) @ widths),
        real=_over(real, above[np.searchsorted(points, _values(real))]),
        other=_over(other, -above[np.searchsorted(points, _values(other))]),
    )


def tail(real: Column, other: Column, share: float) -> Found:
    """How much the share of values in a tail differs: up to the real `share` quantile, or from it on above a half."""
    if not real.present.any() or not other.present.any():
        return NO_VALUES
    edge = np.quantile(_values(real), share)
    return _share(real, other, lambda values: values <= edge if share < 0.5 else values >= edge)


def mass_at(real: Column, other: Column, value: float) -> Found:
    """How much the share of one value differs, among the values that are there."""
    return _share(real, other, lambda values: values == value)


def spikes(real: Column, other: Column) -> Found:
    """The largest difference in the share of any value but 0 that holds `SPIKE` of either table's values."""
    if not real.present.any() or not other.present.any():
        return NO_VALUES
    found = np.union1d(_spikes(real), _spikes(other))
    if not found.size:
        return Absent(why=f"no value but 0 holds {SPIKE:.0%} of the values")
    apart = [abs((_values(real) == one).mean() - (_values(other) == one).mean()) for one in found]
    return mass_at(real, other, float(found[int(np.argmax(apart))]))


def _spikes(column: Column) -> Floats:
    points, counts = np.unique(_values(column), return_counts=True)
    return np.asarray(points[(counts >= SPIKE * counts.sum()) & (points != 0)], np.float64)


def missing(real: Column, other: Column) -> Found:
    """How much the share of missing values differs."""
    return _apart(real.missing, other.missing)


def codes(real: Column, other: Column) -> Found:
    """Total variation of what stands in the place of a value: a value or something missing, or which code."""
    levels = len(real.specials) + 1
    one, two = ((column.special + 1).astype(np.int32) for column in (real, other))
    return distance_of_shares(one, two, levels)


def wrong(real: Column, other: Column) -> Found:
    """The share of values that the column cannot have, in the other table."""
    if not len(real.wrong) or not len(other.wrong):
        return Absent(why="no rows")
    return Estimate(value=float(other.wrong.mean()), other=other.wrong.astype(np.float64))


def missing_together(real: list[Column], other: list[Column]) -> Found:
    """Total variation of the pattern of what is missing: which columns of a row are missing together."""
    if not real or not len(real[0].missing) or not len(other[0].missing):
        return Absent(why="no rows")
    patterns = [np.packbits(np.stack([one.missing for one in side], axis=1), axis=1) for side in (real, other)]
    distinct, place = np.unique(np.concatenate(patterns), axis=0, return_inverse=True)
    rows, codes = len(patterns[0]), np.asarray(place.reshape(-1), np.int32)
    return distance_of_shares(codes[:rows], codes[rows:], len(distinct))


def is_continuous(column: Column) -> bool:
    """Whether a column has so many values that tails and spikes mean something."""
    return column.is_line and len(np.unique(_values(column))) > CONTINUOUS


def has_zero(column: Column) -> bool:
    """Whether 0 is among the values."""
    return bool((_values(column) == 0).any())


def _values(column: Column) -> Floats:
    return np.asarray(column.values[column.present], np.float64)


def _over(column: Column, influences: NDArray[np.floating]) -> Floats:
    return spread_over(len(column.values), column.present, influences.astype(np.float64))


def _steps(real: Column, other: Column) -> tuple[Floats, Floats] | Absent:
    """All values, ascending, and how much higher the real distribution function is at each."""
    one, two = np.sort(_values(real)), np.sort(_values(other))
    if not one.size or not two.size:
        return NO_VALUES
    points = np.union1d(one, two)
    below = np.searchsorted(one, points, side="right") / len(one)
    return points, below - np.searchsorted(two, points, side="right") / len(two)


def _share(real: Column, other: Column, chosen: Callable[[Floats], NDArray[np.bool_]]) -> Found:
    """How much the share of the chosen values differs."""
    one, two = chosen(_values(real)), chosen(_values(other))
    if not one.size or not two.size:
        return NO_VALUES
    apart = float(one.mean() - two.mean())
    side = float(np.sign(apart))
    return Estimate(value=abs(apart), real=_over(real, side * one), other=_over(other, -side * two))


def _apart(real: NDArray[np.bool_], other: NDArray[np.bool_]) -> Found:
    return distance_of_shares(real.astype(np.int32), other.astype(np.int32), 2)
