"""What the best of a random number of runs costs: the papers' numbers, and exact enumeration."""

import math

import numpy as np
import pytest
from dp_accounting.dp_event import GaussianDpEvent, RepeatAndSelectDpEvent
from dp_accounting.rdp import RdpAccountant

from synthgen.errors import ConfigError
from synthgen.privacy import selection
from synthgen.privacy.accounting import Totals
from synthgen.privacy.envelope import Envelope
from synthgen.privacy.selection import SHAPES, Runs, draw_one, renyi, selected

CASES = [(mean, shape) for shape in SHAPES for mean in (1.5, 4.0, 30.0)]


def chances(runs: Runs, most: int) -> np.ndarray:
    """P[K = k] for k = 1 ... most, by definition 1 of Papernot and Steinke."""
    k, gamma = np.arange(1, most + 1), runs.gamma
    if runs.shape == "logarithmic":
        return (1 - gamma) ** k / (k * math.log(1 / gamma))
    return (1 - gamma) ** (k - 1) * gamma


@pytest.mark.parametrize(("mean", "shape"), CASES)
def test_the_number_of_runs_has_the_law_it_is_priced_by(mean: float, shape: str) -> None:
    runs = Runs(mean=mean, shape=shape)
    law = chances(runs, 3000)
    assert law.sum() == pytest.approx(1, abs=1e-6)
    assert (law * np.arange(1, 3001)).sum() == pytest.approx(mean, rel=1e-4)
    drawn = np.array([runs.draw() for _ in range(3000)])
    for most in (1, 3, 10):
        expected, spread = law[:most].sum(), math.sqrt(law[:most].sum() * (1 - law[:most].sum()) / 3000)
        assert abs((drawn <= most).mean() - expected) < 5 * spread + 1e-9


@pytest.mark.parametrize(("mean", "shape"), CASES)
@pytest.mark.parametrize("mu", [0.05, 0.24, 1.0])
def test_another_accountant_says_the_same(mean: float, shape: str, mu: float) -> None:
    orders = (1 + np.logspace(-2, 4, 2000)).tolist()
    oracle = RdpAccountant(orders)
    oracle.compose(RepeatAndSelectDpEvent(GaussianDpEvent(1 / mu), mean, SHAPES[shape]))
    ours = selected(Envelope(mu=mu), Runs(mean=mean, shape=shape), delta=1e-6).epsilon
    assert ours == pytest.approx(oracle.get_epsilon(1e-6), rel=2e-3)


@pytest.mark.parametrize(("shape", "times"), [("logarithmic", 2), ("geometric", 3)])
def test_pure_privacy_costs_two_or_three_runs_as_the_papers_say(shape: str, times: int) -> None:
    """(2 + shape) epsilon: Papernot and Steinke, cor. 3; 3 epsilon with geometric stopping: Liu and Talwar, thm 3.2."""
    epsilon, runs = 0.7, Runs(mean=8.0, shape=shape)
    order = other = 1e9
    eta = SHAPES[shape]
    total = epsilon + (1 + eta) * (1 - 1 / other) * epsilon + (1 + eta) * math.log(1 / runs.gamma) / other
    assert total + math.log(runs.mean) / (order - 1) == pytest.approx(times * epsilon, rel=1e-6)


def best_of(run: np.ndarray, runs: Runs) -> np.ndarray:
    """The exact law of the best of K runs whose outputs 0, 1, ... are better the larger."""
    law, upto = chances(runs, 4000), np.cumsum(run)
    powers = upto[:, None] ** np.arange(1, 4001)
    generating = powers @ law
    return np.diff(generating, prepend=0.0)


def gaussian(mean: float) -> np.ndarray:
    edges = np.linspace(-6, 8, 400)
    upto = np.array([0.5 * math.erfc((mean - edge) / math.sqrt(2)) for edge in edges])
    upto[-1] = 1.0
    return np.maximum(np.diff(upto, prepend=0.0), 1e-300)


def divergence(order: float, p: np.ndarray, q: np.ndarray) -> float:
    return float(np.log((p**order * q ** (1 - order)).sum()) / (order - 1))


@pytest.mark.parametrize(("mean", "shape"), CASES)
@pytest.mark.parametrize("mu", [0.3, 1.0])
def test_the_bound_holds_for_gaussian_scores_by_enumeration(mean: float, shape: str, mu: float) -> None:
    runs = Runs(mean=mean, shape=shape)
    p, q = best_of(gaussian(mu), runs), best_of(gaussian(0.0), runs)
    for order in (1.5, 2.0, 5.0):
        worst = max(divergence(order, p, q), divergence(order, q, p))
        assert worst <= float(renyi(np.array([order]), mu, runs)[0])


def test_the_test_above_would_see_that_only_one_run_was_paid_for() -> None:
    runs = Runs(mean=30.0, shape="geometric")
    p, q = best_of(gaussian(0.3), runs), best_of(gaussian(0.0), runs)
    assert max(divergence(2.0, p, q), divergence(2.0, q, p)) > 1.5 * 2.0 * 0.3**2 / 2


@pytest.mark.parametrize("shape", SHAPES)
def test_pure_privacy_does_cost_that_much(shape: str) -> None:
    """An example that reaches (2 + shape) epsilon, nearly: whoever left out a term would charge too little."""
    epsilon, runs, price = 0.7, Runs(mean=400.0, shape=shape), (2 + SHAPES[shape]) * 0.7
    good, middling = 0.05, 1e-7
    one = np.array([1 - good - middling, middling, good])
    good, middling = good * math.exp(-epsilon), middling * math.exp(epsilon)
    other = np.array([1 - good - middling, middling, good])
    worst = np.abs(np.log(best_of(other, runs) / best_of(one, runs))).max()
    assert 0.85 * price < worst <= price


def test_a_run_that_may_fail_pays_for_every_run() -> None:
    sure = selected(Envelope(mu=0.24), Runs(mean=10.0), delta=1e-6)
    failing = selected(Envelope(mu=0.24, delta=1e-9), Runs(mean=10.0), delta=1e-6)
    assert failing.epsilon > sure.epsilon
    with pytest.raises(ConfigError, match="delta of tuning"):
        selected(Envelope(mu=0.24, delta=1e-7), Runs(mean=10.0), delta=1e-6)


def test_the_best_of_runs_costs_more_than_a_run_and_less_than_all() -> None:
    once, tenfold = Totals(mu=0.24).epsilon(1e-6), Totals(mu=0.24 * math.sqrt(10)).epsilon(1e-6)
    assert once < selected(Envelope(mu=0.24), Runs(mean=10.0), delta=1e-6).epsilon < tenfold


@pytest.mark.parametrize("wrong", [{"mean": 1.0}, {"mean": math.nan}, {"mean": 1e9}, {"mean": 5, "shape": "fixed"}])
def test_runs_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Runs(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_settings_are_drawn_evenly() -> None:
    drawn = np.bincount([draw_one(4) for _ in range(4000)], minlength=4)
    assert abs(drawn - 1000).max() < 150


def test_numbers_of_runs_do_not_repeat_from_a_seed() -> None:
    np.random.seed(0)  # noqa: NPY002  (whoever seeds everything)
    first = [selection.Runs(mean=50.0).draw() for _ in range(40)]
    np.random.seed(0)  # noqa: NPY002  (the same)
    assert first != [selection.Runs(mean=50.0).draw() for _ in range(40)]
