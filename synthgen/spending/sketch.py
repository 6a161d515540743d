"""A keyed fingerprint of a table's units: the smallest hashes of their ids (bottom-k; Cohen, Kaplan 2007).

Two tables' sketches under one key tell whether they share units, and about how many, without an id in sight. It is no
anonymisation: whoever holds the key can try ids, and learn of those whose hash is small whether they are in the table.
That is why key and sketch stay in the ledger, the ledger stays inside, and nothing of it is ever released.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

KEPT = 4096
"""Hashes of a sketch, at most: of two tables alike in size that share 1 in 400 units, it misses one in 30,000."""

Likeness = Literal["the same units", "most of its units", "some of its units", "none of its units"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketch:
    """The smallest hashes, uint64 [at most KEPT], rising, each once; all of them where there are fewer."""

    hashes: NDArray[np.uint64]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and np.array_equal(self.hashes, other.hashes)

    def __hash__(self) -> int:
        return hash(self.hashes.tobytes())

    def to_text(self) -> str:
        """For a row of the ledger."""
        return base64.b64encode(self.hashes.astype("<u8").tobytes()).decode()

    @classmethod
    def from_text(cls, text: str) -> Self:
        """What `to_text` wrote. Raises ValueError."""
        return cls(hashes=np.frombuffer(base64.b64decode(text, validate=True), "<u8").astype(np.uint64))

    def known_to(self, other: Sketch) -> Likeness:
        """How many of this table's units are in the other one, by what both sketches can see."""
        cut = min(self._reach, other._reach)
        mine, theirs = self.hashes[self.hashes <= cut], other.hashes[other.hashes <= cut]
        shared = np.isin(mine, theirs, assume_unique=True).sum()
        if not shared:
            return "none of its units"
        if shared == len(mine) == len(theirs):
            return "the same units"
        return "most of its units" if 2 * shared > len(mine) else "some of its units"

    @property
    def _reach(self) -> np.uint64:
        """Up to here every hash of the table is in it."""
        return self.hashes[-1] if len(self.hashes) >= KEPT else np.uint64(2**64 - 1)


class Sketcher:
    """Takes hashes in any order and any number of times, and keeps the smallest."""

    __slots__ = ("_hashes",)

    def __init__(self) -> None:
        self._hashes = np.empty(0, np.uint64)

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """See units, uint64 [any]."""
        if len(self._hashes) >= KEPT:
            hashes = hashes[hashes < self._hashes[-1]]
        self._hashes = np.union1d(self._hashes, hashes)[:KEPT]

    def sketch(self) -> Sketch:
        """What was kept.

        >>> sketcher = Sketcher()
        >>> sketcher.add(np.array([7, 3, 7], np.uint64))
        >>> sketcher.sketch().hashes.tolist()
        [3, 7]
        """
        return Sketch(hashes=self._hashes)
