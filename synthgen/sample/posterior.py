"""What the model says of a row's unknown cells, given its known ones, for many rows at once.

Given a codebook row the columns are independent, so a row's known cells weigh the codebook rows by Bayes' rule,

    weight_k * prod over known columns of P(level | k) * prod over unknown ones of P(not missing | k)

and, given one of them, the unknown cells are drawn from its probabilities, column by column. Rows with the same columns
known differ in the levels only: their weights are sums of gathered logarithms, without a loop over rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, VALUE, ColumnCodec
from synthgen.sample.change import Kinds, Units
from synthgen.sample.joint import JointCodec, held
from synthgen.sample.stream import Draws

WEIGHED = 2**17
"""Rows x codebook rows that are weighed at once: what a processor's cache holds is weighed ten times as fast."""
AT_ONCE = 2**22
"""Numbers that are looked at at once otherwise."""
LEAST = 1e-30
"""Stands for no chance at all, so that rows which the model rules out are completed too (and then looked at)."""

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Known = Mapping[str, tuple[Kinds, Units, Mask]]
"""Column of the table as modelled -> kinds, units, and which of them are known."""


class Posterior:
    """A model, made ready to complete rows: logarithms are taken once."""

    def __init__(self, base: Draws) -> None:
        self.log_weights = np.log(np.maximum(base.codebook.weights, LEAST)).astype(np.float32)
        self.columns = [
            (_Joint if isinstance(codec, JointCodec) else _Column)(name, codec, base.codebook.head(place))  # type: ignore[arg-type]  # each gets the codec of its kind
            for place, (name, codec) in enumerate(base.codec.columns.items())
        ]

    def fill(self, known: Known, rng: np.random.Generator) -> dict[str, tuple[Kinds, Units]]:
        """Every cell of some rows: the known ones, and draws for the others, which are never missing."""
        facts = [column.facts(known) for column in self.columns]
        rows, size = len(facts[0]), max(WEIGHED // len(self.log_weights), 1)
        row_of = np.zeros(rows, np.int64)
        luck = rng.random(rows)
        logs = np.empty((size, len(self.log_weights)), np.float32)
        spare = np.empty_like(logs)
        for start in range(0, rows, size):
            some = slice(start, min(start + size, rows))
            found, extra = logs[: some.stop - start], spare[: some.stop - start]
            found[:] = self.log_weights
            for column, fact in zip(self.columns, facts, strict=True):
                found += np.take(column.logs, fact[some], axis=0, out=extra)
            found -= found.max(axis=1, keepdims=True)
            row_of[some] = _picked(np.cumsum(np.exp(found, out=found), axis=1, dtype=np.float64), luck[some])
        return {name: place for column in self.columns for name, place in column.drawn(known, row_of, rng)}


def _picked(ends: NDArray[np.float64], luck: NDArray[np.float64]) -> NDArray[np.int64]:
    """A column of each row of a table of weights, which are cumulated; by chance, never one of weight 0."""
    at = luck * ends[:, -1]
    place: NDArray[np.int64] = np.minimum(np.count_nonzero(ends <= at[:, None], axis=1), ends.shape[1] - 1)
    return place


class _Column:
    """One column.

    logs  float32 [levels + 2, codebook rows], logarithms of the probability of each level, of not being missing, and 0
    ends  float64 [codebook rows, levels], cumulated probabilities of the levels, missing left out
    """

    def __init__(self, name: str, codec: ColumnCodec, head: NDArray[np.float64]) -> None:
        self.name, self.codec = name, codec
        pieces = codec.pieces
        gone = np.bincount(pieces.level, weights=pieces.mass * (pieces.kind == MISSING), minlength=codec.levels)
        values = head * (gone < 0.5)  # a level is missing wholly or not at all
        self.ends = np.cumsum(values, axis=1)
        known = np.concatenate([head.T, self.ends[:, -1][None], np.ones((1, len(head)))])
        self.logs = np.log(np.maximum(known, LEAST)).astype(np.float32)
        order = np.argsort(np.where(pieces.kind == VALUE, pieces.first, np.iinfo(np.int64).max), kind="stable")
        self.line = pieces.take(order[: int((pieces.kind == VALUE).sum())])

    def facts(self, known: Known) -> NDArray[np.int64]:
        """The row of `logs` that is true of each row: its level, that it is not missing, or nothing."""
        kind, unit, mask = known[self.name]
        level, told = self._levels(kind, unit)
        return np.where(mask, np.where(told, level, self.codec.levels + 1), self.codec.levels)

    def drawn(
        self, known: Known, row_of: NDArray[np.int64], rng: np.random.Generator
    ) -> Iterator[tuple[str, tuple[Kinds, Units]]]:
        """The column's kinds and units, unknown ones drawn from the probabilities of the codebook rows."""
        kind, unit, mask = known[self.name]
        open_ = np.flatnonzero(~mask)
        kind, unit = kind.copy(), unit.copy()
        if open_.size:
            luck = rng.random(len(open_))
            parts = np.array_split(np.arange(len(open_)), -(-len(open_) * self.codec.levels // AT_ONCE))
            level = np.concatenate([_picked(self.ends[row_of[open_[part]]], luck[part]) for part in parts])
            kind[open_], unit[open_] = self.codec.draw(level, rng.random(len(open_)))
        yield self.name, (kind, unit)

    def _levels(self, kind: Kinds, unit: Units) -> tuple[NDArray[np.int64], Mask]:
        """The level of each value, and where there is one: for a line, the nearest level of its values."""
        level, share = held(self.codec, kind, unit)
        if not self.codec.is_line or not len(self.line.level):
            return level, share > 0
        place = np.maximum(np.searchsorted(self.line.first, unit, side="right") - 1, 0)
        near = (share == 0) & (kind == VALUE)
        return np.where(near, self.line.level[place], level), (share > 0) | near


class _Joint:
    """Columns of a public table, of which a row may know some: then those lines are left that have its values.

    logs  float32 [distinct facts, codebook rows], made by `facts`: the probability of the lines that are left
    """

    def __init__(self, _name: str, codec: JointCodec, head: NDArray[np.float64]) -> None:
        self.codec, self.head = codec, head
        pieces = codec.pieces
        self.line, self.mass, self.level = pieces.first, pieces.mass, pieces.level
        kind, unit = codec.lines.kind[self.line], codec.lines.unit[self.line]
        self.values = {name: (kind[:, place], unit[:, place]) for place, name in enumerate(codec.parts)}
        self.logs: Floats = np.zeros((0, len(head)), np.float32)

    def facts(self, known: Known) -> NDArray[np.int64]:
        """The row of `logs` that is true of each row."""
        distinct, group_of = self._distinct(known)
        factors = [
            np.bincount(self.level[lines], weights=self.mass[lines], minlength=self.codec.levels)
            for lines in map(self._lines, distinct)
        ]
        chance = np.stack(factors) @ self.head.T
        chance[~np.any(factors, axis=1)] = 1.0  # no line has these values: they say nothing
        self.logs = np.log(np.maximum(chance, LEAST)).astype(np.float32)
        return group_of

    def drawn(
        self, known: Known, row_of: NDArray[np.int64], rng: np.random.Generator
    ) -> Iterator[tuple[str, tuple[Kinds, Units]]]:
        """The parts' kinds and units, unknown ones from a line that has the known ones, where there is one."""
        distinct, group_of = self._distinct(known)
        order = np.argsort(group_of, kind="stable")
        ends = np.cumsum(np.bincount(group_of, minlength=len(distinct)))
        chosen = np.zeros(len(row_of), np.int64)
        for fact, rows in zip(distinct, np.split(order, ends[:-1]), strict=True):
            lines = self._lines(fact)
            lines = lines if lines.size else np.arange(len(self.line))
            for some in np.array_split(rows, -(-len(rows) * len(lines) // AT_ONCE)):
                weights = self.head[row_of[some]][:, self.level[lines]] * self.mass[lines]
                chosen[some] = self.line[lines[_picked(np.cumsum(weights, axis=1), rng.random(len(some)))]]
        for place, name in enumerate(self.codec.parts):
            kind, unit, mask = known[name]
            kinds, units = self.codec.lines.kind[chosen, place], self.codec.lines.unit[chosen, place]
            yield name, (np.where(mask, kind, kinds), np.where(mask, unit, units))

    def _distinct(self, known: Known) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What rows know of the parts, each only once, and which of that each row knows; unknown is -1."""
        told = [known[name] for name in self.codec.parts]
        facts = [np.where(mask, part, -1) for kind, unit, mask in told for part in (kind.astype(np.int64), unit)]
        distinct, group_of = np.unique(np.stack(facts, axis=1), axis=0, return_inverse=True)
        return distinct, group_of.ravel()

    def _lines(self, fact: NDArray[np.int64]) -> NDArray[np.intp]:
        """The pieces whose lines have these values; an unknown part is not missing there."""
        fits = np.ones(len(self.line), np.bool_)
        for place, name in enumerate(self.codec.parts):
            kind, unit = fact[2 * place : 2 * place + 2]
            kinds, units = self.values[name]
            fits &= kinds != MISSING if kind < 0 else (kinds == kind) & (units == unit)
        return np.flatnonzero(fits)
