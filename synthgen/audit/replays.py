"""Whole fits recorded, and played back on a neighbour (after dp-recorder, arXiv 2602.17454): nothing random is left.

Two fits that hear the same noisy answers must ask the same questions, at the same noise, pay for all of them, let out
the same model to the bit; and the exact answer to each may differ by no more than was paid for. One breach is a proof.
Rows come from the public schema (those of a model, or of a fit to nothing); one unit is added that is as odd as can be.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthgen.audit.result import CERTAIN, ROUNDING, Found
from synthgen.audit.whole import Rows, fitted
from synthgen.privacy import Budget, Event, Exact, Gaussian, Ledger, SubsampledGaussian
from synthgen.privacy.accounting import Totals
from synthgen.privacy.replay import Recorder, gap
from synthgen.schema import Schema, to_json
from synthgen.train import Trained


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """A table, and the rows that one unit adds to it."""

    name: str
    rows: Rows
    added: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One question as the ledger paid for it; `cells` where they are public."""

    what: str
    sigma: float
    sensitivity: float
    cells: int | None


Move = tuple[str, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """What playing one pair back showed.

    faults   in words
    moves    of each question: what, L2 distance of the exact answers, the one paid for, and sigma
    claimed  epsilon that all of it was charged
    """

    faults: tuple[str, ...]
    moves: tuple[Move, ...]
    claimed: float


def replayed(pair: Neighbours, schema: Schema, budget: Budget, *, remove: bool = False) -> Replay:
    """Play one pair of tables back; `remove`: the larger table is recorded."""
    tables = [pair.rows, {name: [*values, *pair.added[name]] for name, values in pair.rows.items()}]
    here, there = reversed(tables) if remove else tables
    first = Recorder()
    learned, ledger = _rehearsed(here, schema, budget, first)
    second = Recorder(first.answers)
    again, after = _rehearsed(there, schema, budget, second)
    if isinstance(learned, Exception) and isinstance(again, Exception):
        raise learned
    if isinstance(learned, Exception) or isinstance(again, Exception):
        return Replay(faults=("one of the two fits breaks off",), moves=(), claimed=budget.epsilon)
    calls = paid_for(ledger.events)
    faults = [*_differing(first, second), *_unpaid(calls, first, second)]
    if ledger.events != after.events:
        faults.append("the two fits were charged different things")
    if released(learned) != released(again):
        faults.append("the two fits let out different models")
    moves = () if faults else _moves(calls, first, second)
    over = [f"{what}: moves more than was paid for" for what, moved, paid, _ in moves if moved > paid * (1 + ROUNDING)]
    return Replay(faults=(*faults, *over), moves=moves, claimed=ledger.epsilon())


def _rehearsed(rows: Rows, schema: Schema, budget: Budget, noise: Recorder) -> tuple[Trained | Exception, Ledger]:
    """What a fit learned, or why it broke off, and what it was charged."""
    ledger = Ledger(budget, rehearsal=noise)
    try:
        return fitted(rows, schema, ledger), ledger
    except Exception as error:  # noqa: BLE001 - whatever one unit's rows break tells of them; both broken: it is raised
        return error, ledger


def found(replays: Mapping[str, Replay], delta: float) -> Found:
    """The worst of all replays as one bound, which is certain."""
    faults = tuple(dict.fromkeys(f"{name}: {fault}" for name, one in replays.items() for fault in one.faults))
    claimed = max(math.ulp(1.0), *(one.claimed for one in replays.values()))  # above 0, whatever was forgotten
    moved = [math.hypot(*(moved / sigma for _, moved, _, sigma in one.moves)) for one in replays.values()]
    lower = CERTAIN if faults else min(Totals(mu=max(moved)).epsilon(delta), claimed)
    what = "whole fits on neighbours, played back"
    return Found(what=what, method="replay", lower=lower, claimed=claimed, runs=len(replays), faults=faults)


def paid_for(events: Sequence[Event]) -> list[Call]:
    """Every question that a ledger knows of; tables of one release and one noise scale are asked together."""
    calls = []
    for event in events:
        if isinstance(event, Exact | SubsampledGaussian):
            continue
        for sigma in dict.fromkeys(part.sigma for part in event.parts):
            parts = [part for part in event.parts if part.sigma == sigma]
            cells = sum(part.cells for part in parts) if isinstance(event, Gaussian) else None
            reach = math.hypot(*(part.sensitivity for part in parts))
            calls.append(Call(what=event.what, sigma=sigma, sensitivity=reach, cells=cells))
    return calls


def released(learned: Trained) -> str:
    """A digest of all that a fit lets out."""
    people = None if learned.people is None else {k: v.tolist() for k, v in learned.people.counts.items()}
    codecs = learned.encoding.codec.columns.values()
    arrays = [learned.codebook.probabilities, *(array for own in codecs for array in (own.marginal, own.variance))]
    told: tuple[Any, ...] = (to_json(learned.schema), learned.discovered, learned.rows, people, learned.verdict)
    digest = hashlib.sha256(repr((*told, learned.warnings)).encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _differing(first: Recorder, second: Recorder) -> Iterator[str]:
    """Whether other things were asked."""
    if [sigma for _, sigma in first.questions] != [sigma for _, sigma in second.questions]:
        yield "the two fits asked different questions"


def _unpaid(calls: Sequence[Call], first: Recorder, second: Recorder) -> Iterator[str]:
    """What was asked and not paid for, or paid for and not asked."""
    asked = first.questions
    if [call.sigma for call in calls] != [sigma for _, sigma in asked]:
        yield f"{len(asked)} questions were asked, {len(calls)} paid for; or at other noise"
        return
    for call, *answers in zip(calls, asked, second.questions, strict=False):
        if any(call.cells not in {None, len(counts)} for counts, _ in answers):
            yield f"{call.what}: other cells than were paid for"


def _moves(calls: Sequence[Call], first: Recorder, second: Recorder) -> tuple[Move, ...]:
    pairs = zip(calls, first.questions, second.questions, strict=True)
    return tuple((call.what, gap(here, there), call.sensitivity, call.sigma) for call, (here, _), (there, _) in pairs)
