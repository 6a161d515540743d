"""What DP-SGD costs: beside Opacus' accountants, and beside formulas where there are any."""

import math
import warnings
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import pytest
from dp_accounting.pld import privacy_loss_distribution as pld
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgen.errors import ConfigError, LedgerError
from synthgen.privacy import (
    Budget,
    Event,
    Exact,
    Gaussian,
    Ledger,
    Part,
    PartitionSelection,
    SubsampledGaussian,
    calibrate_mu,
    calibrate_noise,
    discrete_epsilon,
    epsilon,
    operational,
    replace_one_epsilon,
    sigma_for,
)
from synthgen.privacy.events import HARDENED_SENSITIVITY
from synthgen.privacy.subsampling import Steps, attack, mixed_epsilon

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Opacus warns about inside is not ours to fail on
    from opacus.accountants import PRVAccountant, RDPAccountant

normal = NormalDist()
RUNS = [(12.3, 0.125, 2000), (4.4, 0.125, 2000), (1.0, 0.01, 2000), (1.5, 0.05, 300), (60.0, 0.05, 5000)]


def run(noise: float, rate: float, steps: int, *, hardened: bool = False) -> SubsampledGaussian:
    return SubsampledGaussian(
        what="critic",
        noise_multiplier=noise,
        sample_rate=rate,
        steps=steps,
        clip=0.5,
        divisor=100.0,
        hardened=hardened,
    )


def counts(mu: float) -> Gaussian:
    """Counts of exactly this mu; a large sensitivity keeps sigma above its floor."""
    sigma = sigma_for(mu**2 / 2, 1000)
    return Gaussian(what="counts", parts=(Part(name="t", cells=1, sigma=sigma, sensitivity=1000, per_cell=1000),))


def gaussian_delta(mu: float, target: float) -> float:
    """Balle and Wang 2018, theorem 8."""
    lower, upper = (math.erfc((target / mu + side * mu / 2) / math.sqrt(2)) / 2 for side in (-1, 1))
    return lower - math.exp(target) * upper


def theirs(accountant: Any, history: list[tuple[float, float, int]], delta: float, **how: float) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accountant.history = history
        return float(accountant.get_epsilon(delta, **how))


@pytest.mark.parametrize(("noise", "rate", "steps"), RUNS)
@pytest.mark.parametrize("mu", [0.0, 0.3])
def test_opacus_prv_accountant_agrees_within_its_error(noise: float, rate: float, steps: int, mu: float) -> None:
    events: list[Event] = [run(noise, rate, steps), *([counts(mu)] if mu else [])]
    history = [(noise, rate, steps), *([(1 / mu, 1.0, 1)] if mu else [])]
    found = theirs(PRVAccountant(), history, 1e-6, eps_error=0.01)
    assert epsilon(events, 1e-6) == pytest.approx(found, abs=0.012)


@pytest.mark.parametrize(("noise", "rate", "steps"), RUNS)
def test_the_price_is_below_what_renyi_would_say(noise: float, rate: float, steps: int) -> None:
    assert epsilon([run(noise, rate, steps)], 1e-6) < theirs(RDPAccountant(), [(noise, rate, steps)], 1e-6)


@pytest.mark.parametrize("noise", [0.4, 1.0, 5.0])
@pytest.mark.parametrize("rate", [1e-3, 0.1, 0.7])
@pytest.mark.parametrize("delta", [1e-5, 1e-8])
def test_one_step_costs_what_the_formula_says_rounded_up(noise: float, rate: float, delta: float) -> None:
    """A unit removed, which is the worse direction: delta(e) = q times the Gaussian's at log(1 + (exp(e) - 1) / q)."""

    def of(target: float) -> float:
        return rate * gaussian_delta(1 / noise, math.log1p(math.expm1(target) / rate))

    price = epsilon([run(noise, rate, 1)], delta)
    assert of(price) <= delta * (1 + 1e-6)
    assert of(price * 0.995) > delta


def test_on_the_whole_table_it_is_a_plain_gaussian() -> None:
    whole, mu = run(8.0, 1.0, 16), math.sqrt(16) / 8
    assert epsilon([whole], 1e-6) == pytest.approx(epsilon([counts(mu)], 1e-6), rel=1e-5)
    assert replace_one_epsilon([whole], 1e-6) == pytest.approx(epsilon([counts(2 * mu)], 1e-6), rel=1e-5)
    assert epsilon([replace(whole, sample_rate=1 - 1e-6)], 1e-6) == pytest.approx(epsilon([whole], 1e-6), rel=2e-3)


