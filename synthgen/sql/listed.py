"""Public tables of combinations: `(city, state) IN TABLE 'places.csv'`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VALUE, SENTINEL, WORD, MISSING = 0, 1, 2, 3
"""What a cell of a table is: a level's index or a number; the index of a sentinel or of a word; nothing."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Listed:
    """The columns hold a line of the table; where `negated`, they certainly hold none.

    file     as the rule names it
    columns  of the table, in its order
    kind     int8 [lines, columns]: VALUE, SENTINEL, WORD (of a column whose levels are not declared) or MISSING
    value    float64 [lines, columns]: index of the level, sentinel or word, or the number of a line
    words    for each column, the words that its cells index, if any
    """

    file: str
    columns: tuple[str, ...]
    kind: NDArray[np.int8]
    value: NDArray[np.float64]
    words: tuple[tuple[str, ...], ...]
    negated: bool = False
