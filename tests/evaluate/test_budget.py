"""What a model file tells of its cost, and what that lets an attacker do."""

import math
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import pytest

from synthgen.evaluate.budget import DRAWN, beliefs, of_model, posterior, promised_rates, trade_off
from synthgen.evaluate.releases import ledger
from synthgen.evaluate.report import Absent, Curves, Report, Section, Table, public
from synthgen.model import Model
from synthgen.privacy import (
    Budget,
    Event,
    Exact,
    Gaussian,
    Part,
    PartitionSelection,
    SubsampledGaussian,
    epsilon,
    operational,
)
from synthgen.privacy.accounting import FALSE_POSITIVE_RATES
from synthgen.schema import Privacy

GOLDEN = Path(__file__).parents[1] / "golden"
normal = NormalDist()

ONE_WAY = Gaussian(
    what="one-way histograms",
    parts=(
        Part(name="age", cells=74, sigma=20.0, sensitivity=1.0),
        Part(name="city", cells=3, sigma=10.0, sensitivity=3.0, per_cell=3),
    ),
)
SELECTION = PartitionSelection(what="levels of job", sigma=400.0, sensitivity=3, threshold=2000, delta=1e-7)
CRITIC = SubsampledGaussian(
    what="critic", noise_multiplier=20.0, sample_rate=0.2, steps=20, clip=0.5, divisor=64.0, hardened=False
)


def of(model: Model, *events: Event, budget: Budget | None = None) -> Model:
    return replace(model, budget=budget or Budget(epsilon=3.0, delta=1e-5), events=events)


def curve(known: Model) -> Curves:
    return trade_off(known, operational(known.events, DRAWN))


def value(section: Section, key: str) -> float | Absent:
    return next(figure.value for figure in section.figures if figure.key == f"budget.{key}")


def table(section: Section, title: str) -> Table:
    return next(one for one in section.drawings if isinstance(one, Table) and one.title.startswith(title))


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(next(GOLDEN.glob("**/*.synthgen")))


def test_figures_are_those_of_the_composed_privacy_loss(model: Model) -> None:
    section = of_model(of(model, ONE_WAY))
    mu = ONE_WAY.mu
    assert value(section, "epsilon") == 3.0
    assert value(section, "delta") == 1e-5
    assert value(section, "spent") == epsilon([ONE_WAY], 1e-5)
    assert value(section, "advantage") == pytest.approx(2 * normal.cdf(mu / 2) - 1)
    for rate in FALSE_POSITIVE_RATES:
        true = normal.cdf(normal.inv_cdf(rate) + mu)
        assert value(section, f"tpr_at_{rate:g}") == pytest.approx(true)
    rare = normal.cdf(normal.inv_cdf(0.001) + mu)
    for prior in (0.01, 0.1, 0.5):
        odds = prior / (1 - prior) * rare / 0.001
        assert value(section, f"posterior_at_{prior:g}") == pytest.approx(odds / (1 + odds))


def test_everything_comes_from_the_model_file_and_may_be_published(model: Model) -> None:
    section = of_model(of(model, ONE_WAY, SELECTION, CRITIC))
    report = Report(schema="s", created="2025-01-31", seed=0, facts=(), sections=(section,))
    assert public(report) == report
    assert {figure.tier for figure in section.figures} == {"synthetic_only"}


def test_the_ledger_tells_each_event_with_its_share_of_the_cost() -> None:
    rows = ledger([ONE_WAY, SELECTION, CRITIC]).cells
    assert [row[:4] for row in rows] == [
        ("one-way histograms", "discrete Gaussian", 2.0, 77.0),
        ("levels of job", "partition selection, delta 1e-07", 1.0, None),
        ("critic", "DP-SGD, sample rate 0.2", 1.0, None),
    ]
    assert rows[0][4] == "10 to 20 rows"
    assert rows[0][5] == pytest.approx(math.sqrt(10))
    shares = [row[7] for row in rows[:2]]
    assert sum(share for share in shares if isinstance(share, float)) == pytest.approx(1)
    assert rows[2][6:] == (None, None)


