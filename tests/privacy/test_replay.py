"""Record a whole run on a table, play its noisy answers back on a neighbour (after dp-recorder, arXiv 2602.17454).

Given the same noisy answers, both runs must ask the same questions in the same order with the same noise, and each
question's exact answers may differ by no more than its declared sensitivity. No randomness is left, so one violation
is a proof.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from synthgen.privacy import Budget, Event, Histogram, PrivateTable, TableRequest
from synthgen.privacy.replay import Recorder

SCORES = 9.0
"""Noise scale of the scores."""
EDGES = np.array([1, 2, 3, 4, 8, 16, 32])
"""First rows of the bins that units are counted in."""

CELLS = {"age": 4, "city": 3, "job": 1}
Row = tuple[int, int, str]
Enter = Callable[..., PrivateTable]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """A table and one unit's rows to add to it."""

    name: str
    added: Sequence[Row]
    rows_per_unit: int = 1
    rows: Sequence[Row] = field(default_factory=lambda: [(i % 4, i % 3, ("cook", "smith")[i % 2]) for i in range(90)])


NEIGHBOURS = [
    Neighbours(name="an ordinary row", added=[(1, 1, "cook")]),
    Neighbours(name="an extreme code", added=[(10**12, -5, "cook")]),
    Neighbours(name="a value that nobody had", added=[(0, 0, "zzz")]),
    Neighbours(name="the same row twice", added=[(1, 1, "cook")] * 2, rows_per_unit=2),
    Neighbours(name="a unit at its cap in one cell", added=[(2, 2, "cook")] * 3, rows_per_unit=3),
    Neighbours(name="a unit far over its cap", added=[(3, 0, "smith")] * 50, rows_per_unit=3),
    Neighbours(name="a unit over its cap, all over", added=[(i % 4, i % 3, "zzz") for i in range(50)], rows_per_unit=3),
    Neighbours(name="an empty table", added=[(1, 1, "zzz")], rows=[]),
    Neighbours(name="an empty table, a unit over its cap", added=[(1, 1, "zzz")] * 9, rows=[], rows_per_unit=2),
]


def run(enter: Enter, case: Neighbours, noise: Any, rows: Sequence[Row], per_unit: int | None = None) -> list[Event]:
    """Everything a fit does, every decision taken from noisy answers; returns the events."""
    units = [*range(len(case.rows)), *[10**9] * (len(rows) - len(case.rows))]
    table = enter(
        {name: [row[i] for row in rows] for i, name in enumerate(CELLS)},
        cells=CELLS,
        units=units,
        rows_per_unit=per_unit or case.rows_per_unit,
        budget=Budget(epsilon=1000, delta=1e-6),
        noise=noise,
    )
    found = table.discover("jobs", "job", sigma=2.0, delta=1e-9)
    sizes = table.unit_sizes("sizes", "person", EDGES, 4.0)
    ones = table.histograms(
        "one-ways",
        [
            Histogram(column=name, bins=cells, bin_of=None, sigma=5.0 + i)
            for i, (name, cells) in enumerate(table.cells.items())
        ],
    )
    level_of = {
        name: np.cumsum(counts > counts.mean()) - int(counts[0] > counts.mean())
        for name, counts in zip(table.cells, ones, strict=True)
    }
    groups = level_of["city"].max() + 1
    table.set_levels(level_of, group_column="city", group_of=np.arange(groups))
    alike = table.alike("alike", ["age", "city", "job"], 3.0)
    candidates = [(pair, by_group) for pair in (("age", "job"), ("job", "city")) for by_group in (False, True)]
    estimates = []
    for (a, b), by_group in candidates:
        shape = (int(level_of[a].max()) + 1, int(level_of[b].max()) + 1)
        estimates.append(np.full((groups, *shape) if by_group else shape, max(int(ones[0].mean()), 0)))
    scores = table.scores("scores", candidates, estimates, SCORES)
    best = np.argsort(-scores, kind="stable")[:2]
    table.tables(
        f"tables after {found.names} and {sizes.tolist()} and {alike.tolist()}",
        [TableRequest(columns=candidates[i][0], by_group=candidates[i][1], sigma=11.0 + i) for i in best],
    )
    return list(table._ledger.events)


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What two neighbouring runs asked and charged, the second hearing the first's noisy answers."""

    first: list[tuple[np.ndarray, float]]
    second: list[tuple[np.ndarray, float]]
    events: list[Event]
    events_again: list[Event]

    @property
    def moves(self) -> list[tuple[float, float]]:
        """Noise scale, and L2 distance of the exact answers, of each question."""
        pairs = zip(self.first, self.second, strict=True)
        return [(sigma, gap(here, there)) for (here, sigma), (there, _) in pairs]

    @property
    def limits(self) -> dict[float, float]:
        """Declared L2 sensitivity of what was drawn at each noise scale; every part of `run` has its own."""
        parts = [part for event in self.events for part in event.parts]
        assert len({part.sigma for part in parts}) == len(parts)
        return {part.sigma: part.sensitivity for part in parts}


