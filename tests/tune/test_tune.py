"""Tuning: free where the table is public, and paid for, run by run, where it is not."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthgen import Budget, Schema
from synthgen.errors import ConfigError, SpentError
from synthgen.privacy import Ledger
from synthgen.privacy.accounting import totals
from synthgen.privacy.selection import Runs, selected
from synthgen.spending import Spending
from synthgen.tune import Job, Offer, offer, paid, parse_space, tune_free, tune_paid
from synthgen.tune.trial import expected, pairs_of, score

pytestmark = pytest.mark.usefixtures("few_steps")

SPACE = parse_space(["dp-sgd=off,likelihood:0.3"])
RUNS = Runs(mean=2.0)


@pytest.fixture
def offered(job: Job) -> Offer:
    return offer(job, SPACE, RUNS, delta=1e-7)


def test_a_public_table_is_tuned_on_for_free(job: Job) -> None:
    tuned = tune_free(job, SPACE, trials=3)
    assert tuned.price is None
    assert tuned.choice in SPACE.choices()
    assert 0 < tuned.score < 1


def test_the_best_trial_wins(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {"off": 0.4, "likelihood:0.3": 0.2}
    monkeypatch.setattr("synthgen.tune.free.score", lambda *told, **_: scores[told[1]["dp_sgd"]])
    tuned = tune_free(job, SPACE, trials=8)
    assert (tuned.choice, tuned.score) == ({"dp_sgd": "likelihood:0.3"}, 0.2)


def test_what_a_run_charges_is_within_what_was_offered(job: Job, offered: Offer) -> None:
    for choice in SPACE.choices():
        ledgers = paid._ledgers(job, choice, offered)
        score(job, choice, ledgers, sigma=offered.sigma)
        known = totals([event for ledger in ledgers for event in ledger.events])
        if not known.runs:
            assert 0.9 * offered.run.mu < known.mu <= offered.run.mu
        assert len(ledgers[1].events) == 1  # the comparison was charged, too


def test_a_score_with_less_noise_than_was_offered_is_refused(job: Job, offered: Offer) -> None:
    ledgers = paid._ledgers(job, {"dp_sgd": "off"}, offered)
    with pytest.raises(Exception, match="what was reserved"):
        score(job, {"dp_sgd": "off"}, ledgers, sigma=0.9 * offered.sigma)


def test_the_price_is_that_of_the_best_of_a_random_number_of_runs(offered: Offer) -> None:
    assert offered.price == selected(offered.run, RUNS, delta=1e-7)
    assert offered.price.epsilon > 2  # more than a single run


def test_tuning_is_reserved_before_a_row_is_read_and_spent_after(
    job: Job, offered: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spending = Spending.create(tmp_path / "l", dataset="d", budget=Budget(epsilon=9, delta=3.2e-6))
    seen = []

    def watched(*_: Any, **__: Any) -> float:
        seen.append(spending.shown().reserved)
        return 0.5

    monkeypatch.setattr(paid, "score", watched)
    tuned = tune_paid(job, offered, spending=spending)
    assert tuned.price == offered.price
    assert all(each == pytest.approx(offered.price.epsilon) for each in seen)
    told = spending.shown()
    assert (told.spent, told.reserved) == (pytest.approx(offered.price.epsilon), 0)
    tune_paid(job, offered, spending=spending)
    with pytest.raises(SpentError):
        tune_paid(job, offered, spending=spending)


def test_a_spent_ledger_refuses_before_a_row_is_read(
    job: Job, offered: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spending = Spending.create(tmp_path / "l", dataset="d", budget=Budget(epsilon=1, delta=1e-6))
    monkeypatch.setattr(paid, "score", lambda *_, **__: pytest.fail("a row was read"))
    with pytest.raises(SpentError):
        tune_paid(job, offered, spending=spending)
    assert spending.shown().entries == ()


def test_a_tuning_that_crashes_keeps_its_reservation(
    job: Job, offered: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spending = Spending.create(tmp_path / "l", dataset="d", budget=Budget(epsilon=9, delta=1e-5))
    monkeypatch.setattr(paid, "score", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tune_paid(job, offered, spending=spending)
    assert spending.shown().reserved > 2


def test_every_run_draws_its_settings_anew_and_the_number_of_runs_varies(
    job: Job, offered: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    picks: Counter[str] = Counter()

    def counted(*told: Any, **_: Any) -> float:
        picks[told[1]["dp_sgd"]] += 1
        runs[-1] += 1
        return 0.0

    monkeypatch.setattr(paid, "score", counted)
    monkeypatch.setattr(paid, "most", lambda *_: totals([]))  # a cap is dear to work out, and not the matter here
    for _ in range(300):
        runs.append(0)
        tune_paid(replace(job, seed=0), offered)
    assert abs(np.mean(runs) - 2.0) < 0.6
    assert len(set(runs)) > 2
    assert min(picks.values()) > 0.35 * sum(picks.values())


def test_scores_know_a_good_fit_from_a_bad_one(job: Job) -> None:
    def scored(epsilon: float) -> float:
        open_ledger = Ledger(Budget(epsilon=math.inf, delta=1e-6))
        fitted = Ledger(Budget(epsilon=epsilon, delta=1e-6))
        return score(job, {"dp_sgd": "off"}, (fitted, open_ledger), sigma=0.0)

    assert scored(200.0) < scored(0.05)


def test_expected_tables_are_those_of_the_codebook() -> None:
    class Book:
        weights = np.array([0.25, 0.75])
        probabilities = np.array([[1, 0, 1, 0], [0, 1, 0, 1]], np.float32)
        offsets = np.array([0, 2, 4])

    (table,) = expected(Book(), ["a", "b"], [("a", "b")], rows=100.0)  # type: ignore[arg-type]  # all that is read
    assert table.tolist() == [[25, 0], [0, 75]]


@pytest.mark.parametrize(
    "columns",
    [
        {"a": {"type": "categorical", "discover": True}, "b": {"type": "boolean"}},
        {"a": {"type": "boolean"}},
    ],
)
def test_what_cannot_be_paid_for_is_refused_before_a_row_is_read(job: Job, columns: dict[str, Any]) -> None:
    schema = Schema(name="s", rows=400, columns=columns)
    with pytest.raises(ConfigError):
        offer(replace(job, schema=schema), SPACE, RUNS, delta=1e-7)


def test_without_privacy_there_is_nothing_to_pay(job: Job) -> None:
    with pytest.raises(ConfigError):
        offer(replace(job, budget=Budget(epsilon=math.inf, delta=1e-6)), SPACE, RUNS, delta=1e-7)


def test_of_many_pairs_some_are_passed_over() -> None:
    wide = Schema(name="w", columns={f"c{number}": {"type": "boolean"} for number in range(40)})
    assert 150 < len(pairs_of(wide)) <= 300
