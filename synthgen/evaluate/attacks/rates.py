"""How often an attack succeeds, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.report import Absent, Interval

_Z: Final = NormalDist().inv_cdf(0.975)
WILSON: Final = "Wilson"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """So many hits in so many tries."""

    hits: int
    tries: int

    @property
    def value(self) -> float:
        """The share of hits."""
        return self.hits / self.tries

    @property
    def centre(self) -> float:
        """The middle of Wilson's interval, which anonymeter reports as the rate."""
        return (self.hits + _Z**2 / 2) / (self.tries + _Z**2)

    @property
    def error(self) -> float:
        """Half the width of Wilson's interval."""
        spread = self.hits * (self.tries - self.hits) / self.tries + _Z**2 / 4
        return _Z / (self.tries + _Z**2) * math.sqrt(spread)

    @property
    def interval(self) -> Interval:
        """Wilson's, at 95 % (Wilson 1927, Probable inference, JASA 22).

        >>> round(Rate(hits=0, tries=100).interval.high, 4)
        0.037
        """
        low = max(self.centre - self.error, 0.0) if self.hits else 0.0
        high = min(self.centre + self.error, 1.0) if self.hits < self.tries else 1.0
        return Interval(low=low, high=high, method=WILSON)


def rate_of(hits: NDArray[np.bool_]) -> Rate:
    """Of outcomes, bool of any shape."""
    return Rate(hits=int(hits.sum()), tries=hits.size)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mean:
    """A mean over targets, each tried as often; `error` is half its interval's width."""

    value: float
    error: float

    @property
    def centre(self) -> float:
        """The mean itself."""
        return self.value

    @property
    def interval(self) -> Interval:
        """At 95 %, by the normal distribution over targets, cut to 0..1."""
        low, high = max(self.value - self.error, 0.0), min(self.value + self.error, 1.0)
        return Interval(low=low, high=high, method="normal, by target")


def mean_of(hits: NDArray[np.bool_]) -> Mean:
    """Of outcomes: bool [tries, targets]."""
    share = hits.mean(axis=0)
    return Mean(value=float(share.mean()), error=_Z * math.sqrt(_variance(share) / len(share)))


def excess(members: Rate | Mean, controls: Rate | Mean) -> tuple[float, Interval]:
    """Success on members beyond that on controls, as a share of what was left to win: anonymeter's risk.

    From the centres of both intervals, with the errors propagated, cut to 0..1 (Giomi and others 2023, section 3).
    """
    left = max(1 - controls.centre, 1e-9)
    value = (members.centre - controls.centre) / left
    error = math.hypot(members.error / left, controls.error * (members.centre - 1) / left**2)
    low, high = (min(max(end, 0.0), 1.0) for end in (value - error, value + error))
    return min(max(value, 0.0), 1.0), Interval(low=low, high=high, method="Wilson, propagated")


def auc(members: NDArray[np.float64], controls: NDArray[np.float64]) -> tuple[float, Interval]:
    """The chance that a member scores above a control, ties counting half, and DeLong's interval.

    Source: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44(3); by ranks as Sun, Xu 2014, IEEE SPL 21(11).

    >>> auc(np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0]))[0]
    0.75
    """
    together = np.concatenate([members, controls])
    rank, m, n = midranks(together), len(members), len(controls)
    above_controls = (rank[:m] - midranks(members)) / n
    above_members = 1 - (rank[m:] - midranks(controls)) / m
    value = float(above_controls.mean())
    spread = _Z * math.sqrt(_variance(above_controls) / m + _variance(above_members) / n)
    return value, Interval(low=max(value - spread, 0.0), high=min(value + spread, 1.0), method="DeLong")


def _variance(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.25


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, equal values sharing the mean of theirs.

    >>> midranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    ordered = np.sort(values)
    below, upto = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return np.asarray((below + upto + 1) / 2)


def found_at(members: NDArray[np.float64], controls: NDArray[np.float64], false: float) -> Rate | Absent:
    """Members above the lowest threshold that at most a share `false` of the controls is above.

    The interval of the rate takes the threshold as given.
    """
    allowed = math.floor(false * len(controls))
    if not allowed:
        return Absent(why=f"a rate of {false:.1%} needs {math.ceil(1 / false):,} rows of the holdout or more")
    threshold = np.partition(controls, len(controls) - allowed - 1)[len(controls) - allowed - 1]
    return rate_of(members > threshold)
