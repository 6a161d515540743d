"""What is kept of a private table while it streams by: codes of rows and values, and strings that name somebody."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthgen.encode.grid import Grid, LineGrid
from synthgen.release.lint.columns import Codes, on_the_clock, open_columns
from synthgen.release.lint.numbers import CLOCK, DECIMAL, RARE, Numbers
from synthgen.release.lint.words import Hashes, runs, words
from synthgen.schema import Schema, learned, sources
from synthgen.tables import arrays

CONTROLS = 6
"""Columns that are left out in turn, to see how near honest rows come to private ones."""
DIGITS, LETTERS = 5, 3
"""A string of fewer digits, and of fewer letters in each of two words, tells nobody."""
COMMON_ROW = 1e-4
"""A row is nobody's in a text where another would be the same so often, if columns were independent."""
NOT_WORDS = frozenset({"null", "None", "nan", "NaN", "NaT", "NA"})
"""How missing values are spelled."""


@dataclass(kw_only=True, slots=True)
class WholeRows:
    """Codes of all rows, batch by batch; `controls` are chosen by the first."""

    schema: Schema
    rows: list[Hashes] = field(default_factory=list)
    without: dict[str, list[Hashes]] = field(default_factory=dict)
    collision: dict[str, float] = field(default_factory=dict)
    alike: float = 1.0
    units: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    sums: list[Hashes] = field(default_factory=list)
    counts: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, coded: Codes, batch: pa.RecordBatch) -> None:
        """One batch, conformed and as it stands."""
        if not self.collision:
            self.collision, self.alike = _telling(coded.by_column)
        rows = coded.rows
        self.rows.append(rows)
        for name in self.collision:
            self.without.setdefault(name, []).append(rows - coded.by_column[name])
        for name, (units, there) in coded.units.items():
            self.units.setdefault(name, []).append(units[there])
        sums, counts = np.zeros(batch.num_rows, np.uint64), np.zeros(batch.num_rows, np.int64)
        for name in read_columns(self.schema):
            distinct, place = arrays.encoded(arrays.plain(batch.column(name)))
            spelled = ["" if text is None else text for text in arrays.texts(distinct).to_pylist()]
            own, number = runs([*spelled, ""], without=passed_over(self.schema))
            sums += own[place]
            counts += number[place]
        self.sums.append(sums)
        self.counts.append(counts)

    def is_common(self, rows: int) -> bool:
        """Whether rows are so poor in columns and levels that any text may hold one."""
        return self.alike * rows > COMMON_ROW

    def words_of(self, rows: NDArray[np.intp]) -> tuple[Hashes, NDArray[np.int64]]:
        """Sum and number of the words of these rows."""
        sums = np.concatenate([np.zeros(0, np.uint64), *self.sums])
        return sums[rows], np.concatenate([np.zeros(0, np.int64), *self.counts])[rows]

    def numbers(self, lines: Mapping[str, Grid]) -> dict[str, Numbers]:
        """The rare values of each long line; those that the schema spells are public."""
        found = {}
        for name, parts in self.units.items():
            clock = name in self.schema.columns and on_the_clock(self.schema, name)
            line = lines.get(name)
            ends = (0, line.units - 1) if isinstance(line, LineGrid) else ()
            found[name] = Numbers.of(np.concatenate(parts), rounds=CLOCK if clock else DECIMAL, public=ends)
        return found


def _telling(by_column: Mapping[str, Hashes]) -> tuple[dict[str, float], float]:
    """Columns to leave out in turn, and how likely two rows agree in each: the most telling, and some of the others.

    Beside them, how likely two rows would agree in all columns if these were independent.
    """
    likely = {}
    for name, coded in by_column.items():
        _, counts = np.unique(coded, return_counts=True)
        rows = counts.sum()
        likely[name] = float((counts * (counts - 1)).sum() / max(rows * (rows - 1), 1))
    ordered = sorted(likely, key=lambda name: likely[name])
    half = CONTROLS // 2
    others = ordered[half:]
    spread = [others[i] for i in np.unique(np.linspace(0, len(others) - 1, half).astype(int))] if others else []
    # nobody can agree less often than once in all pairs: a column of ids tells by itself
    pairs = max(len(next(iter(by_column.values()))), 2) ** 2 / 2
    floored = {name: max(share, 1 / pairs) for name, share in likely.items()}
    return {name: floored[name] for name in dict.fromkeys([*ordered[:half], *spread])}, math.prod(floored.values())


@dataclass(kw_only=True, slots=True)
class Strings:
    """Texts by column: identifiers, the unit, free text, excluded columns; and levels of open columns."""

    schema: Schema
    found: dict[str, set[str]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Those of one batch."""
        for name in set(batch.schema.names) - set(read_columns(self.schema)):
            self.found.setdefault(name, set()).update(distinct(batch.column(name)))
        for name in set(open_columns(self.schema)) & set(batch.schema.names):
            values, place = arrays.encoded(arrays.plain(batch.column(name)))
            texts = [*arrays.texts(values).to_pylist(), None]  # the last is missing
            rows = np.bincount(place, minlength=len(texts)).tolist()
            counted = self.counts.setdefault(name, Counter())
            for text, number in zip(texts, rows, strict=True):
                if text and number:
                    counted[text] += number

    def levels(self, released: Mapping[str, Collection[str]] | None) -> dict[str, frozenset[str]]:
        """Of open columns, without those that were released; where that is not known, those of few rows."""
        if released is None:
            return {
                name: frozenset(text for text, rows in counted.items() if rows <= RARE)
                for name, counted in self.counts.items()
            }
        return {name: frozenset(counted) - set(released.get(name, ())) for name, counted in self.counts.items()}

    def names(self) -> dict[str, frozenset[str]]:
        """Of all other columns, without those that could be anybody's."""
        return {name: frozenset(filter(is_telling, own)) for name, own in self.found.items()}


def distinct(column: pa.Array) -> list[str]:
    """The values of a column of any type as text, each once."""
    spelled = arrays.texts(arrays.encoded(arrays.plain(column))[0])
    return [text for text in pc.unique(spelled).to_pylist() if text is not None]


def is_telling(text: str) -> bool:
    """Whether a string tells somebody: some digits, or two words or more.

    >>> is_telling("4111-1111"), is_telling("Ada Lovelace"), is_telling("Ada"), is_telling("42")
    (True, True, False, False)
    """
    if sum(map(str.isdigit, text)) >= DIGITS:
        return True
    return sum(len(word) >= LETTERS for word in words(text)) >= 2 or ("@" in text and len(text) > LETTERS)


def read_columns(schema: Schema) -> list[str]:
    """The columns of the data that are learned."""
    return [source for name, column in learned(schema).items() for source in sources(name, column)]


def passed_over(schema: Schema) -> frozenset[str]:
    """Words beside a row's values that are not the row's: names of columns, and how missing values are spelled."""
    return NOT_WORDS | {word for name in (*read_columns(schema), *schema.columns) for word in words(name)}
