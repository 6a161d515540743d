"""A whole fit, from rows to model, on neighbouring tables: what it asks, and what it lets out.

Replay (after dp-recorder, arXiv 2602.17454): a fit on one table is recorded, its noisy answers are played back to a fit
on a neighbour. Nothing is random then, so both must ask the same questions, and let out the same model to the bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from synthgen import Schema, fit, train
from synthgen.encode.people import UNITS_ALIKE
from synthgen.encode.sizes import UNIT_SIZES
from synthgen.model.model import Model, _members
from synthgen.privacy import DiscreteGaussian, Event, Gaussian
from synthgen.privacy import table as private_table
from synthgen.privacy.replay import Recorder
from tests.privacy.whole import Rows, model_of

pytestmark = pytest.mark.usefixtures("tiny_network")

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


def replayed(case: Neighbours, *, remove: bool = False, budget: float = 10.0) -> Replayed:
    tables = [columns(case.rows), columns([*case.rows, *case.added])]
    here, there = reversed(tables) if remove else tables
    first = Recorder()
    model = model_of(here, SCHEMA, first, budget=budget)
    second = Recorder(first.answers)
    again = model_of(there, SCHEMA, second, budget=budget)
    return Replayed(models=(model, again), first=first, second=second)


@cache
def replay_of(name: str, *, remove: bool) -> Replayed:
    """One replay for all the tests that look at it."""
    return replayed(NEIGHBOURS[name], remove=remove)


@pytest.mark.parametrize("remove", [False, True], ids=["added", "removed"])
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_asked_the_same_and_let_out_the_same_model(name: str, *, remove: bool) -> None:
    runs = replay_of(name, remove=remove)
    asked = [[(len(counts), sigma) for counts, sigma in run.questions] for run in (runs.first, runs.second)]
    assert [sigma for _, sigma in asked[0]] == [sigma for _, sigma in asked[1]]
    discovery = 2  # after two looks for bounds; alone to see how many spellings there are
    assert asked[0][:discovery] == asked[1][:discovery]
    assert asked[0][discovery + 1 :] == asked[1][discovery + 1 :]
    assert _members(runs.models[0]) == _members(runs.models[1])


@pytest.mark.parametrize("remove", [False, True], ids=["added", "removed"])
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_every_question_was_paid_for_and_moves_no_more_than_it_says(name: str, *, remove: bool) -> None:
    runs = replay_of(name, remove=remove)
    calls = paid_for(runs.models[0].events)
    assert [call.sigma for call in calls] == [sigma for _, sigma in runs.first.questions]
    sizes = [len(counts) for counts, _ in runs.first.questions]
    assert all(call.cells in (None, size) for call, size in zip(calls, sizes, strict=True))
    assert all(move <= call.sensitivity + 1e-9 for move, call in zip(runs.moves, calls, strict=True))


def test_the_questions_are_those_of_a_whole_fit() -> None:
    """Bounds, discovery, the number of rows, one-ways in two passes, scores, tables: all are part of the replay."""
    runs = replayed(NEIGHBOURS["a person at the cap"], budget=100.0)
    kinds = {event.what.split(",")[0] for event in runs.models[0].events}
    persons = {UNIT_SIZES, UNITS_ALIKE}
    assert kinds == {"bounds", "levels of town", "number of rows", "one-way histograms", "scores", "tables", *persons}
    assert runs.models[0].discovered["town"] == ("Lima", "Oslo", "Rome")
    assert max(runs.moves) > 0


def test_the_replay_notices_persons_who_are_not_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_table, "keep_some", lambda units, _: np.ones(len(units), np.bool_))
    runs = replayed(NEIGHBOURS["a person far over the cap"])
    limits = [call.sensitivity for call in paid_for(runs.models[0].events)]
    assert any(move > limit for move, limit in zip(runs.moves, limits, strict=True))


def test_the_replay_notices_a_true_row_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that remembers how many rows came through the door, and uses it."""
    seen: list[int] = []
    door = train.behind_the_door

    def nosy(*args: Any, **how: Any) -> Any:
        table, quarantine = door(*args, **how)
        seen.append(quarantine.rows_read)
        return table, quarantine

    monkeypatch.setattr(train, "behind_the_door", nosy)
    monkeypatch.setattr(train, "row_count", lambda _: float(seen[-1]))
    runs = replayed(NEIGHBOURS["an ordinary row"])
    assert _members(runs.models[0]) != _members(runs.models[1])


# Noise and seeds.


def test_two_fits_of_one_seed_have_different_noise() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(1)
        np.random.seed(1)  # noqa: NPY002 - whatever a user seeds
        noise = Recorder()
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
