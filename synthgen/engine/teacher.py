"""Where gradients of rows come from: behind the door, or, where privacy was given up in words, open rows."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from synthgen.engine.codebook import Codebook
from synthgen.privacy.dpsgd import LayeredLoss, MixtureLikelihood, clipped_fake

HELD_OUT = 0.1
"""Share of open rows that are kept for the check."""


class Teacher(Protocol):
    """A `Descent` behind the door, or `OpenRows`."""

    def gradients(self, loss: LayeredLoss | MixtureLikelihood) -> list[Tensor]:
        """Mean gradient over a fresh batch, one tensor a parameter."""
        ...


class OpenRows:
    """Rows in the clear, int64 codes [rows, columns]: without privacy only. Batches are shuffled passes."""

    __slots__ = ("_batch", "_order", "_place", "_rng", "held_out", "rows")

    def __init__(self, rows: NDArray[np.int64], *, batch: int, seed: int, device: torch.device) -> None:
        self._rng = np.random.default_rng([seed, 1])
        order = self._rng.permutation(len(rows))
        kept = max(len(rows) - int(HELD_OUT * len(rows)), 1)
        self.rows = torch.from_numpy(rows[order[:kept]]).to(device)
        self.held_out = torch.from_numpy(rows[order[kept:]]).to(device)
        self._batch, self._order, self._place = min(batch, kept), self._rng.permutation(kept), 0

    def batch(self) -> Tensor:
        """The next rows of a shuffled pass, [batch, columns]."""
        if self._place + self._batch > len(self._order):
            self._order, self._place = self._rng.permutation(len(self._order)), 0
        chosen = self._order[self._place : self._place + self._batch]
        self._place += self._batch
        return self.rows[torch.from_numpy(chosen).to(self.rows.device)]

    def gradients(self, loss: LayeredLoss | MixtureLikelihood) -> list[Tensor]:
        """Mean gradient over the next batch, neither clipped nor noised."""
        rows = self.batch()
        if isinstance(loss, LayeredLoss) or loss.wrt != "logits":
            return clipped_fake(loss, rows, clip=math.inf)
        logs = functional.embedding_bag(rows, loss.log_probabilities.T.contiguous(), mode="sum")
        likely = torch.softmax(logs + loss.weights.log(), 1)  # P(codebook row | row)
        hots = torch.zeros(len(rows), loss.codes, device=rows.device).scatter_(1, rows, 1.0)
        seen = likely.T @ hots
        return [(likely.sum(0)[:, None] * loss.log_probabilities.exp() - seen) / len(rows)]


def surprise(book: Codebook, rows: Tensor) -> float:
    """Mean of minus the log-likelihood of rows of codes, in nats."""
    logs = torch.from_numpy(np.log(np.maximum(book.probabilities, 1e-9))).T.contiguous()
    weights = torch.from_numpy(np.log(np.maximum(book.weights, 1e-12))).float()
    total = 0.0
    for some in torch.split(rows.cpu(), 4096):
        total -= float(torch.logsumexp(functional.embedding_bag(some, logs, mode="sum") + weights, 1).sum())
    return total / max(len(rows), 1)
