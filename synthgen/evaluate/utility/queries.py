"""Questions that people ask of tables, and how far the synthetic answers are off.

Three kinds, drawn at random: counts of rows with two or three properties, counts of rows between two bounds, and means
by group. The properties of a count are those of a real row picked at random, so that it asks for what there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from synthgen.evaluate.inputs import RESAMPLES, Inputs, bootstrap_interval, rng
from synthgen.evaluate.report import Absent, Curves, Drawing, Figure, Interval, Line, Note, Table
from synthgen.evaluate.views import View, sampled

ROWS: Final = 50_000
QUERIES: Final = 300
MOST_GROUPINGS: Final = 100
FEWEST_ROWS: Final = 50
FEWEST_OF_A_GROUP: Final = 30
SANITY: Final = 0.001
"""A share of rows below which errors are told relative to it and not to the answer: no answer is ever 0."""
WIDTH: Final = 0.25
"""Share of a line's rows that a count's range holds."""
LEVELS: Final = {"": 0.5, "_90": 0.9, "_99": 0.99}
WORDS: Final = {"": "median", "_90": "90 % quantile", "_99": "99 % quantile"}
NOTE: Final = Note(
    text=f"Errors of counts are relative: |synthetic - real| over the real share of rows, or over {SANITY:.1%} of the "
    "rows where that is more. Columns shuffled by themselves keep counts between two bounds. Errors of means by group "
    "are in standard deviations of the column; a group that the synthetic table does not have is off by one of them.",
    source="The bound on relative errors: Xiao, Wang, Gehrke 2011, IEEE TKDE 23(8), section 7",
)
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One property: a level's index, or the closed range from `low` to `high` of a line."""

    column: str
    level: int = -1
    low: float = 0.0
    high: float = 0.0

    def holds(self, view: View) -> NDArray[np.bool_]:
        """Whether each row has it."""
        column = view.columns[self.column]
        if self.level >= 0:
            return np.asarray(column.values == self.level)
        return np.asarray((column.values >= self.low) & (column.values <= self.high))


Query = tuple[Condition, ...]
"""All of its conditions hold."""


def counts(real: View, draws: np.random.Generator, *, queries: int = QUERIES) -> tuple[Query, ...]:
    """Two or three properties each, of a row picked at random; without those that it lacks a value for."""
    names = list(real.columns)
    if len(names) < 2:
        return ()
    ranked = {
        name: np.sort(one.values[one.present].astype(np.float64)) for name, one in real.columns.items() if one.is_line
    }
    found = []
    for row in draws.integers(0, real.rows, queries).tolist():
        size = min(len(names), int(draws.integers(2, 4)))
        chosen = draws.choice(len(names), size, replace=False).tolist()
        query = tuple(_of_a_row(real, names[at], row, ranked) for at in chosen if real.columns[names[at]].present[row])
        if len(query) > 1:
            found.append(query)
    return tuple(found)


def _of_a_row(real: View, name: str, row: int, ranked: Mapping[str, Floats]) -> Condition:
    column = real.columns[name]
    if not column.is_line:
        return Condition(column=name, level=int(column.values[row]))
    line = ranked[name]
    place = int(np.searchsorted(line, column.values[row], side="left"))
    reach = int(len(line) * WIDTH / 2)
    low, high = line[max(0, place - reach)], line[min(len(line) - 1, place + reach)]
    return Condition(column=name, low=float(low), high=float(high))


def ranges(real: View, draws: np.random.Generator, *, queries: int = QUERIES) -> tuple[Query, ...]:
    """A range of one line each, between two of its quantiles."""
    lines = [name for name, one in real.columns.items() if one.is_line and one.present.any()]
    if not lines:
        return ()
    found = []
    for at in draws.integers(0, len(lines), queries).tolist():
        column = real.columns[lines[at]]
        low, high = np.quantile(column.values[column.present], np.sort(draws.random(2))).tolist()
        found.append((Condition(column=lines[at], low=low, high=high),))
    return tuple(found)


def answers(view: View, queries: Sequence[Query]) -> Floats:
    """The share of rows that each query holds for, float64 (queries,)."""
    return np.array([np.logical_and.reduce([one.holds(view) for one in query]).mean() for query in queries])


def errors(real: Floats, other: Floats) -> Floats:
    """Relative errors of shares.

    >>> errors(np.array([0.5, 0.0]), np.array([0.4, 0.001])).round(3)
    array([0.2, 1. ])
    """
    return np.abs(other - real) / np.maximum(real, SANITY)


def groupings(real: View, draws: np.random.Generator) -> tuple[tuple[str, str], ...]:
    """Pairs of a column of levels and a line: the mean of one by the other."""
    levels = [name for name, one in real.columns.items() if not one.is_line and len(one.levels) > 1]
    lines = [name for name, one in real.columns.items() if one.is_line and one.present.any()]
    pairs = [(by, of) for by in levels for of in lines]
    kept = draws.permutation(len(pairs))[:MOST_GROUPINGS].tolist()
    return tuple(pairs[at] for at in sorted(kept))


def group_errors(real: View, other: View, pairs: Sequence[tuple[str, str]]) -> Floats:
    """How far the means of all groups with enough real rows are off, in standard deviations: float64 (groups,)."""
    return np.concatenate([_of_a_pair(real, other, by, of) for by, of in pairs] or [np.zeros(0)])


