"""How much may be learnt about one unit: (epsilon, delta), and whether that is a promise at all."""

from __future__ import annotations

import math
from dataclasses import dataclass

from synthgen.errors import ConfigError

MAX_EPSILON = 1000.0
"""Above it a finite epsilon promises nothing that anyone could tell from none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """The most that everything released together may cost; immutable, nothing is spent here.

    `epsilon` is above 0, at most 1000, or infinite (no privacy, and `delta` means nothing). `delta` lies strictly
    between 0 and 1; that it is below 1/rows is for whoever knows a public row count to check.

    >>> Budget(epsilon=3, delta=1e-6).is_private
    True
    >>> Budget(epsilon=0, delta=1e-6)
    Traceback (most recent call last):
    synthgen.errors.ConfigError: epsilon: expected a number above 0 and at most 1000, or inf, got 0; try 1, 3 or 10
    """

    epsilon: float
    delta: float

    def __post_init__(self) -> None:
        """Refuse what makes no sense, NaN included: raises ConfigError."""
        if not (0 < self.epsilon <= MAX_EPSILON or self.epsilon == math.inf):
            expected = f"a number above 0 and at most {MAX_EPSILON:g}, or inf"
            raise ConfigError("epsilon", expected=expected, got=f"{self.epsilon:g}", fix="try 1, 3 or 10")
        if self.is_private and not 0 < self.delta < 1:
            expected = "a number between 0 and 1, below 1/rows"
            raise ConfigError("delta", expected=expected, got=f"{self.delta:g}", fix="try 1e-6")

    @property
    def is_private(self) -> bool:
        """Is there any guarantee? False for an infinite epsilon."""
        return math.isfinite(self.epsilon)
