"""Rules that the sampled rows keep, and would not keep by chance: candidates, which only a person can make rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthgen.infer.describe import Described
from synthgen.infer.evidence import Evidence
from synthgen.schema import Date, DateTime, Number
from synthgen.sql.syntax import quoted
from synthgen.tables import arrays
from synthgen.tables.faults import Fault
from synthgen.tables.lines import points

MOST_COLUMNS = 60
"""Of each kind that are compared with each other."""
FEWEST_ROWS = 200
TELLING = 0.01
"""Rows out of step with each other must break a rule this often, or it says nothing."""
MOST_LEVELS = 200
FEWEST_PERSONS = 50
"""With several rows in the sample."""

Floats = NDArray[np.float64]


def candidate_rules(
    described: Sequence[Described], evidence: Mapping[str, Evidence], unit: str | None = None
) -> list[str]:
    """SQL expressions, and the tables that would have to be listed; none where too few rows were sampled."""
    lines = {own.name: _numbers(own, evidence[own.name]) for own in described if own.keys["type"] in _READERS}
    numbers = {own.name: lines[own.name] for own in described if own.keys["type"] in ("integer", "number")}
    moments = {own.name: lines[own.name] for own in described if own.keys["type"] in ("date", "datetime")}
    levels = {
        own.name: _codes(evidence[own.name])
        for own in described
        if own.keys["type"] in ("categorical", "integer") and evidence[own.name].sketch.levels is not None
    }
    sums = list(_sums(_first(numbers)))
    few = _first({name: codes for name, codes in levels.items() if codes.max(initial=0) < MOST_LEVELS})
    return [
        *sums,
        *_orders(_first(moments)),
        *(rule for rule in _orders(_first(numbers)) if not any(_follows(rule, own) for own in sums)),
        *_functions(few),
        *(_constants(few, _codes(evidence[unit])) if unit is not None else ()),
    ]


def _follows(order: str, total: str) -> bool:
    """Whether a <= c follows from c = a + b; nearly: both parts could be negative."""
    return set(order.split()) - {"<", "<="} < set(total.split())


_READERS = {
    "integer": Number(type="number"),
    "number": Number(type="number"),
    "date": Date(type="date"),
    "datetime": DateTime(type="datetime"),
}


def _first(columns: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(columns.items())[:MOST_COLUMNS])


def _numbers(own: Described, evidence: Evidence) -> Floats:
    """The sampled values; NaN where there is none."""
    reader: Any = _READERS[own.keys["type"]]
    if own.keys.get("format"):
        reader = Number(type="number", format=own.keys["format"])
    keys = {key: own.keys[key] for key in ("special", "null_values") if key in own.keys}
    found = points(evidence.sample, reader.model_copy(update={key: tuple(values) for key, values in keys.items()}))
    usable = (found.fault == Fault.NONE) & ~found.missing & (found.special < 0)
    return np.where(usable, found.data, np.nan)


def _codes(evidence: Evidence) -> NDArray[np.int64]:
    return arrays.encoded(evidence.sample)[1]


def _sums(columns: Mapping[str, Floats]) -> Iterator[str]:
    """Columns that are the sum of two others."""
    names = list(columns)
    if len(names) < 3:
        return
    table = np.stack([columns[name] for name in names])
    rows = np.flatnonzero(np.isfinite(table).all(axis=0))
    few = table[:, rows[:40]]
    if len(rows) < FEWEST_ROWS:
        return
    for a, b in combinations(range(len(names)), 2):
        total = few[a] + few[b]
        for c in np.flatnonzero(np.isclose(few, total, rtol=1e-9, atol=1e-6).all(axis=1)):
            varied = min(len(np.unique(table[column])) for column in (a, b)) > 2
            if c not in (a, b) and varied and np.allclose(table[a] + table[b], table[c], rtol=1e-9, equal_nan=True):
                yield f"{quoted(names[c])} = {quoted(names[a])} + {quoted(names[b])}"


def _orders(columns: Mapping[str, Floats]) -> Iterator[str]:
    """Columns that are equal, or never below another, though they would be if rows were out of step."""
    for a, b in permutations(columns, 2):
        x, y = columns[a], columns[b]
        both = np.isfinite(x) & np.isfinite(y)
        if both.sum() < FEWEST_ROWS:
            continue
        x, y = x[both], y[both]
        if (x == y).all():
            if list(columns).index(a) < list(columns).index(b) and len(np.unique(x)) > 1:
                yield f"{quoted(b)} = {quoted(a)}"
        elif (x <= y).all() and (x > np.roll(y, len(y) // 2)).mean() >= TELLING:
            yield f"{quoted(a)} {'<' if (x < y).all() else '<='} {quoted(b)}"


def _functions(columns: Mapping[str, NDArray[np.int64]]) -> Iterator[str]:
    """Columns of levels that another one determines."""
    for a, b in permutations(columns, 2):
        x, y = columns[a], columns[b]
        levels, pairs = len(np.unique(x)), len(np.unique(x * (MOST_LEVELS + 1) + y))
        by_chance = len(np.unique(x * (MOST_LEVELS + 1) + np.roll(y, len(y) // 2)))
        several = 1 < len(np.unique(y)) <= levels < len(x) / 20
        twins = pairs == len(np.unique(y)) and list(columns).index(b) < list(columns).index(a)  # said already
        if len(x) >= FEWEST_ROWS and several and pairs == levels and by_chance >= 2 * levels and not twins:
            yield f"({quoted(a)}, {quoted(b)}) IN TABLE '{a}_{b}.csv'"


def _constants(columns: Mapping[str, NDArray[np.int64]], unit: NDArray[np.int64]) -> Iterator[str]:
    """Columns that have one value for all the sampled rows of a person."""
    _, person, rows = np.unique(unit, return_inverse=True, return_counts=True)
    several = rows[person] > 1
    if (rows > 1).sum() < FEWEST_PERSONS:
        return
    for name, codes in columns.items():
        own, who = codes[several], person[several]
        pairs, by_chance = (
            len(np.unique(who * (MOST_LEVELS + 1) + seen)) for seen in (own, np.roll(own, len(own) // 2))
        )
        if pairs == len(np.unique(who)) and by_chance > 1.05 * pairs:
            yield f"constant({quoted(name)}) per person"
