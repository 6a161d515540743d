"""Noise that writes down what it is asked, and plays earlier answers back (after dp-recorder, arXiv 2602.17454).

For rehearsals on rows that are nobody's: a `Ledger` takes it, and says for ever that its noise was not its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthgen.privacy.mechanisms import Counts, DiscreteGaussian


class DivergedError(Exception):
    """More was asked than the first time: what is asked depends on the rows."""


class Recorder:
    """Every question (exact counts, sigma) and its answer: the real noise, or the `answers` of an earlier run.

    A vector longer than the answer played back is filled up with zeros (a spelling that nobody had before stays below
    every threshold; discovery sorts a "zzz" last), a shorter one is cut.
    """

    def __init__(self, answers: Sequence[Counts] = ()) -> None:
        self.questions: list[tuple[Counts, float]] = []
        self.answers = list(answers)
        self.replaying = bool(answers)

    def __call__(self, counts: Counts, sigma: float) -> Counts:
        """A noisy answer. Raises DivergedError where there was no such question the first time."""
        turn = len(self.questions)
        self.questions.append((counts.copy(), sigma))
        if not self.replaying:
            self.answers.append(DiscreteGaussian()(counts, sigma))
            return self.answers[turn].copy()
        if turn >= len(self.answers):
            raise DivergedError
        answer = self.answers[turn]
        return np.concatenate([answer, np.zeros(max(0, len(counts) - len(answer)), np.int64)])[: len(counts)]


def gap(here: Counts, there: Counts) -> float:
    """L2 distance of two answers; what only one of them has counts in full.

    >>> gap(np.array([3, 1]), np.array([3, 1, 2]))
    2.0
    """
    size = max(len(here), len(there))
    return float(np.linalg.norm(np.pad(here, (0, size - len(here))) - np.pad(there, (0, size - len(there)))))
