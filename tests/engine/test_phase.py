"""Whether rows teach, and at what price: decided from public facts, refused in one line."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.engine.phase import Ask, Facts, Likelihood, Phase, decide, parse_ask, pupil, sample_rate
from synthgen.errors import ConfigError
from synthgen.privacy import Budget, Ledger, SubsampledGaussian, calibrate_mu
from synthgen.privacy.events import Gaussian, Part
from tests.engine.small import SMALL

PRIVATE = Budget(epsilon=3.0, delta=1e-6)


def facts(**known: Any) -> Facts:
    budget = known.get("budget", PRIVATE)
    mu = calibrate_mu(budget) if budget.is_private else math.inf
    usual = {
        "budget": budget,
        "effort": "quick",
        "rows": 100_000,
        "per_unit": 1,
        "mu": mu,
        "shared": mu,
        "taken": 0.0,
        "numbers": 20_000,
        "columns": 10,
    }
    return Facts(**(usual | known))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auto", Ask()),
        ("off", Ask(kind="off")),
        ("critic", Ask(kind="critic")),
        ("likelihood:0.25", Ask(kind="likelihood", share=0.25)),
    ],
)
def test_an_ask_is_read(text: str, expected: Ask) -> None:
    assert parse_ask(text) == expected


@pytest.mark.parametrize(
    "text", ["", "on", "likelihood:", "critic:0", "critic:1", "critic:x", "critic:nan", "auto:0.1"]
)
def test_an_ask_that_makes_no_sense_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_ask(text)
    assert "\n" not in str(caught.value)


def test_auto_gives_rows_a_share_where_they_reach_above_the_noise() -> None:
    phase = decide(Ask(), facts(), alone=False)
    assert phase.kind == "likelihood"
    assert phase.share > 0
    assert "above the noise" in phase.reason


@pytest.mark.parametrize("known", [{"rows": 2_000}, {"numbers": 10**8}, {"budget": Budget(epsilon=0.01, delta=1e-6)}])
def test_auto_gives_nothing_where_they_do_not_and_says_so(known: dict[str, Any]) -> None:
    phase = decide(Ask(), facts(**known), alone=False)
    assert (phase.kind, phase.share) == ("off", 0.0)
    assert "are needed" in phase.reason


def test_auto_needs_a_public_number_of_rows() -> None:
    phase = decide(Ask(), facts(rows=None), alone=False)
    assert phase.kind == "off"
    assert "how many rows" in phase.reason


def test_what_is_asked_for_is_done_whatever_it_promises() -> None:
    assert decide(Ask(kind="likelihood"), facts(rows=2_000), alone=False).kind == "likelihood"
    assert decide(Ask(kind="off"), facts(), alone=False).kind == "off"


@pytest.mark.parametrize("kind", ["likelihood", "critic"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_counts_and_phase_together_spend_the_budget_and_no_more(kind: str, share: float) -> None:
    known = facts()
    phase = decide(Ask(kind=kind, share=share), known, alone=False)  # type: ignore[arg-type]  # one of two
    ledger = Ledger(PRIVATE)
    sigma = 1 / (math.sqrt(1 - share) * known.mu)
    # the lattice is priced on top of sigma^2: see events.LATTICE
    part = Part(name="x", cells=1, sigma=math.hypot(9 * sigma, math.sqrt(0.1)), sensitivity=9.0, per_cell=9)
    ledger.charge(Gaussian(what="counts", parts=(part,)))
    ledger.charge(
        SubsampledGaussian(
            what=kind,
            noise_multiplier=phase.noise_multiplier,
            sample_rate=phase.sample_rate,
            steps=phase.steps,
            clip=phase.clip,
            divisor=phase.batch,
        )
    )
    assert 0.985 * PRIVATE.epsilon < ledger.epsilon() <= PRIVATE.epsilon


def test_without_privacy_nothing_is_noised_or_priced() -> None:
    phase = decide(Ask(), facts(budget=Budget(epsilon=math.inf, delta=1e-6)), alone=False)
    assert (phase.kind, phase.noise_multiplier, phase.share) == ("likelihood", 0.0, 0.0)


@given(st.floats(40, 1e9))
def test_the_sample_rate_is_a_probability_that_leaves_few_batches_empty(units: float) -> None:
    rate = sample_rate(units)
    assert 0 < rate <= 0.25
    assert rate * units >= 8


@pytest.mark.parametrize(("units", "batch"), [(100.0, 101), (1_000.0, 1), (3.0, None), (None, 64)])
def test_a_batch_that_makes_no_sense_is_refused(units: float | None, batch: int | None) -> None:
    with pytest.raises(ConfigError):
        sample_rate(units, batch)


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("rows", [None, 100_000])
def test_integer_noise_is_planned_with_what_its_rounding_costs(epsilon: float, rows: int | None) -> None:
    budget = Budget(epsilon=epsilon, delta=1e-6)
    known = facts(budget=budget, rows=rows, hardened=True)
    phase = decide(Ask(kind="likelihood"), known, alone=False)
    ledger, sigma = Ledger(budget), 1 / (math.sqrt(1 - phase.share) * known.mu)
    part = Part(name="x", cells=1, sigma=math.hypot(9 * sigma, math.sqrt(0.1)), sensitivity=9.0, per_cell=9)
    ledger.charge(Gaussian(what="counts", parts=(part,)))
    ledger.charge(
        SubsampledGaussian(
            what="likelihood",
            noise_multiplier=phase.noise_multiplier,
            sample_rate=phase.sample_rate,
            steps=phase.steps,
            clip=phase.clip,
            divisor=max(phase.batch, 1.0),
            hardened=phase.hardened,
        )
    )
    assert phase.hardened
    assert ledger.epsilon() <= epsilon


def test_the_likelihood_teaches_generators_whose_rows_start_apart_and_all_but_weights_is_taught_to_one() -> None:
    usual = replace(SMALL, members=3)
    assert pupil(usual, Phase()) == usual
    assert pupil(usual, Phase(kind="critic")) == replace(usual, members=1)
    by_weights = pupil(usual, Phase(kind="likelihood", likelihood=Likelihood(wrt="weights")))
    assert by_weights == replace(usual, contrast=by_weights.contrast)
    assert pupil(usual, Phase(kind="likelihood", likelihood=Likelihood(wrt="weights")), divided=True) == usual
    apart = pupil(usual, Phase(kind="likelihood"))
    assert apart == replace(usual, members=1, spread=apart.spread, contrast=apart.contrast)
    assert apart.spread > usual.spread
    assert by_weights.contrast > apart.contrast > usual.contrast


@pytest.mark.parametrize(("rows", "wrt"), [(500_000, "logits"), (20_000, "weights"), (None, "weights")])
def test_the_likelihood_is_by_weights_alone_where_rows_reach_less_or_nobody_knows(rows: int | None, wrt: str) -> None:
    phase = decide(Ask(kind="likelihood"), facts(rows=rows), alone=False)
    assert phase.likelihood.wrt == wrt


@pytest.mark.parametrize("ask", ["auto", "likelihood"])
def test_a_phase_says_that_weights_alone_are_taught(ask: Any) -> None:
    some, whole = (decide(Ask(kind=ask), facts(rows=rows), alone=False) for rows in (20_000, 500_000))
    assert (some.kind, some.name) == ("likelihood", "likelihood by weights")
    assert (whole.kind, whole.name) == ("likelihood", "likelihood")


@pytest.mark.parametrize(("columns", "kind"), [(1, "off"), (2, "off"), (3, "likelihood")])
@pytest.mark.parametrize("budget", [PRIVATE, Budget(epsilon=math.inf, delta=0.0)])
def test_auto_teaches_no_rows_where_counts_of_pairs_see_everything(columns: int, kind: str, budget: Budget) -> None:
    assert decide(Ask(), facts(columns=columns, budget=budget), alone=False).kind == kind


def test_weights_alone_take_a_smaller_share_and_smaller_batches() -> None:
    some, all_numbers = (decide(Ask(), facts(rows=rows), alone=False) for rows in (20_000, 500_000))
    assert some.share < all_numbers.share
    assert some.batch < all_numbers.batch
    assert decide(Ask(kind="likelihood", share=0.3), facts(rows=20_000), alone=False).share == 0.3
