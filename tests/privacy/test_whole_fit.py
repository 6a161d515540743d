"""A whole fit, from rows to model, on neighbouring tables: what it asks, what it lets out, and what an attacker gains.

Replay (after dp-recorder, arXiv 2602.17454): a fit on one table is recorded, its noisy answers are played back to a fit
on a neighbour. Nothing is random then, so both must ask the same questions, and let out the same model to the bit.

Audit: many fits on two neighbours, an attacker who knows everything but whether one person was there, and the
Clopper-Pearson bounds of his errors, which bound mu (Gaussian DP) and with it epsilon from below.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy import stats

from synthgen import Schema, fit, train
from synthgen.encode.people import UNITS_ALIKE
from synthgen.encode.sizes import UNIT_SIZES
from synthgen.engine.settings import Effort, Settings, settings_for
from synthgen.model.model import Model, _members
from synthgen.privacy import Budget, DiscreteGaussian, Event, Gaussian, Ledger, Part, calibrate_mu, epsilon
from synthgen.privacy import table as private_table
from synthgen.progress import Silent
from synthgen.tables import open_table

Rows = dict[str, list[Any]]
Noise = Callable[[np.ndarray, float], np.ndarray]
Recorder = Any
"""The class of the fixture `recorder`: its `questions` are (exact counts, sigma), its `answers` noisy counts."""


@pytest.fixture(autouse=True, scope="module")
def _tiny_network() -> Iterator[None]:
    """What the network makes of noisy answers costs no privacy; here it costs no time either."""

    def tiny(strength: float, effort: Effort) -> Settings:
        rules = settings_for(strength, effort)
        return replace(rules, steps=(2,) * rules.rounds, codebook=8, latent=4, width=8, blocks=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "settings_for", tiny)
        yield


def model_of(rows: Rows, schema: Schema, noise: Noise, *, budget: float = 10.0) -> Model:
    """The model of a whole fit under this noise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", lambda: noise)
        return fit(pa.table(rows), schema, epsilon=budget, delta=1e-6, device="cpu").model


# Replay.

SCHEMA = Schema(
    name="t",
    target="won",
    on_violation="drop",
    privacy={"unit": "person", "rows_per_unit": 2},
    columns={
        "age": {"type": "integer", "minimum": 0, "maximum": 120, "special": ["N"], "nullable": True},
        "pay": {"type": "integer", "minimum": 0, "maximum": 10**7},
        "spent": {"type": "number", "decimals": 2, "bounds": "discover"},
        "born": {"type": "date", "minimum": "1980-01-01", "maximum": "1989-12-31"},
        "job": {"type": "categorical", "values": ["cook", "smith", "clerk"], "nullable": True},
        "town": {"type": "categorical", "discover": True},
        "won": {"type": "boolean"},
    },
)


def row(person: str | None, **values: Any) -> dict[str, Any]:
    """A row; what is not said is ordinary."""
    usual = {
        "age": "40",
        "pay": "30000",
        "spent": "12.50",
        "born": "1980-05-05",
        "job": "cook",
        "town": "Rome",
        "won": "true",
    }
    return {"person": person} | usual | values


def ordinary(number: int) -> list[dict[str, Any]]:
    """One row each of so many persons."""
    jobs, towns = ["cook", "smith", "clerk", None], ["Rome", "Oslo", "Lima"]
    return [
        row(
            f"p{i}",
            age=str(i % 90),
            pay=str(i * 997 % 90_000),
            spent=str(i % 40 - 3.25),
            born=f"198{i % 10}-03-07",
            job=jobs[i % 4],
            town=towns[i % 3],
            won=("true", "false")[i % 5 == 0],
        )
        for i in range(number)
    ]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """A table, and the rows that one person adds to it."""

    rows: Sequence[dict[str, Any]]
    added: Sequence[dict[str, Any]]


