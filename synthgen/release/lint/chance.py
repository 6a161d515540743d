"""How many coincidences an honest release has, and when there are more.

An honest generator imitates the private table, so now and then it makes a value that is there: the more often, the
fewer values there are to choose from. Each search comes with an estimate of that number; only what is well beyond it
is a leak.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from scipy.stats import poisson

ALPHA = 0.001
"""An honest place is called a leak so often, at most, where the estimate is right; a bundle has dozens of places."""
MARGIN = 3.0
"""The estimate may be too low by this factor: columns depend on each other in ways that it does not know."""


def is_leak(found: int, chance: float) -> bool:
    """More than chance explains.

    >>> is_leak(1, 0.0001), is_leak(1, 0.5), is_leak(40, 0.5), is_leak(0, 0.0)
    (True, False, True, False)
    """
    return found > 0 and float(poisson.sf(found - 1, MARGIN * chance)) < ALPHA


def domain(values: Iterable[str]) -> float:
    """How many strings of one length there might be: the product of the characters met at each place.

    >>> domain(["12-4", "37-4"])
    4.0
    """
    return math.prod(float(len(set(letters))) for letters in zip(*values, strict=False))


def numerals(digits: int) -> float:
    """How many numbers have so many digits, the first not 0."""
    return 9.0 * 10.0 ** (digits - 1)
