"""What can be asked of a private table, and what discovery answers: public facts and noisy numbers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Histogram:
    """Rows in each bin of a column.

    bins    how many there are
    bin_of  cell -> bin, one for each of the column's cells; None: a bin a cell
    sigma   noise scale of each bin, in rows; 0: exact, which only an infinite epsilon allows
    """

    column: str
    bins: int
    bin_of: NDArray[np.integer] | None
    sigma: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRequest:
    """Rows in each pair of levels of two columns, in each group if `by_group`; `sigma` as in `Histogram`."""

    columns: tuple[str, str]
    by_group: bool
    sigma: float

    def name(self, group_column: str | None) -> str:
        """What the ledger calls it.

        >>> TableRequest(columns=("age", "job"), by_group=True, sigma=9.0).name("income")
        'age x job by income'
        """
        return " x ".join(self.columns) + (f" by {group_column}" if self.by_group and group_column else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovered:
    """Spellings that enough rows have, sorted, and the noisy number of rows of each (int64)."""

    names: tuple[str, ...]
    counts: NDArray[np.int64]