EMPTY, FULL = ordinary(0), ordinary(150)
NEIGHBOURS = {
    "an ordinary row": Neighbours(rows=FULL, added=[row("new")]),
    "missing values": Neighbours(rows=FULL, added=[row("new", age=None, job=None)]),
    "a missing value that breaks a rule": Neighbours(rows=FULL, added=[row("new", pay=None)]),
    "not a number": Neighbours(rows=FULL, added=[row("new", pay="NaN")]),
    "infinity": Neighbours(rows=FULL, added=[row("new", pay="inf")]),
    "far out of bounds": Neighbours(rows=FULL, added=[row("new", pay="9" * 40)]),
    "far out where bounds are found": Neighbours(rows=FULL, added=[row("new", spent="-8e300")]),
    "not a number where bounds are found": Neighbours(rows=FULL, added=[row("new", spent="many")]),
    "at the bounds": Neighbours(rows=FULL, added=[row("new", pay="10000000", age="120", born="1989-12-31")]),
    "a sentinel": Neighbours(rows=FULL, added=[row("new", age="N")]),
    "an unknown category": Neighbours(rows=FULL, added=[row("new", job="astronaut")]),
    "a town that nobody had": Neighbours(rows=FULL, added=[row("new", town="zzz")]),
    "a row without a person": Neighbours(rows=FULL, added=[row(None)]),
    "a person at the cap": Neighbours(rows=FULL, added=[row("new", job="clerk")] * 2),
    "a person far over the cap": Neighbours(rows=FULL, added=[row("new", job="smith")] * 70),
    "a person over the cap, all over": Neighbours(rows=FULL, added=[{**one, "person": "new"} for one in ordinary(60)]),
    "an empty table": Neighbours(rows=EMPTY, added=[row("new")]),
    "an empty table, a person over the cap": Neighbours(rows=EMPTY, added=[row("new", town="zzz")] * 5),
    "an empty table, a row that is dropped": Neighbours(rows=EMPTY, added=[row("new", age="old")]),
}


def columns(rows: Sequence[dict[str, Any]]) -> Rows:
    return {name: pa.array([one[name] for one in rows], pa.string()) for name in row("")}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question as the ledger paid for it: noise scale, L2 sensitivity, and cells where they are public."""

    sigma: float
    sensitivity: float
    cells: int | None


def paid_for(events: Sequence[Event]) -> list[Call]:
    """Every question that the ledger knows of; tables of one release and one noise scale are asked together."""
    calls = []
    for event in events:
        assert not isinstance(event, Gaussian) or event.parts
        for sigma in dict.fromkeys(part.sigma for part in event.parts):
            parts = [part for part in event.parts if part.sigma == sigma]
            cells = sum(part.cells for part in parts) if isinstance(event, Gaussian) else None
            calls.append(Call(sigma=sigma, sensitivity=math.hypot(*(part.sensitivity for part in parts)), cells=cells))
    return calls


def gap(here: np.ndarray, there: np.ndarray) -> float:
    """L2 distance; a value that only one table has counts in full (discovery sorts it last here)."""
    size = max(len(here), len(there))
    return float(np.linalg.norm(np.pad(here, (0, size - len(here))) - np.pad(there, (0, size - len(there)))))


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """Two whole fits, the second hearing the first's noisy answers."""

    models: tuple[Model, Model]
    first: Recorder
    second: Recorder

    @property
    def moves(self) -> list[float]:
        """How far apart the exact counts of each question are."""
        pairs = zip(self.first.questions, self.second.questions, strict=True)
        return [gap(here, there) for (here, _), (there, _) in pairs]


def replayed(recorder: type, case: Neighbours, *, remove: bool = False, budget: float = 10.0) -> Replayed:
    tables = [columns(case.rows), columns([*case.rows, *case.added])]
    here, there = reversed(tables) if remove else tables
    first = recorder()
    model = model_of(here, SCHEMA, first, budget=budget)
    second = recorder(first.answers)
    again = model_of(there, SCHEMA, second, budget=budget)
    return Replayed(models=(model, again), first=first, second=second)


@cache
def replay_of(recorder: type, name: str, *, remove: bool) -> Replayed:
    """One replay for all the tests that look at it."""
    return replayed(recorder, NEIGHBOURS[name], remove=remove)


