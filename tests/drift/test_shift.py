"""The statistics of drift: the right size under no change, the right power under one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthgen.drift.shift import Difference, distance, groups_of, holm, p_value, sampling, without_margins

RUNS = 400
TRUTH = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])


def p_values(
    now: NDArray[np.float64], *, rows: int = 1500, fitted: int = 4000, sigma: float = 25.0
) -> NDArray[np.float64]:
    """Columns measured with noise on one sample, and seen in another that is drawn from `now`."""
    rng, found = np.random.default_rng(0), []
    for _ in range(RUNS):
        before = (rng.multinomial(fitted, TRUTH) + rng.normal(0, sigma, 6)) / fitted
        cell = rng.choice(6, rows, p=now)
        covariance = (
            sampling(np.maximum(before, 0), cell, None) * (1 + rows / fitted) + np.eye(6) * (sigma / fitted) ** 2
        )
        seen = np.bincount(cell, minlength=6) / rows
        found.append(p_value(Difference(seen=seen - before, covariance=covariance)))
    return np.array(found)


@pytest.mark.parametrize("sigma", [0.0, 25.0, 100.0])
def test_without_a_change_p_values_are_as_uniform_as_they_claim(sigma: float) -> None:
    p = p_values(TRUTH, sigma=sigma)
    for level in (0.01, 0.05, 0.2, 0.5):
        assert abs((p <= level).mean() - level) < 4 * np.sqrt(level * (1 - level) / RUNS) + 0.01


def test_noise_that_is_not_taken_into_account_would_be_called_drift() -> None:
    rng = np.random.default_rng(0)
    before = (rng.multinomial(4000, TRUTH) + rng.normal(0, 100, 6)) / 4000
    cell = rng.choice(6, 1500, p=TRUTH)
    seen, own = np.bincount(cell, minlength=6) / 1500, sampling(TRUTH, cell, None)
    assert p_value(Difference(seen=seen - before, covariance=own)) < 0.001
    assert p_value(Difference(seen=seen - before, covariance=own * 1.4 + np.eye(6) * 0.025**2)) > 0.01


def test_a_change_of_a_tenth_of_the_rows_is_seen() -> None:
    changed = TRUTH + np.array([-0.1, 0.0, 0.0, 0.0, 0.1, 0.0])
    assert (p_values(changed) < 0.001).mean() > 0.95


def test_rows_of_one_person_count_as_what_they_are() -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(300), 5)
    cell = np.repeat(rng.choice(6, 300, p=TRUTH), 5)  # all five the same: as good as 300 rows
    by_row, by_person = (np.diag(sampling(TRUTH, cell, who)) for who in (None, person))
    assert 3.5 < (by_person / by_row).mean() < 6.5
    alone = np.diag(sampling(TRUTH, cell[::5], np.arange(300)))
    share = np.bincount(cell[::5], minlength=6) / 300
    assert np.allclose(alone, np.maximum(share * (1 - share), TRUTH * (1 - TRUTH)) / 300, rtol=0.01)


def test_what_the_columns_alone_explain_is_no_change_of_the_pair() -> None:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(12)).reshape(3, 4)
    a, b = np.array([0.02, -0.01, -0.01]), np.array([0.01, 0.0, -0.02, 0.01])
    moved = shares * (a[:, None] + b[None, :])
    covariance = np.diag(shares.ravel()) / 1000
    left = without_margins(Difference(seen=moved.ravel(), covariance=covariance), shares)
    assert np.allclose(left.seen, 0, atol=1e-12)
    both = without_margins(Difference(seen=np.eye(12)[0] * 0.05, covariance=covariance), shares)
    assert np.abs(both.seen).max() > 0.005
    assert np.allclose(both.seen.reshape(3, 4).sum(axis=0), 0, atol=1e-12)
    assert np.allclose(both.seen.reshape(3, 4).sum(axis=1), 0, atol=1e-12)


def test_the_mean_distance_by_chance_is_what_draws_have() -> None:
    rng = np.random.default_rng(0)
    seen = rng.multinomial(500, TRUTH, 2000) / 500 - TRUTH
    covariance = sampling(TRUTH, np.zeros(500, np.int64), None)
    chance = distance(Difference(seen=seen[0], covariance=covariance))[1]
    assert chance == pytest.approx(0.5 * np.abs(seen).sum(axis=1).mean(), rel=0.02)


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=40).map(lambda found: np.array(found) / max(sum(found), 1e-9))


@given(SHARES, st.booleans(), st.floats(0, 0.01), st.integers(100, 10_000))
def test_groups_are_numbered_and_none_drowns(
    shares: NDArray[np.float64], in_order: bool, noise: float, rows: int
) -> None:
    variance = np.full(len(shares), noise**2)
    group = groups_of(shares, variance, rows, 8, in_order=in_order)
    assert set(group) == set(range(int(group.max()) + 1))
    if in_order:
        assert (np.diff(group) >= 0).all()
    if group.max() > 0:
        weight, wide = np.bincount(group, shares), np.sqrt(np.bincount(group, variance))
        alone = np.bincount(group) == 1
        assert (weight * rows >= 5 - 1e-6).all()
        assert (weight[alone] >= 3 * wide[alone] - 1e-9).all()


@given(st.lists(st.floats(0, 1), max_size=20), st.floats(0.001, 0.2))
def test_holm_rejects_no_less_than_bonferroni_and_the_smallest_first(p: list[float], alpha: float) -> None:
    falls = holm(p, alpha)
    assert all(fall for fall, one in zip(falls, p, strict=True) if one <= alpha / len(p))
    fallen = [one for fall, one in zip(falls, p, strict=True) if fall]
    standing = [one for fall, one in zip(falls, p, strict=True) if not fall]
    assert not fallen or not standing or max(fallen) <= min(standing)
