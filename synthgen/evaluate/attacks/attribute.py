"""Attribute inference: who knows all of a row but one value takes that of the nearest synthetic row.

Source: Giomi and others 2023, A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023(2),
section 4.3, as anonymeter does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.attacks.near import nearest_without
from synthgen.evaluate.attacks.points import Points
from synthgen.evaluate.views import Column, View

TOLERANCE: Final = 0.05
"""A number is guessed if it is off by at most this share of the guess; a date or time, of the column's range."""

_CALENDAR: Final = frozenset({"date", "datetime", "time"})
"""Types without a zero of their own."""


def hits(targets: View, at: Points, synthetic: View, candidates: Points, secrets: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each secret column of each target is guessed: bool [secrets, targets].

    `at` and `candidates` are the targets and the synthetic table as points.
    """
    places = [at.names.index(name) for name in secrets]
    guessed = nearest_without(at, candidates, places)
    return np.stack(
        [
            guesses_right(synthetic.columns[name].take(rows), targets.columns[name])
            for name, rows in zip(secrets, guessed, strict=True)
        ]
    )


def naive_hits(targets: View, synthetic: View, secrets: Sequence[str], rng: np.random.Generator) -> NDArray[np.bool_]:
    """The same for the value of any synthetic row."""
    anyone = rng.integers(0, synthetic.rows, targets.rows)
    return np.stack([guesses_right(synthetic.columns[name].take(anyone), targets.columns[name]) for name in secrets])


def guesses_right(guesses: Column, secrets: Column) -> NDArray[np.bool_]:
    """Whether each guess is right: the level, the sentinel, that it is missing, or a number near enough. bool [rows].

    A value that the column cannot have is never right.
    """
    same_kind = (guesses.missing & secrets.missing) | ((secrets.special >= 0) & (guesses.special == secrets.special))
    both = guesses.present & secrets.present
    if not secrets.is_line:
        return np.asarray(same_kind | (both & (guesses.values == secrets.values)))
    guess, secret = np.where(both, guesses.values, 0.0), np.where(both, secrets.values, 0.0)
    reach = np.abs(guess)
    if secrets.type in _CALENDAR:
        values = np.concatenate([guess[both], secret[both]])
        reach = np.full(len(guess), np.ptp(values) if values.size else 0.0)
    return np.asarray(same_kind | (both & (np.abs(guess - secret) <= TOLERANCE * reach)))
