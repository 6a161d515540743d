"""Climbing the exact likelihood of the rows, together with the counts.

A mixture of products has its likelihood in closed form, so rows can teach the codebook directly, by DP-SGD: what
pairs and target triples cannot see (parities, curved manifolds, interactions) is in it. The private gradient is one
by the codebook's logits, clipped and noised there, and pulled back through the network afterwards (post-processing),
which follows the part that rows agree on and is too small to follow the noise. The counts pull on, each kind of
evidence with the weight that its likelihood has, so that the pairs stay where they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from synthgen.engine.codebook import Codebook
from synthgen.engine.fitting import CLIP_NORM, Generator, adam, cycled, descend
from synthgen.engine.loss import CHI_SQUARE_SCALE, Goal, gradient
from synthgen.engine.phase import Phase
from synthgen.engine.settings import Settings
from synthgen.engine.teacher import OpenRows, Teacher, surprise
from synthgen.engine.watch import Watch, length
from synthgen.privacy.dpsgd import MixtureLikelihood

SMALLEST_PROBABILITY = 1e-9
ALONE_RATE: Final = 0.1
"""Learning rate of the logarithms of the weights, where rows teach nothing else."""
SHOWN = 512
"""Rows held out that a record tells the surprise of, at most; without privacy only."""


def climb(
    model: Generator,
    teacher: Teacher,
    goal: Goal,
    settings: Settings,
    phase: Phase,
    *,
    on_step: Callable[[], None],
    watch: Watch | None = None,
) -> None:
    """Take all steps of the phase; changes `model`."""
    optimizer, watch = adam(model, settings), watch or Watch()
    for step, _ in enumerate(cycled(optimizer, phase.steps)):
        logits, weights = model.logits(), model.weights()
        probabilities = model.shares(logits)
        with torch.no_grad():
            slope = gradient(probabilities, goal, weights)
            view = _view(model, phase)
            [answer] = teacher.gradients(_loss(probabilities, weights, model.offsets, view))
        optimizer.zero_grad()
        # without noise rows that stand for rare parts learn as fast as others; with it they would learn mostly noise,
        # which falls on all rows alike, while what is private is as small as their share: there the counts weigh more
        shares = None if weights is None or phase.noise_multiplier else weights.detach().clamp_min(1e-3)[:, None]
        pulls = _pulls(model, logits, shares, view, answer * _scale(goal, phase))
        descend([(probabilities, slope.probabilities), (weights, slope.weights), *pulls])
        steep = nn.utils.clip_grad_norm_(model.network.parameters(), CLIP_NORM)
        optimizer.step()
        if watch.is_due(step):
            watch.tell(step, {"generator/gradient": steep, "likelihood/gradient": length([answer])})
            watch.book(step, probabilities, weights, goal, model.offsets)
            if isinstance(teacher, OpenRows) and len(teacher.held_out):
                watch.tell(step, {"rows/surprise": surprise(model.codebook(), teacher.held_out[:SHOWN])})
        on_step()


def weigh(
    book: Codebook,
    teacher: Teacher,
    goal: Goal,
    phase: Phase,
    *,
    on_step: Callable[[], None],
    watch: Watch | None = None,
) -> Codebook:
    """The codebook with weights by which rows, and counts, are likelier: a concave problem of few numbers."""
    device, watch, number = goal.marginal.device, watch or Watch(), book.rows
    probabilities = torch.from_numpy(book.probabilities).to(device)
    start = torch.from_numpy(np.log(np.maximum(book.weights * number, 1e-12))).float()
    logs = start.to(device).requires_grad_()
    optimizer = torch.optim.Adam([logs], lr=ALONE_RATE, betas=(0.9, 0.99))
    offsets = tuple(int(offset) for offset in book.offsets)
    for step, _ in enumerate(cycled(optimizer, phase.steps)):
        weights = torch.softmax(logs, 0) * number
        with torch.no_grad():
            slope = gradient(probabilities, goal, weights).weights
            [answer] = teacher.gradients(_loss(probabilities, weights, offsets, _View(wrt="weights")))
        optimizer.zero_grad()
        descend([(weights, slope), (logs, answer * _scale(goal, phase))])
        optimizer.step()
        if watch.is_due(step):
            watch.tell(step, {"likelihood/gradient": length([answer])})
            watch.fit(step, probabilities, weights, goal)  # its rows stay as they are: there is nothing to show
        on_step()
    with torch.no_grad():
        return replace(book, weights=torch.softmax(logs.double(), 0).cpu().numpy())


@dataclass(frozen=True, kw_only=True, slots=True)
class _View:
    """By which numbers the private gradient is taken; `left` [rows, r] where it is a projection of the logits'."""

    wrt: str
    left: Tensor | None = None


def _view(model: Generator, phase: Phase) -> _View:
    how = phase.likelihood
    if how.wrt == "last_layer":
        hidden = model.network.hidden(model.latents)
        return _View(wrt="last_layer", left=torch.cat([hidden, torch.ones_like(hidden[:, :1])], 1))
    if how.wrt == "low_rank":
        # an orthonormal basis of what the first hidden features span: public, as the network is, and moving with it
        return _View(wrt="low_rank", left=torch.linalg.qr(model.network.hidden(model.latents)[:, : how.rank])[0])
    return _View(wrt=how.wrt)


def _loss(probabilities: Tensor, weights: Tensor | None, offsets: tuple[int, ...], view: _View) -> MixtureLikelihood:
    rows = len(probabilities)
    shares = torch.full((rows,), 1 / rows, device=probabilities.device) if weights is None else weights.detach() / rows
    return MixtureLikelihood(
        weights=shares,
        log_probabilities=probabilities.detach().clamp_min(SMALLEST_PROBABILITY).log(),
        offsets=torch.tensor(offsets, device=probabilities.device),
        wrt="logits" if view.wrt == "logits" else "weights" if view.wrt == "weights" else "rank",
        left=view.left,
    )


def _pulls(
    model: Generator, logits: Tensor, shares: Tensor | None, view: _View, answer: Tensor
) -> list[tuple[Tensor | None, Tensor]]:
    """Where the noisy gradient goes, over the shares [rows, 1] if there are any."""
    if view.wrt == "last_layer":
        weight, bias = model.network.outward(model.smoother)
        return [(weight, answer[:-1].T), (bias, answer[-1])]
    pulled = answer if view.left is None else view.left @ answer
    return [(logits, pulled if shares is None else pulled / shares)]


def _scale(goal: Goal, phase: Phase) -> float:
    """The counts' gradient is CHI_SQUARE_SCALE / rows of that of their log-likelihood; without noise, 1 / rows."""
    natural = 1.0 if goal.pairs.precision is None else CHI_SQUARE_SCALE
    return natural * phase.likelihood.weight
