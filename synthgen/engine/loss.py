"""How far the codebook's expected tables are from the evidence, and its gradient, written by hand.

With P [rows, codes] the codebook's probabilities, n P'P / rows holds every expected pair of codes at once, and n P'
diag(g) P / rows every pair within a group of the target, g being that group's probability in each row. For a loss
whose derivative by the expected table M is the symmetric G, the derivative by P is P G: one more product.

Under noise the loss is the chi-square with both noises, (y - m)^2 / (sigma^2 + m); without, the Kullback-Leibler
divergence, whose gradient it has in the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

SMALLEST_COUNT = 0.05
"""Expected counts below this are taken as this when they stand for a variance."""
SMALLEST_SHARE = 1e-7
CHI_SQUARE_SCALE = 20.0
"""Puts the chi-square's gradient where the clipping norm of the optimiser expects it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What one table of all pairs of codes should be.

    counts     float32 [codes, codes], symmetric; the noisy counts (shares of the rows when exact)
    precision  float32 [codes, codes], symmetric; 1 / sigma^2, 0 where nothing was measured; None: all exact
    """

    counts: Tensor
    precision: Tensor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """Everything the codebook is fitted to.

    pairs         all pairs of codes
    by_group      the same within each group of the target; empty without one
    group_codes   the target's codes of each group
    marginal      float32 [codes], noisy shares of the levels
    variance      float32 [codes], the noise variance of the level counts
    rows          noisy row count
    half          multiply in bfloat16 (fast where the machine has units for it; the loss agrees to 6 digits)
    """

    pairs: Target
    by_group: tuple[Target, ...]
    group_codes: tuple[Tensor, ...]
    marginal: Tensor
    variance: Tensor
    rows: float
    half: bool


def gradient(probabilities: Tensor, goal: Goal) -> Tensor:
    """D loss / d probabilities, float32 [rows, codes]."""
    low = probabilities.bfloat16() if goal.half else probabilities
    total, _ = _one(low, None, goal.pairs, goal)
    for target, codes in zip(goal.by_group, goal.group_codes, strict=True):
        weight = probabilities[:, codes].sum(1)
        part, by_weight = _one(low, weight, target, goal)
        total.add_(part)
        total[:, codes] += by_weight[:, None]
    if goal.pairs.precision is not None:
        total.add_(_one_way(probabilities, goal)[None])
        return total.mul_(CHI_SQUARE_SCALE / len(probabilities))
    return total.mul_(-1.0 / len(probabilities))


def _one(low: Tensor, weight: Tensor | None, target: Target, goal: Goal) -> tuple[Tensor, Tensor]:
    """Gradient by P (the weight held fixed) and by the weight of each row."""
    left = low if weight is None else low * weight[:, None].to(low.dtype)
    expected = (left.T @ low).float()
    slope = _slope(expected.mul_(goal.rows / len(low)), target, goal).to(low.dtype)
    pulled = (low @ slope).float()
    if weight is None:
        return pulled, pulled
    by_weight = (pulled * low).sum(1) / 2
    return pulled.mul_(weight[:, None]), by_weight


def _slope(expected: Tensor, target: Target, goal: Goal) -> Tensor:
    """Derivative of the loss by the expected table times rows (changes `expected`); constants keep Adam's scale."""
    if target.precision is None:
        return expected.div_(goal.rows).add_(SMALLEST_SHARE).reciprocal_().mul_(target.counts)
    spread = expected.clamp_min(SMALLEST_COUNT).mul_(target.precision).add_(1.0)
    return expected.sub_(target.counts).mul_(target.precision).div_(spread)


def _one_way(probabilities: Tensor, goal: Goal) -> Tensor:
    """Derivative of the chi-square of the one-way shares by each row, float32 [codes]."""
    expected = probabilities.mean(0) * goal.rows
    error = expected - goal.marginal * goal.rows
    return error / (goal.variance + expected.clamp_min(SMALLEST_COUNT))
