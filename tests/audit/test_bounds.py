"""Lower bounds hold where the truth is known, come close to it, and rarely err."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthgen.audit.bounds import lower_epsilon, thresholds
from synthgen.privacy.accounting import Totals
from synthgen.privacy.rates import most

DELTA = 1e-6


def scores(mu: float, runs: int, seed: int, *, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Of a Gaussian mechanism that claims mu, with so many times the noise that it claims."""
    drawn = np.random.default_rng(seed).standard_normal((2, runs)) * mu * noise
    return drawn[0] + mu**2, drawn[1]


def bound(mu: float, runs: int, seed: int, *, doubt: float = 0.01, noise: float = 1.0) -> float:
    there, absent = scores(mu, runs, seed, noise=noise)
    return lower_epsilon(there, absent, at=thresholds(mu), delta=DELTA, doubt=doubt)


@given(tries=st.integers(1, 400), share=st.floats(0, 1), doubt=st.floats(1e-6, 0.4))
def test_rates_are_those_of_clopper_and_pearson(tries: int, share: float, doubt: float) -> None:
    seen = round(share * tries)
    expected = 1.0 if seen == tries else float(stats.beta.ppf(1 - doubt, seen + 1, tries - seen))
    assert most(seen, tries, doubt) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("mu", [0.3, 2.0])
def test_an_honest_gaussian_is_falsely_accused_no_more_often_than_the_doubt(mu: float) -> None:
    """At a doubt of a fifth, so that a bound that erred more often would show; 100 audits."""
    truth = Totals(mu=mu).epsilon(DELTA)
    wrong = sum(bound(mu, 500, seed, doubt=0.2) > truth for seed in range(100))
    assert wrong <= stats.binom.ppf(1 - 1e-6, 100, 0.2)


@pytest.mark.parametrize(("mu", "runs"), [(0.3, 6000), (1.0, 1500), (2.0, 800)])
def test_halved_noise_is_caught(mu: float, runs: int) -> None:
    claimed = Totals(mu=mu).epsilon(DELTA)
    assert all(bound(mu, runs, seed, noise=0.5) > claimed for seed in range(10))


def test_bounds_come_close_to_the_truth() -> None:
    truth = Totals(mu=2.0).epsilon(DELTA)
    assert 0.9 * truth < bound(2.0, 50_000, 1) <= truth


def test_a_mechanism_that_rarely_tells_all_is_caught_without_any_assumption() -> None:
    """One answer in twenty is the row itself: no Gaussian, and mu alone would say little."""
    rng = np.random.default_rng(1)
    absent, there = rng.standard_normal((2, 4000))
    there[rng.random(4000) < 0.05] = 100.0
    found = lower_epsilon(there, absent, at=(50.0,), delta=DELTA, doubt=0.01)
    assert found > math.log(0.03 / 0.003)


def test_scores_that_tell_nothing_prove_nothing() -> None:
    same = np.zeros(100)
    assert lower_epsilon(same, same, at=(0.0,), delta=DELTA, doubt=0.01) == 0.0
