"""Per-example clipping of a small network by book-keeping: one forward, one backward to the pre-activations.

The gradient of a linear layer's weight by one row is the outer product of what came in, a, and of the loss's
derivative by what went out, d; so its norm is |a| |d|, and the clipped sum over rows is one product of matrices
(Goodfellow 2015; Bu, Wang, Zha, Karypis 2023, "book-keeping"). For examples of several views the squared norm is
sum_st (a_s . a_t)(d_s . d_t). Nothing of size rows x parameters is ever made.

Only layers that treat each row by itself are let in, and the loss is called under `vmap`, row by row: that no row's
gradient depends on another row holds by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthgen.errors import ConfigError
from synthgen.privacy.dpsgd.clipping import agreements, by_columns, by_example, factors, inner, lookup, scatter, squared
from synthgen.privacy.dpsgd.views import Views

ELEMENTWISE = (
    *(nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Tanh, nn.Sigmoid, nn.Softplus, nn.Softsign, nn.Hardtanh, nn.Hardswish, nn.Identity),
)
"""Activations whose every output depends on one input, and that have no parameters."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LayeredLoss:
    """The loss of each row's codes through a stack of layers, differentiated by the layers' parameters.

    layers      EmbeddingBag(mode="sum") or Linear (on the one-hots, which are never made) first; then Linear,
                LayerNorm and elementwise activations. Parameters that need no gradient get none
    loss        outputs [1, o] of one row -> its loss [1]. Called under `torch.func.vmap`, so it cannot mix rows
    conditions  K: every row is seen with each of K random columns, whose own value is fed again as a condition (codes
                offset by the number of codes: the first layer is twice as wide). Its gradient is the mean
                (augmentation multiplicity; De et al. 2022). 0: the rows alone

    Raises ConfigError for any other layer.
    """

    layers: Sequence[nn.Module]
    loss: Callable[[Tensor], Tensor]
    conditions: int = 0

    def __post_init__(self) -> None:
        """Look at every layer."""
        for place, layer in enumerate(self.layers):
            reason = _refused(layer, first=place == 0)
            if reason:
                expected = "Linear, LayerNorm or an elementwise activation, after EmbeddingBag(mode='sum') or Linear"
                raise ConfigError(f"layer {place} of a DP-SGD loss", expected=expected, got=reason)
        if not self.parameters:
            raise ConfigError("a DP-SGD loss", expected="layers with parameters to learn", got="none")
        if self.conditions < 0:
            raise ConfigError("conditions", expected="0 or more", got=f"{self.conditions}")

    @property
    def parameters(self) -> tuple[nn.Parameter, ...]:
        """What is learned: layer by layer, weight before bias. Gradients come in this order."""
        return tuple(each for layer in self.layers for each in layer.parameters() if each.requires_grad)

    @property
    def shapes(self) -> tuple[torch.Size, ...]:
        """Shape of each gradient."""
        return tuple(each.shape for each in self.parameters)

    @property
    def dtypes(self) -> tuple[torch.dtype, ...]:
        """Dtype of each gradient."""
        return tuple(each.dtype for each in self.parameters)

    @property
    def codes(self) -> int:
        """How many codes a row is made of, conditions apart."""
        wide = _width(self.layers[0])
        return wide // 2 if self.conditions else wide

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self.parameters[0].device

    def zeros(self, dtype: torch.dtype) -> list[Tensor]:
        """Totals to add to, as `clipping.Clipped` says."""
        totals = [torch.zeros(shape, dtype=dtype, device=self.device) for shape in self.shapes]
        first = self.layers[0]
        if isinstance(first, nn.Linear) and first.weight.requires_grad:
            totals[0] = by_columns(self.shapes[0], dtype, self.device)
        return totals

    def add_clipped(self, totals: Sequence[Tensor], views: Views, clip: float) -> None:
        """Add the clipped sums of `views` to `totals`, as `clipping.Clipped` says."""
        dtype, shares = totals[0].dtype, views.shares.to(totals[0].dtype)
        records, outputs = _forward(self.layers, views.flat, dtype)
        with torch.enable_grad():
            losses = torch.func.vmap(lambda row: self.loss(row.unsqueeze(0)).reshape(()))(outputs)
        slopes = torch.autograd.grad(losses.sum(), [record.output for record in records])
        for record, slope in zip(records, slopes, strict=True):
            record.settle(slope if record is not records[-1] else slope.clone())  # the last may be the loss's own
        factor = factors(_squares(records, views, shares), clip)
        weights = (factor.unsqueeze(1) * shares).view(-1, 1)
        each = iter(totals)
        for record in records:
            record.add(each, weights)


