"""Figures and samples of one fit, kept until it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from synthgen.engine.codebook import Codebook
from synthgen.engine.record import FREE, OF_ROWS, Name
from synthgen.model import Model
from synthgen.sample.draw import block_rng, draw_levels
from synthgen.sample.placing import decoded
from synthgen.sample.written import written
from synthgen.shape import shape_of

MEANINGS: Mapping[Name, str] = dict([*FREE.items(), *OF_ROWS.items()])


@dataclass(kw_only=True, slots=True)
class Curves:
    """A `Record` that remembers. One of a private run takes the names that any run may tell, and refuses all others.

    figures  name -> (step, value), in order; values may be NaN or infinite
    stages   (first step, name)
    books    (step, the rows of the codebook that samples are drawn from)
    """

    is_private: bool
    figures: dict[Name, list[tuple[int, float]]] = field(default_factory=dict)
    stages: list[tuple[int, str]] = field(default_factory=list)
    books: list[tuple[int, Codebook]] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """The figures that it takes."""
        return frozenset(FREE) if self.is_private else frozenset(MEANINGS)

    def stage(self, name: str, step: int) -> None:
        """Remember where a stage begins."""
        self.stages.append((step, name))

    def scalar(self, name: Name, value: float, step: int) -> None:
        """Remember a figure. Raises ValueError for a name that is not among `names`."""
        if name not in self.names:
            raise ValueError(f"{name} may not be told of this run")
        self.figures.setdefault(name, []).append((step, value))

    def rows(self, book: Codebook, step: int) -> None:
        """Remember what samples are drawn from."""
        self.books.append((step, book))


Sample = Mapping[str, Sequence[object]]


def samples_of(curves: Curves, model: Model) -> list[tuple[int, Sample]]:
    """One sample at each of its steps, column by column, as the table writes it: without what is made up afterwards.

    The same luck each time, as with the fixed latents of a GAN: what changes from one to the next was learned.
    """
    shape = shape_of(model.schema)

    def drawn(book: Codebook) -> pa.RecordBatch:
        rng = block_rng(0, 0)
        _, levels = draw_levels(book, book.rows, rng, independent=False)
        return written(decoded(shape, model.codec, levels, rng, independent=True), model.schema)

    return [(step, drawn(book).to_pydict()) for step, book in curves.books]
