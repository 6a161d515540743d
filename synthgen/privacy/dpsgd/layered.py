"""Per-example clipping of a small network by book-keeping: one forward, one backward to the pre-activations.

The gradient of a linear layer's weight by one row is the outer product of what came in, a, and of the loss's
derivative by what went out, d; so its norm is |a| |d|, and the clipped sum over rows is one product of matrices
(Goodfellow 2015; Bu, Wang, Zha, Karypis 2023, "book-keeping"). For examples of several views the squared norm is
sum_st (a_s . a_t)(d_s . d_t). Nothing of size rows x parameters is ever made.

Only layers that treat each row by itself are let in, and the loss is called under `vmap`, row by row: that no row's
gradient depends on another row holds by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthgen.errors import ConfigError
from synthgen.privacy.dpsgd.clipping import agreements, factors, inner, lookup, scatter
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

    def clipped_sums(self, views: Views, clip: float, dtype: torch.dtype) -> list[Tensor]:
        """Sum over examples of their gradients, each clipped to `clip` in the L2 norm; computed in `dtype`."""
        records, outputs = _forward(self.layers, views.flat, dtype)
        with torch.enable_grad():
            losses = torch.func.vmap(lambda row: self.loss(row.unsqueeze(0)).reshape(()))(outputs)
        slopes = torch.autograd.grad(losses.sum(), [record.output for record in records])
        shares = views.shares.to(dtype)
        known = _finite(records, slopes)
        whole = (known.view_as(shares) | (shares == 0)).all(1)
        for record, slope in zip(records, slopes, strict=True):
            record.settle(slope, known=known, shares=shares)
        squares = sum((record.squares(views) for record in records), torch.zeros_like(shares[:, 0]))
        factor = factors(torch.where(whole, squares, torch.nan), clip)
        return [total for record in records for total in record.totals(views, factor)]


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
        return summed if bias is None else summed + bias
    if isinstance(layer, nn.LayerNorm):
        weight, bias = (None if each is None else each.detach().to(dtype) for each in (layer.weight, layer.bias))
        return functional.layer_norm(hidden, list(layer.normalized_shape), weight, bias, layer.eps)
    activated: Tensor = type(layer).forward(layer, hidden)  # not called: hooks might look at rows
    return activated


class _Record:
    """What book-keeping keeps of one layer: what came in and, once settled, the loss's slope by what went out."""

    def __init__(self, layer: nn.Module, came: Tensor, output: Tensor) -> None:
        self.layer, self.came, self.output = layer, came, output
        self.slope = torch.empty(0)

    def settle(self, slope: Tensor, *, known: Tensor, shares: Tensor) -> None:
        """Take the slope, times each view's share; a view whose gradient is not finite, or padding, becomes zero."""
        good = (known & (shares.view(-1) > 0)).unsqueeze(1)
        self.slope = torch.where(good, slope, 0) * shares.view(-1, 1)
        self.came = torch.where(good, self.came, 0) if self.came.is_floating_point() else self.came

    def reach(self) -> Tensor:
        """Squared norm of what came in, of each view."""
        return self.came.square().sum(1)

    def products(self, views: Views) -> Tensor:
        """Inner products of what came in, [examples, views, views]."""
        return inner(self.came.view(*views.shares.shape, -1))

    def squares(self, views: Views) -> Tensor:
        """Squared norm of each example's gradient by this layer's parameters, [examples]."""
        weighed, biased = self._learned()
        slopes = self.slope.view(*views.shares.shape, -1)
        if views.shares.shape[1] == 1:
            return self.slope.square().sum(1) * (self.reach() * weighed + biased)
        between = inner(slopes)
        return (between * (self.products(views) * weighed + biased)).sum((1, 2))

    def totals(self, views: Views, factor: Tensor) -> list[Tensor]:
        """Clipped sums: weight, then bias, where learned."""
        weighed, biased = self._learned()
        clipped = self.slope * factor.repeat_interleave(views.shares.shape[1]).unsqueeze(1)
        return [*([self.weight_total(clipped)] if weighed else []), *([clipped.sum(0)] if biased else [])]

    def weight_total(self, clipped: Tensor) -> Tensor:
        """Sum over views of the outer products of slope and input, in the weight's shape."""
        return clipped.T @ self.came

    def _learned(self) -> tuple[bool, bool]:
        weight, bias = self.layer.weight, getattr(self.layer, "bias", None)
        return bool(weight.requires_grad), isinstance(bias, Tensor) and bias.requires_grad


class _Coded(_Record):
    """A first layer on codes: the one-hots that came in are never made."""

    def reach(self) -> Tensor:
        return torch.full_like(self.slope[:, 0], self.came.shape[1])

    def products(self, views: Views) -> Tensor:
        return agreements(views.codes).to(self.slope.dtype)

    def weight_total(self, clipped: Tensor) -> Tensor:
        total = scatter(self.came, clipped, _width(self.layer))
        return total.T if isinstance(self.layer, nn.Linear) else total


class _SoftBag(_Record):
    """An embedding sum of soft one-hots: a linear layer whose weight is stored the other way round."""

    def weight_total(self, clipped: Tensor) -> Tensor:
        return self.came.T @ clipped


class _Scaled(_Record):
    """LayerNorm: its gradients are vectors, one a view, so they are made."""

    def squares(self, views: Views) -> Tensor:
        return sum((each.square().sum(1) for each in self._vectors(views)), torch.zeros_like(self.slope[:1, 0]))

    def totals(self, views: Views, factor: Tensor) -> list[Tensor]:
        return [factor @ each for each in self._vectors(views)]

    def _vectors(self, views: Views) -> list[Tensor]:
        weighed, biased = self._learned()
        shape = (*views.shares.shape, -1)
        each = [*([self.slope * self._normal()] if weighed else []), *([self.slope] if biased else [])]
        return [vectors.view(shape).sum(1) for vectors in each]

    def _normal(self) -> Tensor:
        assert isinstance(self.layer, nn.LayerNorm)
        return functional.layer_norm(self.came, list(self.layer.normalized_shape), eps=self.layer.eps)


def _record(layer: nn.Module, came: Tensor, output: Tensor, *, first: bool) -> _Record:
    if isinstance(layer, nn.LayerNorm):
        return _Scaled(layer, came, output)
    if first and not came.is_floating_point():
        return _Coded(layer, came, output)
    return (_SoftBag if isinstance(layer, nn.EmbeddingBag) else _Record)(layer, came, output)


def _finite(records: Sequence[_Record], slopes: Sequence[Tensor]) -> Tensor:
    """Which views have a gradient whose squared norm float32 can hold."""
    sizes = [
        slope.square().sum(1) * (_sum_of_squares(record.came) + 1)
        for record, slope in zip(records, slopes, strict=True)
    ]
    return torch.isfinite(torch.stack(sizes).sum(0))


def _sum_of_squares(came: Tensor) -> Tensor:
    return came.square().sum(1) if came.is_floating_point() else torch.full_like(came[:, 0], came.shape[1])