def test_the_noise_of_each_marginal_is_told_in_rows(model: Model) -> None:
    rows = table(of_model(of(model, ONE_WAY)), "Noise").cells
    assert [row[:4] for row in rows] == [
        ("one-way histograms", "age", 74.0, 20.0),
        ("one-way histograms", "city", 3.0, 10.0),
    ]
    assert rows[0][4] == pytest.approx(39.2, abs=0.01)


def test_exact_counts_are_told_as_no_noise_and_a_certain_attacker(model: Model) -> None:
    exact = Exact(what="one-way histograms", names=("age", "city"))
    section = of_model(of(model, exact, budget=Budget(epsilon=math.inf, delta=1e-5)))
    assert isinstance(value(section, "epsilon"), Absent)
    assert isinstance(value(section, "spent"), Absent)
    assert value(section, "advantage") == value(section, "tpr_at_0.001") == 1.0
    assert [row[3] for row in table(section, "Noise").cells] == [0.0, 0.0]
    assert "NO privacy guarantee" in section.notes[0].text


def test_without_a_model_nothing_is_claimed() -> None:
    section = of_model(None)
    assert all(isinstance(figure.value, Absent) for figure in section.figures)
    assert section.drawings == ()
    assert "no model file" in section.notes[0].text.lower()


def test_the_unit_and_its_bound_are_told(model: Model) -> None:
    schema = model.schema.model_copy(update={"privacy": Privacy(unit="patient", rows_per_unit=5)})
    section = of_model(replace(of(model, ONE_WAY), schema=schema))
    cells = {row[0]: row[1] for row in table(section, "What is promised").cells}
    assert cells["unit of privacy"] == "each value of column patient"
    assert cells["contribution bound"] == "at most 5 rows of a unit are used"
    assert cells["adjacency"] == "one unit added or removed"
    assert value(section, "rows_per_unit") == 5


def test_the_trade_off_lies_between_guessing_and_what_epsilon_and_delta_allow(model: Model) -> None:
    for events in ((ONE_WAY,), (ONE_WAY, CRITIC), (ONE_WAY, SELECTION)):
        guess, best, allowed = curve(of(model, *events)).lines
        assert guess.y == (0.0, 1.0)
        assert all(x <= y + 1e-12 for x, y in zip(best.x, best.y, strict=True))
        assert all(y <= most + 1e-9 for y, most in zip(best.y, allowed.y, strict=True))
        assert list(best.y) == sorted(best.y)


def test_a_discovery_lets_units_be_found_without_a_false_alarm(model: Model) -> None:
    start = curve(of(model, SELECTION)).lines[1].y[0]
    assert start == pytest.approx(1e-7)


def test_without_noise_the_curve_is_the_corner(model: Model) -> None:
    drawn = curve(of(model, Exact(what="all", names=("age",)), budget=Budget(epsilon=math.inf, delta=1e-5)))
    assert isinstance(drawn, Curves)
    assert len(drawn.lines) == 2
    assert set(drawn.lines[1].y) == {1.0}


def test_a_belief_is_stronger_the_rarer_its_alarm() -> None:
    for row in beliefs(operational([ONE_WAY])).cells:
        told = [cell for cell in row[1:] if isinstance(cell, float)]
        assert told == sorted(told, reverse=True)
        assert len(set(told)) == 3


def test_an_alarm_that_tells_nothing_changes_no_belief() -> None:
    assert posterior(0.1, true=0.2, false=0.2) == pytest.approx(0.1)


def test_what_is_promised_is_the_curve_of_randomised_response() -> None:
    # Warner's coin at epsilon = log 3 tells the truth with probability 3/4: 1/4 false, 3/4 true positives.
    assert promised_rates((0.25,), epsilon=math.log(3), delta=0.0) == pytest.approx((0.75,))