@pytest.mark.parametrize("remove", [False, True], ids=["added", "removed"])
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_asked_the_same_and_let_out_the_same_model(recorder: type, name: str, *, remove: bool) -> None:
    runs = replay_of(recorder, name, remove=remove)
    asked = [[(len(counts), sigma) for counts, sigma in run.questions] for run in (runs.first, runs.second)]
    assert [sigma for _, sigma in asked[0]] == [sigma for _, sigma in asked[1]]
    discovery = 2  # after two looks for bounds; alone to see how many spellings there are
    assert asked[0][:discovery] == asked[1][:discovery]
    assert asked[0][discovery + 1 :] == asked[1][discovery + 1 :]
    assert _members(runs.models[0]) == _members(runs.models[1])


@pytest.mark.parametrize("remove", [False, True], ids=["added", "removed"])
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_every_question_was_paid_for_and_moves_no_more_than_it_says(recorder: type, name: str, *, remove: bool) -> None:
    runs = replay_of(recorder, name, remove=remove)
    calls = paid_for(runs.models[0].events)
    assert [call.sigma for call in calls] == [sigma for _, sigma in runs.first.questions]
    sizes = [len(counts) for counts, _ in runs.first.questions]
    assert all(call.cells in (None, size) for call, size in zip(calls, sizes, strict=True))
    assert all(move <= call.sensitivity + 1e-9 for move, call in zip(runs.moves, calls, strict=True))


def test_the_questions_are_those_of_a_whole_fit(recorder: type) -> None:
    """Bounds, discovery, the number of rows, one-ways in two passes, scores, tables: all are part of the replay."""
    runs = replayed(recorder, NEIGHBOURS["a person at the cap"], budget=100.0)
    kinds = {event.what.split(",")[0] for event in runs.models[0].events}
    persons = {UNIT_SIZES, UNITS_ALIKE}
    assert kinds == {"bounds", "levels of town", "number of rows", "one-way histograms", "scores", "tables", *persons}
    assert runs.models[0].discovered["town"] == ("Lima", "Oslo", "Rome")
    assert max(runs.moves) > 0


def test_the_replay_notices_persons_who_are_not_bounded(recorder: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_table, "keep_some", lambda units, _: np.ones(len(units), np.bool_))
    runs = replayed(recorder, NEIGHBOURS["a person far over the cap"])
    limits = [call.sensitivity for call in paid_for(runs.models[0].events)]
    assert any(move > limit for move, limit in zip(runs.moves, limits, strict=True))


