"""Fakes follow the codebook: with a condition they have its value, and all else as the codebook says given it."""

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from synthgen.engine.fakes import Fakes, Urn, own_condition

OFFSETS = torch.tensor([0, 3, 5])
MARGINAL = torch.tensor([0.5, 0.3, 0.2, 0.6, 0.4])
PROBABILITIES = torch.tensor([[0.7, 0.3, 0.0, 0.9, 0.1], [0.1, 0.2, 0.7, 0.3, 0.7], [0.4, 0.3, 0.3, 0.5, 0.5]])
WEIGHTS = torch.tensor([1.5, 1.2, 0.3])
CELLS = [(a, b) for a in range(3) for b in (3, 4)]
ROWS = 40_000


def urn(weights: Tensor | None = WEIGHTS, seed: int = 0) -> Urn:
    return Urn(PROBABILITIES, weights, offsets=OFFSETS, marginal=MARGINAL, random=torch.Generator().manual_seed(seed))


def joint(weights: np.ndarray) -> np.ndarray:
    """Shares of the cells in a mixture of these weights."""
    shares = PROBABILITIES.double().numpy()
    return np.array([(weights * shares[:, a] * shares[:, b]).sum() for a, b in CELLS]) / weights.sum()


def agrees(fakes: Tensor, expected: np.ndarray) -> bool:
    """Whether rows of two codes follow the law of the cells, by their chi-square."""
    found = np.array([int(((fakes[:, 0] == a) & (fakes[:, 1] == b)).sum()) for a, b in CELLS])
    possible = expected > 0
    assert not found[~possible].any()
    return fits(found[possible], expected[possible])


def fits(found: np.ndarray, law: np.ndarray) -> bool:
    """Chi-square of counts against shares."""
    return bool(chisquare(found, law / law.sum() * found.sum()).pvalue > 1e-4)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_fakes_without_a_condition_follow_the_mixture(weights: Tensor | None) -> None:
    fakes = urn(weights).alone(ROWS)
    parts = np.ones(3) if weights is None else weights.double().numpy()
    assert agrees(fakes.codes, joint(parts))
    assert not agrees(fakes.codes, joint(parts + np.array([0.0, 0.0, 1.0])))
    origins = np.bincount(fakes.origin.numpy(), minlength=3)
    assert fits(origins, parts)


def test_a_fake_has_the_value_of_its_condition() -> None:
    fakes = urn().given(1000)
    codes, condition = fakes.codes[:, :2], fakes.codes[:, 2] - 5
    assert fakes.codes.shape == (1000, 3)
    assert bool((codes == condition[:, None]).any(1).all())


def test_given_its_condition_a_fake_follows_the_codebooks_conditional_law() -> None:
    fakes: Fakes = urn().given(5 * ROWS)
    shares, weights = PROBABILITIES.double().numpy(), WEIGHTS.double().numpy()
    for code in range(5):
        chosen = fakes.codes[fakes.codes[:, 2] - 5 == code]
        posterior = weights * shares[:, code]
        given = joint(weights) * np.array([code in cell for cell in CELLS])
        assert agrees(chosen[:, :2], given / given.sum())
        origins = np.bincount(fakes.origin[fakes.codes[:, 2] - 5 == code].numpy(), minlength=3)
        kept = posterior > 0
        assert not origins[~kept].any()
        assert fits(origins[kept], posterior[kept])


def test_conditions_of_fakes_and_of_real_rows_follow_one_law() -> None:
    """Where the one-way shares are those of the rows."""
    column, code = urn().conditions(ROWS)
    assert fits(np.bincount(column.numpy(), minlength=2), np.ones(2))
    assert fits(np.bincount(code.numpy(), minlength=5), MARGINAL.double().numpy())
    rows = [
        torch.multinomial(MARGINAL[a:b], ROWS, replacement=True, generator=torch.Generator().manual_seed(7 + int(a)))
        + a
        for a, b in itertools.pairwise(OFFSETS)
    ]
    own = own_condition(torch.stack(rows, 1), column, 5)[:, 2] - 5
    assert fits(np.bincount(own.numpy(), minlength=5), MARGINAL.double().numpy())


def test_levels_of_a_row_of_the_codebook_are_its_own() -> None:
    codes = urn().levels(torch.zeros(ROWS, dtype=torch.int64))
    assert agrees(codes, joint(np.array([1.0, 0.0, 0.0])))


def test_a_seed_draws_the_same_fakes_again() -> None:
    first, second, other = (urn(seed=seed).given(50) for seed in (1, 1, 2))
    assert torch.equal(first.codes, second.codes)
    assert not torch.equal(first.codes, other.codes)
