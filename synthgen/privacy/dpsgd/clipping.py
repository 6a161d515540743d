"""What both losses need to clip: factors, sums over codes, inner products of rows of codes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

ROUNDING_UP = 1 + 4e-6
"""Norms are computed in float32 from sums of squares; this much more makes up for their rounding."""


def factors(squares: Tensor, clip: float) -> Tensor:
    """What each example's gradient is multiplied by, [examples]: at most clip over its norm, 1 at most.

    Zero where the squared norm is not finite: one row that overflows must not become everybody's NaN, for that would
    tell of it. An infinite `clip` clips nothing.
    """
    norms = squares.clamp(min=0).sqrt() * ROUNDING_UP
    factor = (clip / norms.clamp(min=torch.finfo(norms.dtype).tiny)).clamp(max=1.0)
    return torch.where(torch.isfinite(squares), factor, torch.zeros_like(factor))


def lookup(table: Tensor, codes: Tensor) -> Tensor:
    """Sum of the table's rows at the codes of each view: [views, columns] of [codes, width] -> [views, width]."""
    return functional.embedding_bag(codes, table, mode="sum")


def scatter(codes: Tensor, values: Tensor, size: int) -> Tensor:
    """`lookup` transposed: values [views, width] added up at their codes, [size, width]."""
    total = torch.zeros(size, values.shape[1], dtype=values.dtype, device=values.device)
    for column in codes.unbind(1):
        total.index_add_(0, column, values)
    return total


def agreements(codes: Tensor) -> Tensor:
    """In how many columns two views of one example agree: [examples, views, columns] -> float [.., views, views].

    The inner products of their one-hots.
    """
    examples, views, _ = codes.shape
    total = torch.zeros(examples, views, views, dtype=torch.float32, device=codes.device)
    for column in codes.unbind(2):
        total += column.unsqueeze(2) == column.unsqueeze(1)
    return total


def inner(values: Tensor, other: Tensor | None = None) -> Tensor:
    """Inner products of the views of each example: [examples, views, width] -> [examples, views, views]."""
    return values @ (values if other is None else other).transpose(1, 2)
