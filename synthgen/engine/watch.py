"""A stretch of training as its record sees it: some of its steps, and the same figures of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from synthgen.engine.codebook import Codebook
from synthgen.engine.loss import Goal, misfit
from synthgen.engine.record import SILENT, Name, Record

POINTS: Final = 100
"""So many points a curve and stretch, about: a point costs a third of a step."""
SAMPLES: Final = 4
"""So many samples a stretch, about."""
SAMPLED: Final = 8
"""Rows of the codebook that samples are drawn from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """`steps` steps of a training, which follow the `first` ones."""

    record: Record = SILENT
    first: int = 0
    steps: int = 1

    def is_due(self, step: int) -> bool:
        """Whether figures are wanted after this step of the stretch, which counts from 0."""
        return bool(self.record.names) and _is_due(step, self.steps, POINTS)

    def tell(self, step: int, figures: Mapping[Name, Tensor | float]) -> None:
        """Hand figures to the record."""
        for name, value in figures.items():
            self.record.scalar(name, float(value), self.first + step + 1)

    @torch.no_grad()
    def book(
        self, step: int, probabilities: Tensor, weights: Tensor | None, goal: Goal, offsets: tuple[int, ...]
    ) -> None:
        """Tell how the codebook stands to the counts, and show some of its rows now and then.

        `probabilities` float32 [rows, codes], `weights` float32 [rows] relative to their mean, or None.
        """
        self.fit(step, probabilities, weights, goal)
        if _is_due(step, self.steps, SAMPLES):
            self.record.rows(_few(probabilities, weights, offsets), self.first + step + 1)

    @torch.no_grad()
    def fit(self, step: int, probabilities: Tensor, weights: Tensor | None, goal: Goal) -> None:
        """Tell how the codebook stands to the counts."""
        name: Name = "counts/divergence" if goal.pairs.precision is None else "counts/chi_square"
        self.tell(step, {name: misfit(probabilities, goal, weights)})
        if weights is not None:
            shares = (weights / weights.sum()).clamp_min(1e-30)
            self.tell(step, {"codebook/effective_rows": (-(shares * shares.log()).sum()).exp()})


def length(tensors: list[Tensor]) -> Tensor:
    """L2 norm of all of them together."""
    squares = [tensor.detach().float().square().sum() for tensor in tensors]
    return torch.stack(squares).sum().sqrt()


def _is_due(step: int, steps: int, points: int) -> bool:
    return step % max(steps // points, 1) == 0 or step == steps - 1


def _few(probabilities: Tensor, weights: Tensor | None, offsets: tuple[int, ...]) -> Codebook:
    """SAMPLED rows of a codebook, at even distances of its weight: no luck, and the same rows again while it learns."""
    heavy = torch.ones(len(probabilities)) if weights is None else weights.float().cpu()
    heights = heavy.double().cumsum(0)
    places = (torch.arange(SAMPLED, dtype=torch.float64) + 0.5) / SAMPLED * heights[-1]
    chosen = torch.searchsorted(heights, places).clamp(max=len(heights) - 1)
    return Codebook(
        weights=np.full(SAMPLED, 1 / SAMPLED),
        probabilities=probabilities[chosen.to(probabilities.device)].cpu().numpy(),
        offsets=np.array(offsets, np.int64),
    )
