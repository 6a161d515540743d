"""The exact likelihood of a mixture of products: clipped gradients in closed form, nothing of size rows x K x codes.

    loss of row x = -log sum_k w_k prod_j p_kj[x_j]        r_k = responsibility of component k for x

Its gradient by the logits is G = -sum_k r_k e_k (x - p_k)^T, with x the one-hots of all columns and p_k the
component's probabilities. So with t_k = x . p_k (a sum of `columns` numbers), and for two views s, t of an example,

    <G_s, G_t> = (r_s . r_t) (x_s . x_t) - sum_k r_sk r_tk (t_sk + t_tk) + sum_k r_sk r_tk |p_k|^2

and the clipped sum is -(c r)^T X + diag(sum c r) P: gathers and products of [rows, K].

Low rank: logits = public + left M right^T has the gradient left^T G right by M. With A = left left^T,
y = right^T x and q_k = right^T p_k the same lines hold, r_s . r_t becoming r_s^T A r_t and so on. The generator's last
layer is such an M: left its inputs, right none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from synthgen.privacy.dpsgd.clipping import (
    agreements,
    by_columns,
    by_example,
    factors,
    inner,
    lookup,
    rounding,
    scatter,
)
from synthgen.privacy.dpsgd.views import Views

Wrt = Literal["logits", "weights", "rank"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MixtureLikelihood:
    """Minus the log-likelihood of a row under a mixture of products. All of it public.

    weights            [K], add up to 1
    log_probabilities  [K, codes], each column's codes log-softmax
    offsets            int64 [columns + 1]: where each column's codes begin; the last is `codes`
    wrt                what the gradient is by: "logits" [K, codes] of the columns; "weights": the logits [K] of the
                       mixture weights; "rank": M [r, s] in logits = public + left M right^T
    left, right        for "rank": [K, r] and [codes, s]; None: the identity
    """

    weights: Tensor
    log_probabilities: Tensor
    offsets: Tensor
    wrt: Wrt = "logits"
    left: Tensor | None = None
    right: Tensor | None = None

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together: a bug of the caller."""
        components, codes = self.log_probabilities.shape
        fits = self.weights.shape == (components,) and int(self.offsets[-1]) == codes
        fits &= self.left is None or self.left.shape[0] == components
        fits &= self.right is None or self.right.shape[0] == codes
        if not fits:
            raise ValueError("a weight a component, a probability a code, and projections of as many rows")
        if self.wrt != "rank" and not (self.left is None and self.right is None):
            raise ValueError("projections are for wrt='rank'")

    @property
    def shapes(self) -> tuple[torch.Size, ...]:
        """Shape of each gradient."""
        components, codes = self.log_probabilities.shape
        if self.wrt == "weights":
            return (torch.Size((components,)),)
        rows = components if self.left is None else self.left.shape[1]
        columns = codes if self.right is None else self.right.shape[1]
        return (torch.Size((rows, columns)),)

    @property
    def dtypes(self) -> tuple[torch.dtype, ...]:
        """Dtype of each gradient."""
        return (self.log_probabilities.dtype,)

    @property
    def codes(self) -> int:
        """How many codes a row is made of."""
        return self.log_probabilities.shape[1]

    @property
    def conditions(self) -> int:
        """Columns fed again as conditions: none."""
        return 0

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self.log_probabilities.device

    def zeros(self, dtype: torch.dtype) -> list[Tensor]:
        """Totals to add to, as `clipping.Clipped` says."""
        (shape,) = self.shapes
        if self.wrt == "weights" or self.right is not None:
            return [torch.zeros(shape, dtype=dtype, device=self.device)]
        return [by_columns(shape, dtype, self.device)]

    def add_clipped(self, totals: Sequence[Tensor], views: Views, clip: float) -> None:
        """Add the clipped sums of `views` to `totals`, as `clipping.Clipped` says."""
        if views.are_soft:
            raise ValueError("a likelihood is of rows of codes")
        (_by_weights if self.wrt == "weights" else _by_logits)(self, totals[0], views, clip)


def _responsibilities(loss: MixtureLikelihood, codes: Tensor, dtype: torch.dtype) -> Tensor:
    """P(component | row), [views, K]; NaN for a row that no component can have."""
    logs = lookup(loss.log_probabilities.to(dtype).T.contiguous(), codes)
    return torch.softmax(logs.add_(loss.weights.to(dtype).log()), dim=1)


