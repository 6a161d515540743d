"""Envelopes lie over the curves of what they stand for, and hardly above."""

import math

import numpy as np
import pytest

from synthgen.privacy import Budget, SubsampledGaussian, calibrate_noise, epsilon
from synthgen.privacy.accounting import Totals
from synthgen.privacy.envelope import Envelope, gaussian_delta, of_claim, of_curve, of_totals, together
from synthgen.privacy.subsampling import Steps, curve

SLIP = 2e-9


def run(noise: float, rate: float, steps: int) -> SubsampledGaussian:
    return SubsampledGaussian(what="x", noise_multiplier=noise, sample_rate=rate, steps=steps, clip=1, divisor=1)


RUNS = [(4.0, 0.1, 500), (2.0, 0.01, 2000), (1.0, 0.001, 100), (0.6, 0.2, 3)]


@pytest.mark.parametrize(("noise", "rate", "steps"), RUNS)
def test_an_envelope_lies_over_the_curve_at_points_it_was_not_made_from(noise: float, rate: float, steps: int) -> None:
    cover = of_totals(Totals(mu=0.0, runs=(run(noise, rate, steps),)), slip=SLIP)
    epsilons, deltas = curve((Steps(noise, rate, steps),), SLIP, points=999)
    over = cover.delta + (1 - cover.delta) * gaussian_delta(cover.mu, epsilons)
    assert (deltas <= over).all()
    under = SLIP + (1 - SLIP) * gaussian_delta(0.98 * cover.mu, epsilons)  # a little less noise is not enough
    assert (deltas > under).any()


@pytest.mark.parametrize(("epsilon_", "rate", "steps"), [(3, 0.1, 500), (1, 0.01, 2000), (8, 0.05, 1000)])
def test_an_envelope_costs_little_more_than_what_it_covers(epsilon_: float, rate: float, steps: int) -> None:
    budget = Budget(epsilon=epsilon_, delta=1e-6)
    noise = calibrate_noise(budget, mu=0.0, sample_rate=rate, steps=steps)
    cover = of_totals(Totals(mu=0.0, runs=(run(noise, rate, steps),)), slip=SLIP)
    price = Totals(mu=cover.mu, deltas=(cover.delta,)).epsilon(1e-6)
    assert epsilon([run(noise, rate, steps)], 1e-6) <= price <= 1.02 * epsilon_


def test_gaussians_and_selections_keep_their_price() -> None:
    known = Totals(mu=0.7, deltas=(1e-8, 2e-8))
    cover = of_totals(known, slip=SLIP)
    assert (cover.mu, cover.delta) == (0.7, pytest.approx(3e-8))


@pytest.mark.parametrize("claimed", [0.01, 0.5, 3.0, 20.0])
def test_a_claim_lies_under_its_envelope_and_touches_it(claimed: float) -> None:
    cover = of_claim(Budget(epsilon=claimed, delta=1e-7))
    epsilons = np.linspace(0, claimed, 500)
    response = (math.exp(claimed) - np.exp(epsilons)) / (1 + math.exp(claimed))  # randomised response's curve
    assert (response <= gaussian_delta(cover.mu, epsilons) + 1e-15).all()
    assert response[0] == pytest.approx(gaussian_delta(cover.mu, epsilons)[0], rel=1e-6)
    assert cover.delta == 1e-7


def test_a_curve_that_never_falls_to_the_slip_has_no_envelope() -> None:
    assert of_curve(np.array([0.0, 1.0]), np.array([0.5, 0.4]), slip=1e-9).mu == math.inf
    assert of_totals(Totals(mu=0.0, runs=(run(0.1, 0.9, 10**6),)), slip=SLIP).mu == math.inf


def test_squares_of_mu_and_deltas_add_up() -> None:
    assert together([Envelope(mu=3, delta=1e-9)] * 4) == Envelope(mu=6, delta=4e-9)
    assert together([]) == Envelope(mu=0, delta=0)


def test_the_curve_of_a_gaussian_is_that_of_the_accountant() -> None:
    for mu in (0.1, 1.0, 4.0):
        at = Totals(mu=mu).epsilon(1e-6)
        (delta,) = gaussian_delta(mu, np.array([at]))
        assert 0.99e-6 < delta <= 1e-6
