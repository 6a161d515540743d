"""Rows that must differ: `unique(store, day)`. The one rule that needs a memory of the rows before, 8 bytes a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.constrain import UniqueRule, spelled
from synthgen.encode.grid import LevelGrid
from synthgen.errors import ConfigError
from synthgen.sample.ruled import FLOOR
from synthgen.sql.cells import Field

Hashes = NDArray[np.uint64]
_NONE: Final = np.zeros(0, np.uint64)


@dataclass(kw_only=True, slots=True)
class Seen:
    """What rows have been seen, for each rule as sorted hashes; a row that only looks seen is drawn again."""

    rules: Sequence[UniqueRule]
    hashes: dict[int, Hashes] = field(default_factory=dict)

    def new(self, block: pa.RecordBatch) -> pa.RecordBatch:
        """The rows that are like none before, nor like one another. Raises ConfigError when hardly any is left."""
        for rule in self.rules:
            if not set(rule.columns) <= set(block.schema.names):
                continue
            before = block.num_rows
            frame = block.select(list(rule.columns)).to_pandas()
            known = frame.notna().all(axis=1).to_numpy()
            hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
            seen = self.hashes.get(rule.number, _NONE)
            place = np.searchsorted(seen, hashes)
            is_old = np.append(seen, np.uint64(0))[place] == hashes if seen.size else np.zeros(len(hashes), np.bool_)
            first = ~pd.Series(hashes).duplicated().to_numpy()
            fresh = ~known | (first & ~(is_old & (place < seen.size)))
            kept = np.sort(hashes[fresh & known])
            self.hashes[rule.number] = np.insert(seen, np.searchsorted(seen, kept), kept)
            block = block.filter(pa.array(fresh))
            if block.num_rows < FLOOR * before:
                got = f"under {100 * FLOOR:g} % of the rows drawn last"
                raise ConfigError(
                    spelled(rule), expected="rows that are like none before", got=got, fix="ask for fewer rows"
                )
        return block


def refuse_small_spaces(rules: Sequence[UniqueRule], fields: Mapping[str, Field], rows: int) -> None:
    """Raise ConfigError where there are fewer different rows than are wanted; missing values make rows different."""
    for rule in rules:
        if not all(name in fields for name in rule.columns):
            continue
        known = [fields[name] for name in rule.columns]
        if any(one.column.nullable for one in known):
            continue
        space = 1
        for one in known:
            assert one.grid is not None, "the model knows its levels"
            units = one.grid.value_cells if isinstance(one.grid, LevelGrid) else one.grid.units
            space *= units + len(getattr(one.column, "special", ()))
        if space < rows:
            raise ConfigError(
                spelled(rule), expected=f"at most {space:,} rows, for there are no more different ones",
                got=f"{rows:,}", fix="ask for fewer rows",
            )  # fmt: skip
