"""Tables as evaluation sees them: arrays that mean the same in the real, the held out and the synthetic table.

What a table holds is never refused here: a value that its column cannot have is `wrong`, which is a level of its own,
so that it counts against whoever wrote it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

BINS: Final = 20
"""Bins of a number, as the field's k-marginal scores have them."""
MOST_LEVELS: Final = 250
"""Levels of a column that a learner is told apart; scikit-learn's histograms have 255 bins, missing ones included."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Column:
    """One column. All arrays have one entry a row.

    type     as the schema says; "point" for either half of a point
    is_line  whether values lie on a line; else they are levels
    values   line: float64, numbers as they are, dates and datetimes as days since 1970-01-01, times as seconds since
             midnight, durations as seconds; NaN where missing, wrong or a sentinel.
             levels: int32 index into `levels`; -1 where missing, len(levels) where wrong
    levels   spellings; the real table's own where the schema lists none. Empty for a line
    special  int16 index into `specials`; -1 where none
    missing  bool, whether the schema allows it or not
    wrong    bool: a value of another type, or a level that is not among `levels`
    """

    name: str
    type: str
    is_line: bool
    values: NDArray[np.float64] | NDArray[np.int32]
    levels: tuple[str, ...]
    special: NDArray[np.int16]
    specials: tuple[str, ...]
    missing: NDArray[np.bool_]
    wrong: NDArray[np.bool_]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Where there is a value of the column: a number on its line, or one of its levels."""
        return ~(self.missing | self.wrong | (self.special >= 0))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Column:
        """The column of these rows: positions, which may repeat, or a mask."""
        return replace(
            self,
            values=self.values[rows],
            special=self.special[rows],
            missing=self.missing[rows],
            wrong=self.wrong[rows],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """A table, or a sample of its rows.

    rows     in it
    read     rows of the table that it was read from
    columns  those that are learned, by name, in the schema's order; a point is two
    unit     int64 index of the person of each row; None where each row is one, or the table does not say
    records  the same rows as they were found, with identifiers and without free text; () after `take`
    """

    rows: int
    read: int
    columns: Mapping[str, Column]
    unit: NDArray[np.int64] | None = None
    records: tuple[pa.RecordBatch, ...] = ()

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> View:
        """These rows: positions, which may repeat, or a mask (bool)."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        count = int(rows.sum()) if rows.dtype == np.bool_ else len(rows)
        unit = None if self.unit is None else self.unit[rows]
        return replace(self, rows=count, columns=columns, unit=unit, records=())


def sampled(view: View, rows: int, rng: np.random.Generator) -> View:
    """The view, or so many of its rows at random where it has more, in their order."""
    if view.rows <= rows:
        return view
    return view.take(np.sort(rng.choice(view.rows, rows, replace=False)))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Bins:
    """What the codes of one column mean: first its values, then missing, wrong and each sentinel.

    edges   of a line that was cut, float64 (values - 1,): code k has edges[k - 1] <= value < edges[k]. Else empty
    exact   of a line with few values, float64 (values,), each a code of its own. Else empty
    labels  of all codes
    """

    name: str
    values: int
    edges: NDArray[np.float64]
    exact: NDArray[np.float64]
    labels: tuple[str, ...]

    @property
    def levels(self) -> int:
        """How many codes there are."""
        return len(self.labels)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Codes:
    """A table in codes: `codes` int32 [rows, columns], each below its column's number of `levels`."""

    names: tuple[str, ...]
    codes: NDArray[np.int32]
    levels: tuple[int, ...]
    bins: tuple[Bins, ...]


def binned(views: Sequence[View], *, bins: int = BINS) -> tuple[Codes, ...]:
    """Codes with one meaning for all views, found in the first: the real table.

    A number is cut at its quantiles into at most `bins` bins; one with at most so many values has a code for each,
    and any other value is wrong there. A category has a code for each level.
    """
    assert views, "the real table comes first"
    found = tuple(bins_of(column, most=bins) for column in views[0].columns.values())
    names = tuple(one.name for one in found)
    levels = tuple(one.levels for one in found)
    return tuple(
        Codes(
            names=names,
            codes=np.stack([coded(view.columns[one.name], one) for one in found], axis=1),
            levels=levels,
            bins=found,
        )
        for view in views
    )


def bins_of(column: Column, *, most: int = BINS) -> Bins:
    """The bins of one column of the real table."""
    none = np.zeros(0)
    rest = ("(missing)", "(wrong)", *column.specials)
    if not column.is_line:
        return Bins(name=column.name, values=len(column.levels), edges=none, exact=none, labels=(*column.levels, *rest))
    points = column.values[column.present].astype(np.float64)
    distinct = np.unique(points)
    if len(distinct) <= most:
        labels = tuple(label(column, value) for value in distinct)
        return Bins(name=column.name, values=len(distinct), edges=none, exact=distinct, labels=(*labels, *rest))
    edges = np.unique(np.quantile(points, np.linspace(0, 1, most + 1)[1:-1]))
    ends = [label(column, edge) for edge in edges]
    labels = (f"< {ends[0]}", *(f"{a} to {b}" for a, b in itertools.pairwise(ends)), f"\u2265 {ends[-1]}")
    return Bins(name=column.name, values=len(edges) + 1, edges=edges, exact=none, labels=(*labels, *rest))


def coded(column: Column, bins: Bins) -> NDArray[np.int32]:
    """The codes of a column, int32 (rows,)."""
    missing, wrong, first_special = bins.values, bins.values + 1, bins.values + 2
    if not column.is_line:
        codes = column.values.astype(np.int32)
    elif bins.exact.size or not bins.edges.size:
        codes = _exact(column.values.astype(np.float64), bins.exact, wrong)
    else:
        codes = np.searchsorted(bins.edges, column.values, side="right").astype(np.int32)
    codes[column.missing] = missing
    codes[column.wrong] = wrong
    special = column.special >= 0
    codes[special] = first_special + column.special[special]
    return codes


def _exact(values: NDArray[np.float64], exact: NDArray[np.float64], other: int) -> NDArray[np.int32]:
    if not exact.size:
        return np.full(len(values), other, np.int32)
    place = np.minimum(np.searchsorted(exact, values), len(exact) - 1)
    return np.where(exact[place] == values, place, other).astype(np.int32)


def label(column: Column, value: float) -> str:
    """A point of a line for people.

    >>> line = np.zeros(1)
    >>> none, off = np.full(1, -1, np.int16), np.zeros(1, bool)
    >>> a = Column(name="d", type="date", is_line=True, values=line, levels=(), special=none, specials=(), missing=off,
    ...            wrong=off)
    >>> label(a, 19_000.0), label(replace(a, type="time"), 3_661.0), label(replace(a, type="number"), 2.50)
    ('2022-01-08', '01:01:01', '2.5')
    """
    seconds = value * 86_400 if column.type == "datetime" else value
    if not np.isfinite(value) or abs(seconds) > 2**53:
        return f"{value:.6g}"
    if column.type == "date":
        return str(np.datetime64(round(value), "D"))
    if column.type == "datetime":
        return str(np.datetime64(round(seconds), "s")).replace("T", " ")
    if column.type == "time":
        return str(np.datetime64(round(value), "s"))[11:]
    return f"{value:.10g}"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Features:
    """What a learner is given.

    frame        float64 columns; NaN is missing
    categorical  for each column of the frame, whether its numbers are codes, as `categorical_features` takes it
    """

    frame: pd.DataFrame
    categorical: tuple[bool, ...]


def features(view: View, like: View, *, without: Sequence[str] = ()) -> Features:
    """A view as a learner reads it, coded as `like` is, which both sides of a comparison must share.

    Lines are numbers as they are; their sentinels are a column of codes beside them, "<name> code". Levels are codes,
    the most frequent of `like` first; those beyond the 249th share one code, wrong values another.
    """
    found: dict[str, NDArray[np.float64]] = {}
    categorical = []
    for name, column in view.columns.items():
        if name in without:
            continue
        if column.is_line:
            found[name] = column.values.astype(np.float64)
            categorical.append(False)
            if column.specials:
                found[f"{name} code"] = np.where(column.special >= 0, column.special + 1.0, 0.0)
                categorical.append(True)
        else:
            found[name] = _ranked(column, like.columns[name])
            categorical.append(True)
    return Features(frame=pd.DataFrame(found, index=range(view.rows)), categorical=tuple(categorical))


def _ranked(column: Column, like: Column) -> NDArray[np.float64]:
    """Levels as ranks by frequency in `like`, the last ranks merged; NaN where missing."""
    levels = len(like.levels)
    counts = np.bincount(like.values[like.present].astype(np.int64), minlength=levels)[:levels]
    rank = np.empty(levels + 2)
    rank[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(levels), MOST_LEVELS - 1)
    rank[levels] = min(levels, MOST_LEVELS)  # wrong
    rank[levels + 1] = np.nan  # missing: index -1
    return np.asarray(rank[column.values.astype(np.int64)])
