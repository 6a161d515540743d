"""Exact conditioning of a fitted model: on regions of single columns, on expressions over several, on public tables.

Given a codebook row the columns are independent, so Bayes' rule for a box (a region for each of some columns) is a
product: the row's weight times, for each column, the sum over levels of head * factor, where the factor is what the
region leaves of the level. An expression over several columns is a union of disjoint boxes; each box gets codebook
rows of its own, as a mixture of mixtures is one. Nothing is rejected, and the sum of the new weights is the
probability of it all. What compares two columns, or would take too much memory, is left to be filtered.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.codec import Codec
from synthgen.encode.grid import Grid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sample.boxes import All, Boxes, Clause, Some, Within, boxed, facts, is_boxable
from synthgen.sample.joint import JointCodec, combinations, flat, joined, owners
from synthgen.sample.refine import refine
from synthgen.sample.restrict import restrict
from synthgen.sql.condition import Condition
from synthgen.sql.expression import Either, Every, Expression, Fact, Unless, columns_of, conjuncts
from synthgen.sql.listed import Listed
from synthgen.sql.region import Region, implied, intersect, region_of

RAREST: Final = 1e-12
"""A condition below this probability is refused: it is lost in the rounding of the model's own shares."""
MOST_PROBABILITIES: Final = 2**26
"""Probabilities of a codebook whose rows stand for boxes, at most: 256 MB."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditioned:
    """The model given all that could be masked.

    probability  of that, before; in closed form
    rest         what is left to be filtered, row by row, or None
    """

    codebook: Codebook
    codec: Codec
    probability: float
    rest: Expression | None


def condition_codebook(
    codebook: Codebook, codec: Codec, condition: Condition | None, *, within: Sequence[tuple[str, Region]] = ()
) -> Conditioned:
    """The mixture given a condition, and regions of single columns besides.

    Codebook rows that cannot satisfy it are dropped. Raises ConditionError, with `.probability`, where a region is
    empty or the model gives it all less than 1e-12.
    """
    regions = [*within, *(condition.regions.items() if condition is not None else ())]
    terms = () if condition is None or condition.rest is None else tuple(conjuncts(condition.rest))
    return _given(codebook, codec, regions=regions, terms=terms, subject="condition")


def masked(
    codebook: Codebook, codec: Codec, *, expressions: Sequence[Expression], subject: str = "condition"
) -> Conditioned:
    """The mixture given that every expression is certainly true.

    Columns that must hold a line of a public table become one of the codec, see `joint`. Raises ConditionError, about
    `subject`, for what the model says cannot happen.
    """
    whole = Every(terms=tuple(expressions))
    regions = implied(whole, _grids(codec)) if expressions else {}
    terms = tuple(term for term in conjuncts(whole) if len(columns_of(term)) > 1)
    return _given(codebook, codec, regions=list(regions.items()), terms=terms, subject=subject)


def impossible(subject: str, probability: float, *, expected: str = "") -> ConditionError:
    """The refusal of what the model says cannot happen."""
    return ConditionError(
        subject,
        expected=expected or f"a probability of at least {RAREST:g}",
        got=f"probability {probability:.3g}",
        fix="loosen the condition: the model cannot draw such rows",
        probability=probability,
    )


def _given(
    codebook: Codebook,
    codec: Codec,
    *,
    regions: Sequence[tuple[str, Region]],
    terms: Sequence[Expression],
    subject: str,
) -> Conditioned:
    codebook, codec, probability, terms = _tabled(codebook, codec, terms, subject)
    codebook, codec, share = _narrowed(codebook, codec, _of_codec(codec, regions, subject), subject)
    probability *= share
    grids = _grids(codec)
    boxable = [term for term in terms if is_boxable(term) and columns_of(term) <= grids.keys()]
    rest = [term for term in terms if term not in boxable]  # some name columns that are made after rows are drawn
    pending = {term: _clause(term, codec, grids) for term in boxable}
    for group in _connected(pending):
        found = boxed([pending[term] for term in group])
        narrowed = None if found is None else _expanded(codebook, codec, found)
        if narrowed is None:
            rest += group
            continue
        codebook, codec, share = narrowed
        probability *= share
        if not probability >= RAREST:
            raise impossible(subject, probability)
    left = Every(terms=tuple(rest)) if len(rest) > 1 else next(iter(rest), None)
    return Conditioned(codebook=codebook, codec=codec, probability=min(probability, 1.0), rest=left)


def _tabled(
    codebook: Codebook, codec: Codec, terms: Sequence[Expression], subject: str
) -> tuple[Codebook, Codec, float, list[Expression]]:
    """The mixture given the terms that are public tables, and the other terms."""
    probability, left = 1.0, []
    for term in terms:
        table = _table(term)
        lines = None if table is None else combinations(table, codec, gaps=isinstance(term, Unless))
        found = None if lines is None else joined(codebook, codec, lines)
        if table is None or found is None:
            left.append(term)
            continue
        codebook, codec, probability = found.codebook, found.codec, probability * found.probability
        if not probability >= RAREST:
            raise impossible(f"{subject} on {', '.join(table.columns)}", probability)
    return codebook, codec, probability, left


def _table(term: Expression) -> Listed | None:
    """The table that a term demands a line of, or demands not to be certainly outside of."""
    if isinstance(term, Unless):
        return term.fact if isinstance(term.fact, Listed) and term.fact.negated else None
    return term if isinstance(term, Listed) and not term.negated else None


def _grids(codec: Codec) -> dict[str, Grid]:
    """The grid of every column of the table."""
    return {name: column.grid for name, column in flat(codec).columns.items()}


def _of_codec(codec: Codec, regions: Sequence[tuple[str, Region]], subject: str) -> dict[str, Region]:
    """Regions of the table's columns as regions of the codec's. Raises ConditionError for an empty one."""
    owner = owners(codec)
    found: dict[str, list[Region]] = {}
    for name, region in regions:
        if region.is_empty:
            raise impossible(f"{subject} on {name}", 0.0, expected="a value that the schema allows")
        found.setdefault(owner[name], []).append(_translated(codec, name, region))
    return {name: intersect(all_) for name, all_ in found.items()}


def _translated(codec: Codec, name: str, region: Region) -> Region:
    """A region of a table's column as one of the codec's column that holds it."""
    column = codec.columns[owners(codec)[name]]
    return column.within(name, region) if isinstance(column, JointCodec) else region


def _narrowed(
    codebook: Codebook, codec: Codec, regions: Mapping[str, Region], subject: str
) -> tuple[Codebook, Codec, float]:
    """The mixture given one region for each of some columns."""
    weights = codebook.weights / codebook.weights.sum()
    probabilities = codebook.probabilities.copy()
    columns = dict(codec.columns)
    for name, region in regions.items():
        columns[name], factor = restrict(codec.columns[name], region)
        head = codebook.head(codec.names.index(name)) * factor
        share = head.sum(axis=1)
        weights = weights * share
        probabilities[:, codec.span(name)] = head / np.where(share > 0, share, 1.0)[:, None]
    probability = float(weights.sum())
    if not probability >= RAREST:
        raise impossible(subject, probability)
    kept = weights > 0
    book = replace(codebook, weights=weights[kept] / probability, probabilities=probabilities[kept])
    return book, Codec(columns=columns), probability


def _clause(expression: Expression, codec: Codec, grids: Mapping[str, Grid]) -> Clause:
    """An expression over the codec's columns, its facts as regions."""
    if isinstance(expression, Every | Either):
        parts = tuple(_clause(term, codec, grids) for term in expression.terms)
        return All(parts=parts) if isinstance(expression, Every) else Some(parts=parts)
    assert isinstance(expression, Fact), "what compares two columns is filtered"
    region = region_of(expression, grids[expression.column])
    return Within(column=owners(codec)[expression.column], region=_translated(codec, expression.column, region))


