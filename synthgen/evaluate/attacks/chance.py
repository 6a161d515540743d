"""How likely chance alone would make members look as found as they do: an exact test of all evidence together.

An attack gives every target some evidence (a rank, a hit), without being told which targets are members. If the
release tells nothing of single rows, members and controls are rows of one population, and any of them could have been
the members. So the labels are dealt anew, many times, and the largest of all standardised excesses is compared with
its like under dealt labels. That is exact for any attack, however many ways of looking are tried at once.

Source: Westfall and Young 1993, Resampling-based multiple testing, section 2.3 (single-step maxT).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROUNDS: Final = 1999
"""Deals: p-values are multiples of 1/2000."""
_CHUNK: Final = 4_000_000
"""Labels dealt at once."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chance:
    """What chance would do.

    p     for each kind of evidence, adjusted for all that were looked at: float64 [kinds]
    each  the same for one that is looked at alone: float64 [kinds]
    """

    p: NDArray[np.float64]
    each: NDArray[np.float64]

    @property
    def least(self) -> float:
        """The probability of as strong evidence of any kind; 1 where there is none to look at."""
        return float(self.p.min(initial=1.0))

    @property
    def best(self) -> int:
        """Which kind is the strongest."""
        return int(np.lexsort((self.each, self.p))[0])


def by_chance(evidence: NDArray[np.float64], members: NDArray[np.bool_], rng: np.random.Generator) -> Chance:
    """Test whether members have more evidence than controls: float64 [targets, kinds] and bool [targets].

    One-sided: that members are *less* found than controls is no leak.
    """
    targets, count = len(members), int(members.sum())
    centred = evidence - evidence.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0) * count * (targets - count) / (targets * max(targets - 1, 1)))
    centred = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    seen = centred[members].sum(axis=0) - 1e-9  # sums of the same numbers in another order are equal
    as_large, any_as_large = np.ones(len(seen)), np.ones(len(seen))
    step = max(1, _CHUNK // targets)
    for begun in range(0, ROUNDS, step):
        dealt = rng.permuted(np.tile(members, (min(step, ROUNDS - begun), 1)), axis=1)
        excess = dealt.astype(np.float64) @ centred
        as_large += (excess >= seen).sum(axis=0)
        any_as_large += (excess.max(axis=1, initial=-np.inf)[:, None] >= seen).sum(axis=0)
    dead = spread <= 0
    return Chance(p=np.where(dead, 1.0, any_as_large / (ROUNDS + 1)), each=np.where(dead, 1.0, as_large / (ROUNDS + 1)))