@settings(max_examples=10, deadline=None)
@given(
    noise=st.floats(0.8, 20),
    rate=st.floats(0.01, 0.5),
    steps=st.integers(2, 400),
    mu=st.floats(0.05, 1),
    cut=st.floats(0.1, 0.9),
)
def test_steps_add_up_in_whatever_order_and_portions_they_are_charged(
    *, noise: float, rate: float, steps: int, mu: float, cut: float
) -> None:
    first = max(1, int(cut * steps))
    whole = epsilon([counts(mu), run(noise, rate, steps)], 1e-6)
    portions = [run(noise, rate, first), counts(mu), *([run(noise, rate, steps - first)] if first < steps else [])]
    assert epsilon(portions, 1e-6) == whole
    assert whole > max(epsilon([counts(mu)], 1e-6), epsilon([run(noise, rate, steps)], 1e-6)) * 0.999


def test_more_noise_fewer_samples_and_fewer_steps_cost_less() -> None:
    base = epsilon([run(2.0, 0.1, 100)], 1e-6)
    assert epsilon([run(2.2, 0.1, 100)], 1e-6) < base
    assert epsilon([run(2.0, 0.09, 100)], 1e-6) < base
    assert epsilon([run(2.0, 0.1, 90)], 1e-6) < base


def test_runs_of_different_noise_are_composed() -> None:
    runs = [run(2.0, 0.1, 100), run(5.0, 0.02, 900)]
    found = theirs(PRVAccountant(), [(2.0, 0.1, 100), (5.0, 0.02, 900)], 1e-6, eps_error=0.01)
    assert epsilon(runs, 1e-6) == pytest.approx(found, abs=0.012)


def test_what_execution_adds_is_charged() -> None:
    plain, hard = run(2.0, 0.1, 100), run(2.0, 0.1, 100, hardened=True)
    assert plain.rate > plain.sample_rate
    assert hard.multiplier == plain.multiplier / HARDENED_SENSITIVITY
    assert epsilon([plain], 1e-6) < epsilon([hard], 1e-6) < 1.002 * epsilon([plain], 1e-6)


def test_a_selection_s_delta_is_taken_off_first() -> None:
    selection = PartitionSelection(what="jobs", sigma=50.0, sensitivity=1, threshold=400, delta=5e-7)
    both = epsilon([selection, run(4.0, 0.1, 100)], 1e-6)
    assert both > epsilon([counts(selection.mu), run(4.0, 0.1, 100)], 5e-7)
    assert both == pytest.approx(epsilon([counts(selection.mu), run(4.0, 0.1, 100)], 5e-7), rel=1e-4)
    assert epsilon([selection, run(4.0, 0.1, 100)], 5e-7) == math.inf


@pytest.mark.parametrize("target", [0.1, 1.0, 10.0, 50.0])
@pytest.mark.parametrize(("rate", "steps"), [(0.1, 500), (0.01, 1000), (1.0, 20)])
@pytest.mark.parametrize("share", [0.0, 0.8])
def test_calibration_spends_the_budget_within_half_a_percent_from_below(
    target: float, rate: float, steps: int, share: float
) -> None:
    budget = Budget(epsilon=target, delta=1e-6)
    mu = calibrate_mu(budget) * math.sqrt(share)
    noise = calibrate_noise(budget, mu=mu, sample_rate=rate, steps=steps)
    events: list[Event] = [run(noise, rate, steps), *([counts(mu)] if mu else [])]
    assert 0.995 * target <= epsilon(events, 1e-6) <= target
    assert Ledger.replay(budget, events).epsilon() <= target


def test_calibration_leaves_room_for_selections_and_the_hardened_grid() -> None:
    budget = Budget(epsilon=3, delta=1e-6)
    selection = PartitionSelection(what="jobs", sigma=50.0, sensitivity=1, threshold=400, delta=5e-7)
    noise = calibrate_noise(budget, mu=selection.mu, sample_rate=0.1, steps=200, delta_elsewhere=5e-7, hardened=True)
    price = epsilon([selection, run(noise, 0.1, 200, hardened=True)], 1e-6)
    assert 0.995 * 3 <= price <= 3


def test_calibration_of_what_costs_next_to_nothing_is_the_least_noise_that_is_priced() -> None:
    assert calibrate_noise(Budget(epsilon=500, delta=1e-3), mu=0.0, sample_rate=1e-6, steps=1) == 0.1


