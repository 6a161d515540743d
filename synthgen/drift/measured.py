"""What a model file says of its measurements: the noise of each column's shares, and which pairs were measured."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthgen.drift.labels import label
from synthgen.drift.shift import Groups, groups_of
from synthgen.encode.codec import ColumnCodec
from synthgen.model import Model
from synthgen.privacy import Exact, Gaussian
from synthgen.privacy.requests import TableRequest
from synthgen.schema import Column
from synthgen.shape import shape_of

Pair = tuple[str, str]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KnownColumn:
    """One column.

    codec, kind  its levels, and what it is
    shares       float64 [levels + 1], the noisy share of each level; the last is 0, for what the model never makes
    noise        float64 [levels + 1], their variance
    """

    codec: ColumnCodec
    kind: Column
    shares: Floats
    noise: Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Known:
    """What a model file knows of the rows that it was fitted to.

    rows     the noisy number of rows that were measured
    pairs    those that were measured -> the noise's variance in a cell, in rows squared
    weights  float64 [codebook rows]
    heads    column -> float64 [codebook rows, levels], as the generator has it
    target   what users predict, if the schema says so
    strict   whether the fit refused rows that break the schema, so that there were none
    """

    rows: float
    columns: Mapping[str, KnownColumn]
    pairs: Mapping[Pair, float]
    weights: Floats
    heads: Mapping[str, Floats]
    target: str | None
    strict: bool

    def grouped(self, name: str, rows: int, most: int) -> Groups:
        """Groups of a column's levels that so many new rows can tell apart."""
        column = self.columns[name]
        least = min(float(rows), self.rows)
        return groups_of(column.shares, column.noise, least, most, in_order=column.codec.is_line)

    def head(self, name: str, group: Groups) -> Floats:
        """Probabilities of a column's groups in each row of the codebook, float64 [codebook rows, groups]."""
        return np.asarray(self.heads[name] @ np.eye(int(group.max()) + 1)[group[:-1]])

    def label(self, name: str, group: Groups, number: int) -> str:
        """A group in words."""
        column = self.columns[name]
        return label(name, column.codec, column.kind, np.flatnonzero(group == number))


def known_of(model: Model) -> Known:
    """All that is needed of a model to hold new rows against it."""
    kinds = shape_of(model.schema).modelled.columns
    columns = {
        name: KnownColumn(
            codec=codec,
            kind=kinds[name],
            shares=np.append(codec.marginal, 0.0),
            noise=np.append(codec.variance, codec.variance.max()),
        )
        for name, codec in model.codec.columns.items()
    }
    return Known(
        rows=rows_used(model),
        columns=columns,
        pairs=pairs_measured(model),
        weights=model.codebook.weights,
        heads={name: model.codebook.head(place) for place, name in enumerate(columns)},
        target=model.schema.target,
        strict=model.schema.on_violation == "error" and not _found_bounds(model),
    )


def _found_bounds(model: Model) -> bool:
    """Whether the fit looked for bounds: then rows beyond them were there, and were clipped whatever the policy."""
    return any(event.what.startswith("bounds, ") for event in model.events)


def rows_used(model: Model) -> float:
    """The (noisy) number of rows that were measured: at most so many of each person as the schema says."""
    if model.people is None:
        return float(max(model.rows, 1))
    sizes = model.people.sizes
    used = model.rows * sizes.mean(most=model.schema.privacy.rows_per_unit) / max(sizes.mean(), 1e-9)
    return float(max(used, 1.0))


def pairs_measured(model: Model) -> Mapping[Pair, float]:
    """Pairs of columns that were measured, and the noise's variance in a cell of their table, in rows squared.

    A pair measured in each group of the target is the sum of these tables. Measurements of one pair are pooled by
    inverse variance. 0 where a table was exact.
    """
    names, target = model.codec.names, model.schema.target
    groups = model.codec.columns[target].levels if target in names else 1
    known = {
        TableRequest(columns=pair, by_group=by, sigma=1.0).name(target): (pair, groups if by else 1)
        for pair in itertools.combinations(names, 2)
        for by in (False, True)
    }
    precision: dict[Pair, float] = {}
    for name, variance in _tables(model):
        if name in known:
            pair, times = known[name]
            noise = variance * times
            precision[pair] = float("inf") if noise == 0 else precision.get(pair, 0.0) + 1 / noise
    return {pair: 1 / said for pair, said in precision.items()}


def _tables(model: Model) -> list[tuple[str, float]]:
    """Names and variances of all counts in the ledger."""
    found: list[tuple[str, float]] = []
    for event in model.events:
        if isinstance(event, Exact):
            found += [(name, 0.0) for name in event.names]
        elif isinstance(event, Gaussian):
            found += [(part.name, part.sigma**2) for part in event.parts]
    return found
