"""Bounds that the schema leaves open: paid for where it says `bounds: discover`, exact where there is no privacy.

Under a finite epsilon a line's values are put on public marks, its ends are found by noisy counts, and whatever lies
beyond them is clipped when the rows are read again, whatever the policy: nobody declared these bounds, so no row is at
fault for passing them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthgen.encode.enter import hash_key, hashed
from synthgen.encode.grid import value_of
from synthgen.privacy import Entry, Exact, Ledger, Marks, PrivateTable, find_ends
from synthgen.schema import Date, DateTime, Line, Number, Schema, learned, undeclared
from synthgen.schema.lines import point_of
from synthgen.tables import Conformed
from synthgen.tables.conform import Values
from synthgen.tables.lines import bounds

PARTS = 16
"""Fine cells of each doubling."""
WHOLE = 2**52
"""The largest step from zero; a bound of more would not be exact as a float."""
SMALLEST, LARGEST = 2.0**-32, 2.0**64
"""Magnitudes that a number without `decimals` is told apart between."""
YEARS = 10
"""Of each coarse bin of a calendar."""
SPAN = 9996
"""Years of a calendar."""
QUARTERS = 4
"""Fine cells of each year."""
DAY = 86_400

Batches = Callable[[], Iterator[Conformed]]
"""Reads the whole table, conformed, as often as it is called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruler:
    """Public marks on the whole line of a column: cell c holds the values low[c] .. high[c], both possible."""

    low: NDArray[np.int64] | NDArray[np.float64]
    high: NDArray[np.int64] | NDArray[np.float64]
    marks: Marks

    def encode(self, values: Values) -> NDArray[np.int64]:
        """Cells (int64, one a row) of conformed values; one more cell holds what is missing or a sentinel."""
        cell = np.searchsorted(self.low, values.data, side="right") - 1
        outside = values.null | (values.special >= 0)
        return np.where(outside, self.marks.cells, np.clip(cell, 0, self.marks.cells - 1))


