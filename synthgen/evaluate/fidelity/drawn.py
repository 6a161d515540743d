"""What a page draws of the fidelity: every column's shares, the matrices of associations, the worst pairs, tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.fidelity.associations import KINDS, Association, Kind, Pair
from synthgen.evaluate.fidelity.classifier import Told
from synthgen.evaluate.fidelity.estimate import Floats, Tables
from synthgen.evaluate.fidelity.joint import Matrices
from synthgen.evaluate.report import Distribution, Matrix, Table
from synthgen.evaluate.views import Codes, Column, View, label

BARS: Final = 30
"""Bars of a number's histogram."""
MOST_LEVELS: Final = 40
"""Levels that are drawn one by one, the most frequent real ones; the rest is one bar."""
MOST_SIDE: Final = 15
"""Levels on a side of a pair's matrix."""
OTHERS: Final = "(others)"


def distributions(views: Tables[View]) -> Iterator[Distribution]:
    """The shares of every column, overlaid."""
    for name, real in views.real.columns.items():
        yield (
            _histogram(real, views.synthetic.columns[name])
            if real.is_line
            else _bars(real, views.synthetic.columns[name])
        )


def _histogram(real: Column, synthetic: Column) -> Distribution:
    """Even bars from the real 0.5 % to the 99.5 % quantile, in logarithms where that spans factors; what is beyond."""
    known = real.values[real.present].astype(np.float64)
    edges = _edges(known)
    beyond = (f"< {label(real, edges[0])}", f"\u2265 {label(real, edges[-1])}") if edges.size else ()
    labels = [f"{label(real, a)} to {label(real, b)}" for a, b in itertools.pairwise(edges)]
    labels += [*beyond, "(missing)", "(wrong)", *real.specials]
    shares = [_shares_of_line(column, edges, len(labels)) for column in (real, synthetic)]
    bars = max(len(edges) - 1, 0)
    kept = [place for place in range(len(labels)) if place < bars or shares[0][place] or shares[1][place]]
    return _drawn(real.name, [labels[place] for place in kept], *(share[kept] for share in shares), edges=edges)


def _edges(known: Floats) -> Floats:
    """Ends of the bars, ascending: one bar for each value of a number that has few; none where there are no values."""
    if not known.size:
        return np.zeros(0)
    distinct = np.unique(known)
    low, high = np.quantile(known, [0.005, 0.995])
    if not np.isfinite(2 * (high - low)):  # the ends of float64: no bar between them has a width
        return np.zeros(0)
    if len(distinct) <= BARS:
        low, high = distinct[0], distinct[-1]
    if not high > low:
        edges = np.array([low - 0.5, low + 0.5])
        return edges if edges[1] > edges[0] else np.zeros(0)
    whole = bool((known == np.round(known)).all()) and high - low < 2 * BARS
    if whole:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    if low > 0 and high / low > 1000:
        return np.geomspace(low, high * (1 + 1e-12), BARS + 1)
    # The last bar holds its upper end, as a largest value should not be beyond the largest values.
    return np.linspace(low, np.nextafter(high, np.inf), BARS + 1)


def _shares_of_line(column: Column, edges: Floats, labels: int) -> Floats:
    bars = max(len(edges) - 1, 0)
    place = np.searchsorted(edges, column.values, side="right") - 1
    below, above = place < 0, place >= bars
    beyond = 2 if edges.size else 0
    place = np.where(below, bars, np.where(above, bars + 1, place)) if edges.size else np.zeros_like(place)
    place[column.missing] = bars + beyond
    place[column.wrong] = bars + beyond + 1
    special = column.special >= 0
    place[special] = bars + beyond + 2 + column.special[special]
    if not edges.size:  # nothing real to measure by: what has a value is as good as wrong
        place[column.present] = 1
    return _shares(place, labels)


def _bars(real: Column, synthetic: Column) -> Distribution:
    levels = len(real.levels)
    labels = np.array([*real.levels, "(wrong)", "(missing)"], object)
    both = [_shares(np.where(one.missing, levels + 1, one.values), levels + 2) for one in (real, synthetic)]
    order = np.arange(levels)
    if levels > MOST_LEVELS:
        order = np.sort(np.argsort(-both[0][:levels], kind="stable")[: MOST_LEVELS - 1])
    names = [str(each) for each in labels[order]]
    shares = [each[order].tolist() for each in both]
    if levels > MOST_LEVELS:
        names.append(OTHERS)
        shares = [
            [*part, max(0.0, float(each[:levels].sum() - sum(part)))] for part, each in zip(shares, both, strict=True)
        ]
    for place in (levels, levels + 1):
        if both[0][place] or both[1][place]:
            names.append(str(labels[place]))
            shares = [[*part, float(each[place])] for part, each in zip(shares, both, strict=True)]
    return _drawn(real.name, names, np.array(shares[0]), np.array(shares[1]))


