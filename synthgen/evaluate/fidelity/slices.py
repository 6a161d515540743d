"""The main figures of the rows of one level: of the target, and of the columns by which quality is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.fidelity import associations as between
from synthgen.evaluate.fidelity import joint
from synthgen.evaluate.fidelity.columns import distance_of_shares
from synthgen.evaluate.fidelity.distances import codes_of, compared, distance, titled
from synthgen.evaluate.fidelity.estimate import Found, Tables, Words, absent, figure
from synthgen.evaluate.inputs import Inputs, rng
from synthgen.evaluate.report import Figure
from synthgen.evaluate.views import Bins, Column, View, bins_of, coded, sampled
from synthgen.schema import Schema

FEWEST_ROWS: Final = 100
"""Rows of a slice, of either table, below which its figures would be noise."""
MOST_LEVELS: Final = 50
"""Levels of a column that are looked at, the most frequent real ones."""
QUARTERS: Final = 4
"""Parts that a number is cut into."""
MOST_ROWS: Final = 20_000
"""Rows of a slice that are looked at."""
ASKED: Final = 1_000
"""Rows of each table that a slice's classifier reads."""
SHARE: Final = Words(key="slice.share", title="Share of the rows, difference")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Slice:
    """Some rows of every table.

    name    as reports say it, "sex = Female"
    column  by which the rows are picked; it is constant in them
    where   bool (rows,), which
    """

    name: str
    column: str
    where: Tables[NDArray[np.bool_]]


def sliced_by(schema: Schema, views: Tables[View]) -> tuple[str, ...]:
    """The target and the columns of `protected` and `slices`, once each, as far as tables have them."""
    named = ((schema.target,) if schema.target is not None else ()) + schema.protected + schema.slices
    return tuple(name for name in dict.fromkeys(named) if name in views.real.columns)


def slices_of(views: Tables[View], name: str) -> tuple[list[Slice], int]:
    """A slice for each level of a column, for each quarter of a number; and how many levels were left out."""
    bins = bins_of(views.real.columns[name], most=QUARTERS)
    codes = views.map(lambda view: coded(view.columns[name], bins))
    counts = np.bincount(codes.real, minlength=bins.levels)
    seen = np.bincount(codes.synthetic, minlength=bins.levels) + counts
    # A level that the schema lists is told of even when nobody holds it; missing values and codes when somebody does.
    wanted = [
        level for level in range(bins.levels) if level < bins.values or (seen[level] and level != bins.values + 1)
    ]
    kept = sorted(sorted(wanted, key=lambda level: -counts[level])[:MOST_LEVELS])
    found = [
        Slice(name=_named(name, bins, level), column=name, where=codes.map(lambda code, level=level: code == level))  # type: ignore[misc]  # mypy infers no lambda defaults
        for level in kept
    ]
    return found, len(wanted) - len(kept)


def _named(name: str, bins: Bins, level: int) -> str:
    label = bins.labels[level]
    return f"{name} {label}" if bins.edges.size and level < bins.values else f"{name} = {label}"


def slice_figures(inputs: Inputs, views: Tables[View], one: Slice) -> Iterator[Figure]:
    """How large a slice is, and how near its rows are to the real ones of the same level."""
    units = views.map(lambda view: view.unit)
    yield figure(SHARE, _share, one.where, units, rows=one.name, note=_told(one.where))
    fewest = min(int(one.where.real.sum()), int(one.where.synthetic.sum()))
    if fewest < FEWEST_ROWS:
        why = f"fewer than {FEWEST_ROWS} real or synthetic rows: too few for a slice of their own"
        yield from (absent(words, why, rows=one.name) for words in _expected())
        return
    inside = _inside(views, one, rng(inputs, f"slice {one.name}"))
    units = inside.map(lambda view: view.unit)
    codes = codes_of(inside)
    for k in (1, 2, 3):
        yield distance(compared(codes, k, rng(inputs, f"sets {k}")), units, rows=one.name)
    yield from joint.association_figures(joint.matrices(inside), units, rows=one.name)
    yield joint.c2st_figure(joint.told_in_slice(inputs, inside, one.name, most=ASKED), rows=one.name)


def _share(real: NDArray[np.bool_], other: NDArray[np.bool_]) -> Found:
    return distance_of_shares(real.astype(np.int32), other.astype(np.int32), 2)


def _told(where: Tables[NDArray[np.bool_]]) -> str:
    real, synthetic = (float(each.mean()) if each.size else 0.0 for each in (where.real, where.synthetic))
    return f"Real {real:.2%}, synthetic {synthetic:.2%}."


def _expected() -> Iterator[Words]:
    """What a slice that is large enough has figures of."""
    yield from (titled(k) for k in (1, 2, 3))
    yield from (joint.association_words(kind) for kind in between.KINDS)
    yield joint.C2ST


def _inside(views: Tables[View], one: Slice, draws: np.random.Generator) -> Tables[View]:
    """The slice's rows of every table, without the column that is constant in them."""

    def taken(view: View, where: NDArray[np.bool_]) -> View:
        rows = sampled(view.take(where), MOST_ROWS, draws)
        columns: Mapping[str, Column] = {name: each for name, each in rows.columns.items() if name != one.column}
        return replace(rows, columns=columns)

    return views.together(one.where, taken)
