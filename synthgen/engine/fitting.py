"""Fitting the codebook to its goal: full-codebook gradient steps, no sampling."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from synthgen.encode.codec import Codec
from synthgen.engine.codebook import Codebook
from synthgen.engine.loss import Goal, gradient
from synthgen.engine.network import ColumnSoftmax, Network, membership
from synthgen.engine.parts import Parts
from synthgen.engine.settings import Settings
from synthgen.engine.watch import Watch

EVERY: Final = slice(None)
SMALLEST_START = 1e-5
"""No level starts with a smaller share than this."""
CLIP_NORM = 5.0
WEIGHT_RATE = 0.01
"""Learning rate of the logarithms of the mixture weights."""
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generator:
    """What is trained (in place): network, free logits and weights; the latents are fixed.

    free         float32 [rows, codes], added to the network's logits, or None
    log_weights  float32 [rows], or None where all rows weigh the same
    barred       float32 [rows, codes], added to the logits: what a row may not have
    """

    network: Network
    latents: Tensor
    free: Tensor | None
    log_weights: Tensor | None
    barred: Tensor | None
    smoother: Tensor | None
    offsets: tuple[int, ...]
    member: Tensor

    def logits(self, chosen: Tensor | slice = EVERY) -> Tensor:
        """Of all levels, float32 [rows, codes], with gradient; of the `chosen` rows alone if so wished."""
        logits: Tensor = self.network(self.latents[chosen], self.smoother)
        for more in (self.free, self.barred):
            if more is not None:
                logits = logits + more[chosen]
        return logits

    def shares(self, logits: Tensor) -> Tensor:
        """Probabilities of logits, float32 [rows, codes]."""
        shares: Tensor = ColumnSoftmax.apply(logits, list(self.offsets), self.member)  # type: ignore[no-untyped-call]  # torch's
        return shares

    def probabilities(self, chosen: Tensor | slice = EVERY) -> Tensor:
        """The codebook, float32 [rows, codes], with gradient; the `chosen` rows alone if so wished."""
        return self.shares(self.logits(chosen))

    def weights(self) -> Tensor | None:
        """Weights of the rows relative to their mean, float32 [rows], with gradient; None: all the same."""
        if self.log_weights is None:
            return None
        return torch.softmax(self.log_weights, 0) * len(self.log_weights)

    @torch.no_grad()
    def codebook(self) -> Codebook:
        """The codebook as numbers, on the CPU."""
        probabilities, weights = self.probabilities().cpu().numpy(), self.weights()
        rows = len(probabilities)
        relative = np.ones(rows) if weights is None else weights.double().cpu().numpy()
        return Codebook(
            weights=relative / relative.sum(),
            probabilities=probabilities,
            offsets=np.array(self.offsets, np.int64),
        )


def generator(
    codec: Codec, settings: Settings, *, seed: int, device: torch.device, parts: Parts | None = None
) -> Generator:
    """An untrained generator, whose columns are nearly independent unless the settings spread them.

    The seed fixes all of it, on any device.
    """
    offsets = tuple(int(offset) for offset in codec.offsets)
    log_shares = torch.tensor(np.log(np.maximum(codec.marginal, SMALLEST_START)), dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        latents = torch.randn(settings.codebook, settings.latent)
        network = Network(
            log_shares, _spread(codec, settings), latent=settings.latent, width=settings.width, blocks=settings.blocks
        )
    free = (
        torch.zeros(settings.codebook, offsets[-1], device=device, requires_grad=True) if settings.table_rate else None
    )
    log_weights, barred = (None, None) if parts is None else parts.tensors(device)
    return Generator(
        network=network.to(device),
        latents=latents.to(device),
        free=free,
        log_weights=None if log_weights is None else log_weights.requires_grad_(),
        barred=barred,
        smoother=_smoother(codec, settings.blur, device),
        offsets=offsets,
        member=membership(list(offsets)).to(device),
    )


def _spread(codec: Codec, settings: Settings) -> Tensor:
    """How far each level starts from its share, float32 [codes]."""
    levels = np.diff(codec.offsets)
    return torch.tensor(np.repeat(settings.spread + settings.contrast / np.maximum(levels - 1, 1), levels)).float()


def _smoother(codec: Codec, width: float, device: torch.device) -> Tensor | None:
    """Block matrix [codes, codes] that blurs neighbouring levels of a line (Gaussian, `width` levels).

    Heavy levels (15 % or more) stand for themselves, and sentinels and missing have no neighbours.
    """
    if not width:
        return None
    blocks = [
        _blur(codec.columns[name].marginal, is_line=codec.columns[name].is_line, width=width) for name in codec.names
    ]
    smoother: Tensor = torch.block_diag(*blocks).to(device)  # type: ignore[no-untyped-call]  # torch's
    return smoother


def _blur(shares: np.ndarray[tuple[int], np.dtype[np.float64]], *, is_line: bool, width: float) -> Tensor:
    levels = len(shares)
    if not is_line or levels <= 6:
        return torch.eye(levels)
    place = np.arange(levels)
    weight = np.exp(-0.5 * ((place[:, None] - place) / width) ** 2)
    alone = shares > 0.15
    weight[alone] = 0.0
    weight[:, alone] = 0.0
    weight[alone, alone] = 1.0
    weight /= np.sqrt((weight**2).sum(axis=1, keepdims=True))
    return torch.tensor(weight, dtype=torch.float32)


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread meanwhile: the products are small, and on a busy machine more threads wait for one another.

    Measured on two cores with other work: 18 CPU seconds on one thread, 162 on two.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fit(
    model: Generator,
    goal: Goal,
    settings: Settings,
    *,
    steps: int,
    on_step: Callable[[], None],
    watch: Watch | None = None,
) -> None:
    """Adam with a one-cycle rate on the whole codebook; changes `model`."""
    optimizer, watch = adam(model, settings), watch or Watch()
    for step, _ in enumerate(cycled(optimizer, steps)):
        probabilities, weights = model.probabilities(), model.weights()
        with torch.no_grad():
            slope = gradient(probabilities, goal, weights)
        optimizer.zero_grad()
        descend([(probabilities, slope.probabilities), (weights, slope.weights)])
        steep = nn.utils.clip_grad_norm_(model.network.parameters(), CLIP_NORM)
        optimizer.step()
        if watch.is_due(step):
            watch.tell(step, {"generator/gradient": steep})
            watch.book(step, probabilities, weights, goal, model.offsets)
        on_step()


def adam(model: Generator, settings: Settings) -> torch.optim.Adam:
    """The optimiser of a generator: a rate each for the network, the free logits and the weights."""
    groups = [{"params": list(model.network.parameters()), "lr": settings.rate}]
    for own, rate in ((model.free, settings.table_rate), (model.log_weights, WEIGHT_RATE)):
        if own is not None:
            groups.append({"params": [own], "lr": rate})
    return torch.optim.Adam(groups, betas=(0.9, 0.99))


def cycled(optimizer: torch.optim.Optimizer, steps: int) -> Iterator[float]:
    """So many steps, each after the optimiser's rates were set to their place in one cycle; yields that place."""
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    for scale in _one_cycle(steps):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * scale
        yield scale


def descend(slopes: Sequence[tuple[Tensor | None, Tensor]]) -> None:
    """Send derivatives back through the graphs of these tensors; None has none."""
    known = [(tensor, slope) for tensor, slope in slopes if tensor is not None]
    torch.autograd.backward([tensor for tensor, _ in known], [slope for _, slope in known])


def _one_cycle(steps: int) -> Iterator[float]:
    """Rates relative to the highest: up on a cosine from 1/25, then down to almost nothing.

    Source: Smith and Topin, "Super-convergence" (2019).
    """
    top = max(WARM_UP * steps - 1, 1.0)
    for step in range(steps):
        if step <= top:
            yield 1.0 + (1 / 25 - 1.0) * (1 + np.cos(np.pi * step / top)) / 2
        else:
            yield 1e-5 + (1.0 - 1e-5) * (1 + np.cos(np.pi * (step - top) / max(steps - 1 - top, 1))) / 2