def _shares(codes: NDArray[np.integer], levels: int) -> Floats:
    return np.bincount(codes.astype(np.int64), minlength=levels) / max(len(codes), 1)


def _drawn(
    name: str, labels: Sequence[str], real: Floats, synthetic: Floats, *, edges: Floats | None = None
) -> Distribution:
    return Distribution(
        title=name,
        tier="internal",
        column=name,
        labels=tuple(labels),
        real=tuple(real.tolist()),
        synthetic=tuple(synthetic.tolist()),
        edges=() if edges is None else tuple(edges.tolist()),
    )


def association_matrices(found: Matrices) -> Iterator[Matrix]:
    """The four matrices of real and synthetic, where there are two columns of the kind."""
    for kind, tables in found.items():
        pairs = list(tables.real)
        if pairs:
            square = kind != "correlation_ratio"
            rows = tuple(dict.fromkeys(name for pair in pairs for name in (pair if square else pair[:1])))
            columns = rows if square else tuple(dict.fromkeys(pair[1] for pair in pairs))
            yield Matrix(
                title=KINDS[kind],
                tier="internal",
                rows=rows,
                columns=columns,
                real=_values(tables.real, rows, columns, kind),
                synthetic=_values(tables.synthetic, rows, columns, kind),
                low=-1.0 if kind in ("pearson", "spearman") else 0.0,
            )


def _values(
    found: dict[Pair, Association], rows: Sequence[str], columns: Sequence[str], kind: Kind
) -> tuple[tuple[float | None, ...], ...]:
    def of(one: str, two: str) -> float | None:
        if one == two and kind != "correlation_ratio":
            return 1.0
        each = found.get((one, two)) or found[(two, one)]
        return each.value if np.isfinite(each.value) else None

    return tuple(tuple(of(one, two) for two in columns) for one in rows)


def pair_matrices(pairs: Sequence[tuple[int, ...]], codes: Tables[Codes]) -> Iterator[Matrix]:
    """Shares of the combinations of two columns' levels."""
    for one, two in pairs:
        sides = [_grouped(codes, place) for place in (one, two)]
        shares = [
            _shares(sides[0][0][table] * len(sides[1][1]) + sides[1][0][table], len(sides[0][1]) * len(sides[1][1]))
            for table in (0, 1)
        ]
        shape = len(sides[0][1]), len(sides[1][1])
        real, synthetic = (tuple(map(tuple, each.reshape(shape).tolist())) for each in shares)
        names = codes.real.names[one], codes.real.names[two]
        yield Matrix(
            title=f"{names[0]} and {names[1]}",
            tier="internal",
            rows=sides[0][1],
            columns=sides[1][1],
            real=real,
            synthetic=synthetic,
            low=0.0,
            high=max(float(each.max()) for each in shares),
        )


def _grouped(codes: Tables[Codes], place: int) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], tuple[str, ...]]:
    """Codes of a real and a synthetic column with few levels, and their labels; without levels that nobody holds."""
    real, synthetic = (each.codes[:, place].astype(np.int64) for each in (codes.real, codes.synthetic))
    bins = codes.real.bins[place]
    counts = _shares(real, bins.levels) + _shares(synthetic, bins.levels)
    held = np.nonzero(counts)[0]
    most = MOST_SIDE if not bins.edges.size else bins.levels
    kept = held if len(held) <= most else np.sort(held[np.argsort(-counts[held], kind="stable")[: most - 1]])
    lookup = np.full(bins.levels, len(kept))
    lookup[kept] = np.arange(len(kept))
    labels = tuple(bins.labels[level] for level in kept) + ((OTHERS,) if len(held) > len(kept) else ())
    return (lookup[real], lookup[synthetic]), labels


def telling_table(found: Told) -> Table:
    """Every column, by what it told the classifier."""
    rows = sorted(found.telling.items(), key=lambda pair: -pair[1])
    return Table(
        title="What told the classifier most",
        tier="internal",
        header=("column", "AUC falls by, when it is shuffled"),
        cells=tuple((name, round(loss, 4)) for name, loss in rows),
    )