def _refused(layer: nn.Module, *, first: bool) -> str:
    """Why a layer cannot be here; empty if it can. Subclasses may do anything, so only the types themselves pass."""
    kind = type(layer)
    if getattr(layer, "inplace", False):
        return f"{kind.__name__}(inplace=True), which overwrites what clipping needs"
    if isinstance(layer, nn.EmbeddingBag) and kind is nn.EmbeddingBag:
        unusual = (layer.mode != "sum", layer.max_norm, layer.padding_idx is not None, layer.scale_grad_by_freq)
        plain = first and not any(unusual) and not layer.include_last_offset
        return "" if plain else "an EmbeddingBag that is not first, or not a plain sum"
    if kind is nn.Linear or (not first and (kind is nn.LayerNorm or kind in ELEMENTWISE)):
        return ""
    mixes = isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d | nn.SyncBatchNorm)
    return kind.__name__ + (", which mixes rows" if mixes else "")


def _width(layer: nn.Module) -> int:
    """How many codes the first layer knows."""
    return layer.num_embeddings if isinstance(layer, nn.EmbeddingBag) else int(layer.in_features)  # type: ignore[arg-type]  # nn.Module's attributes are Tensor | Module


def _forward(layers: Sequence[nn.Module], rows: Tensor, dtype: torch.dtype) -> tuple[list[_Record], Tensor]:
    """All layers by hand, without their hooks, on detached weights: the graph holds pre-activations only."""
    records: list[_Record] = []
    hidden = rows
    with torch.enable_grad():
        for place, layer in enumerate(layers):
            came = hidden
            hidden = _apply(layer, hidden, dtype, first=place == 0)
            if any(each.requires_grad for each in layer.parameters()):
                hidden = hidden if hidden.requires_grad else hidden.requires_grad_()
                records.append(_record(layer, came.detach(), hidden, first=place == 0))
    return records, hidden


def _apply(layer: nn.Module, hidden: Tensor, dtype: torch.dtype, *, first: bool) -> Tensor:
    if isinstance(layer, nn.EmbeddingBag | nn.Linear):
        weight = layer.weight.detach().to(dtype)
        bias = layer.bias.detach().to(dtype) if isinstance(layer, nn.Linear) and layer.bias is not None else None
        if not first:
            return functional.linear(hidden, weight, bias)
        table = weight.T if isinstance(layer, nn.Linear) else weight
        summed = hidden.to(dtype) @ table if hidden.is_floating_point() else lookup(table.contiguous(), hidden)
        return summed if bias is None else summed.add_(bias)
    if isinstance(layer, nn.LayerNorm):
        weight, bias = (None if each is None else each.detach().to(dtype) for each in (layer.weight, layer.bias))
        return functional.layer_norm(hidden, list(layer.normalized_shape), weight, bias, layer.eps)
    activated: Tensor = type(layer).forward(layer, hidden)  # not called: hooks might look at rows
    return activated


def _squares(records: Sequence[_Record], views: Views, shares: Tensor) -> Tensor:
    """Squared norm of each example's gradient, [examples]; infinite where that of one of its views is not finite."""
    alone = torch.stack([record.alone for record in records]).sum(0).view_as(shares)
    if shares.shape[1] == 1:
        return (alone * shares.square()).squeeze(1)
    known = torch.isfinite(alone) | (shares == 0)
    together = torch.stack([record.products(views) for record in records]).sum(0)
    pairs = together * shares.unsqueeze(2) * shares.unsqueeze(1)
    return torch.where(known.all(1), pairs.sum((1, 2)), torch.inf)


