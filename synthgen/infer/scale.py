"""Whether a line is better told apart on a log scale."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.encode.grid import LOG_SCALE
from synthgen.schema import Line
from synthgen.tables.faults import Fault
from synthgen.tables.lines import points

STRETCHES = 64
CROWDED = 8
"""A line whose rows crowd into so few of its stretches is worth stretching."""
FEWEST = 100


def prefers_log(sample: pa.Array, reader: Line, *, low: float, high: float) -> bool:
    """True where nine tenths of the different values lie in an eighth of the line, and in twice as much of a log line.

    >>> from synthgen.schema import Number
    >>> values = np.random.default_rng(0).lognormal(8, 1.5, 5000)
    >>> prefers_log(pa.array(values), Number(type="number"), low=values.min(), high=values.max())
    True
    """
    found = points(sample, reader)
    data = found.data[(found.fault == Fault.NONE) & ~found.missing].astype(np.float64)
    values = np.unique(data[(data >= low) & (data <= high)])
    if len(values) < FEWEST or high <= low:
        return False
    even = _occupied(values, low, high)
    bend = max(abs(low), abs(high)) / LOG_SCALE
    stretched = _occupied(np.arcsinh(values / bend), np.arcsinh(low / bend), np.arcsinh(high / bend))
    return even <= CROWDED and stretched >= 2 * even


def _occupied(values: NDArray[np.float64], low: float, high: float) -> int:
    """The fewest stretches that hold nine tenths of the values."""
    counts = np.histogram(values, STRETCHES, (low, high))[0]
    return int(np.searchsorted(np.cumsum(np.sort(counts)[::-1]), 0.9 * len(values))) + 1
