"""A table of a few rows that are nobody's, and one unit more, whose rows all hit the same cells: the worst pair.

The unit has more rows than may be used, so that bounding is attacked too; whichever are kept, they are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthgen.privacy import Entry, Ledger, PrivateTable

OVER = 5
"""Rows of the unit beyond those that may be used."""
KNOWN = "known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Both tables. `alone`: each row is a unit, so the unit brings one row and no name."""

    rows_per_unit: int
    alone: bool

    def table(self, *, there: bool, ledger: Ledger) -> PrivateTable:
        """Two columns a and b, of two cells and of one; the unit's rows, if `there`, are in the second of a."""
        brought = (1 if self.alone else self.rows_per_unit + OVER) if there else 0
        codes = np.concatenate([np.arange(6) % 2, np.ones(brought, np.int64)])
        table = PrivateTable.enter(
            [Entry(codes={"a": codes, "b": np.zeros_like(codes)}, units=self._named(6, brought), rows=len(codes))],
            cells={"a": 2, "b": 1},
            rows_per_unit=self.rows_per_unit,
            ledger=ledger,
        )
        table.set_levels({"a": np.arange(2), "b": np.arange(1)})
        return table

    def hidden(self, columns: int, *, there: bool, ledger: Ledger, rows: int) -> PrivateTable:
        """Columns of unknown values, in each of which all `rows` have one value; the unit's rows have it too."""
        brought = (1 if self.alone else self.rows_per_unit + OVER) if there else 0
        names, codes = [str(i) for i in range(columns)], np.zeros(rows + brought, np.int64)
        entry = Entry(
            codes=dict.fromkeys(names, codes),
            units=self._named(rows, brought),
            rows=len(codes),
            dictionaries=dict.fromkeys(names, (KNOWN,)),
        )
        return PrivateTable.enter(
            [entry], cells=dict.fromkeys(names, 0), rows_per_unit=self.rows_per_unit, ledger=ledger, discover=names
        )

    def _named(self, others: int, brought: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]] | None:
        """Each of the others alone, then the one unit."""
        if self.alone:
            return None
        return np.concatenate([np.arange(others), np.full(brought, others)]).astype(np.uint64)