class _Record:
    """What book-keeping keeps of one layer: what came in and, once settled, the loss's slope by what went out."""

    def __init__(self, layer: nn.Module, came: Tensor, output: Tensor) -> None:
        self.layer, self.came, self.output = layer, came, output
        weight, bias = layer.weight, getattr(layer, "bias", None)
        self.weighed = isinstance(weight, Tensor) and weight.requires_grad
        self.biased = isinstance(bias, Tensor) and bias.requires_grad
        self.slope = self.alone = torch.empty(0)

    def settle(self, slope: Tensor) -> None:
        """Take the slope, and the squared norm of each view's gradient, `alone` [views], not finite if that is not.

        That once known, what is not finite becomes zero: its row's factor is zero, but zero times infinity is not.
        """
        self.alone = squared(slope) * (self.reach() * self.weighed + self.biased)
        self.slope = torch.nan_to_num_(slope, 0.0, 0.0, 0.0)
        self.came = self.tidied()

    def reach(self) -> Tensor:
        """Squared norm of what came in, of each view."""
        return squared(self.came)

    def tidied(self) -> Tensor:
        """What came in, zero where it is not finite."""
        return torch.nan_to_num_(self.came, 0.0, 0.0, 0.0)

    def products(self, views: Views) -> Tensor:
        """Inner products of the gradients of each example's views, [examples, views, views]."""
        came = self.came_products(views) * self.weighed + self.biased
        return inner(by_example(self.slope, views.shares)) * came

    def came_products(self, views: Views) -> Tensor:
        """Inner products of what came in."""
        return inner(by_example(self.came, views.shares))

    def add(self, totals: Iterator[Tensor], weights: Tensor) -> None:
        """Add to one total a parameter; `weights` [views, 1]. The last thing done: it overwrites the slope."""
        clipped = self.slope.mul_(weights)
        if self.weighed:
            self.add_weight(next(totals), clipped)
        if self.biased:
            next(totals).add_(clipped.sum(0))

    def add_weight(self, total: Tensor, clipped: Tensor) -> None:
        """Add the sum over views of the outer products of slope and input, in the weight's shape."""
        total.addmm_(clipped.T, self.came)


class _Coded(_Record):
    """A first layer on codes: the one-hots that came in are never made."""

    def reach(self) -> Tensor:
        return torch.full_like(self.came[:, 0], self.came.shape[1])

    def tidied(self) -> Tensor:
        return self.came

    def came_products(self, views: Views) -> Tensor:
        return agreements(views.codes, self.slope.dtype)

    def add_weight(self, total: Tensor, clipped: Tensor) -> None:
        scatter(total.T if isinstance(self.layer, nn.Linear) else total, self.came, clipped)


class _Soft(_Record):
    """A first layer on soft one-hots, which are the caller's; an embedding's weight is stored the other way round."""

    def tidied(self) -> Tensor:
        return torch.nan_to_num(self.came, 0.0, 0.0, 0.0)

    def add_weight(self, total: Tensor, clipped: Tensor) -> None:
        (total if isinstance(self.layer, nn.Linear) else total.T).addmm_(clipped.T, self.came)


class _Normed(_Record):
    """LayerNorm: its gradients are vectors, one a view, so they are made, and kept as what came in."""

    def settle(self, slope: Tensor) -> None:
        assert isinstance(self.layer, nn.LayerNorm)
        normal = functional.layer_norm(self.came, list(self.layer.normalized_shape), eps=self.layer.eps)
        self.came = normal * slope
        self.alone = squared(self.came) * self.weighed + squared(slope) * self.biased
        self.slope, self.came = torch.nan_to_num_(slope, 0.0, 0.0, 0.0), self.tidied()

    def products(self, views: Views) -> Tensor:
        scaled, slopes = (by_example(each, views.shares) for each in (self.came, self.slope))
        return inner(scaled) * self.weighed + inner(slopes) * self.biased

    def add(self, totals: Iterator[Tensor], weights: Tensor) -> None:
        for learned, vectors in ((self.weighed, self.came), (self.biased, self.slope)):
            if learned:
                next(totals).add_(weights.squeeze(1) @ vectors)


def _record(layer: nn.Module, came: Tensor, output: Tensor, *, first: bool) -> _Record:
    if isinstance(layer, nn.LayerNorm):
        return _Normed(layer, came, output)
    if not first:
        return _Record(layer, came, output)
    return (_Soft if came.is_floating_point() else _Coded)(layer, came, output)
