"""From conformed batches to coded entries: the last step before the door."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.encode.grid import Grid, LineGrid
from synthgen.encode.oneway import DIGITS, ZEROS, asks_rounding, rounding_code, rounding_name
from synthgen.privacy import Entry
from synthgen.schema import Schema
from synthgen.tables import Conformed


def cells_of(schema: Schema, grids: Mapping[str, Grid]) -> dict[str, int]:
    """Cells of every code that enters; for columns without a grid (hidden domains) those beside their values."""
    cells = {
        name: grids[name].cells if name in grids else int(column.nullable) for name, column in schema.columns.items()
    }
    return cells | {rounding_name(name): DIGITS * ZEROS + 1 for name, grid in grids.items() if asks_rounding(grid)}


def entries(batches: Iterable[Conformed], grids: Mapping[str, Grid]) -> Iterator[Entry]:
    """Coded batches. Units are known by a hash under a key that nobody keeps."""
    key = hash_key()
    for batch in batches:
        codes = {}
        for name, values in batch.columns.items():
            grid = grids.get(name)
            codes[name] = (
                np.where(values.null, len(values.dictionary), values.data) if grid is None else grid.encode(values)
            )
            if isinstance(grid, LineGrid) and asks_rounding(grid):
                codes[rounding_name(name)] = rounding_code(grid, values)
        dictionaries = {name: batch.columns[name].dictionary for name in batch.columns if name not in grids}
        yield Entry(codes=codes, units=hashed(batch.unit, key), rows=batch.rows, dictionaries=dictionaries)


def hash_key() -> str:
    """A fresh secret key for `hashed`: 16 characters, as pandas' SipHash wants. Nobody keeps it."""
    return secrets.token_hex(8)


def hashed(unit: pa.StringArray | None, key: str) -> NDArray[np.uint64] | None:
    """A keyed 64-bit hash of each unit's name."""
    if unit is None:
        return None
    coded = unit.dictionary_encode()
    # rows without a unit are refused or left out elsewhere; until then they are one unit together
    names = np.asarray([*coded.dictionary.to_pylist(), ""], dtype=object)
    hashes = pd.util.hash_array(names, hash_key=key, categorize=False)
    place = coded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(hashes[place], np.uint64)
