"""Noise: the only place where it is drawn, and the arithmetic of how much.

Counts are integers and stay so. The noise is the discrete Gaussian, sampled exactly (no floating point) by OpenDP
from the operating system's entropy, one independent draw a cell: about 8 microseconds each, 0.1 milliseconds a call.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import opendp.prelude as dp
from numpy.typing import NDArray

from synthgen.privacy.events import LATTICE, MIN_SIGMA

Counts = NDArray[np.int64]


class Noise(Protocol):
    """Adds independent integer noise of scale `sigma` to a vector of counts. Tests bring doubles."""

    def __call__(self, counts: Counts, sigma: float) -> Counts:
        """A new vector of the same length; `counts` stays as it is."""
        ...


class DiscreteGaussian:
    """P(noise = x) proportional to exp(-x^2 / (2 sigma^2)) over the integers (Canonne, Kamath, Steinke 2020)."""

    __slots__ = ()

    def __call__(self, counts: Counts, sigma: float) -> Counts:
        """`counts` plus fresh noise; raises ValueError for a scale below 1, which could not be priced."""
        if not MIN_SIGMA <= sigma < math.inf:
            raise ValueError(f"sigma must be finite and at least {MIN_SIGMA:g}, not {sigma}")
        if counts.size == 0:
            return counts.copy()
        dp.enable_features("contrib")
        space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
        return np.asarray(dp.m.make_gaussian(*space, scale=float(sigma))(counts), dtype=np.int64)


def add_noise(tables: Sequence[Counts], sigmas: Sequence[float], noise: Noise) -> list[Counts]:
    """Each table with noise of its own scale; tables of one scale share a call, because calls cost more than cells."""
    noisy: list[Counts] = [np.empty(0, np.int64)] * len(tables)
    for sigma in dict.fromkeys(sigmas):
        members = [i for i, own in enumerate(sigmas) if own == sigma]
        drawn = noise(np.concatenate([tables[i].ravel() for i in members]), sigma)
        ends = np.cumsum([tables[i].size for i in members])
        for i, piece in zip(members, np.split(drawn, ends[:-1]), strict=True):
            noisy[i] = piece.reshape(tables[i].shape)
    return noisy


def sigma_for(rho: float, sensitivity: float) -> float:
    """The noise scale at which a part of this L2 sensitivity costs `rho` = mu^2 / 2, and at least 1.

    Zero (exact) for an infinite rho. What it spends is `Part.mu`, to the last digit: the lattice is accounted for.

    >>> round(sigma_for(0.005, 1.0), 3), sigma_for(50.0, 1.0)
    (10.005, 1.0)
    """
    if rho == math.inf:
        return 0.0
    return max(MIN_SIGMA, math.sqrt(sensitivity**2 / (2 * rho) + LATTICE))


def threshold_for(sigma: float, rows_per_unit: int, delta: float) -> int:
    """The smallest noisy count at which a value that only one unit has appears with probability `delta` at most.

    One unit brings j new values, of at most rows_per_unit - j + 1 rows each, so by the union bound the threshold T
    must satisfy j * P(rows_per_unit - j + 1 + noise >= T) <= delta for every j from 1 to rows_per_unit.

    >>> threshold_for(10.0, 1, 1e-6)
    50
    """
    tails = _upper_tails(sigma, delta / rows_per_unit)
    values = np.arange(1, rows_per_unit + 1)
    # tails fall, so the first index at which one is small enough is the distance from count to threshold
    distance = np.searchsorted(-tails, -delta / values, side="left")
    return int((rows_per_unit - values + 1 + distance).max())


def _upper_tails(sigma: float, smallest: float) -> NDArray[np.float64]:
    """P(noise >= t) for t = 0, 1, ... until it is below `smallest`, rounded up."""
    last = math.ceil(sigma * math.sqrt(2 * math.log(1e20 / smallest))) + 1
    weights = np.exp(-0.5 * (np.arange(last + 1) / sigma) ** 2)
    beyond = math.exp(-0.5 * (last / sigma) ** 2)  # subgaussian bound on what the grid leaves out
    upper: NDArray[np.float64] = np.cumsum(weights[::-1])[::-1] / (2 * weights.sum() - 1)
    return (upper + beyond) * (1 + 1e-9)  # 1e-9 pays for the rounding of the sums
