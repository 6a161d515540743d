import math
import warnings
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import ConfigError
from synthgen.privacy import (
    Budget,
    Event,
    Exact,
    Gaussian,
    Part,
    PartitionSelection,
    calibrate_mu,
    discrete_epsilon,
    epsilon,
    operational,
    replace_one_epsilon,
    sigma_for,
    threshold_for,
)

EPSILONS = [0.1, 0.3, 1, 3, 10, 50]
DELTAS = [1e-3, 1e-5, 1e-7, 1e-10]
normal = NormalDist()


def released(*sigmas: float, shift: int = 1, scores: int = 1) -> Gaussian:
    sensitivity = shift * math.sqrt(scores)
    return Gaussian(
        what="tables",
        parts=tuple(
            Part(name="t", cells=100, sigma=float(sigma), sensitivity=sensitivity, per_cell=shift) for sigma in sigmas
        ),
    )


def of_mu(mu: float) -> Gaussian:
    """One release of exactly this mu; a large sensitivity keeps sigma above its floor."""
    sensitivity = 1000
    sigma = sigma_for(mu**2 / 2, sensitivity)
    return Gaussian(what="one", parts=(Part(name="t", cells=1, sigma=sigma, sensitivity=sensitivity, per_cell=1000),))


def analytic_delta(mu: float, target: float) -> float:
    """Balle and Wang 2018, theorem 8."""
    lower, upper = (math.erfc((target / mu + side * mu / 2) / math.sqrt(2)) / 2 for side in (-1, 1))
    return lower - math.exp(target) * upper


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("target", EPSILONS)
def test_calibration_reaches_the_budget_within_half_a_percent_from_below(target: float, delta: float) -> None:
    mu = calibrate_mu(Budget(epsilon=target, delta=delta))
    assert 0.995 * target <= epsilon([of_mu(mu)], delta) <= target


@given(shares=st.lists(st.floats(0.01, 1), min_size=1, max_size=30), target=st.sampled_from([1.0, 3.0]))
def test_noise_from_shares_of_rho_spends_the_budget_and_no_more(shares: list[float], target: float) -> None:
    rho = calibrate_mu(Budget(epsilon=target, delta=1e-6)) ** 2 / 2
    sigmas = [sigma_for(rho * share / sum(shares), 40.0) for share in shares]
    event = Gaussian(
        what="all", parts=tuple(Part(name="t", cells=1, sigma=sigma, sensitivity=40.0, per_cell=40) for sigma in sigmas)
    )
    assert 0.995 * target <= epsilon([event], 1e-6) <= target