def _of_a_pair(real: View, other: View, by: str, of: str) -> Floats:
    line, levels = real.columns[of], len(real.columns[by].levels)
    spread = float(line.values[line.present].std())
    if not spread:
        return np.zeros(0)
    (size, mean), (found, guess) = (_means(view, by, of, levels) for view in (real, other))
    enough = size >= FEWEST_OF_A_GROUP
    off = np.where(found > 0, np.abs(guess - mean) / spread, 1.0)
    return off[enough]


def _means(view: View, by: str, of: str, levels: int) -> tuple[Floats, Floats]:
    """Rows and mean of each group."""
    group, line = view.columns[by], view.columns[of]
    both = group.present & line.present
    codes = group.values[both].astype(np.int64)
    rows = np.bincount(codes, minlength=levels).astype(np.float64)
    sums = np.bincount(codes, weights=line.values[both], minlength=levels)
    return rows, sums / np.maximum(rows, 1.0)


def found_in(inputs: Inputs) -> tuple[tuple[Figure, ...], tuple[Drawing, ...], tuple[Note, ...]]:
    """Figures, drawings and notes on queries."""
    draws = rng(inputs, "utility queries")
    views = {
        name: sampled(view, ROWS, draws)
        for name, view in (
            ("real", inputs.real),
            ("synthetic", inputs.synthetic),
            ("first", inputs.first),
            ("second", inputs.second),
            ("independent", inputs.independent),
        )
    }
    if min(view.rows for view in views.values()) < FEWEST_ROWS:
        why = Absent(why=f"a table has fewer than {FEWEST_ROWS} rows")
        return (_figure("counts", "counts", (why, why, why), draws),), (), ()
    kinds = dict(_kinds(views, draws))
    figures = [
        _figure(f"{kind}{suffix}", title, found, draws, suffix=suffix)
        for kind, (title, found) in kinds.items()
        for suffix in LEVELS
    ]
    drawings: list[Drawing] = [_table(kinds)]
    if len(kinds["counts"][1][0]):
        drawings.append(_curves(kinds["counts"][1]))
    return tuple(figures), tuple(drawings), (NOTE,)


Three = tuple[Floats, Floats, Floats]
"""Errors of the synthetic table, of the second real sample, of independent columns."""


def _kinds(views: Mapping[str, View], draws: np.random.Generator) -> Iterator[tuple[str, tuple[str, Three]]]:
    for kind, title, queries in (
        ("counts", "counts of two or three properties", counts(views["real"], draws)),
        ("ranges", "counts between two bounds", ranges(views["real"], draws)),
    ):
        said = {name: answers(view, queries) for name, view in views.items()}
        pairs = (("real", "synthetic"), ("first", "second"), ("real", "independent"))
        a, b, c = (errors(said[left], said[right]) for left, right in pairs)
        yield kind, (title, (a, b, c))
    pairs_of = groupings(views["real"], draws)
    yield (
        "groups",
        (
            "means by group",
            (
                group_errors(views["real"], views["synthetic"], pairs_of),
                group_errors(views["first"], views["second"], pairs_of),
                group_errors(views["real"], views["independent"], pairs_of),
            ),
        ),
    )


def _figure(
    name: str,
    title: str,
    three: Three | tuple[Absent, Absent, Absent],
    draws: np.random.Generator,
    *,
    suffix: str = "",
) -> Figure:
    level, value = LEVELS[suffix], three[0]
    a, b, c = (_quantile(one, level) for one in three)
    interval: Interval | Absent = Absent(why="there are no queries of this kind")
    if not isinstance(value, Absent) and not isinstance(a, Absent):
        again = value[draws.integers(0, len(value), (RESAMPLES, len(value)))]
        interval = bootstrap_interval(a, np.quantile(again, level, axis=1).tolist(), low=0.0)
    return Figure(
        key=f"utility.queries.{name}",
        title=f"Error of {title}, {WORDS[suffix]}",
        value=a,
        tier="internal",
        better="lower",
        interval=interval,
        ceiling=b,
        floor=c,
        note="" if isinstance(value, Absent) else f"Over {len(value)} answers; the interval is over queries.",
    )


def _quantile(errors: Floats | Absent, level: float) -> float | Absent:
    if isinstance(errors, Absent):
        return errors
    return float(np.quantile(errors, level)) if errors.size else Absent(why="no columns make such queries")


def _table(kinds: Mapping[str, tuple[str, Three]]) -> Table:
    sides = ("synthetic", "second real sample", "independent columns")
    cells: list[tuple[str | float | None, ...]] = [
        (f"{title}, {side}", len(values), *(float(np.quantile(values, q)) for q in (0.5, 0.9, 0.99, 1.0)))
        for title, three in kinds.values()
        for side, values in zip(sides, three, strict=True)
        if len(values)
    ]
    header = ("queries", "answers", "median error", "90 %", "99 %", "largest")
    return Table(title="Errors of answers to random queries", tier="internal", header=header, cells=tuple(cells))


def _curves(three: Three) -> Curves:
    shares = np.linspace(0.0, 1.0, 101)
    names: tuple[tuple[str, Literal["synthetic", "ceiling", "floor"]], ...] = (
        ("synthetic", "synthetic"),
        ("second real sample", "ceiling"),
        ("independent columns", "floor"),
    )
    return Curves(
        title="Errors of random counts, from the smallest to the largest",
        tier="internal",
        x="share of queries",
        y="relative error at most",
        lines=tuple(
            Line(
                name=name,
                role=role,
                x=tuple(shares.tolist()),
                y=tuple(np.quantile(values, shares).tolist()),
            )
            for (name, role), values in zip(names, three, strict=True)
        ),
    )