def _connected(pending: Mapping[Expression, Clause]) -> list[list[Expression]]:
    """Terms in groups that share no column: groups are independent, given a codebook row."""
    groups: list[tuple[set[str], list[Expression]]] = []
    for term, clause in pending.items():
        names = {fact.column for fact in facts(clause)}
        touched = [group for group in groups if group[0] & names]
        groups = [group for group in groups if not group[0] & names]
        joint = names.union(*(columns for columns, _ in touched))
        groups.append((joint, [*(one for _, terms in touched for one in terms), term]))
    return [terms for _, terms in groups]


def _expanded(codebook: Codebook, codec: Codec, found: Boxes) -> tuple[Codebook, Codec, float] | None:
    """A codebook row for each box, in the place of each row; None when they are too many to hold."""
    parts = {name: refine(codec.columns[name], atoms) for name, atoms in found.atoms.items()}
    fine = Codec(columns={name: parts[name].codec if name in parts else old for name, old in codec.columns.items()})
    if codebook.rows * len(found.boxes) * int(fine.offsets[-1]) > MOST_PROBABILITIES:
        return None
    heads = {name: codebook.head(codec.names.index(name))[:, part.parent] * part.share for name, part in parts.items()}
    weights, probabilities = [np.zeros(0)], [np.zeros((0, int(fine.offsets[-1])), np.float32)]
    for box in found.boxes:
        inside = {name: heads[name] * box[place][parts[name].atom] for place, name in enumerate(found.atoms)}
        shares = {name: head.sum(axis=1) for name, head in inside.items()}
        weight = codebook.weights * functools.reduce(np.multiply, shares.values())
        kept = weight > 0
        normal = {name: (head[kept] / shares[name][kept, None]).astype(np.float32) for name, head in inside.items()}
        weights.append(weight[kept])
        whole = (codebook.probabilities[kept, codec.span(name)] for name in codec.names if name not in parts)
        probabilities.append(np.concatenate(list(_merged(codec.names, normal, whole)), axis=1))
    weight = np.concatenate(weights)
    probability = float(weight.sum()) / float(codebook.weights.sum())
    book = Codebook(
        weights=weight / (weight.sum() or 1.0), probabilities=np.concatenate(probabilities), offsets=fine.offsets
    )
    return book, fine, probability


def _merged(
    names: Iterable[str], some: Mapping[str, NDArray[np.float32]], others: Iterable[NDArray[np.float32]]
) -> Iterable[NDArray[np.float32]]:
    """The columns' heads in order, from those that a box changes and the others in turn."""
    left = iter(others)
    return (some[name] if name in some else next(left) for name in names)
