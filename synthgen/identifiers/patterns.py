"""Texts of a pattern by number: different numbers are different texts, for all rows at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.identifiers.ask import Ask
from synthgen.identifiers.chance import LARGEST, Bits, again
from synthgen.identifiers.spelling import ragged
from synthgen.schema import Identifier
from synthgen.schema.pattern import parse_pattern

Points = NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Characters that lead to one state.

    letters  their code points
    target   the state
    width    how many numbers each of them stands for
    """

    letters: Points
    target: int
    width: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbered:
    """A pattern whose texts have numbers 0 .. size - 1.

    A state with more than `LARGEST` texts spreads fewer numbers over them: each step gets its share, and what is left
    open is filled by luck further on. So numbers always suffice, and different ones never meet.
    """

    steps: tuple[tuple[Step, ...], ...]
    accepts: tuple[bool, ...]
    sizes: tuple[int, ...]
    longest: int


@lru_cache(maxsize=64)
def numbered(pattern: str) -> Numbered:
    """Read and number a pattern; raises Mistake."""
    parsed = parse_pattern(pattern)
    sizes = [0] * len(parsed.states)
    steps: list[tuple[Step, ...]] = [()] * len(parsed.states)
    for state in parsed.order:
        whole = parsed.states[state]
        found = []
        for letters, target in whole.steps:
            share = parsed.states[target].size * LARGEST // max(whole.size, LARGEST)
            points = np.array([ord(letter) for letter in letters], np.uint32)
            found.append(Step(letters=points, target=target, width=min(max(share, 1), sizes[target])))
        steps[state] = tuple(found)
        sizes[state] = whole.accepts + sum(len(step.letters) * step.width for step in found)
    return Numbered(
        steps=tuple(steps),
        accepts=tuple(state.accepts for state in parsed.states),
        sizes=tuple(sizes),
        longest=parsed.longest,
    )


Waiting = dict[int, tuple[NDArray[np.int64], Bits]]
"""Rows at each state, and the number that each has left."""


def spell(pattern: Numbered, rank: Bits, luck: Bits) -> pa.Array:
    """The texts of numbers `rank` (uint64 [rows], below the size); `luck` fills what a number leaves open."""
    points = np.zeros((len(rank), pattern.longest), np.uint32)
    lengths = np.full(len(rank), pattern.longest, np.int64)
    waiting: Waiting = {0: (np.arange(len(rank)), rank)}
    for column in range(pattern.longest + 1):
        moved: dict[int, list[tuple[NDArray[np.int64], Bits]]] = {}
        for state, (rows, number) in waiting.items():
            going: slice | NDArray[np.bool_] = slice(None)
            if pattern.accepts[state]:
                lengths[rows[number == 0]] = column
                going = number > 0
            left = number[going] - np.uint64(pattern.accepts[state])
            for step, here, rest in _split(pattern.steps[state], rows[going], left):
                letter, rest = rest // np.uint64(step.width), rest % np.uint64(step.width)  # noqa: PLW2901 - its rest
                points[here, column] = step.letters[letter.astype(np.intp)]
                stretch = np.uint64(pattern.sizes[step.target] // step.width)
                if stretch > 1:
                    rest = rest * stretch + again(luck[here], column) % stretch  # noqa: PLW2901 - spread out
                moved.setdefault(step.target, []).append((here, rest))
        waiting = {
            state: parts[0] if len(parts) == 1 else (np.concatenate([p[0] for p in parts]),
                                                     np.concatenate([p[1] for p in parts]))
            for state, parts in moved.items()
        }  # fmt: skip
    return _text(points, lengths)


def pattern(ask: Ask) -> pa.Array:
    """Texts of the column's pattern (kind mrn has one of its own)."""
    assert ask.column.pattern is not None
    known = numbered(ask.column.pattern)
    return spell(known, ask.shuffled(min(known.sizes[0], LARGEST)), ask.bits("luck"))


def pattern_capacity(column: Identifier) -> int:
    """How many texts are told apart."""
    assert column.pattern is not None
    return min(numbered(column.pattern).sizes[0], LARGEST)


def _split(
    steps: tuple[Step, ...], rows: NDArray[np.int64], number: Bits
) -> Iterator[tuple[Step, NDArray[np.int64], Bits]]:
    """The rows of each step, and their number within it."""
    first = 0
    for step in steps:
        size = len(step.letters) * step.width
        if len(steps) == 1:
            yield step, rows, number
        else:
            inside = (number >= first) & (number < first + size)
            yield step, rows[inside], number[inside] - np.uint64(first)
        first += size


def _text(points: Points, lengths: NDArray[np.int64]) -> pa.Array:
    if points.size == 0 or points.max() < 128:
        return ragged(points.astype(np.uint8), lengths)
    wide = np.ascontiguousarray(points).view(f"<U{points.shape[1]}")[:, 0]
    return pa.array(wide, pa.string())