def test_calibration_refuses_where_nothing_is_left_and_needs_no_noise_without_privacy() -> None:
    budget = Budget(epsilon=1, delta=1e-6)
    with pytest.raises(ConfigError, match="DP-SGD"):
        calibrate_noise(budget, mu=calibrate_mu(budget), sample_rate=0.1, steps=100)
    with pytest.raises(ConfigError, match="DP-SGD"):
        calibrate_noise(budget, mu=2.0, sample_rate=0.1, steps=100)
    assert calibrate_noise(Budget(epsilon=math.inf, delta=0), mu=0.0, sample_rate=0.1, steps=100) == 0


@pytest.mark.parametrize(("noise", "rate", "steps"), RUNS)
def test_a_replaced_unit_costs_no_less_than_opposite_gradients_and_not_much_more(
    noise: float, rate: float, steps: int
) -> None:
    """Opposite gradients: the worst pair that is known, composed by the same library. A bound cannot be below it."""
    once = epsilon([run(noise, rate, steps)], 1e-6)
    grid = 2.0 ** math.floor(math.log2(5e-4 * min(once, rate / noise * 100)))
    pair = pld.from_gaussian_mechanism(
        noise,
        sampling_prob=rate,
        value_discretization_interval=grid,
        neighboring_relation=pld.NeighborRel.REPLACE_ONE,
    )
    opposite = pair.self_compose(steps).get_epsilon_for_delta(1e-6)
    bound = replace_one_epsilon([run(noise, rate, steps)], 1e-6)
    assert 0.999 * opposite < bound < 1.5 * opposite
    assert bound > 2 * once


def test_replacing_where_no_bound_is_known_costs_infinity() -> None:
    assert replace_one_epsilon([run(0.3, 0.5, 4)], 1e-6) == math.inf


def test_the_attacker_s_figures_are_near_the_gaussian_s_where_the_central_limit_holds() -> None:
    event = run(60.0, 0.05, 5000)
    mu = 0.05 * math.sqrt(5000 * math.expm1(1 / 60**2))
    figures = operational([event])
    assert figures.advantage == pytest.approx(2 * normal.cdf(mu / 2) - 1, rel=0.01)
    for rate, power in figures.true_positive_rate.items():
        assert power == pytest.approx(normal.cdf(normal.inv_cdf(rate) + mu), rel=0.01)


def test_one_step_s_attacker_is_no_stronger_than_said_and_nearly_as_strong() -> None:
    """The likelihood-ratio test on one step, in closed form: rows with the unit are q N(1, s) + (1 - q) N(0, s)."""
    noise, rate = 1.0, 0.3
    advantage, powers = attack(0.0, (Steps(noise, rate, 1),), (0.001, 0.01, 0.1))
    for false, power in zip((0.001, 0.01, 0.1), powers, strict=True):
        threshold = normal.inv_cdf(1 - false)
        true = rate * (1 - normal.cdf(threshold - 1 / noise)) + (1 - rate) * false
        assert true <= power <= 1.02 * true
    assert advantage == pytest.approx(rate * (2 * normal.cdf(0.5) - 1), rel=1e-3)


def test_figures_stay_in_range_however_much_was_spent() -> None:
    loud = operational([run(0.1, 0.5, 10**6)])
    assert loud.advantage == 1
    assert set(loud.true_positive_rate.values()) == {1.0}
    assert operational([run(0.1, 0.5, 5), counts(3.0)]).advantage <= 1


def test_absurd_runs_are_priced_at_infinity_at_once() -> None:
    assert mixed_epsilon(0.0, (Steps(0.1, 0.9, 10**6),), 1e-6) == math.inf
    assert replace_one_epsilon([run(0.1, 0.9, 10**6)], 1e-6) == math.inf


def test_a_ledger_refuses_a_run_that_its_budget_cannot_carry_and_stays_as_it_was() -> None:
    ledger = Ledger(Budget(epsilon=3, delta=1e-6))
    ledger.charge(counts(0.3))
    before = ledger.epsilon()
    with pytest.raises(LedgerError, match="critic"):
        ledger.charge(run(1.0, 0.125, 2000))
    assert (ledger.epsilon(), len(ledger.events)) == (before, 1)
    ledger.charge(run(12.3, 0.125, 2000))
    assert before < ledger.epsilon() <= 3


def test_exact_answers_beside_it_cost_everything_and_it_has_no_discrete_price() -> None:
    assert epsilon([Exact(what="x", names=()), run(2.0, 0.1, 10)], 1e-6) == math.inf
    with pytest.raises(ValueError, match="discrete"):
        discrete_epsilon([run(2.0, 0.1, 10)], 1e-6)
