"""What can be asked of a private table, and what discovery answers: public facts and noisy numbers only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """Rows in each bin of a column.

    bins    how many there are
    bin_of  cell -> bin, one for each of the column's cells; None: a bin a cell
    sigma   noise scale of each bin, in rows; 0: exact, which only an infinite epsilon allows
    """

    column: str
    bins: int
    bin_of: NDArray[np.integer] | None
    sigma: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRequest:
    """Rows in each pair of levels of two columns, in each group if `by_group`; `sigma` as in `Histogram`."""

    columns: tuple[str, str]
    by_group: bool
    sigma: float

    def name(self, group_column: str | None) -> str:
        """What the ledger calls it.

        >>> TableRequest(columns=("age", "job"), by_group=True, sigma=9.0).name("income")
        'age x job by income'
        """
        return " x ".join(self.columns) + (f" by {group_column}" if self.by_group and group_column else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovered:
    """Spellings that enough rows have, sorted, and the noisy number of rows of each (int64)."""

    names: tuple[str, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A run of DP-SGD, as `PrivateTable.descend` explains it. Raises ConfigError for numbers that make no sense.

    >>> Run(noise_multiplier=1.0, sample_rate=0.1, steps=100, clip=1.0, divisor=0.4)
    Traceback (most recent call last):
    synthgen.errors.ConfigError: expected batch: expected 1 unit or more, got 0.4; raise the sample rate
    """

    noise_multiplier: float
    sample_rate: float
    steps: int
    clip: float
    divisor: float
    hardened: bool = False

    def __post_init__(self) -> None:
        """Look at each number; comparisons that NaN fails."""
        below = math.inf
        for holds, subject, expected, got, fix in (
            (0 <= self.noise_multiplier < below, "noise multiplier", "0 or more", self.noise_multiplier, ""),
            (0 < self.sample_rate <= 1, "sample rate", "a number above 0, at most 1", self.sample_rate, ""),
            (1 <= self.steps < below, "steps of DP-SGD", "1 or more", self.steps, "leave DP-SGD off"),
            (0 < self.clip < below, "clip", "a number above 0", self.clip, ""),
            (1 <= self.divisor < below, "expected batch", "1 unit or more", self.divisor, "raise the sample rate"),
        ):
            if not holds:
                raise ConfigError(subject, expected=expected, got=f"{got:g}", fix=fix)