def test_the_replay_notices_a_true_row_count(recorder: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that remembers how many rows came through the door, and uses it."""
    seen: list[int] = []
    door = train.behind_the_door

    def nosy(*args: Any, **how: Any) -> Any:
        table, quarantine = door(*args, **how)
        seen.append(quarantine.rows_read)
        return table, quarantine

    monkeypatch.setattr(train, "behind_the_door", nosy)
    monkeypatch.setattr(train, "row_count", lambda _: float(seen[-1]))
    runs = replayed(recorder, NEIGHBOURS["an ordinary row"])
    assert _members(runs.models[0]) != _members(runs.models[1])


# Noise and seeds.


def test_two_fits_of_one_seed_have_different_noise(recorder: type) -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(1)
        np.random.seed(1)  # noqa: NPY002 - whatever a user seeds
        noise = recorder()
        model_of(columns(FULL), SCHEMA, noise)
        pairs = list(zip(noise.answers, noise.questions, strict=True))[3:6]  # the number of rows and one-ways
        drawn.append(np.concatenate([answer - exact for answer, (exact, _) in pairs]))
    assert len(drawn[0]) == len(drawn[1]) > 50
    assert (drawn[0] != drawn[1]).mean() > 0.5


def test_the_noise_of_a_fit_is_the_operating_system_s() -> None:
    """Nobody handed the fit a source of noise: it made the one that takes no seed."""
    made: list[tuple[Any, ...]] = []

    class Watched(DiscreteGaussian):
        def __init__(self, *args: Any) -> None:
            made.append(args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", Watched)
        fit(pa.table(columns(FULL)), SCHEMA, epsilon=1, seed=7, device="cpu")
    assert made == [(), ()]  # one for the bounds, one for the rest


# Audit.

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


def loss(recorder: type, *, present: bool) -> float:
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


def audited(recorder: type, runs: int) -> Audit:
    """Many fits with the person and as many without, judged by the likelihood ratio."""
    right = sum(loss(recorder, present=True) > 0 for _ in range(runs))
    wrong = sum(loss(recorder, present=False) > 0 for _ in range(runs))
    return Audit(runs=runs, right=right, wrong=wrong)


def halved(recorder: type) -> type:
    """The planted bug: noise of half the scale that is paid for."""

    class Halved(recorder):  # type: ignore[misc]
        def __call__(self, counts: np.ndarray, sigma: float) -> np.ndarray:
            turn = len(self.questions)
            if self.replaying:
                return np.asarray(super().__call__(counts, sigma))
            self.questions.append((counts.copy(), sigma))
            self.answers.append(DiscreteGaussian()(counts, sigma / 2))
            return np.asarray(self.answers[turn].copy())

    return Halved


SURE = 0.999
"""Confidence of the quick audits: a sound fit is accused about once in 100,000 audits."""


def test_the_audited_fit_spends_its_whole_budget(recorder: type) -> None:
    """Else the audit would have no power."""
    events = learned_from(with_the_person(), recorder()).events
    assert math.hypot(*(event.mu for event in events)) == pytest.approx(calibrate_mu(CLAIM), rel=1e-3)


def test_an_attacker_learns_no_more_than_was_claimed_and_not_much_less(recorder: type) -> None:
    """150 fits with a person and 150 without: mu is claimed to be 1.85, the bound comes to 1.1 +- 0.15."""
    audit = audited(recorder, 150)
    assert 0.2 * calibrate_mu(CLAIM) < audit.mu(SURE) < calibrate_mu(CLAIM)
    assert audit.epsilon(SURE) < CLAIM.epsilon


def test_the_audit_finds_noise_of_half_the_scale(recorder: type) -> None:
    """mu is then 3.7, and the bound 2.5 +- 0.2: past the claim of 1.85 in 999 of 1000 audits (simulated)."""
    audit = audited(halved(recorder), 150)
    assert audit.mu(SURE) > calibrate_mu(CLAIM)
    assert audit.epsilon(SURE) > CLAIM.epsilon


@pytest.mark.slow
def test_the_large_audit_comes_close_to_the_claim_and_not_beyond(recorder: type) -> None:
    """3000 fits each: the bound at 95 % lies at 90 to 100 % of the claimed epsilon."""
    audit = audited(recorder, 3000)
    print(f"{audit}: epsilon at least {audit.epsilon(0.95):.2f} at 95 %, claimed {CLAIM.epsilon}")  # noqa: T201
    assert 0.85 * CLAIM.epsilon < audit.epsilon(0.95) <= CLAIM.epsilon


@pytest.mark.slow
def test_who_sees_only_the_model_file_learns_less(recorder: type) -> None:
    """The attacker reads the rows in the person's own levels off the model, and decides at half of what to expect."""

    def rows_seen(rows: Rows) -> float:
        model = model_of(rows, PAIR, recorder(), budget=CLAIM.epsilon)
        return float(sum(codec.marginal[-1] for codec in model.codec.columns.values()) * model.rows)

    runs = 1500
    right = sum(rows_seen(with_the_person()) > 8 for _ in range(runs))
    wrong = sum(rows_seen(without_the_person()) > 8 for _ in range(runs))
    audit = Audit(runs=runs, right=right, wrong=wrong)
    print(f"{audit}: epsilon at least {audit.epsilon(0.95):.2f} at 95 %, claimed {CLAIM.epsilon}")  # noqa: T201
    assert 0 < audit.epsilon(0.95) < CLAIM.epsilon
