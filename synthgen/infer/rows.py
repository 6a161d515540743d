"""A sample of whole rows: what columns say about each other can be seen in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.infer.distinct import mixed
from synthgen.tables import arrays

FEWEST, MOST, CELLS = 2000, 10_000, 1_000_000
"""Rows kept: as many as make CELLS cells, within these limits."""


@dataclass(kw_only=True, slots=True)
class RowSample:
    """The rows whose numbers have the smallest hashes: the same for the same table, any as likely as another."""

    most: int
    rows: int = 0
    keys: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    kept: list[pa.RecordBatch] = field(default_factory=list)

    @classmethod
    def of(cls, columns: int) -> RowSample:
        """An empty sample of a table with so many columns."""
        return cls(most=min(max(CELLS // columns, FEWEST), MOST))

    def add(self, batch: pa.RecordBatch) -> None:
        """Take in the next rows."""
        keys = mixed(np.arange(self.rows, self.rows + batch.num_rows, dtype=np.int64))
        self.rows += batch.num_rows
        if len(self.keys) >= self.most:
            near = keys < np.partition(self.keys, self.most - 1)[self.most - 1]
            keys, batch = keys[near], batch.filter(pa.array(near))
        if len(keys):
            self.keys = np.concatenate([self.keys, keys])
            self.kept.append(batch)
        if len(self.keys) > 2 * self.most:
            self._shrink()

    def table(self) -> dict[str, pa.Array]:
        """The sampled rows by column, as text, numbers, dates and the like; no more than `most`."""
        if not self.kept:
            return {}
        self._shrink()
        return {name: self.kept[0].column(name) for name in self.kept[0].schema.names}

    def _shrink(self) -> None:
        best = np.sort(np.argsort(self.keys, kind="stable")[: self.most])
        columns = {}
        for name in self.kept[0].schema.names:
            parts = [arrays.plain(batch.column(name)) for batch in self.kept]
            whole = pa.chunked_array([_decoded(part) for part in parts]).combine_chunks()
            columns[name] = whole.take(pa.array(best))
        self.keys = self.keys[best]
        self.kept = [pa.RecordBatch.from_pydict(columns)]


def _decoded(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
