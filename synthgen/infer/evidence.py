"""The one pass over the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from synthgen.identifiers.detect import Finding, detect
from synthgen.infer.rows import RowSample
from synthgen.infer.sketch import Sketch
from synthgen.tables import Source

ROWS, CELLS, BYTES = (4096, 65_536), 4_000_000, 64 << 20
"""Of one step: fewest and most rows, cells, bytes. Small batches are joined: calls on them cost more than the work."""
SURE = 0.8
"""Confidence from which a column counts as personal."""
FEWEST_ROWS = 20
"""Of a key: in fewer rows values differ by chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that is known of a column: its sketch, its values in the sampled rows, and what they look like."""

    sketch: Sketch
    sample: pa.Array
    findings: Sequence[Finding] = field(default=())

    @property
    def is_key(self) -> bool:
        """Whether every value occurs once, as far as can be told."""
        rows, seen = self.sketch.rows, self.sketch.distinct
        return rows >= FEWEST_ROWS and not self.sketch.missing and not seen.repeats and seen.number > 0.9 * rows


def evidence_of(
    source: Source, names: Sequence[str] | None = None, *, on_rows: Callable[[int], None] | None = None
) -> dict[str, Evidence]:
    """What is known of each column, or of those in `names`. Raises TableError for a damaged table."""
    columns = source.columns if names is None else tuple(names)
    sketches, sample = {name: Sketch(name=name) for name in columns}, RowSample.of(len(columns))
    rows = min(max(CELLS // len(columns), ROWS[0]), ROWS[1])
    for batch in _joined(source.batches(columns, rows), rows):
        sample.add(batch)
        for name, sketch in sketches.items():
            sketch.add(batch.column(name))
        if on_rows is not None:
            on_rows(batch.num_rows)
    kept = sample.table()
    return {name: _evidence(sketch, kept.get(name, pa.nulls(0, pa.string()))) for name, sketch in sketches.items()}


def _evidence(sketch: Sketch, sample: pa.Array) -> Evidence:
    return Evidence(sketch=sketch, sample=sample, findings=detect(sketch.name, sample))


def _joined(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= rows or sum(one.nbytes for one in waiting) >= BYTES:
            yield _one(waiting)
            waiting = []
    if waiting:
        yield _one(waiting)


def _one(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
