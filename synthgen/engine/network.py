"""The generator network: latents -> residual MLP -> a softmax per column.

The latents are fixed: together with the network they are the codebook. Under noise the network is a denoiser (tables
that share columns share weights); without noise a free table of logits is added to its output.
"""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn


class Residual(nn.Module):
    """x + W2 silu(W1 norm(x)); W2 starts at zero, so that the block starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Tensors [rows, width] to the same."""
        result: Tensor = x + self.outer(nn.functional.silu(self.inner(self.norm(x))))
        return result


class Network(nn.Module):
    """Latents [rows, latent] -> logits [rows, codes], which start around the columns' own shares.

    `spread` [codes] is how far from them, as a factor of what a linear layer starts with: its logits have a standard
    deviation of about 0.6.
    """

    def __init__(self, log_shares: Tensor, spread: Tensor, *, latent: int, width: int, blocks: int) -> None:
        super().__init__()
        self.enter = nn.Linear(latent, width)
        self.blocks = nn.Sequential(*(Residual(width) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, len(log_shares))
        with torch.no_grad():
            self.leave.weight.mul_(spread[:, None])
            self.leave.bias.copy_(log_shares)

    def forward(self, latents: Tensor, smoother: Tensor | None = None) -> Tensor:
        """Logits; `smoother` [codes, codes] blurs each column's deviations from its shares over its levels."""
        return nn.functional.linear(self.hidden(latents), *self.outward(smoother))

    def hidden(self, latents: Tensor) -> Tensor:
        """What the last layer sees, [rows, width]."""
        hidden: Tensor = self.norm(self.blocks(self.enter(latents)))
        return hidden

    def outward(self, smoother: Tensor | None) -> tuple[Tensor, Tensor]:
        """Weight and bias of the last layer: (logits - shares) B + shares, with B folded into the weight."""
        weight = self.leave.weight if smoother is None else smoother.T @ self.leave.weight
        return weight, self.leave.bias


class ColumnSoftmax(torch.autograd.Function):
    """Softmax over each column's codes in one go: sums within columns are products with a 0/1 matrix."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, offsets: list[int], member: Tensor) -> Tensor:
        """`member` [codes, columns] says which column a code belongs to."""
        tops = torch.stack([logits[:, a:b].amax(1) for a, b in itertools.pairwise(offsets)], dim=1)
        heights = torch.exp(logits - _spread(tops, offsets))
        shares = heights / _spread(heights @ member, offsets)
        ctx.save_for_backward(shares, member)
        ctx.offsets = offsets
        return shares

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Pull a gradient by shares back to the logits."""
        shares, member = ctx.saved_tensors
        pulled = shares * gradient
        return pulled - shares * _spread(pulled @ member, ctx.offsets), None, None


def _spread(values: Tensor, offsets: list[int]) -> Tensor:
    """One value a column [rows, columns] -> one a code [rows, codes]."""
    sizes = torch.tensor([b - a for a, b in itertools.pairwise(offsets)], device=values.device)
    return values.repeat_interleave(sizes, dim=1, output_size=offsets[-1])


def membership(offsets: list[int]) -> Tensor:
    """0/1 matrix [codes, columns] of which code belongs to which column."""
    columns = len(offsets) - 1
    member = torch.zeros(offsets[-1], columns)
    for column in range(columns):
        member[offsets[column] : offsets[column + 1], column] = 1.0
    return member