def ruler(column: Line) -> Ruler:
    """The marks of a column, by its kind and decimals alone.

    >>> from synthgen.schema import Integer
    >>> own = ruler(Integer(type="integer"))
    >>> middle = own.marks.cells // 2
    >>> own.low[middle - 2 : middle + 3].tolist(), int(own.high[-1]) == 2**52
    ([-2, -1, 0, 1, 2], True)
    """
    if isinstance(column, Date | DateTime):
        return _calendar(1 if isinstance(column, Date) else DAY)
    if not isinstance(column, Number):
        return _magnitudes(_doublings(WHOLE), smallest_gap=1)
    if column.decimals is None:
        edges = SMALLEST * np.exp2(np.arange(np.log2(LARGEST / SMALLEST) * PARTS + 1) // PARTS)
        fine = 1 + np.arange(len(edges)) % PARTS / PARTS
        return _magnitudes(edges * fine, smallest_gap=0)
    steps = _magnitudes(_doublings(WHOLE), smallest_gap=1)
    scale = 10.0**column.decimals
    return replace(steps, low=steps.low / scale, high=steps.high / scale)


def _doublings(largest: int) -> NDArray[np.int64]:
    """Whole numbers from 1 to just beyond `largest`: PARTS to each doubling, fewer where they would coincide."""
    powers = np.exp2(np.arange(int(np.log2(largest))))
    fine = np.ceil(np.outer(powers, 1 + np.arange(PARTS) / PARTS)).astype(np.int64)
    return np.append(np.unique(fine), largest + 1)


def _magnitudes(edges: NDArray[np.int64] | NDArray[np.float64], *, smallest_gap: int) -> Ruler:
    """Cells between growing edges, mirrored below zero, and zero (with all that is smaller) in the middle."""
    upper_low, upper_high = edges[:-1], edges[1:] - smallest_gap
    zero = np.zeros(1, edges.dtype)
    octave = np.floor(np.log2(upper_low)).astype(np.int64)
    starts = np.flatnonzero(np.diff(octave, prepend=octave[0] - 1))
    above = len(upper_low) + 1 + starts
    below = len(upper_low) - np.append(starts[1:], len(upper_low))[::-1]
    return Ruler(
        low=np.concatenate([-upper_high[::-1], zero, upper_low]),
        high=np.concatenate([-upper_low[::-1], zero, upper_high]),
        marks=Marks(coarse=np.concatenate([below, [len(upper_low)], above, [2 * len(upper_low) + 1]])),
    )


def _calendar(units_a_day: int) -> Ruler:
    """Quarters of the years 2 to 9997, by decades: at either end there is room for a time zone."""
    months = np.arange(0, SPAN * 12 + 1, 12 // QUARTERS) - 1968 * 12
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    starts = np.arange(0, SPAN * QUARTERS, YEARS * QUARTERS)
    return Ruler(
        low=days[:-1] * units_a_day,
        high=days[1:] * units_a_day - 1,
        marks=Marks(coarse=np.append(starts, SPAN * QUARTERS)),
    )


def wanting(schema: Schema) -> tuple[str, ...]:
    """The columns whose bounds are to be found within the budget.

    >>> wanting(Schema(name="t", columns={"pay": {"type": "integer", "bounds": "discover"}, "on": {"type": "boolean"}}))
    ('pay',)
    """
    return tuple(name for name, column in learned(schema).items() if getattr(column, "bounds", None) == "discover")


def with_bounds(batches: Batches, schema: Schema, ledger: Ledger, *, rho: float) -> tuple[Schema, tuple[str, ...]]:
    """The schema with every line closed, and warnings; reads the rows only where the schema leaves a bound open.

    Under a finite epsilon: noisy ends of the columns with `bounds: discover`, for `rho` in all. Without privacy: exact
    ends, of every open line. Charged before a row is looked at, so a ledger that cannot carry it refuses (LedgerError).
    """
    undeclared_ends = [name for name, keys in undeclared(schema).items() if keys != "values"]
    if ledger.budget.is_private and not undeclared_ends:
        return _discovered(batches, schema, ledger, rho)
    wanted = [name for name in schema.columns if name in undeclared_ends or name in wanting(schema)]
    return _exact(batches, schema, ledger, wanted), ()


def clipped(batch: Conformed, found: Schema, declared: Schema) -> Conformed:
    """A batch that was conformed to what was declared, brought inside the bounds that were found; row by row."""
    columns = dict(batch.columns)
    for name in wanting(declared):
        closed: Any = found.columns[name]  # a line: nothing else has bounds
        columns[name] = replace(columns[name], data=np.clip(columns[name].data, *bounds(closed)))
    return replace(batch, columns=columns)


def _discovered(batches: Batches, schema: Schema, ledger: Ledger, rho: float) -> tuple[Schema, tuple[str, ...]]:
    """Bounds from noisy counts."""
    rulers = {name: ruler(schema.columns[name]) for name in wanting(schema)}  # type: ignore[arg-type]  # only lines have bounds
    if not rulers:
        return schema, ()
    table = PrivateTable.enter(
        _entries(batches(), rulers),
        cells={name: own.marks.cells + 1 for name, own in rulers.items()},
        rows_per_unit=schema.privacy.rows_per_unit,
        ledger=ledger,
    )
    ends = find_ends(table, {name: own.marks for name, own in rulers.items()}, rho=rho)
    seen = {name: (own.low[ends[name].first].item(), own.high[ends[name].last].item()) for name, own in rulers.items()}
    return _bounded(schema, seen), tuple(_unsure(name) for name, own in ends.items() if not own.sure)


def _unsure(name: str) -> str:
    return (
        f"column {name}: its rows stand above the noise nowhere, so its bounds are a guess; "
        "declare minimum and maximum, or raise epsilon"
    )


def _entries(batches: Iterator[Conformed], rulers: Mapping[str, Ruler]) -> Iterator[Entry]:
    key = hash_key()
    for batch in batches:
        codes = {name: own.encode(batch.columns[name]) for name, own in rulers.items()}
        yield Entry(codes=codes, units=hashed(batch.unit, key), rows=batch.rows)


def _exact(batches: Batches, schema: Schema, ledger: Ledger, wanted: Sequence[str]) -> Schema:
    """Bounds as they stand in the rows: only where there is no privacy to lose, and a private ledger refuses it."""
    if not wanted:
        return schema
    ledger.charge(Exact(what="bounds", names=tuple(wanted)))
    seen: dict[str, tuple[float, float]] = {}
    for batch in batches():
        for name in wanted:
            values = batch.columns[name]
            inside = values.data[~values.null & (values.special < 0)]
            if len(inside):
                low, high = seen.get(name, (np.inf, -np.inf))
                seen[name] = min(low, inside.min().item()), max(high, inside.max().item())
    return _bounded(schema, {name: seen.get(name, (0.0, 0.0)) for name in wanted})


def _bounded(schema: Schema, seen: Mapping[str, tuple[float, float]]) -> Schema:
    """The schema with the open ends of the columns in `seen` (as numbers that the column counts in) closed.

    An end that is declared stays, and no found one passes it.
    """
    closed = {name: _closed(schema.columns[name], low, high) for name, (low, high) in seen.items()}
    return schema.model_copy(update={"columns": dict(schema.columns) | closed})


def _closed(column: Any, low: float, high: float) -> Any:
    """A column between `low` and `high`, or what was declared of them; every kind of line has these keys."""
    least = -np.inf if column.minimum is None else float(point_of(column, column.minimum))
    most = np.inf if column.maximum is None else float(point_of(column, column.maximum, late=True))
    found = {key: value_of(column, min(max(end, least), most)) for key, end in (("minimum", low), ("maximum", high))}
    stays = {key: getattr(column, key) for key in found if getattr(column, key) is not None}
    return column.model_copy(update=found | stays | {"bounds": None})
