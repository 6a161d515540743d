"""Fitting the codebook to its goal: full-codebook gradient steps, no sampling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from synthgen.encode.codec import Codec
from synthgen.engine.codebook import Codebook
from synthgen.engine.loss import Goal, gradient
from synthgen.engine.network import ColumnSoftmax, Network, membership
from synthgen.engine.settings import Settings

SMALLEST_START = 1e-5
"""No level starts with a smaller share than this."""
CLIP_NORM = 5.0
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generator:
    """Network, fixed latents and free logits: what is trained (in place)."""

    network: Network
    latents: Tensor
    free: Tensor | None
    smoother: Tensor | None
    offsets: tuple[int, ...]
    member: Tensor

    def probabilities(self) -> Tensor:
        """The codebook, float32 [rows, codes], with gradient."""
        logits = self.network(self.latents, self.smoother)
        if self.free is not None:
            logits = logits + self.free
        offsets = list(self.offsets)
        shares: Tensor = ColumnSoftmax.apply(logits, offsets, self.member)  # type: ignore[no-untyped-call]  # torch's
        return shares

    @torch.no_grad()
    def codebook(self) -> Codebook:
        """The codebook as numbers, on the CPU."""
        probabilities = self.probabilities().cpu().numpy()
        rows = len(probabilities)
        return Codebook(
            weights=np.full(rows, 1 / rows),
            probabilities=probabilities,
            offsets=np.array(self.offsets, np.int64),
        )


def generator(codec: Codec, settings: Settings, *, seed: int, device: torch.device) -> Generator:
    """An untrained generator whose columns are nearly independent; the seed fixes all of it, on any device."""
    offsets = tuple(int(offset) for offset in codec.offsets)
    log_shares = torch.tensor(np.log(np.maximum(codec.marginal, SMALLEST_START)), dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        latents = torch.randn(settings.codebook, settings.latent)
        network = Network(log_shares, latent=settings.latent, width=settings.width, blocks=settings.blocks)
    free = (
        torch.zeros(settings.codebook, offsets[-1], device=device, requires_grad=True) if settings.table_rate else None
    )
    return Generator(
        network=network.to(device),
        latents=latents.to(device),
        free=free,
        smoother=_smoother(codec, settings.blur, device),
        offsets=offsets,
        member=membership(list(offsets)).to(device),
    )


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


def fit(model: Generator, goal: Goal, settings: Settings, *, steps: int, on_step: Callable[[], None]) -> None:
    """Adam with a one-cycle rate on the whole codebook; changes `model`."""
    parameters = list(model.network.parameters())
    groups = [{"params": parameters, "lr": settings.rate}]
    if model.free is not None:
        groups.append({"params": [model.free], "lr": settings.table_rate})
    optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99))
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    for scale in _one_cycle(steps):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * scale
        probabilities = model.probabilities()
        with torch.no_grad():
            slope = gradient(probabilities, goal)
        optimizer.zero_grad()
        probabilities.backward(slope)  # type: ignore[no-untyped-call]  # torch's
        nn.utils.clip_grad_norm_(parameters, CLIP_NORM)
        optimizer.step()
        on_step()


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
