"""`(city, state) IN TABLE 'places.csv'`: the lines of a public table as cells of the columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.encode.grid import LevelGrid
from synthgen.errors import ConditionError
from synthgen.schema import Levels, Line
from synthgen.schema.listing import PublicTable
from synthgen.sql.cells import Field
from synthgen.sql.listed import MISSING, SENTINEL, VALUE, WORD, Listed
from synthgen.tables.faults import Fault
from synthgen.tables.levels import match
from synthgen.tables.lines import bounds, points

GONE = -1
"""The kind of a cell that its column cannot hold: no row has it, so its line says nothing."""

Cells = tuple[NDArray[np.int8], NDArray[np.float64], tuple[str, ...]]


def listed_of(file: str, table: PublicTable, columns: Sequence[tuple[str, Field]], *, negated: bool) -> Listed:
    """The lines of a table that the schema allows.

    Raises ConditionError for a table without the columns, with values that a column cannot be read from, or without
    a line that is left.
    """
    for name, _ in columns:
        if name not in table.columns:
            got, fix = f"the columns {', '.join(table.columns[:5])}", "name them in its first line"
            raise ConditionError(f"condition on {file}", expected=f"a column {name!r}", got=got, fix=fix)
    texts = {name: [row[place] for row in table.rows] for place, name in enumerate(table.columns)}
    cells = [_cells(file, name, texts[name], known) for name, known in columns]
    kind = np.stack([kind for kind, _, _ in cells], axis=1)
    value = np.stack([value for _, value, _ in cells], axis=1)
    here = (kind != GONE).all(axis=1)
    if not here.any():
        fix = "compare the levels and bounds of the columns with the file"
        raise ConditionError(f"condition on {file}", expected="a line that the schema allows", got="none", fix=fix)
    return Listed(
        file=file,
        columns=tuple(name for name, _ in columns),
        kind=kind[here],
        value=value[here],
        words=tuple(words for _, _, words in cells),
        negated=negated,
    )


def _cells(file: str, name: str, texts: Sequence[str | None], known: Field) -> Cells:
    """The cells of one column of the table."""
    column, array = known.column, pa.array(texts, pa.string())
    missing = array.is_null().to_numpy(zero_copy_only=False)
    missing |= match(array, column.null_values) >= 0
    if isinstance(column, Line):
        return _on_line(file, name, array, known, missing)
    assert isinstance(column, Levels), "other kinds are out of reach"
    absent = MISSING if column.nullable else GONE
    if not isinstance(known.grid, LevelGrid):
        coded = array.dictionary_encode()
        index = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
        kind = np.where(missing, absent, WORD).astype(np.int8)
        return kind, index.astype(np.float64), tuple(coded.dictionary.to_pylist())
    index = match(array, known.grid.values)
    kind = np.where(missing, absent, np.where(index < 0, GONE, VALUE)).astype(np.int8)
    return kind, np.maximum(index, 0).astype(np.float64), ()


def _on_line(file: str, name: str, array: pa.Array, known: Field, missing: NDArray[np.bool_]) -> Cells:
    column = known.column
    assert isinstance(column, Line), "asked before"
    found = points(array, column)
    missing = missing | found.missing
    broken = (found.fault != Fault.NONE) & ~missing
    if broken.any():
        got, line = Fault(int(found.fault[broken][0])).rule, int(np.flatnonzero(broken)[0]) + 1
        subject = f"condition on {file}, value {line} of {name}"
        raise ConditionError(subject, expected=f"a value as a {column.type} column has it", got=got)
    low, high = bounds(column)
    inside = (found.data >= low) & (found.data <= high)
    kind = np.where(found.special >= 0, SENTINEL, np.where(inside, VALUE, GONE))
    kind = np.where(missing, MISSING if column.nullable else GONE, kind).astype(np.int8)
    return kind, np.where(found.special >= 0, found.special, found.data).astype(np.float64), ()