def replayed(enter: Enter, case: Neighbours, *, remove: bool = False, per_unit: int | None = None) -> Replayed:
    tables = [case.rows, [*case.rows, *case.added]]
    here, there = reversed(tables) if remove else tables
    first = Recorder()
    events = run(enter, case, first, here, per_unit)
    second = Recorder(first.answers)
    again = run(enter, case, second, there, per_unit)
    return Replayed(first=first.questions, second=second.questions, events=events, events_again=again)


def gap(here: np.ndarray, there: np.ndarray) -> float:
    """L2 distance; a value that only one table has counts in full."""
    size = max(len(here), len(there))
    padded = [np.concatenate([counts, np.zeros(size - len(counts), np.int64)]) for counts in (here, there)]
    return float(np.linalg.norm(padded[0] - padded[1]))


@pytest.mark.parametrize("case", NEIGHBOURS, ids=lambda case: case.name)
@pytest.mark.parametrize("remove", [False, True], ids=["added", "removed"])
def test_neighbours_ask_the_same_questions_and_differ_by_no_more_than_declared(
    enter: Enter, case: Neighbours, *, remove: bool
) -> None:
    runs = replayed(enter, case, remove=remove)
    assert runs.events_again == runs.events
    assert [sigma for _, sigma in runs.second] == [sigma for _, sigma in runs.first]
    lengths = [(len(here), len(there)) for (here, _), (there, _) in zip(runs.first, runs.second, strict=True)]
    only_discovery_sees_a_new_value = 1 if case.added[0][2] == "zzz" else 0
    assert all(here == there for here, there in lengths[only_discovery_sees_a_new_value:])
    assert all(move <= runs.limits[sigma] + 1e-9 for sigma, move in runs.moves)


def test_the_replay_notices_a_unit_that_was_not_bounded(enter: Enter) -> None:
    case = next(case for case in NEIGHBOURS if case.name == "a unit far over its cap")
    limits = replayed(enter, case).limits
    unbounded = replayed(enter, case, per_unit=50)
    assert any(move > limits[sigma] for sigma, move in unbounded.moves if sigma in limits)


@pytest.mark.parametrize("case", NEIGHBOURS, ids=lambda case: case.name)
def test_a_unit_moves_one_bin_of_the_sizes_by_one_whatever_its_cap(enter: Enter, case: Neighbours) -> None:
    runs = replayed(enter, case)
    ((here, there),) = [
        (here, there) for (here, sigma), (there, _) in zip(runs.first, runs.second, strict=True) if sigma == 4.0
    ]
    moved = np.flatnonzero(here != there)
    assert (there - here)[moved].tolist() == [1]
    rows = len(case.added)
    assert EDGES[moved[0]] <= rows < np.append(EDGES, np.inf)[moved[0] + 1]
    assert runs.limits[4.0] == 1


def test_a_unit_s_worst_move_reaches_the_declared_sensitivity(enter: Enter) -> None:
    case = next(case for case in NEIGHBOURS if case.name == "a unit at its cap in one cell")
    runs = replayed(enter, case)
    assert all(move == pytest.approx(runs.limits[sigma]) for sigma, move in runs.moves if sigma != SCORES)
    assert next(move for sigma, move in runs.moves if sigma == 3.0) == 2.0  # the square root of four counts
