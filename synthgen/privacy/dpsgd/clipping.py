"""What both losses need to clip: norms, factors, sums over codes, inner products of the views of an example."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from synthgen.privacy.dpsgd.views import Views


class Clipped(Protocol):
    """A loss whose gradients can be clipped example by example."""

    def zeros(self, dtype: torch.dtype) -> list[Tensor]:
        """A zero a parameter, of its shape; stored by columns where `scatter` adds to columns: far faster."""
        ...

    def add_clipped(self, totals: Sequence[Tensor], views: Views, clip: float) -> None:
        """Add the sum over examples of their gradients, each clipped to `clip` in the L2 norm, to `totals`.

        One tensor a parameter; their dtype is what is computed in. An example whose gradient is not finite, or whose
        squared norm the dtype cannot hold, counts as zero.
        """
        ...


def clipped_sums(loss: Clipped, parts: Iterable[Views], clip: float, dtype: torch.dtype) -> list[Tensor]:
    """The sums over all parts of a batch, computed in `dtype`."""
    totals = loss.zeros(dtype)
    for views in parts:
        loss.add_clipped(totals, views, clip)
    return totals


def rounding(dtype: torch.dtype) -> float:
    """What rounding may have taken from a sum of squares, as a share of its terms: norms are rounded up by it."""
    return 8 * torch.finfo(dtype).eps


def factors(squares: Tensor, clip: float) -> Tensor:
    """What each example's gradient is multiplied by, [examples]: at most clip over its norm, 1 at most.

    Zero where the squared norm is not finite: one row that overflows must not become everybody's NaN, for that would
    tell of it. An infinite `clip` clips nothing.
    """
    norms = squares.clamp(min=0).sqrt() * (1 + rounding(squares.dtype))
    factor = (clip / norms.clamp(min=torch.finfo(norms.dtype).tiny)).clamp(max=1.0)
    return torch.where(torch.isfinite(squares), factor, 0)


def squared(values: Tensor) -> Tensor:
    """Squared norm of each row, [rows]."""
    norms: Tensor = torch.linalg.vector_norm(values, dim=1)  # three times as fast as a sum of squares
    return norms.square()


def by_columns(shape: torch.Size, dtype: torch.dtype, device: torch.device) -> Tensor:
    """A zero matrix whose columns lie together in memory."""
    return torch.zeros(shape[::-1], dtype=dtype, device=device).T


def lookup(table: Tensor, codes: Tensor) -> Tensor:
    """Sum of the table's rows at the codes of each view: [views, columns] of [codes, width] -> [views, width]."""
    return functional.embedding_bag(codes, table, mode="sum")


def scatter(total: Tensor, codes: Tensor, values: Tensor, *, times: int = 1) -> None:
    """`lookup` transposed: `times` the values [views, width] is added to the rows of `total` at their codes."""
    for column in codes.unbind(1):
        total.index_add_(0, column, values, alpha=times)


def agreements(codes: Tensor, dtype: torch.dtype) -> Tensor:
    """In how many columns two views of one example agree: [examples, views, columns] -> [examples, views, views].

    The inner products of their one-hots.
    """
    examples, views, columns = codes.shape
    if views == 1:
        return torch.full((examples, 1, 1), columns, dtype=dtype, device=codes.device)
    total = torch.zeros(examples, views, views, dtype=dtype, device=codes.device)
    for column in codes.unbind(2):
        total += column.unsqueeze(2) == column.unsqueeze(1)
    return total


def by_example(values: Tensor, shares: Tensor) -> Tensor:
    """Values of all views [examples * views, width] as [examples, views, width]; `shares` has the numbers of both."""
    return values.view(*shares.shape, values.shape[1])


def inner(values: Tensor, other: Tensor | None = None) -> Tensor:
    """Inner products of the views of each example: [examples, views, width] -> [examples, views, views]."""
    return values @ (values if other is None else other).transpose(1, 2)
