"""The gradient written by hand is that of the loss as it is written in words, by automatic differentiation."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from synthgen.engine.loss import CHI_SQUARE_SCALE, SMALLEST_COUNT, SMALLEST_SHARE, Goal, Target, gradient, misfit

ROWS = 1000.0


def symmetric(matrix: np.ndarray) -> Tensor:
    return torch.tensor((np.triu(matrix) + np.triu(matrix).T).astype(np.float32))


def problem(seed: int, *, groups: int, noisy: bool, half: bool = False, codebook: int = 12) -> tuple[Tensor, Goal]:
    """Probabilities of three columns of 3, 4 and 2 or more levels, and random evidence about some of their pairs."""
    rng = np.random.default_rng(seed)
    sizes = (3, 4, max(groups, 2))
    heads = [rng.dirichlet(np.ones(size), size=codebook) for size in sizes]
    codes = sum(sizes)

    def target() -> Target:
        measured = rng.random((codes, codes)) < 0.7
        counts = rng.gamma(1.0, ROWS / 20, (codes, codes)) if noisy else rng.dirichlet(np.ones(codes), size=codes)
        precision = np.where(measured, rng.gamma(2.0, 0.01, (codes, codes)), 0.0)
        return Target(counts=symmetric(counts * measured), precision=symmetric(precision) if noisy else None)

    goal = Goal(
        pairs=target(),
        by_group=tuple(target() for _ in range(groups)),
        group_codes=tuple(torch.tensor([7 + group]) for group in range(groups)),
        marginal=torch.tensor(np.concatenate([rng.dirichlet(np.ones(size)) for size in sizes]), dtype=torch.float32),
        variance=torch.tensor(rng.gamma(2.0, 30.0, codes), dtype=torch.float32),
        rows=ROWS,
        half=half,
    )
    return torch.tensor(np.concatenate(heads, axis=1), dtype=torch.float32), goal


def written(probabilities: Tensor, goal: Goal) -> Tensor:
    """The loss. Each pair of codes stands in the tables twice, hence the halves."""
    weights = [torch.ones(len(probabilities)).double()] + [probabilities[:, codes].sum(1) for codes in goal.group_codes]
    loss = torch.zeros(()).double()
    for weight, target in zip(weights, (goal.pairs, *goal.by_group), strict=True):
        table = probabilities.T @ (probabilities * weight[:, None]) / len(probabilities)
        if target.precision is None:
            loss = loss - (target.counts * torch.log(table + SMALLEST_SHARE)).sum() / 2
        else:
            loss = loss + chi_square(table * goal.rows, target.counts, target.precision) / 2
    if goal.pairs.precision is not None:
        shares = probabilities.mean(0) * goal.rows
        loss = loss + chi_square(shares, goal.marginal * goal.rows, 1 / goal.variance)
        return loss * CHI_SQUARE_SCALE / goal.rows
    return loss


def chi_square(expected: Tensor, counts: Tensor, precision: Tensor) -> Tensor:
    """Half the sum of (y - m)^2 / (sigma^2 + m), the variances held fixed; nothing where nothing was measured."""
    spread = 1 + precision * expected.detach().clamp_min(SMALLEST_COUNT)
    return ((counts - expected) ** 2 * precision / spread).sum() / 2


def automatic(probabilities: Tensor, goal: Goal) -> Tensor:
    leaf = probabilities.double().requires_grad_()
    (slope,) = torch.autograd.grad(written(leaf, goal), leaf)
    return slope


@given(st.integers(0, 2**32), st.integers(0, 4), st.booleans())
def test_the_misfit_is_the_written_loss_a_cell_or_a_table(seed: int, groups: int, noisy: bool) -> None:
    """Twice the loss, whose halves are for pairs; without noise less its least value, where the tables agree."""
    probabilities, goal = problem(seed, groups=groups, noisy=noisy)
    loss, targets = float(2 * written(probabilities.double(), goal)), (goal.pairs, *goal.by_group)
    if noisy:
        measured = sum(float((target.precision > 0).sum()) for target in targets if target.precision is not None)
        expected = loss / CHI_SQUARE_SCALE * ROWS / (measured / 2 + len(goal.marginal))
    else:
        every = torch.stack([target.counts.double() for target in targets])
        expected = float((loss + torch.xlogy(every, every).sum()) / every.sum())
    assert misfit(probabilities, goal) == pytest.approx(expected, rel=1e-3, abs=1e-4)


@given(st.integers(0, 2**32), st.integers(0, 4), st.booleans())
def test_the_gradient_is_that_of_the_written_loss(seed: int, groups: int, noisy: bool) -> None:
    probabilities, goal = problem(seed, groups=groups, noisy=noisy)
    expected = automatic(probabilities, goal)
    found = gradient(probabilities.clone(), goal).probabilities.double()
    assert torch.linalg.norm(found - expected) <= 1e-4 * torch.linalg.norm(expected)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("groups", [0, 3])
def test_half_precision_points_the_same_way(groups: int, noisy: bool) -> None:
    for seed in range(10):
        probabilities, goal = problem(seed, groups=groups, noisy=noisy, half=True, codebook=64)
        expected = automatic(probabilities, goal)
        found = gradient(probabilities, goal).probabilities.double()
        assert torch.linalg.norm(found - expected) <= 0.02 * torch.linalg.norm(expected)


@pytest.mark.parametrize("noisy", [False, True])
def test_the_gradient_leaves_its_inputs_alone(noisy: bool) -> None:
    probabilities, goal = problem(1, groups=2, noisy=noisy)
    tensors = [probabilities, goal.pairs.counts, goal.by_group[0].counts, goal.marginal, goal.variance]
    before = [tensor.clone() for tensor in tensors]
    gradient(probabilities, goal)
    assert all(torch.equal(tensor, copy) for tensor, copy in zip(tensors, before, strict=True))


def test_a_table_that_nobody_measured_pulls_nowhere() -> None:
    """Whatever stands in its place."""
    probabilities, goal = problem(3, groups=0, noisy=True)
    hidden = goal.pairs.precision == 0
    assert hidden.any()
    counts = torch.where(hidden, torch.tensor(1e9), goal.pairs.counts)
    other = Goal(**{name: getattr(goal, name) for name in goal.__slots__} | {
        "pairs": Target(counts=counts, precision=goal.pairs.precision)
    })  # fmt: skip
    one, two = (gradient(probabilities, each).probabilities for each in (other, goal))
    torch.testing.assert_close(one, two)


@pytest.mark.parametrize("noisy", [False, True])
def test_where_the_evidence_agrees_nothing_pulls(noisy: bool) -> None:
    """Moving shares inside a column, the only moves there are, changes the loss by nothing."""
    probabilities, goal = problem(5, groups=2, noisy=noisy)
    weights = [torch.ones(len(probabilities))] + [probabilities[:, codes].sum(1) for codes in goal.group_codes]
    tables = [probabilities.T @ (probabilities * weight[:, None]) / len(probabilities) for weight in weights]
    targets = [
        Target(counts=table * (ROWS if noisy else 1.0), precision=torch.full_like(table, 0.01) if noisy else None)
        for table in tables
    ]
    agreed = Goal(
        pairs=targets[0],
        by_group=tuple(targets[1:]),
        group_codes=goal.group_codes,
        marginal=probabilities.mean(0),
        variance=goal.variance,
        rows=ROWS,
        half=False,
    )
    slope = gradient(probabilities, agreed).probabilities
    for span in (slice(0, 3), slice(3, 7), slice(7, 9)):
        inside = slope[:, span] - slope[:, span].mean(1, keepdim=True)
        assert inside.abs().max() < 1e-4
