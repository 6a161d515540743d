"""A sample in segments: streams of rows, mixed evenly, each row told which segment it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from synthgen.progress import Progress, Silent
from synthgen.sample.draw import BLOCK, block_rng, part_seed
from synthgen.sample.stream import Draws
from synthgen.sample.unique import Seen

ORDER = 2**32
"""The part of a seed that orders rows; segments take the numbers below."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """Rows of one kind.

    labels  label column -> what it says of these rows
    """

    draws: Draws
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Segmented:
    """A sample of several streams, ready to be drawn, in bounded memory. It has at least one stream.

    A row depends on the model, the scenario, the seed, the number of rows and its place, not on the size of a batch.
    Each stream is spread evenly over the whole; within a stretch of some 65,536 rows the order is random. Where persons
    have several rows, which stand together, the streams follow one another instead.
    """

    streams: tuple[Stream, ...]
    seed: int

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(stream.draws.rows for stream in self.streams)

    @property
    def labels(self) -> tuple[str, ...]:
        """The label columns, last in the table."""
        return tuple(dict.fromkeys(name for stream in self.streams for name in stream.labels))

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the batches."""
        schema = self.streams[0].draws.schema
        for name in self.labels:
            schema = schema.append(pa.field(name, pa.string()))
        return schema

    def batches(self, *, batch_rows: int = BLOCK, progress: Progress | None = None) -> Iterator[pa.RecordBatch]:
        """Exactly `rows` rows, in batches of at most `batch_rows`."""
        progress = progress or Silent()
        progress.stage("sampling", self.rows)
        seen = Seen(rules=self.streams[0].draws.shape.rules.unique_rules)
        taps = [_Tap(source=stream.draws.batches(seen=seen)) for stream in self.streams]
        for number, counts in enumerate(self._stretches()):
            stretch = self._stretch(taps, counts, number)
            for start in range(0, stretch.num_rows, batch_rows):
                yield stretch.slice(start, batch_rows)
            progress.advance(stretch.num_rows)

    def _stretches(self) -> Iterator[list[int]]:
        """How many rows each stream gives to each stretch."""
        sizes = [stream.draws.rows for stream in self.streams]
        if self._in_turn:
            for place, size in enumerate(sizes):
                for start in range(0, size, BLOCK):
                    yield [min(BLOCK, size - start) if place == other else 0 for other in range(len(sizes))]
            return
        stretches = -(-self.rows // BLOCK)
        for number in range(stretches):
            yield [size * (number + 1) // stretches - size * number // stretches for size in sizes]

    @property
    def _in_turn(self) -> bool:
        return any(stream.draws.persons is not None for stream in self.streams)

    def _stretch(self, taps: list[_Tap], counts: list[int], number: int) -> pa.RecordBatch:
        """The next rows of each stream, in random order."""
        drawn = [batch for tap, count in zip(taps, counts, strict=True) for batch in tap.take(count)]
        table = pa.Table.from_batches(drawn)
        for name in self.labels:
            said = pa.array([stream.labels.get(name) for stream in self.streams], pa.string())
            table = table.append_column(name, said.take(pa.array(np.repeat(np.arange(len(counts)), counts))))
        if len(self.streams) > 1 and not self._in_turn:
            order = block_rng(part_seed(self.seed, ORDER), number).permutation(table.num_rows)
            table = table.take(pa.array(order))
        batches = table.combine_chunks().to_batches()
        assert len(batches) == 1, "a stretch has rows, and one chunk"
        return batches[0].cast(self.schema)


@dataclass(kw_only=True, slots=True)
class _Tap:
    """Batches to be taken row by row."""

    source: Iterator[pa.RecordBatch]
    waiting: list[pa.RecordBatch] = field(default_factory=list)

    def take(self, rows: int) -> list[pa.RecordBatch]:
        """The next `rows` rows."""
        taken: list[pa.RecordBatch] = []
        while rows > 0:
            batch = self.waiting.pop() if self.waiting else next(self.source)
            taken.append(batch.slice(0, rows))
            if batch.num_rows > rows:
                self.waiting.append(batch.slice(rows))
            rows -= taken[-1].num_rows
        return taken
