"""Fakes: rows of codes drawn from a codebook, with CTGAN's condition.

A condition is a random column and a value of it, drawn by the noisy one-way counts; a fake has that value, for its row
of the codebook is drawn given it. A real row supplies its own value of a random column, so both follow one law.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Fakes:
    """Rows of codes, and the codebook rows they came from.

    codes   int64 [rows, columns], and one more where there are conditions: the condition's code, offset by the number
            of codes
    origin  int64 [rows]
    """

    codes: Tensor
    origin: Tensor


class Urn:
    """What fakes are drawn from. Random numbers are the caller's and seeded: nothing private is in them.

    Levels are found in running sums over the whole codebook (float64), by one search for all draws.
    """

    def __init__(
        self,
        probabilities: Tensor,
        weights: Tensor | None,
        *,
        offsets: Tensor,
        marginal: Tensor,
        random: torch.Generator,
    ) -> None:
        """Take probabilities [rows, codes], `weights` [rows] relative to their mean, and the noisy one-way shares."""
        self._rows, self._codes = probabilities.shape
        self._offsets, self._marginal, self._random = offsets, marginal.double().cumsum(0), random
        exact = probabilities.detach().double()
        self._by_row = exact.flatten().cumsum(0)
        self._exact = exact
        self._weights = torch.ones_like(exact[:, 0]) if weights is None else weights.detach().double()
        self._mass = self._weights.cumsum(0)

    def uniform(self, *shape: int) -> Tensor:
        """Fresh numbers in [0, 1)."""
        return torch.rand(shape, generator=self._random, device=self._offsets.device, dtype=torch.float64)

    def levels(self, origin: Tensor) -> Tensor:
        """One level of each column for these rows of the codebook, int64 codes [rows, columns]."""
        start = origin[:, None] * self._codes
        found = self._between(self._by_row, start + self._offsets[:-1], start + self._offsets[1:])
        return found - start

    def conditions(self, rows: int) -> tuple[Tensor, Tensor]:
        """Random columns, and codes of them by the noisy one-way shares; int64 [rows] each."""
        column = (self.uniform(rows) * (len(self._offsets) - 1)).long()
        return column, self._between(self._marginal, self._offsets[column], self._offsets[column + 1])

    def given(self, rows: int) -> Fakes:
        """Fakes that have their condition's value: the codebook row by Bayes' rule, the other columns given it."""
        column, code = self.conditions(rows)
        by_code = (self._exact * self._weights[:, None]).T.flatten().cumsum(0)
        origin = self._between(by_code, code * self._rows, (code + 1) * self._rows) - code * self._rows
        codes = self.levels(origin).scatter_(1, column[:, None], code[:, None])
        return Fakes(codes=torch.cat([codes, code[:, None] + self._codes], 1), origin=origin)

    def alone(self, rows: int) -> Fakes:
        """Fakes without a condition."""
        origin = torch.searchsorted(self._mass, self.uniform(rows) * self._mass[-1], right=True).clamp(
            max=self._rows - 1
        )
        return Fakes(codes=self.levels(origin), origin=origin)

    def _between(self, heights: Tensor, start: Tensor, end: Tensor) -> Tensor:
        """Places from `start` to before `end`, drawn by how much the running sums rise there."""
        low = torch.where(start > 0, heights[start - 1], 0.0)
        place = low + self.uniform(*start.shape) * (heights[end - 1] - low)
        return torch.minimum(torch.maximum(torch.searchsorted(heights, place, right=True), start), end - 1)


def own_condition(codes: Tensor, column: Tensor, number: int) -> Tensor:
    """Rows [rows, columns] with their own value of a column as condition, [rows, columns + 1]; `number` of codes."""
    return torch.cat([codes, codes.gather(1, column[:, None]) + number], 1)
