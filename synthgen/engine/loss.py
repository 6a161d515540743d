"""How far the codebook's expected tables are from the evidence, and its gradient, written by hand.

With P [rows, codes] the codebook's probabilities and w the rows' weights, n P' diag(w) P holds every expected pair of
codes at once, and n P' diag(w g) P every pair within a group of the target, g being that group's probability in each
row. For a loss whose derivative by the expected table M is the symmetric G, the derivative by P is w P G: one more
product; by w it is the row sums of P o (P G), halved.

Under noise the loss is the chi-square with both noises, (y - m)^2 / (sigma^2 + m); without, the Kullback-Leibler
divergence, whose gradient it has in the limit.
"""

from __future__ import annotations

import math
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

    @property
    def is_one_way(self) -> bool:
        """Whether no pair was measured at all."""
        return self.pairs.precision is not None and not (self.by_group or bool(self.pairs.precision.any()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Slope:
    """Derivatives of the loss.

    probabilities  float32 [rows, codes]
    weights        float32 [rows]: by each row's weight relative to the mean weight
    """

    probabilities: Tensor
    weights: Tensor


def gradient(probabilities: Tensor, goal: Goal, weights: Tensor | None = None) -> Slope:
    """D loss / d probabilities, and by the weights of the rows.

    `weights` float32 [rows] are relative: their mean is 1, which is what None stands for. The derivative by the
    probabilities is taken as if all rows weighed the same (a diagonal preconditioner), so that rows which stand for a
    rare class learn as fast as others.
    """
    if goal.is_one_way:
        each = _one_way(probabilities, goal, weights).mul_(CHI_SQUARE_SCALE / len(probabilities))
        return Slope(probabilities=each.repeat(len(probabilities), 1), weights=probabilities @ each)
    low = probabilities.bfloat16() if goal.half else probabilities
    total, by_weight = _one(low, None, weights, goal.pairs, goal)
    for target, codes in zip(goal.by_group, goal.group_codes, strict=True):
        share = probabilities[:, codes].sum(1)
        part, by_share = _one(low, share, weights, target, goal)
        total.add_(part)
        total[:, codes] += by_share[:, None]
        by_weight = by_weight + by_share * share
    scale = -1.0 / len(probabilities)
    if goal.pairs.precision is not None:
        each = _one_way(probabilities, goal, weights)
        total.add_(each[None])
        by_weight = by_weight + probabilities @ each
        scale = CHI_SQUARE_SCALE / len(probabilities)
    return Slope(probabilities=total.mul_(scale), weights=by_weight * scale)


def misfit(probabilities: Tensor, goal: Goal, weights: Tensor | None = None) -> float:
    """How far the codebook is from the evidence, as one figure.

    Under noise the chi-square of all that was measured, one-way shares too, over the number of cells: 1 or less where
    only noise is left. Without, the Kullback-Leibler divergence of a table, in nats, over all tables.
    """
    low = probabilities.bfloat16() if goal.half else probabilities
    shares = [None, *(probabilities[:, codes].sum(1) for codes in goal.group_codes)]
    total, number = 0.0, 0.0
    for target, share in zip((goal.pairs, *goal.by_group), shares, strict=True):
        expected = _expected(low, share, weights, goal)
        if target.precision is None:
            ratio = target.counts / expected.div_(goal.rows).add_(SMALLEST_SHARE)
            total += float((target.counts * ratio.clamp_min(SMALLEST_SHARE).log()).sum())
            number += float(target.counts.sum())
        else:
            spread = expected.clamp_min(SMALLEST_COUNT).mul_(target.precision).add_(1.0)
            total += float((expected.sub_(target.counts).square_().mul_(target.precision) / spread).sum()) / 2
            number += float((target.precision > 0).sum()) / 2
    if goal.pairs.precision is not None:
        total += float((_one_way(probabilities, goal, weights) * _error(probabilities, goal, weights)).sum())
        number += len(goal.marginal)
    return total / max(number, 1e-9)


def _one(
    low: Tensor, share: Tensor | None, weights: Tensor | None, target: Target, goal: Goal
) -> tuple[Tensor, Tensor]:
    """Gradient by P (the share of the group held fixed) and by the share of each row."""
    slope = _slope(_expected(low, share, weights, goal), target, goal).to(low.dtype)
    pulled = (low @ slope).float()
    by_share = (pulled * low).sum(1) / 2
    return (pulled if share is None else pulled.mul_(share[:, None])), by_share


def _expected(low: Tensor, share: Tensor | None, weights: Tensor | None, goal: Goal) -> Tensor:
    """Expected counts of all pairs of codes, of all rows or within a group."""
    factors = [factor for factor in (share, weights) if factor is not None]
    left = low if not factors else low * math.prod(factors[1:], start=factors[0])[:, None].to(low.dtype)
    return (left.T @ low).float().mul_(goal.rows / len(low))


def _slope(expected: Tensor, target: Target, goal: Goal) -> Tensor:
    """Derivative of the loss by the expected table times rows (changes `expected`); constants keep Adam's scale."""
    if target.precision is None:
        return expected.div_(goal.rows).add_(SMALLEST_SHARE).reciprocal_().mul_(target.counts)
    spread = expected.clamp_min(SMALLEST_COUNT).mul_(target.precision).add_(1.0)
    return expected.sub_(target.counts).mul_(target.precision).div_(spread)


def _one_way(probabilities: Tensor, goal: Goal, weights: Tensor | None) -> Tensor:
    """Derivative of the chi-square of the one-way shares by each row, float32 [codes]."""
    error = _error(probabilities, goal, weights)
    expected = error + goal.marginal * goal.rows
    return error / (goal.variance + expected.clamp_min(SMALLEST_COUNT))


def _error(probabilities: Tensor, goal: Goal, weights: Tensor | None) -> Tensor:
    """Expected one-way counts minus the noisy ones, float32 [codes]."""
    mean = probabilities.mean(0) if weights is None else weights @ probabilities / len(probabilities)
    return (mean - goal.marginal) * goal.rows