def _by_weights(loss: MixtureLikelihood, total: Tensor, views: Views, clip: float) -> None:
    dtype = total.dtype
    gradients = loss.weights.to(dtype) - _responsibilities(loss, views.flat, dtype)
    shares = views.shares.to(dtype).unsqueeze(2)
    present = torch.where(shares > 0, by_example(gradients, views.shares), 0) * shares
    means = present.sum(1)
    factor = factors(means.square().sum(1), clip)
    total.add_(factor @ torch.nan_to_num(means, 0.0, 0.0, 0.0))


def _by_logits(loss: MixtureLikelihood, total: Tensor, views: Views, clip: float) -> None:
    dtype = total.dtype
    shares = views.shares.to(dtype)
    raw = _responsibilities(loss, views.flat, dtype)
    possible = torch.isfinite(raw.sum(1)).view_as(shares) | (shares == 0)
    held = torch.nan_to_num_(raw, 0.0, 0.0, 0.0).mul_(shares.view(-1, 1))
    own = _Projected.of(loss, views.codes, dtype)
    squares = torch.where(possible.all(1), own.squares(by_example(held, shares)), torch.nan)
    own.add(total, held.mul_(factors(squares, clip).repeat_interleave(shares.shape[1]).unsqueeze(1)))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Projected:
    """A batch and a mixture as the projections see them."""

    codes: Tensor  # [examples, views, columns]
    left: Tensor | None
    right: Tensor | None
    seen: Tensor  # q: probabilities [K, s], or [K, codes]

    @classmethod
    def of(cls, loss: MixtureLikelihood, codes: Tensor, dtype: torch.dtype) -> _Projected:
        left, right = (None if each is None else each.to(dtype) for each in (loss.left, loss.right))
        probabilities = loss.log_probabilities.to(dtype).exp()
        seen = probabilities if right is None else probabilities @ right
        return cls(codes=codes, left=left, right=right, seen=seen)

    def squares(self, held: Tensor) -> Tensor:
        """Squared norm of each example's gradient, [examples]; `held`: shares times responsibilities [.., views, K].

        Differences of large terms: what float arithmetic may have lost of them is added again.
        """
        flat = self.codes.flatten(0, 1)
        if self.right is None:
            rows = agreements(self.codes, held.dtype)
            met = lookup(self.seen.T.contiguous(), flat)
        else:
            features = lookup(self.right, flat)
            rows = inner(features.view(*self.codes.shape[:2], features.shape[1]))
            met = features @ self.seen.T
        mixed = held if self.left is None else (held @ self.left) @ self.left.T
        if held.shape[1] == 1:
            products = (mixed * held).squeeze(1)
            first, middle = products.sum(1) * rows.view(-1), met.mul_(products).sum(1)
        else:
            first = (inner(mixed, held) * rows).sum((1, 2))
            middle = inner(met.view_as(held).mul_(mixed), held).sum((1, 2))
        last = self._last(held)
        lost = rounding(held.dtype) * (first.abs() + 2 * middle.abs() + last.abs())
        return (first - 2 * middle + last).clamp(min=0) + lost

    def _last(self, held: Tensor) -> Tensor:
        """|sum over views and components of held times left x seen|^2."""
        whole = held.sum(1)  # it is bilinear, so the views may be added up first
        if self.left is None:
            return whole.square() @ self.seen.square().sum(1)
        products = (self.left @ self.left.T) * (self.seen @ self.seen.T)
        return ((whole @ products) * whole).sum(1)

    def add(self, total: Tensor, scaled: Tensor) -> None:
        """Add all gradients, each view's times its factor: `scaled` [examples * views, K]."""
        flat = self.codes.flatten(0, 1)
        coefficients = scaled if self.left is None else scaled @ self.left
        if self.right is None:
            scatter(total.T, flat, coefficients, times=-1)
        else:
            total.addmm_(coefficients.T, lookup(self.right, flat), alpha=-1)
        expected = scaled.sum(0).unsqueeze(1) * self.seen
        total.add_(expected if self.left is None else self.left.T @ expected)
