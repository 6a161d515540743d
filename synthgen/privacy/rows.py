"""Coded rows as they come through the door: the smallest memory, no spelling, no unit once bounding is done.

Total functions: a code outside its column's domain changes that code and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.unsignedinteger]
Block = dict[str, Codes]
"""Some rows: one array a column, all of one length."""

BLOCK_ROWS = 2**18
"""Small batches are joined until they have so many rows; calls on shorter arrays would cost more than the work."""

UNSPELLED, FIRST_BESIDE = 0, 1
"""Cells of a hidden column: unspelled, then the public cells beside its values, then one a spelling."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A batch of coded rows, on its way to a `PrivateTable`. Its repr shows nothing of it.

    codes         integers, one array of `rows` a column: the cell of each value
    units         uint64, one a row: a hash of the unit that the row belongs to; None where each row is a unit.
                  Two units of one hash count as one. With 64 bits of a keyed hash that befalls a given unit with a
                  probability of rows / 2^64, far below any delta
    dictionaries  for columns whose domain is unknown: what the batch's codes spell, each spelling once. Code i below
                  its length is spelling i; the codes that follow are the public cells beside it (missing)
    """

    codes: Mapping[str, NDArray[np.integer]] = field(repr=False)
    units: NDArray[np.uint64] | None = field(repr=False)
    rows: int = field(repr=False)
    dictionaries: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)


class Spellings:
    """Every spelling met in a column of unknown domain, numbered: private, and held only behind the door."""

    __slots__ = ("_beside", "_number")

    def __init__(self, beside: int) -> None:
        self._beside = beside
        self._number: dict[str, int] = {}

    def __repr__(self) -> str:
        return "Spellings()"

    @property
    def first(self) -> int:
        """The cell of the first spelling."""
        return FIRST_BESIDE + self._beside

    @property
    def known(self) -> tuple[str, ...]:
        """All spellings; the i-th one's cell is `first + i`."""
        return tuple(self._number)

    def cells_of(self, codes: NDArray[np.integer], dictionary: Sequence[str]) -> NDArray[np.uint32]:
        """One batch's codes as cells that mean the same in every batch."""
        number = self._number
        spelled = [self.first + number.setdefault(text, len(number)) for text in dictionary]
        cell_of = np.array([*spelled, *range(FIRST_BESIDE, self.first), UNSPELLED], np.uint32)
        # -1 wraps round to the last entry: what is no code of this batch is unspelled
        inside = (codes >= 0) & (codes < len(cell_of))
        return cell_of[np.where(inside, codes, -1)]

    def recoding(self, released: Sequence[int]) -> tuple[Codes, int]:
        """New cell of each old one, and how many there are: released spellings, other, the public cells beside."""
        other, cells = len(released), len(released) + 1 + self._beside
        cell_of = np.full(self.first + len(self._number), other, np.min_scalar_type(cells - 1))
        cell_of[FIRST_BESIDE : self.first] = np.arange(other + 1, cells)
        cell_of[self.first + np.array(released, np.intp)] = np.arange(other)
        return cell_of, cells


def collect(
    entries: Iterable[Entry], *, cells: Mapping[str, int], spellings: Mapping[str, Spellings]
) -> tuple[list[Block], NDArray[np.uint64] | None]:
    """All rows in blocks, and the unit of each row (None where each row is a unit).

    Raises ValueError where a batch is not of one length, or only some batches name their units: bugs of the caller.
    """
    units: list[NDArray[np.uint64] | None] = []

    def coded() -> Iterator[Block]:
        for entry in entries:
            units.append(None if entry.units is None else np.asarray(entry.units, np.uint64))
            block = {name: _coded(entry, name, number, spellings.get(name)) for name, number in cells.items()}
            lengths = {len(codes) for codes in block.values()} | {len(own) for own in units[-1:] if own is not None}
            if lengths - {entry.rows}:
                raise ValueError("a batch holds one code a row in every column, and one unit a row or none")
            yield block

    blocks = list(_packed(coded()))
    named = [own for own in units if own is not None]
    if 0 < len(named) < len(units):
        raise ValueError("either every batch names the units of its rows, or none does")
    return blocks, np.concatenate(named) if named else None


def _coded(entry: Entry, name: str, cells: int, spellings: Spellings | None) -> Codes:
    codes = np.asarray(entry.codes[name])
    if spellings is not None:
        return spellings.cells_of(codes, entry.dictionaries.get(name, ()))
    highest = min(cells - 1, int(np.iinfo(codes.dtype).max))
    return codes.clip(0, highest).astype(np.min_scalar_type(cells - 1))


def select(blocks: list[Block], keep: NDArray[np.bool_]) -> list[Block]:
    """The rows to keep, packed again; empties `blocks` as it goes, so that memory never holds all of both."""

    def taken() -> Iterator[Block]:
        start = 0
        blocks.reverse()
        while blocks:
            block = blocks.pop()
            mask = keep[start : start + rows_in(block)]
            start += rows_in(block)
            yield {name: codes[mask] for name, codes in block.items()}

    return list(_packed(taken()))


def _packed(blocks: Iterable[Block]) -> Iterator[Block]:
    waiting: list[Block] = []
    rows = 0
    for block in blocks:
        waiting.append(block)
        rows += rows_in(block)
        if rows >= BLOCK_ROWS:
            yield _joined(waiting)
            waiting, rows = [], 0
    if waiting:
        yield _joined(waiting)


def rows_in(block: Block) -> int:
    """Length of a block's arrays."""
    return len(next(iter(block.values())))


def _joined(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
