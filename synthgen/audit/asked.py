"""The questions that a private table answers, each asked of the worst pair as often as one likes.

Repeated questions are one release with many parts, each part with noise of its own: so many runs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthgen.audit.crafted import KNOWN, Pair
from synthgen.privacy import Histogram, Ledger, TableRequest

Kind = Literal["histograms", "tables", "scores", "sizes of units", "units alike", "discovery"]
Answers = NDArray[np.float64]

HIDDEN_AT_ONCE = 256
"""Columns of one table that discovery is asked about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Of one kind, with noise of this scale, so many `times` in each run; `columns` that are compared, if it compares.

    delta  of a discovery
    rows   that have the value which discovery finds, without the unit's: far above its threshold
    """

    kind: Kind
    sigma: float
    times: int = 1
    columns: int = 1
    delta: float = 0.0
    rows: int = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How a question is put: one of the two tables, and the ledger that pays."""

    pair: Pair
    there: bool
    ledger: Ledger


def answers(question: Question, asked: Asked, number: int) -> Answers:
    """So many independent answers, float64 [number, cells]; a value that discovery did not release is NaN."""
    return _ASK[question.kind](question, asked, number)


def _histograms(question: Question, asked: Asked, number: int) -> Answers:
    request = Histogram(column="a", bins=2, bin_of=None, sigma=question.sigma)
    table = asked.pair.table(there=asked.there, ledger=asked.ledger)
    return np.array(table.histograms("audit", [request] * number), float)


def _tables(question: Question, asked: Asked, number: int) -> Answers:
    request = TableRequest(columns=("a", "b"), by_group=False, sigma=question.sigma)
    table = asked.pair.table(there=asked.there, ledger=asked.ledger)
    return np.array(table.tables("audit", [request] * number), float).reshape(number, -1)


def _scores(question: Question, asked: Asked, number: int) -> Answers:
    table, nothing = asked.pair.table(there=asked.there, ledger=asked.ledger), np.zeros((2, 1), np.int64)
    found = table.scores("audit", [(("a", "b"), False)] * number, [nothing] * number, question.sigma)
    return found.astype(float)[:, None]


def _sizes(question: Question, asked: Asked, number: int) -> Answers:
    table, edges = asked.pair.table(there=asked.there, ledger=asked.ledger), np.array([1, 2])
    return np.array([table.unit_sizes("audit", "unit", edges, question.sigma) for _ in range(number)], float)


def _alike(question: Question, asked: Asked, number: int) -> Answers:
    table = asked.pair.table(there=asked.there, ledger=asked.ledger)
    return np.array([table.alike("audit", ["a"] * question.columns, question.sigma) for _ in range(number)], float)


def _discovery(question: Question, asked: Asked, number: int) -> Answers:
    found = []
    for start in range(0, number, HIDDEN_AT_ONCE):
        columns = min(HIDDEN_AT_ONCE, number - start)
        table = asked.pair.hidden(columns, there=asked.there, ledger=asked.ledger, rows=question.rows)
        for name in map(str, range(columns)):
            seen = table.discover("audit", name, sigma=question.sigma, delta=question.delta)
            found.append(float(seen.counts[seen.names.index(KNOWN)]) if KNOWN in seen.names else np.nan)
    return np.array(found)[:, None]


_ASK: Final[Mapping[Kind, Callable[[Question, Asked, int], Answers]]] = {
    "histograms": _histograms,
    "tables": _tables,
    "scores": _scores,
    "sizes of units": _sizes,
    "units alike": _alike,
    "discovery": _discovery,
}
