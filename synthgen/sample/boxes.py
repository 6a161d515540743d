"""An expression over several columns as disjoint boxes: products of one set for each column.

Each column's domain is cut into *atoms*, the finest parts that the expression tells apart: every fact about the column
holds on all of an atom or on none of it. Whether the expression holds is then a truth table over atoms, and a truth
table is a union of disjoint boxes: atoms of the first column under which the same is left to be true of the others go
into one box together, and so on, column by column (as in a decision diagram).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.sql.expression import Either, Every, Expression, Fact
from synthgen.sql.region import Region, merged

MOST_ENTRIES = 2**20
"""Entries of a truth table, at most."""
MOST_ORDERS = 4
"""Up to so many columns, every order of them is tried for the fewest boxes."""

MOST_BOXES = 256
"""Boxes of an expression whose truth table is too large, at most."""

Mask = NDArray[np.bool_]
Box = dict[str, Mask]
"""Column -> which of its atoms a box takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Within:
    """The column lies in a region: any fact about one column, whatever it was written as."""

    column: str
    region: Region


@dataclass(frozen=True, kw_only=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Clause, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple[Clause, ...]


Clause = Within | All | Some
"""An expression whose facts are regions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Boxes:
    """A union of disjoint boxes.

    atoms  column -> the parts that its domain falls into, disjoint
    boxes  bool [atoms] for each column, in the same order: which atoms the box takes
    """

    atoms: Mapping[str, tuple[Region, ...]]
    boxes: tuple[tuple[Mask, ...], ...]


def facts(clause: Clause) -> list[Within]:
    """The regions of a clause, from left to right."""
    return [clause] if isinstance(clause, Within) else [fact for part in clause.parts for fact in facts(part)]


def is_boxable(expression: Expression) -> bool:
    """Whether it is made of facts about single columns alone: what compares or computes is not."""
    if isinstance(expression, Every | Either):
        return all(map(is_boxable, expression.terms))
    return isinstance(expression, Fact)


def boxed(clauses: Sequence[Clause]) -> Boxes | None:
    """Where all of the clauses hold; None when neither a truth table nor a list of boxes is small enough."""
    regions: dict[str, list[Region]] = {}
    for fact in itertools.chain.from_iterable(map(facts, clauses)):
        regions.setdefault(fact.column, []).append(fact.region)
    signed = {column: _atoms(found) for column, found in regions.items()}
    if np.prod([len(atoms) for atoms, _ in signed.values()], dtype=np.float64) > MOST_ENTRIES:
        return _listed(All(parts=tuple(clauses)), signed)
    truth = _truth(All(parts=tuple(clauses)), {column: iter(signs) for column, (_, signs) in signed.items()})
    truth = np.broadcast_to(truth, [len(atoms) for atoms, _ in signed.values()])
    return Boxes(atoms={column: atoms for column, (atoms, _) in signed.items()}, boxes=tuple(disjoint(truth)))


def _listed(clause: Clause, signed: Mapping[str, tuple[tuple[Region, ...], Mask]]) -> Boxes | None:
    """The boxes of a clause over many columns, most of which stand under an AND; None where they are too many."""
    signs = {column: iter(rows) for column, (_, rows) in signed.items()}
    holding = {id(fact): next(signs[fact.column]) for fact in facts(clause)}
    whole = {column: np.ones(len(atoms), np.bool_) for column, (atoms, _) in signed.items()}
    try:
        found = list(_apart(clause, whole, holding, holds=True))
    except _TooManyError:
        return None
    boxes = tuple(tuple(box[column] for column in signed) for box in found)
    return Boxes(atoms={column: atoms for column, (atoms, _) in signed.items()}, boxes=boxes)


class _TooManyError(Exception):
    """More boxes than are worth it."""


def _apart(clause: Clause, room: Box, holding: Mapping[int, Mask], *, holds: bool) -> list[Box]:
    """Disjoint boxes of a room in which a clause holds (or, where not `holds`, does not)."""
    if isinstance(clause, Within):
        left = room[clause.column] & (holding[id(clause)] if holds else ~holding[id(clause)])
        return [{**room, clause.column: left}] if left.any() else []
    rooms, found = [room], []
    parts = sorted(clause.parts, key=lambda part: len(facts(part)))
    if isinstance(clause, All) == holds:
        for part in parts:
            rooms = [box for one in rooms for box in _apart(part, one, holding, holds=holds)]
            if len(rooms) > MOST_BOXES:
                raise _TooManyError
        return rooms
    for place, part in enumerate(
        parts, start=1
    ):  # what the first part takes, then what the second does of the rest, ...
        found += [box for one in rooms for box in _apart(part, one, holding, holds=holds)]
        if place < len(parts):
            rooms = [box for one in rooms for box in _apart(part, one, holding, holds=not holds)]
        if len(found) + len(rooms) > MOST_BOXES:
            raise _TooManyError
    return found


def disjoint(truth: Mask) -> list[tuple[Mask, ...]]:
    """Disjoint boxes that cover where a truth table (bool, an axis a column) holds, and nothing else.

    >>> [[axis.tolist() for axis in box] for box in disjoint(np.array([[True, True], [True, False], [True, True]]))]
    [[[True, False, True], [True, True]], [[False, True, False], [True, False]]]
    """
    axes = tuple(range(truth.ndim))
    orders = itertools.permutations(axes) if truth.ndim <= MOST_ORDERS else [axes]
    found = ((order, _sliced(truth.transpose(order))) for order in orders)
    order, boxes = min(found, key=lambda one: len(one[1]))
    return [tuple(box[order.index(axis)] for axis in axes) for box in boxes]


def _sliced(truth: Mask) -> list[tuple[Mask, ...]]:
    """The boxes, the largest slice first, with the axes in the order given."""
    if truth.ndim == 1:
        return [(truth,)] if truth.any() else []
    slices, slice_of = np.unique(truth.reshape(len(truth), -1), axis=0, return_inverse=True)
    return [
        (slice_of.ravel() == index, *rest)
        for index in np.argsort(-slices.sum(axis=1), kind="stable").tolist()
        for rest in _sliced(slices[index].reshape(truth.shape[1:]))
    ]


def _truth(clause: Clause, left: Mapping[str, Iterator[Mask]]) -> Mask:
    """A clause's truth table, an axis a column; `left` yields, as `facts` meets them, on which atoms they hold."""
    if isinstance(clause, Within):
        axis = list(left).index(clause.column)
        return next(left[clause.column]).reshape([-1 if place == axis else 1 for place in range(len(left))])
    join = np.logical_and if isinstance(clause, All) else np.logical_or
    return functools.reduce(join, [_truth(part, left) for part in clause.parts])


def _atoms(regions: Sequence[Region]) -> tuple[tuple[Region, ...], Mask]:
    """The atoms of a column's domain, and which regions hold each of them (bool [regions, atoms])."""
    units = regions[0].units
    ends = [np.array([0, units]), *(end for region in regions for end in (region.low, region.high))]
    cuts = np.unique(np.concatenate(ends))
    values = np.stack([region.holds(cuts[:-1]) for region in regions], axis=1)
    special = np.stack([region.special for region in regions], axis=1)
    missing = np.array([[region.missing for region in regions]])
    signs, atom_of = np.unique(np.concatenate([values, special, missing]), axis=0, return_inverse=True)
    of_value, of_special, of_missing = np.split(atom_of.ravel(), np.cumsum([len(values), len(special)]))
    atoms = []
    for atom in range(len(signs)):
        low, high = merged(cuts[:-1][of_value == atom], cuts[1:][of_value == atom])
        is_missing = bool(of_missing[0] == atom)
        atoms.append(Region(units=units, low=low, high=high, special=of_special == atom, missing=is_missing))
    return tuple(atoms), signs.T