@pytest.mark.parametrize("delta", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("mu", [0.02, 0.3, 1.0, 4.0])
def test_the_price_is_the_analytic_gaussian_s_rounded_up(mu: float, delta: float) -> None:
    price = epsilon([of_mu(mu)], delta)
    assert analytic_delta(mu, price) <= delta * (1 + 1e-9)
    assert analytic_delta(mu, price * (1 - 1e-3)) > delta


@pytest.mark.parametrize("sigmas", [(4.2,), (15.0, 15.0, 8.0), tuple(np.geomspace(5, 60, 12))])
@pytest.mark.parametrize("delta", [1e-5, 1e-6])
def test_opacus_prv_accountant_agrees_within_its_error(sigmas: tuple[float, ...], delta: float) -> None:
    event = released(*sigmas)
    eps_error = 0.01
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Opacus warns about inside is not ours to fail on
        from opacus.accountants import PRVAccountant  # noqa: PLC0415 - under the filter of its warnings

        prv = PRVAccountant()
        for part in event.parts:
            prv.step(noise_multiplier=1 / part.mu, sample_rate=1.0)
        theirs = prv.get_epsilon(delta, eps_error=eps_error)
    assert theirs == pytest.approx(epsilon([event], delta), abs=1.1 * eps_error)


def test_releasing_in_one_event_or_in_many_costs_the_same() -> None:
    sigmas = [3.0, 5.0, 8.0]
    assert epsilon([released(*sigmas)], 1e-6) == pytest.approx(epsilon([released(s) for s in sigmas], 1e-6))


@pytest.mark.parametrize("delta", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize(
    "ledger",
    [
        *([released(sigma)] for sigma in (1.0, 1.3, 1.39, 1.7, 2.2, 3.1, 4.7, 7.3, 12.0, 20.0, 100.0)),
        *([released(sigma, shift=shift)] for sigma in (1.0, 2.0, 6.0, 20.0) for shift in (2, 7, 30)),
        *([released(*[sigma] * times)] for sigma in (1.0, 2.5, 9.0) for times in (2, 3, 10)),
        [released(1.5, 2.5, 2.5)],
        [released(6.0, scores=100), released(3.0)],
        [released(9.0, shift=3), released(40.0, shift=3, scores=196)],
    ],
)
def test_composing_the_discrete_gaussians_themselves_never_costs_more_than_was_charged(
    ledger: list[Event], delta: float
) -> None:
    assert discrete_epsilon(ledger, delta) <= epsilon(ledger, delta)


def test_the_lattice_is_needed_a_plain_continuous_price_would_fall_short() -> None:
    event = released(1.5)
    plain = epsilon([of_mu(1 / 1.5)], 1e-5)
    assert plain < 0.985 * discrete_epsilon([event], 1e-5)


def test_a_realistic_ledger_stays_within_its_budget_by_the_discrete_price_too() -> None:
    rho = calibrate_mu(Budget(epsilon=10, delta=1e-5)) ** 2 / 2
    weights = np.geomspace(1, 60, 250)
    sigmas = [sigma_for(0.9 * rho * weight / weights.sum(), 1.0) for weight in weights]
    ledger = [released(*sigmas), released(sigma_for(0.1 * rho, 14.0), scores=196)]
    assert min(sigmas) < 5
    assert max(sigmas) > 20
    charged, discrete = epsilon(ledger, 1e-5), discrete_epsilon(ledger, 1e-5)
    assert 9.95 <= charged <= 10
    assert 0.99 * charged <= discrete <= charged


def test_a_partition_selection_costs_its_delta_and_its_gaussian() -> None:
    threshold = threshold_for(10.0, 1, 4e-7)
    selection = PartitionSelection(what="jobs", sigma=10.0, sensitivity=1, threshold=threshold, delta=4e-7)
    assert epsilon([selection], 1e-6) == pytest.approx(epsilon([released(10.0)], 6e-7), rel=1e-5)
    assert epsilon([selection], 1e-6) >= epsilon([released(10.0)], 6e-7) - math.log1p(-4e-7)
    assert epsilon([selection], 4e-7) == math.inf
    assert discrete_epsilon([selection], 1e-6) <= epsilon([selection], 1e-6)


def test_calibration_leaves_delta_for_what_is_spent_elsewhere() -> None:
    budget = Budget(epsilon=1, delta=1e-6)
    mu = calibrate_mu(budget, delta_elsewhere=5e-7)
    selection = PartitionSelection(what="jobs", sigma=50.0, sensitivity=1, threshold=400, delta=5e-7)
    rest = math.sqrt(mu**2 - selection.mu**2)
    assert 0.995 <= epsilon([selection, of_mu(rest)], 1e-6) <= 1
    with pytest.raises(ConfigError, match="delta"):
        calibrate_mu(budget, delta_elsewhere=1e-6)
    with pytest.raises(ConfigError, match="epsilon"):
        calibrate_mu(Budget(epsilon=0.1, delta=0.3), delta_elsewhere=0.2)


def test_without_privacy_there_is_no_limit_and_exact_answers_cost_everything() -> None:
    assert calibrate_mu(Budget(epsilon=math.inf, delta=0)) == math.inf
    exact = [Exact(what="counts", names=("age",)), released(3.0)]
    assert epsilon(exact, 1e-6) == replace_one_epsilon(exact, 1e-6) == discrete_epsilon(exact, 1e-6) == math.inf
    assert operational(exact).advantage == 1.0


def test_nothing_released_costs_nothing() -> None:
    assert epsilon([], 1e-6) == replace_one_epsilon([], 1e-6) == discrete_epsilon([], 1e-6) == 0
    idle = operational([])
    assert idle.advantage == 0
    assert idle.true_positive_rate == pytest.approx({rate: rate for rate in idle.true_positive_rate})


def test_replacing_a_unit_costs_twice_the_mu() -> None:
    assert replace_one_epsilon([of_mu(0.4)], 1e-6) == pytest.approx(epsilon([of_mu(0.8)], 1e-6), rel=1e-5)


@pytest.mark.parametrize("mu", [0.237, 1.85])
def test_the_attacker_s_figures_are_the_trade_off_curve_s(mu: float) -> None:
    figures = operational([of_mu(mu)])
    assert figures.advantage == pytest.approx(analytic_delta(mu, 0.0))
    assert figures.true_positive_rate[0.01] == pytest.approx(normal.cdf(normal.inv_cdf(0.01) + mu))


def test_a_hopeless_selection_leaves_the_attacker_s_figures_in_range() -> None:
    selection = PartitionSelection(what="jobs", sigma=1.0, sensitivity=30, threshold=31, delta=0.999)
    figures = operational([selection])
    assert figures.advantage == 1
    assert set(figures.true_positive_rate.values()) == {1.0}
