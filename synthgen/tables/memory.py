"""Tables in memory: Arrow and pandas."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa

from synthgen.errors import TableError
from synthgen.schema.columns import spell
from synthgen.tables.reader import Source


def open_arrow_table(table: pa.Table) -> Source:
    """An Arrow table."""

    def read(columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
        yield from table.select(list(columns)).to_batches(max_chunksize=batch_rows)

    return Source(name="Arrow table", columns=tuple(table.column_names), read=read)


def open_frame(frame: pd.DataFrame) -> Source:
    """A pandas data frame; its index is not part of the table, names that are not text are spelled out."""
    if frame.columns.nlevels > 1:
        fix = "join the levels into one name each"
        raise TableError("DataFrame", expected="one name a column", got="a multi-level column index", fix=fix)
    names = tuple(spell(name) for name in frame.columns)

    def read(columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
        chosen = frame.iloc[:, [names.index(name) for name in columns]]
        for start in range(0, len(frame), batch_rows):
            rows = chosen.iloc[start : start + batch_rows]
            arrays = [_arrow(rows.iloc[:, place]) for place in range(len(columns))]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    return Source(name="DataFrame", columns=names, read=read)


def _arrow(series: pd.Series) -> pa.Array:
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return _text(series)  # objects of several types: what they spell is checked against the schema
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return _text(series) if isinstance(array.type, pa.BaseExtensionType) else array


def _text(series: pd.Series) -> pa.StringArray:
    missing = series.isna().to_numpy()
    return pa.array([None if gone else spell(value) for value, gone in zip(series, missing, strict=True)], pa.string())
