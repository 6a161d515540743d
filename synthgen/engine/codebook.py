"""The fitted generator: a mixture of products.

Row k of the codebook has a weight and, for every column, a probability of each level; given k the columns are
independent. Means over the codebook are therefore plain matrix products, and conditioning is Bayes' rule over k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Codebook:
    """A mixture of products over the codes of all columns.

    weights        float64 [rows], sums to 1
    probabilities  float32 [rows, codes], each column's codes sum to 1
    offsets        int64 [columns + 1], where each column's codes begin
    """

    weights: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    offsets: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """Rows of the codebook, not of a table."""
        return len(self.weights)

    @property
    def columns(self) -> int:
        """Columns of the table."""
        return len(self.offsets) - 1

    def head(self, column: int) -> NDArray[np.float64]:
        """Level probabilities of one column, float64 [rows, levels]; each row sums to 1."""
        head = self.probabilities[:, self.offsets[column] : self.offsets[column + 1]].astype(np.float64)
        return np.asarray(head / head.sum(axis=1, keepdims=True))

    def pair(self, first: int, second: int) -> NDArray[np.float64]:
        """Joint probabilities of two columns' levels, float64 [levels, levels]."""
        return np.asarray((self.head(first) * self.weights[:, None]).T @ self.head(second))


def mixed(members: Sequence[Codebook]) -> Codebook:
    """All rows of several codebooks of the same codes, each codebook with the same weight in all."""
    return Codebook(
        weights=np.concatenate([member.weights for member in members]) / len(members),
        probabilities=np.concatenate([member.probabilities for member in members]),
        offsets=members[0].offsets,
    )
