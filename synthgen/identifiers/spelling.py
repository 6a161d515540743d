"""Codes of fixed width, spelled for all rows at once as a matrix of ASCII characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.identifiers.chance import LARGEST, Bits

Letters = NDArray[np.uint8]
"""ASCII characters [rows, width]."""
DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def options(words: Iterable[str]) -> Letters:
    """Words of one width as a matrix [words, width]."""
    listed = list(words)
    assert len({len(word) for word in listed}) == 1, "words of one width"
    return np.frombuffer("".join(listed).encode("ascii"), np.uint8).reshape(len(listed), -1)


def number(width: int, first: int = 0, last: int | None = None) -> Letters:
    """The numbers `first` .. `last` (all of `width` digits without it), with leading zeros."""
    return options(f"{value:0{width}d}" for value in range(first, (10**width if last is None else last + 1)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """A space of codes: a choice for each part, and what then sets the check digits.

    parts    the choices, uint8 [choices, width] each; a part with one choice is fixed
    checked  sets check digits in place, in the columns that parts have left as zeros
    """

    parts: tuple[Letters, ...]
    checked: Callable[[Letters], None] | None = None

    @property
    def size(self) -> int:
        """How many codes there are."""
        return prod(map(len, self.parts))

    @property
    def width(self) -> int:
        """Characters of a code."""
        return sum(part.shape[1] for part in self.parts)

    def spell(self, rank: Bits) -> Letters:
        """The codes of ranks 0 .. size - 1, uint8 [rows, width]; different ranks are different codes."""
        assert self.size <= LARGEST
        letters = np.empty((len(rank), self.width), np.uint8)
        end = self.width
        for part in reversed(self.parts):
            start = end - part.shape[1]
            if len(part) == 1:
                letters[:, start:end] = part[0]
            else:
                letters[:, start:end] = part[(rank % np.uint64(len(part))).astype(np.intp)]
                rank = rank // np.uint64(len(part))
            end = start
        if self.checked is not None:
            self.checked(letters)
        return letters


def digits(width: int) -> tuple[Letters, ...]:
    """`width` digits of choice, as parts of three at most.

    >>> [part.shape for part in digits(7)]
    [(1000, 3), (1000, 3), (10, 1)]
    """
    return tuple(number(min(3, width - start)) for start in range(0, width, 3))


def code(*parts: str | Letters | tuple[Letters, ...], checked: Callable[[Letters], None] | None = None) -> Code:
    """A code of parts; text is fixed.

    >>> code("TX-", digits(4)).size
    10000
    """
    listed: list[Letters] = []
    for part in parts:
        listed += part if isinstance(part, tuple) else [options([part]) if isinstance(part, str) else part]
    return Code(parts=tuple(listed), checked=checked)


def text(letters: Letters) -> pa.StringArray:
    """Rows of a matrix as Arrow text.

    >>> text(options(["ab", "cd"])).to_pylist()
    ['ab', 'cd']
    """
    rows, width = letters.shape
    ends = np.arange(0, (rows + 1) * width, width, dtype=np.int32) if width else np.zeros(rows + 1, np.int32)
    data = np.ascontiguousarray(letters)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(data))


def ragged(letters: Letters, lengths: NDArray[np.int64]) -> pa.StringArray:
    """The first `lengths` characters of each row as Arrow text."""
    if len(lengths) and (lengths == letters.shape[1]).all():
        return text(letters)
    data = letters[np.arange(letters.shape[1]) < lengths[:, None]]
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(ends), pa.py_buffer(data))
