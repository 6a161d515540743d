"""What entries cost together: never less than the accountant says, and far less than the sum of epsilons."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgen.privacy import Budget, Event, Gaussian, Part, PartitionSelection, SubsampledGaussian, epsilon
from synthgen.privacy.accounting import Totals, calibrate_mu
from synthgen.spending import pricing
from synthgen.spending.pricing import POOL, Price, composed, curve, left, priced

BUDGET = Budget(epsilon=10, delta=1e-6)
WAY_WIDTH = BUDGET.epsilon / pricing.WAYS
RUN = SubsampledGaussian(what="critic", noise_multiplier=4.0, sample_rate=0.1, steps=300, clip=1.0, divisor=100.0)


def counts(sigma: float) -> Gaussian:
    return Gaussian(what="counts", parts=(Part(name="age", cells=9, sigma=sigma, sensitivity=1.0),))


def selection(delta: float) -> PartitionSelection:
    return PartitionSelection(what="levels", sigma=20.0, sensitivity=1, threshold=100, delta=delta)


EVENTS = st.lists(
    st.one_of(
        st.floats(3, 60).map(counts),
        st.sampled_from([1e-9, 3e-9]).map(selection),
        st.sampled_from([RUN, SubsampledGaussian(**{n: getattr(RUN, n) for n in RUN.__slots__} | {"steps": 20})]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=12, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_entries_together_cost_at_least_what_the_accountant_says_of_all_their_events(fits: list[list[Event]]) -> None:
    together = composed([priced(tuple(events), BUDGET) for events in fits], BUDGET)
    exact = epsilon([event for events in fits for event in events], BUDGET.delta)
    assert together >= exact * (1 - 1e-9)


def test_a_run_of_dp_sgd_beside_counts_costs_little_more_than_their_exact_composition() -> None:
    together = composed([priced([counts(5.0)], BUDGET), priced([RUN], BUDGET)], BUDGET)
    exact = epsilon([counts(5.0), RUN], BUDGET.delta)
    assert exact < together < 1.03 * exact


def test_one_entry_alone_costs_what_its_events_cost() -> None:
    events = [counts(4.0), RUN, selection(1e-7)]
    assert composed([priced(events, BUDGET)], BUDGET) == epsilon(events, BUDGET.delta)


def test_three_fits_of_epsilon_3_cost_far_less_than_9() -> None:
    fit = priced(Totals(mu=calibrate_mu(Budget(epsilon=3, delta=1e-6))), BUDGET)
    assert 3 < composed([fit] * 3, BUDGET) < 5.8


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.01, 1.0), max_size=4), st.floats(0.01, 1.0))
def test_an_entry_more_never_costs_less(mus: list[float], more: float) -> None:
    entries = [priced(Totals(mu=mu), BUDGET) for mu in mus]
    after = composed([*entries, priced(Totals(mu=more), BUDGET)], BUDGET)
    assert after >= composed(entries, BUDGET) - 1e-9


@pytest.mark.parametrize("mus", [[], [0.3], [0.6, 0.6], [1.0, 1.0, 0.5]])
@pytest.mark.parametrize("delta", [1e-6, 1e-8])
def test_what_is_left_fits_and_not_much_more(mus: list[float], delta: float) -> None:
    entries = [priced(Totals(mu=mu), BUDGET) for mu in mus]
    free = left(entries, BUDGET, delta)

    def fits(share: float) -> bool:
        fit = Totals(mu=calibrate_mu(Budget(epsilon=share * free, delta=delta)))
        return composed([*entries, priced(fit, BUDGET)], BUDGET) <= BUDGET.epsilon

    assert fits(1.0)
    assert not fits(1.03)


def test_several_alike_fit_together() -> None:
    entries = [priced(Totals(mu=0.6), BUDGET)]
    for fits in (2, 5):
        each = Totals(mu=calibrate_mu(Budget(epsilon=left(entries, BUDGET, 1e-6, fits=fits), delta=1e-6)))
        assert composed([*entries, *[priced(each, BUDGET)] * fits], BUDGET) <= BUDGET.epsilon
        assert composed([*entries, *[priced(each, BUDGET)] * (fits + 1)], BUDGET) > BUDGET.epsilon


def test_deltas_of_entries_may_come_to_their_pool_and_no_further() -> None:
    half = Price(mu=0.1, delta=POOL * BUDGET.delta / 2, alone=1.0)
    assert composed([half, half], BUDGET) < BUDGET.epsilon
    assert composed([half, half, half], BUDGET) == math.inf
    assert left([half, half, half], BUDGET, 1e-6) == 0


def test_a_claim_alone_costs_its_epsilon_and_beside_others_that_of_randomised_response() -> None:
    claim = priced(Budget(epsilon=0.5, delta=1e-9), BUDGET)
    assert composed([claim], BUDGET) == 0.5
    # randomised response of 0.5, k times, at delta 1e-6: the loss is 0.5 (2 x Binomial(k, p) - k)
    k, p = 12, math.exp(0.5) / (1 + math.exp(0.5))
    wins = np.arange(k + 1)
    chance = np.array([math.comb(k, w) * p**w * (1 - p) ** (k - w) for w in wins])

    def delta_of(at: float) -> float:
        return float((chance * np.maximum(0, 1 - np.exp(at - 0.5 * (2 * wins - k)))).sum())

    cost = composed([claim] * k, BUDGET)
    assert delta_of(cost) <= BUDGET.delta - k * 1e-9


def test_claims_add_up_beside_the_gaussians_of_the_others() -> None:
    claims = [priced(Budget(epsilon=1.5, delta=1e-8), BUDGET)] * 2
    fits = [priced(Totals(mu=0.5), BUDGET)] * 2
    together, apart = composed([*claims, *fits], BUDGET), composed(fits, BUDGET)
    assert 3 + apart <= together < 3 + WAY_WIDTH + 1.3 * apart
    assert composed([claims[0]] * 8, BUDGET) == math.inf or composed([claims[0]] * 8, BUDGET) > 10


def test_what_is_left_beside_claims_fits() -> None:
    entries = [priced(Budget(epsilon=1.5, delta=1e-8), BUDGET), priced(Totals(mu=0.5), BUDGET)]
    free = calibrate_mu(Budget(epsilon=left(entries, BUDGET, 1e-6), delta=1e-6))
    assert free > 0.6
    assert composed([*entries, priced(Totals(mu=free), BUDGET)], BUDGET) <= BUDGET.epsilon
    assert composed([*entries, priced(Totals(mu=1.03 * free), BUDGET)], BUDGET) > BUDGET.epsilon


def test_the_deltas_of_all_limits_come_to_that_of_the_ledger() -> None:
    """A choice between limits, made after answers were seen, fails with at most the sum of what each fails with."""
    ways = {}
    for claim in np.linspace(0.01, 9.6, 400):
        entries = [priced(Budget(epsilon=claim, delta=1e-9), BUDGET), priced(Totals(mu=0.1), BUDGET)]
        ways |= {way.kept: way.delta for way in pricing._ways(entries, BUDGET)}
    assert len(ways) == pricing.WAYS
    assert math.fsum(ways.values()) + POOL * BUDGET.delta <= BUDGET.delta
    for kept in ways:  # fixed in advance: a fixed set, whatever the claims are
        assert kept * pricing.WAYS / BUDGET.epsilon == pytest.approx(round(kept * pricing.WAYS / BUDGET.epsilon))


def test_a_claim_of_a_larger_delta_than_the_ledger_allows_has_no_price() -> None:
    assert composed([priced(Budget(epsilon=0.1, delta=1e-5), BUDGET)], BUDGET) == math.inf


def test_the_curve_falls_with_delta_and_meets_the_price() -> None:
    entries = [priced([counts(3.0)], BUDGET), priced([counts(5.0)], BUDGET)]
    points = curve(entries, BUDGET)
    epsilons = [each for _, each in points]
    assert epsilons == sorted(epsilons)
    assert dict(points)[1e-6] == pytest.approx(epsilon([counts(3.0), counts(5.0)], 1e-6))


def test_without_privacy_there_is_no_price() -> None:
    assert composed([priced(Budget(epsilon=math.inf, delta=1e-6), BUDGET)], BUDGET) == math.inf
    assert composed([priced(Totals(mu=math.inf), BUDGET)], BUDGET) == math.inf
