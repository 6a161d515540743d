"""Many fits on two neighbours, an attacker who knows everything but whether one person was there.

The Clopper-Pearson bounds of his errors bound mu (Gaussian DP), and with it epsilon, from below.
"""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy import stats

from synthgen import Schema, train
from synthgen.privacy import Budget, DiscreteGaussian, Gaussian, Ledger, Part, calibrate_mu, epsilon
from synthgen.privacy import table as private_table
from synthgen.privacy.replay import Recorder
from synthgen.progress import Silent
from synthgen.tables import open_table
from tests.privacy.whole import Noise, Rows, model_of

pytestmark = pytest.mark.usefixtures("tiny_network")

PAIR = Schema(
    name="t",
    privacy={"unit": "person", "rows_per_unit": 8},
    columns={name: {"type": "categorical", "values": [0, 1, 2, 3]} for name in ("job", "city")},
)
CLAIM = Budget(epsilon=10.0, delta=1e-6)
PERSONS = 60


def without_the_person() -> Rows:
    """Sixty persons of eight rows; nobody is in the last cell of either column."""
    value = [i % 3 for i in range(PERSONS) for _ in range(8)]
    return {"person": [i for i in range(PERSONS) for _ in range(8)], "job": value, "city": value}


def with_the_person() -> Rows:
    """One more, who has the last cell of every table to himself."""
    rows = without_the_person()
    return {"person": rows["person"] + [-1] * 8} | {name: rows[name] + [3] * 8 for name in ("job", "city")}


def learned_from(rows: Rows, noise: Noise) -> Ledger:
    """The ledger of a whole fit at the claimed budget."""
    ledger, cpu = Ledger(CLAIM), torch.device("cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", lambda: noise)
        source = open_table(pa.table(rows))
        train.train(source, PAIR, ledger, effort="quick", seed=0, device=cpu, progress=Silent())
    return ledger


def loss(recorder: type[Recorder], *, present: bool) -> float:
    """The attacker's evidence from one whole fit: how much likelier the noisy answers are if the person was there."""
    here, there = (with_the_person(), without_the_person()) if present else (without_the_person(), with_the_person())
    first = recorder()
    learned_from(here, first)
    second = recorder(first.answers)
    learned_from(there, second)
    total = 0.0
    for answer, (mine, sigma), (other, _) in zip(first.answers, first.questions, second.questions, strict=True):
        total += float((((answer - other) ** 2 - (answer - mine) ** 2) / (2 * sigma**2)).sum())
    return total if present else -total


@dataclass(frozen=True, kw_only=True)
class Audit:
    """An attacker's record: how often he said `there`, when the person was and when not."""

    runs: int
    right: int
    wrong: int

    def mu(self, confidence: float) -> float:
        """A lower bound on mu that holds with this confidence; the two rates share the doubt."""
        doubt = (1 - confidence) / 2
        least = stats.beta.ppf(doubt, self.right, self.runs - self.right + 1) if self.right else 0.0
        most = stats.beta.ppf(1 - doubt, self.wrong + 1, self.runs - self.wrong) if self.wrong < self.runs else 1.0
        return float(stats.norm.ppf(least) - stats.norm.ppf(most))

    def epsilon(self, confidence: float) -> float:
        """The epsilon that such a mu costs at the claim's delta; 0 where the bound says nothing."""
        mu = self.mu(confidence)
        if not mu > 0:
            return 0.0
        part = Part(name="audit", cells=1, sigma=1e4, sensitivity=max(1e4 * mu, 1.0))
        return epsilon([Gaussian(what="audit", parts=(part,))], CLAIM.delta)


def audited(recorder: type[Recorder], runs: int) -> Audit:
    """Many fits with the person and as many without, judged by the likelihood ratio."""
    right = sum(loss(recorder, present=True) > 0 for _ in range(runs))
    wrong = sum(loss(recorder, present=False) > 0 for _ in range(runs))
    return Audit(runs=runs, right=right, wrong=wrong)


class Halved(Recorder):
    """The planted bug: noise of half the scale that is paid for."""

    def __call__(self, counts: np.ndarray, sigma: float) -> np.ndarray:
        turn = len(self.questions)
        if self.replaying:
            return np.asarray(super().__call__(counts, sigma))
        self.questions.append((counts.copy(), sigma))
        self.answers.append(DiscreteGaussian()(counts, sigma / 2))
        return np.asarray(self.answers[turn].copy())


SURE = 0.999
"""Confidence of the quick audits: a sound fit is accused about once in 100,000 audits."""


def test_the_audited_fit_spends_its_whole_budget() -> None:
    """Else the audit would have no power."""
    events = learned_from(with_the_person(), Recorder()).events
    assert math.hypot(*(event.mu for event in events)) == pytest.approx(calibrate_mu(CLAIM), rel=1e-3)


def test_an_attacker_learns_no_more_than_was_claimed_and_not_much_less() -> None:
    """150 fits with a person and 150 without: mu is claimed to be 1.85, the bound comes to 1.1 +- 0.15."""
    audit = audited(Recorder, 150)
    assert 0.2 * calibrate_mu(CLAIM) < audit.mu(SURE) < calibrate_mu(CLAIM)
    assert audit.epsilon(SURE) < CLAIM.epsilon


def test_the_audit_finds_noise_of_half_the_scale() -> None:
    """mu is then 3.7, and the bound 2.5 +- 0.2: past the claim of 1.85 in 999 of 1000 audits (simulated)."""
    audit = audited(Halved, 150)
    assert audit.mu(SURE) > calibrate_mu(CLAIM)
    assert audit.epsilon(SURE) > CLAIM.epsilon


@pytest.mark.slow
def test_the_large_audit_comes_close_to_the_claim_and_not_beyond() -> None:
    """3000 fits each: the bound at 95 % lies at 90 to 100 % of the claimed epsilon."""
    audit = audited(Recorder, 3000)
    told = f"{audit}: epsilon at least {audit.epsilon(0.95):.2f} at 95 %, claimed {CLAIM.epsilon}"
    assert 0.85 * CLAIM.epsilon < audit.epsilon(0.95) <= CLAIM.epsilon, told


@pytest.mark.slow
def test_who_sees_only_the_model_file_learns_less() -> None:
    """The attacker reads the rows in the person's own levels off the model, and decides at half of what to expect."""

    def rows_seen(rows: Rows) -> float:
        model = model_of(rows, PAIR, Recorder(), budget=CLAIM.epsilon)
        return float(sum(codec.marginal[-1] for codec in model.codec.columns.values()) * model.rows)

    runs = 1500
    right = sum(rows_seen(with_the_person()) > 8 for _ in range(runs))
    wrong = sum(rows_seen(without_the_person()) > 8 for _ in range(runs))
    audit = Audit(runs=runs, right=right, wrong=wrong)
    told = f"{audit}: epsilon at least {audit.epsilon(0.95):.2f} at 95 %, claimed {CLAIM.epsilon}"
    assert 0 < audit.epsilon(0.95) < CLAIM.epsilon, told
