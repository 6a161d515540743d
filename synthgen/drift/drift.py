"""Keep a model, or refit it? New rows against the noisy shares inside the model, by column and by pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.drift.batch import Batch, read_batch
from synthgen.drift.measured import Known, Pair, known_of
from synthgen.drift.shift import (
    Difference,
    Groups,
    Shift,
    distance,
    holm,
    p_value,
    sampling,
    without_margins,
)
from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.progress import Progress, Silent
from synthgen.tables import open_table

ALPHA: Final = 0.01
"""Probability of asking for a refit though nothing has changed, at most."""
LEAST: Final = 0.03
"""Share of rows that must have moved before it matters."""
FEWEST_ROWS: Final = 100
NOISY: Final = "too few rows, or too much noise, to tell its levels apart"
COLUMN_GROUPS: Final = 16
PAIR_GROUPS: Final = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """What was found.

    verdict   refit or keep; `reasons`: why, a sentence each
    rows      of the new table; `outside`: those that break a rule of the schema
    columns   each column of what is modelled; `pairs`: those that the model measured, the most telling first
    skipped   columns or pairs that were not looked at -> why
    breaches  (column, rule) -> values of the new table that break it
    """

    verdict: Literal["refit", "keep"]
    reasons: tuple[str, ...]
    rows: int
    outside: int
    columns: tuple[Shift, ...]
    pairs: tuple[Shift, ...]
    skipped: Mapping[tuple[str, ...], str]
    breaches: Mapping[tuple[str, str], int]
    alpha: float
    least: float


def drift(
    model: Model | str | Path,
    new: str | Path | pd.DataFrame | pa.Table,
    *,
    alpha: float = ALPHA,
    least: float = LEAST,
    seed: int = 0,
    progress: Progress | None = None,
) -> Drift:
    """Compare new rows with what a model knows of those it was fitted to; those are not needed.

    What is found is read from the new rows without noise, and is as private as they are.

    alpha  probability of a false alarm, at most: half for the columns, half for the pairs
    least  share of rows that must have moved, beyond noise and chance; of the target, relative to the rows outside its
           commonest level, so that a rare class counts
    seed   of the rows that are picked where a person has more than the schema's bound

    Raises ConfigError, ModelFileError and TableError.
    """
    for name, value in (("alpha", alpha), ("least", least)):
        if not 0 < value < 1:
            raise ConfigError(name, expected="a number between 0 and 1", got=f"{value:g}")
    loaded = model if isinstance(model, Model) else Model.load(model)
    watched = progress or Silent()
    batch = read_batch(open_table(new), loaded, seed=seed, progress=watched)
    return compared(known_of(loaded), batch, alpha=alpha, least=least, progress=watched)


def compared(known: Known, batch: Batch, *, alpha: float, least: float, progress: Progress) -> Drift:
    """New rows against what is known: pure, and the same each time."""
    columns, pairs, skipped = tuple[Shift, ...](), tuple[Shift, ...](), dict[tuple[str, ...], str]()
    reasons = [] if batch.read < FEWEST_ROWS else list(_breaches(known, batch, least))
    if batch.rows < FEWEST_ROWS:
        otherwise = f"{batch.rows:,} rows that keep the schema are too few to tell: {FEWEST_ROWS} at least"
    else:
        columns = _judged(list(_columns(known, batch)), known, alpha / 2, least)
        told = {name for shift in columns for name in shift.columns}
        skipped = {(name,): NOISY for name in known.columns if name not in told}
        gone = {name for shift in columns if shift.drifted for name in shift.columns}
        found, others = _pairs(known, batch, gone, progress)
        skipped |= others
        pairs = _judged(found, known, alpha / 2, least)
        reasons += [_reason(one) for one in (*columns, *pairs) if one.drifted]
        otherwise = _kept(columns, pairs, alpha, least)
    return Drift(
        verdict="refit" if reasons else "keep",
        reasons=tuple(reasons) or (otherwise,),
        rows=batch.read,
        outside=batch.outside,
        columns=columns,
        pairs=pairs,
        skipped=skipped,
        breaches=batch.breaches,
        alpha=alpha,
        least=least,
    )


def _columns(known: Known, batch: Batch) -> Iterator[Shift]:
    """Every column alone."""
    for name, column in known.columns.items():
        group = known.grouped(name, batch.rows, COLUMN_GROUPS)
        if group.max() == 0:
            continue
        before, variance = (np.bincount(group, part).astype(np.float64) for part in (column.shares, column.noise))
        cell = group[batch.levels[name]]
        now = np.bincount(cell, minlength=len(before)) / batch.rows
        covariance = sampling(before, cell, batch.person) * (1 + batch.rows / known.rows) + np.diag(variance)
        difference = Difference(seen=now - before, covariance=covariance)
        yield _shift((name,), difference, before, partial(known.label, name, group))


def _pairs(
    known: Known, batch: Batch, gone: set[str], progress: Progress
) -> tuple[list[Shift], dict[tuple[str, ...], str]]:
    """Every pair that was measured and of which neither column has drifted."""
    skipped, found = dict[tuple[str, ...], str](), list[Shift]()
    group = {name: known.grouped(name, batch.rows, PAIR_GROUPS) for name in known.columns}
    heads = {name: known.head(name, group[name]) for name in known.columns}
    progress.stage("comparing", len(known.pairs))
    for pair in known.pairs:
        progress.advance()
        if gone & set(pair):
            skipped[pair] = "a column of it has drifted"
        elif min(int(group[name].max()) for name in pair) == 0:
            skipped[pair] = NOISY
        else:
            found.append(_pair(known, batch, pair, group, heads))
    return found, skipped


def _pair(known: Known, batch: Batch, pair: Pair, group: Mapping[str, Groups], heads: Mapping[str, Floats]) -> Shift:
    first, second = pair
    before = (heads[first] * known.weights[:, None]).T @ heads[second]
    width = before.shape[1]
    cell = group[first][batch.levels[first]] * width + group[second][batch.levels[second]]
    flat = before.ravel()
    now = np.bincount(cell, minlength=flat.size) / batch.rows
    cells = np.outer(np.bincount(group[first]), np.bincount(group[second])).ravel()
    # A row more in each cell: where hardly any is expected, their number has a long tail.
    own = sampling(flat, cell, batch.person) + np.eye(flat.size) / batch.rows**2
    covariance = own * (1 + batch.rows / known.rows) + np.diag(known.pairs[pair] * cells / known.rows**2)
    difference = without_margins(Difference(seen=now - flat, covariance=covariance), before)

    def words(cell: int) -> str:
        ends = zip(pair, divmod(cell, width), strict=True)
        return " and ".join(known.label(name, group[name], place) for name, place in ends)

    return _shift(pair, difference, flat, words)


def _shift(columns: tuple[str, ...], difference: Difference, before: Floats, words: Callable[[int], str]) -> Shift:
    seen, chance = distance(difference)
    most = int(np.abs(difference.seen).argmax())
    return Shift(
        columns=columns,
        moved=max(seen - chance, 0.0),
        seen=seen,
        chance=chance,
        p=p_value(difference),
        level=words(most),
        before=float(before[most]),
        now=float(before[most] + difference.seen[most]),
    )


def _judged(found: Sequence[Shift], known: Known, alpha: float, least: float) -> tuple[Shift, ...]:
    """Shifts with their verdict, the most telling first."""
    falls = holm([one.p for one in found], alpha)
    judged = [
        replace(one, drifted=fall and one.moved >= least * _weight(known, one))
        for one, fall in zip(found, falls, strict=True)
    ]
    return tuple(sorted(judged, key=lambda one: (not one.drifted, one.p, -one.moved)))


def _weight(known: Known, shift: Shift) -> float:
    """How much a share of rows counts: of the target alone, relative to those outside its commonest level."""
    if shift.columns != (known.target,):
        return 1.0
    return 1.0 - float(known.columns[shift.columns[0]].shares.max())


def _breaches(known: Known, batch: Batch, least: float) -> Iterator[str]:
    """Where a fit allowed no row outside the schema, new ones are news."""
    share = batch.outside / max(batch.read, 1)
    if known.strict and share >= least:
        worst = sorted(batch.breaches.items(), key=lambda item: -item[1])[:3]
        listed = ", ".join(f"{column} ({rule})" for (column, rule), _ in worst)
        yield f"{100 * share:.2g} % of the new rows break the schema, which no row did before: {listed}"


def _reason(shift: Shift) -> str:
    names = " and ".join(shift.columns)
    subject = f"{names} go together otherwise" if len(shift.columns) == 2 else f"{names} has shifted"
    return (
        f"{subject}: {100 * shift.moved:.2g} % of the rows moved beyond noise and chance (p = {shift.p:.1g}); "
        f"{shift.level}: {100 * shift.before:.3g} % before, {100 * shift.now:.3g} % now"
    )


def _kept(columns: Sequence[Shift], pairs: Sequence[Shift], alpha: float, least: float) -> str:
    if not columns:
        return "no column could be told from its noise: the model cannot say"
    return (
        f"none of {len(columns)} columns and {len(pairs)} pairs moved {100 * least:.2g} % of the rows or more beyond "
        f"noise and chance (false alarms: at most {100 * alpha:.2g} in 100)"
    )
