"""Tables in memory: Arrow and pandas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa

from synthgen.errors import TableError
from synthgen.schema.columns import spell
from synthgen.tables.arrays import EXACT
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
    """The values as an array; each as if it stood alone, so that nobody's row decides how another's is read."""
    if _is_mixed(series):
        return _text(series)
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return _text(series)  # what it spells is checked against the schema
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return _text(series) if isinstance(array.type, pa.BaseExtensionType) else array


def _is_mixed(series: pd.Series) -> bool:
    """Whether the values may be of any type: Arrow would guess one from all of them."""
    is_category = isinstance(series.dtype, pd.CategoricalDtype)
    values = series.cat.categories if is_category else series
    return values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty")


def _text(series: pd.Series) -> pa.StringArray:
    missing = series.isna().to_numpy()
    spelled = [None if gone else _spelled(value) for value, gone in zip(series, missing, strict=True)]
    return pa.array(spelled, pa.string())


def _spelled(value: object) -> str:
    """One value as text, spelled as `arrays.texts` spells an array of its type.

    >>> [_spelled(value) for value in (2.0, 0.5, b"2", Decimal("2.50"), True)]
    ['2', '0.5', '2', '2.5', 'true']
    """
    match value:
        case bool() | np.bool_():
            return str(value).lower()
        case float() | np.floating() if float(value).is_integer() and abs(float(value)) <= EXACT:
            return str(int(value))
        case bytes():
            return value.decode(errors="replace")
        case dt.datetime():  # what a clock on the wall there shows
            return value.replace(tzinfo=None).isoformat(sep=" ")
        case Decimal() if "." in (digits := str(value)) and "E" not in digits:
            return digits.rstrip("0").rstrip(".")
    return str(value).encode(errors="replace").decode()  # half a surrogate pair is no text
