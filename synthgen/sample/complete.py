"""Complete partial rows: unknown cells are drawn from the model given the known ones, which come back untouched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthgen.errors import ConditionError, ConfigError, TableError
from synthgen.progress import Progress, Silent
from synthgen.sample.draw import BLOCK, block_rng
from synthgen.sample.finish import Place, finished
from synthgen.sample.joint import flat
from synthgen.sample.partial import Partial, read_partial
from synthgen.sample.placing import table_of
from synthgen.sample.posterior import Posterior
from synthgen.sample.stream import Draws
from synthgen.sample.written import written
from synthgen.schema import sources
from synthgen.tables import Source

TRIES = 100
"""A row that breaks a rule is drawn again so many times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Completed:
    """Partial rows, ready to be completed.

    source   the partial rows
    base     the model without a condition
    as_text  whether given cells keep their spelling: columns are text then
    """

    source: Source
    base: Draws
    as_text: bool

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the batches: the table's columns, then those of the source that the table does not have."""
        table = self.base.schema
        if self.as_text:
            table = pa.schema([(name, pa.string()) for name in table.names])
        for name, kind in self._others():
            table = table.append(pa.field(name, kind))
        return table

    def batches(self, *, progress: Progress | None = None) -> Iterator[pa.RecordBatch]:
        """As many rows as there are, in their order.

        Raises ViolationError for a given cell that the schema does not allow, ConditionError for rows that cannot be
        completed within the rules.
        """
        progress = progress or Silent()
        progress.stage("completing", None)
        posterior, schema, before = Posterior(self.base), self.schema, Place(rows=0, persons=0)
        codec = flat(self.base.codec)
        for number, batch in enumerate(self.source.batches(batch_rows=BLOCK)):
            partial = read_partial(batch, self.base.shape, codec, subject=self.source.name)
            rng = block_rng(self.base.seed, number)
            rows = _kept(partial, posterior, self.base, rng, subject=self.source.name)
            whole, before = finished(rows, self.base.shape.table, seed=self.base.seed, before=before)
            whole = written(whole, self.base.shape.table)
            yield _overlaid(whole, partial, schema)
            progress.advance(batch.num_rows)

    def _others(self) -> list[tuple[str, pa.DataType]]:
        """Columns of the source that the table does not write, and their types."""
        known = set(self.base.schema.names)
        others = [name for name in self.source.columns if name not in known]
        if not others:
            return []
        first = next(self.source.batches(others, batch_rows=1), None)
        return [(name, pa.string() if first is None else first.column(name).type) for name in others]


def completed(source: Source, base: Draws, *, as_text: bool) -> Completed:
    """Partial rows of a model's table. Raises TableError where they have none of its columns."""
    table = base.shape.table
    known = {one for name, column in table.columns.items() for one in sources(name, column)}
    if not known & set(source.columns):
        fix = "the first line of a CSV file must name the columns"
        raise TableError(source.name, expected=f"columns of {table.name}", got="none of them", fix=fix)
    if base.persons is not None:
        fix = "complete rows with a model whose unit is the row"
        raise ConfigError("complete", expected="a row a person", got="several", fix=fix)
    return Completed(source=source, base=base, as_text=as_text)


def _kept(
    partial: Partial, posterior: Posterior, base: Draws, rng: np.random.Generator, *, subject: str
) -> pa.RecordBatch:
    """Completed rows of the table, those that broke a rule drawn again."""
    rows = _drawn(partial, posterior, base, rng)
    if base.kept is None:
        return rows
    broken = np.flatnonzero(~base.kept.holds(rows))
    for _ in range(TRIES):
        if not broken.size:
            return rows
        again = _drawn(partial.take(broken), posterior, base, rng)
        place = np.arange(rows.num_rows)
        place[broken] = rows.num_rows + np.arange(len(broken))
        both = pa.Table.from_batches([rows, again.cast(rows.schema)]).take(pa.array(place))
        rows = both.combine_chunks().to_batches()[0]
        broken = broken[~base.kept.holds(again)]
    shares = base.kept.shares(rows.take(pa.array(broken))) if broken.size else {}
    if not shares:
        return rows
    worst = min(shares, key=lambda rule: shares[rule])
    raise ConditionError(
        subject,
        expected="rows that can be completed within the rules",
        got=f"{len(broken):,} in one batch that cannot, by '{worst}' above all",
        fix="mend the cells that this rule is about",
    )


def _drawn(partial: Partial, posterior: Posterior, base: Draws, rng: np.random.Generator) -> pa.RecordBatch:
    """Rows of the table, given cells among them wherever the table writes them by itself."""
    codec = flat(base.codec)
    filled = posterior.fill(partial.places, rng)
    rows = table_of(base.shape, {name: (codec.columns[name], *place) for name, place in filled.items()}, rng)
    columns = dict(zip(rows.schema.names, rows.columns, strict=True))
    for name, array in partial.typed.items():
        if name in columns:
            columns[name] = pc.if_else(pa.array(partial.given[name]), array.cast(columns[name].type), columns[name])
    return pa.RecordBatch.from_pydict(columns)


def _overlaid(whole: pa.RecordBatch, partial: Partial, schema: pa.Schema) -> pa.RecordBatch:
    """The rows with the given cells as they came."""
    made: Mapping[str, pa.Array] = dict(zip(whole.schema.names, whole.columns, strict=True))
    columns = {}
    for field in schema:
        cells, array = partial.cells.get(field.name), made.get(field.name)
        if array is None:
            columns[field.name] = cells
        elif cells is None:
            columns[field.name] = array.cast(field.type)
        else:
            columns[field.name] = _merged(array.cast(field.type), cells, partial.given.get(field.name))
    return pa.RecordBatch.from_pydict(columns, schema=schema)


def _merged(made: pa.Array, cells: pa.Array, given: np.ndarray | None) -> pa.Array:
    """Given cells as they came, where the column's type has them so; what was made of them, where it has not."""
    try:
        return pc.if_else(pa.array(given), cells.cast(made.type), made)
    except pa.ArrowInvalid:
        return made
