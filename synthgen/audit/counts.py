"""Attack on noisy counts: the real mechanisms, thousands of times, on a worst pair; the attacker knows both tables.

The attacker's score is the likelihood ratio of Gaussian noise at the scale that was asked for, the best test there is
(Neyman, Pearson 1933): the sum over cells of (what the unit brings) x (answer - exact answer without it) / sigma^2.

What is claimed is what the private table charged its ledger for a run; of all counts of a model, what the model says
they cost, if that is less. Each kind of question is also asked at noise so small that a fault shows in few runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from synthgen.audit.asked import Answers, Asked, Kind, Question, answers
from synthgen.audit.bounds import Scores, lower_epsilon, thresholds
from synthgen.audit.crafted import Pair
from synthgen.audit.result import CERTAIN, Found
from synthgen.encode.people import UNITS_ALIKE
from synthgen.encode.sizes import UNIT_SIZES
from synthgen.privacy import Budget, Event, Gaussian, Ledger, PartitionSelection
from synthgen.privacy.accounting import Totals, totals

BATCH: Final = 250
"""Runs between two looks at the clock."""
FREE: Final = Budget(epsilon=math.inf, delta=1e-6)
"""Of ledgers that only write down what they are told."""
LOUD: Final = 2.0
"""mu of a run in which faults show best: halved noise is 4, and a wrong call then a rarity."""
SOME_DELTA: Final = 1e-9
USUAL: Final[tuple[Kind, ...]] = ("histograms", "scores", "tables")
"""What nearly every fit asks: attacked whether or not this one did."""
_OF_UNITS: Final[dict[str, Kind]] = {UNIT_SIZES: "sizes of units", UNITS_ALIKE: "units alike"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """Questions that are asked in each run, all together; `most`: mu that was claimed elsewhere for them."""

    what: str
    questions: tuple[Question, ...]
    most: float = math.inf


def attacks(events: Sequence[Event], pair: Pair) -> tuple[Attack, ...]:
    """All counts of a ledger as they were asked, and each kind of question at little noise."""
    asked = _questions(events)
    if not asked:
        return ()
    mu = totals(event for event in events if isinstance(event, Gaussian | PartitionSelection)).mu
    kinds = sorted({*USUAL, *(question.kind for question in asked)})
    every = Attack(what="all noisy counts together", questions=asked, most=mu)
    return every, *(Attack(what=f"{kind}, at little noise", questions=(_loud(kind, pair),)) for kind in kinds)


def attacked(
    attack: Attack, pair: Pair, *, runs: int, delta: float, doubt: float, go_on: Callable[[int], bool]
) -> Found:
    """The bound of so many runs on either table, or of fewer if `go_on`, told of each batch, says that time is up."""
    told = _Told()
    scores = [(told.scores(attack, pair, size)) for size in _batches(runs, go_on)]
    there, absent = (np.concatenate(each) for each in zip(*scores, strict=True))
    mu = min(told.mu(len(there)), attack.most)
    at = thresholds(told.expected)
    lower = lower_epsilon(there, absent, at=at, delta=delta, doubt=doubt) if mu else CERTAIN
    claimed = max(Totals(mu=mu).epsilon(delta), math.ulp(1.0))  # above 0, whatever was forgotten
    return Found(what=attack.what, method="counts", lower=lower, claimed=claimed, runs=len(there))


class _Told:
    """What the ledger of one table was told over all runs, and the mu that the exact answers would have."""

    def __init__(self) -> None:
        self._ledger = Ledger(FREE)
        self.expected = 0.0

    def mu(self, runs: int) -> float:
        """Charged for one run."""
        return totals(self._ledger.events).mu / math.sqrt(runs)

    def scores(self, attack: Attack, pair: Pair, runs: int) -> tuple[Scores, Scores]:
        """Of so many runs with the unit, and without it."""
        total, square = np.zeros((2, runs)), 0.0
        for question in attack.questions:
            exact = [_exact(question, pair, there=there) for there in (True, False)]
            brought = exact[0] - exact[1]
            square += question.times * float(brought @ brought) / question.sigma**2
            for row, there in enumerate((True, False)):
                ledger = self._ledger if there else Ledger(FREE)
                found = answers(question, Asked(pair=pair, there=there, ledger=ledger), runs * question.times)
                evidence = np.nan_to_num((found - exact[1]) @ brought / question.sigma**2)
                total[row] += evidence.reshape(runs, question.times).sum(axis=1)
        self.expected = math.sqrt(square)
        return total[0], total[1]


def _exact(question: Question, pair: Pair, *, there: bool) -> Answers:
    """The exact answer, float64 [cells], through the same door: a table that is nobody's may be read."""
    asked = Asked(pair=pair, there=there, ledger=Ledger(FREE))
    exact: Answers = answers(replace(question, sigma=0.0, times=1), asked, 1)[0]
    return exact


def _batches(runs: int, go_on: Callable[[int], bool]) -> Iterator[int]:
    """Sizes of batches; the clock decides how many there are, never a score."""
    left = runs
    while left > 0:
        size = min(BATCH, left)
        yield size
        left -= size
        if not go_on(size):
            return


def _questions(events: Sequence[Event]) -> tuple[Question, ...]:
    """What was asked, alike questions together."""
    times: Counter[Question] = Counter()
    for event in events:
        if isinstance(event, PartitionSelection):
            known = event.threshold + round(12 * event.sigma)
            times[Question(kind="discovery", sigma=event.sigma, delta=event.delta, rows=known)] += 1
        elif isinstance(event, Gaussian):
            kind = _kind(event.what)
            for part in event.parts:
                columns = part.cells - 1 if kind == "units alike" else 1
                number = part.cells if kind == "scores" else 1
                times[Question(kind=kind, sigma=part.sigma, columns=max(columns, 1))] += number
    return tuple(replace(question, times=number) for question, number in times.items())


def _kind(what: str) -> Kind:
    """Which mechanism answered, by what the ledger calls the release."""
    if what.startswith("tables"):
        return "tables"
    if what.startswith("scores"):
        return "scores"
    return _OF_UNITS.get(what, "histograms")


def _loud(kind: Kind, pair: Pair) -> Question:
    """A question of this kind at a mu of about LOUD."""
    if kind == "sizes of units":  # its sensitivity is 1, and the least noise too
        return Question(kind=kind, sigma=1.0, times=round(LOUD**2))
    if kind == "units alike":
        return Question(kind=kind, sigma=2.0, columns=round(4 * LOUD**2) - 1)
    sigma = float(pair.rows_per_unit)
    if kind == "discovery":  # a column of its own for each
        return Question(kind=kind, sigma=sigma, times=round(LOUD**2), delta=SOME_DELTA, rows=round(40 * sigma))
    return Question(kind=kind, sigma=2 * sigma, times=round(4 * LOUD**2))
