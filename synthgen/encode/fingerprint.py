"""Fingerprints of the units of a table, taken while its rows pass on their way to the door.

A unit is known by a keyed hash of its id; where each row is a unit, by one of all its learned values, so that two rows
alike are one. What comes out is private: it goes into the ledger of the data set, which stays inside, and is said to
whoever holds that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from synthgen.encode.enter import hashed
from synthgen.errors import LedgerError
from synthgen.spending import Sketch, Sketcher, Spending
from synthgen.tables import Conformed
from synthgen.tables.conform import Values

MOST_NEIGHBOURS = 16
"""Ledgers in the same folder that are asked too, at most."""

Words = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """A ledger, and what it has seen; `own`: the one that the run is charged to."""

    path: Path
    dataset: str
    key: str
    tables: Sequence[Sketch]
    own: bool
    sketcher: Sketcher = field(default_factory=Sketcher)

    def shared(self) -> list[str]:
        """How many units of the table that was seen are in each table that the ledger knows, where any is."""
        now = self.sketcher.sketch()
        likeness = [now.known_to(table) for table in self.tables]
        return [each for each in likeness if each != "none of its units"]

    def warning(self) -> str | None:
        """What its owner should know of the table that was seen."""
        shared = self.shared()
        if self.own and self.tables and not shared:
            return (
                f"none of this table's units is known to the ledger of {self.dataset}: is it the right one? "
                "(this was read from the private ids, and stays inside, like the ledger)"
            )
        if not self.own and shared:
            return (
                f"this table has {_how_many(shared)} in common with {self.dataset}, whose ledger is {self.path}: what "
                "was learnt there about them is not in this ledger, and adds to it "
                "(this was read from the private ids, and stays inside, like the ledger)"
            )
        return None


class Watch:
    """Sees every batch, and tells in the end which ledgers know its units."""

    __slots__ = ("_known",)

    def __init__(self, spending: Spending) -> None:
        self._known = list(_ledgers(spending))

    def see(self, batch: Conformed) -> None:
        """Look at one batch."""
        for ledger in self._known:
            ledger.sketcher.add(units(batch, ledger.key))

    def require_known(self) -> None:
        """Refuse a table of other units than the run's own ledger knows: what is learnt of them is not in its budget.

        Raises LedgerError; private, like the warnings.
        """
        own = self._known[0]
        if own.tables and not own.shared():
            raise LedgerError(
                f"the ledger of {own.dataset}",
                expected="a table that it knows",
                got="none of its units",
                fix="give the rows that the model was fitted to, or the ledger of these rows",
            )

    def warnings(self) -> tuple[str, ...]:
        """What the owner of the ledger should know; private."""
        return tuple(text for text in (ledger.warning() for ledger in self._known) if text)

    def sketch(self) -> Sketch:
        """The fingerprint for the run's own ledger."""
        return self._known[0].sketcher.sketch()


def units(batch: Conformed, key: str) -> Words:
    """A keyed hash of each row's unit, uint64 [rows]; `key` is 32 hexadecimal digits."""
    if batch.unit is not None:
        ids = hashed(batch.unit, key[:16])
        assert ids is not None
        return ids
    words = [word for values in batch.columns.values() for word in _words(values, key)]
    return siphash(words, key) if words else np.zeros(batch.rows, np.uint64)


def siphash(words: Sequence[Words], key: str) -> Words:
    """SipHash-2-4 (Aumasson, Bernstein 2012) of one message a row, uint64 [rows]; each word is uint64 [rows].

    >>> message = [np.array([0x0706050403020100], np.uint64), np.array([0x0F0E0D0C0B0A0908], np.uint64)]
    >>> hex(int(siphash(message, bytes(range(16)).hex())[0]))
    '0x3f2acc7f57c29bdb'
    """
    secret = np.frombuffer(bytes.fromhex(key), "<u8").astype(np.uint64)
    start = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    rows = len(words[0])
    state = [np.full(rows, np.uint64(start[i]) ^ secret[i % 2]) for i in range(4)]
    length = np.full(rows, np.uint64((8 * len(words) % 256) << 56))
    for word in (*words, length):
        state[3] ^= word
        _round(state, 2)
        state[0] ^= word
    state[2] ^= np.uint64(0xFF)
    _round(state, 4)
    return np.asarray(state[0] ^ state[1] ^ state[2] ^ state[3])


def _round(v: list[Words], times: int) -> None:
    for _ in range(times):
        for a, b, turn, half in ((0, 1, 13, True), (2, 3, 16, False), (0, 3, 21, False), (2, 1, 17, True)):
            v[a] += v[b]
            v[b] = _turned(v[b], turn) ^ v[a]
            if half:
                v[a] = _turned(v[a], 32)


def _turned(word: Words, by: int) -> Words:
    return np.asarray((word << np.uint64(by)) | (word >> np.uint64(64 - by)))


def _words(values: Values, key: str) -> Iterator[Words]:
    """A column as words that are equal where its values are: data, then what is missing or a sentinel."""
    data = values.data
    if values.dictionary:  # a batch's own numbering of spellings
        spelled = pd.util.hash_array(np.asarray(values.dictionary, object), hash_key=key[:16], categorize=False)
        data = np.asarray(spelled, np.uint64)[data]
    elif data.dtype.kind == "f":
        data = (np.ascontiguousarray(data, np.float64) + 0.0).view(np.uint64)  # -0.0 is 0.0
    filler = values.null | (values.special >= 0)
    for each in data.astype(np.uint64).reshape(len(data), -1).T:
        yield np.where(filler, np.uint64(0), each)
    yield values.special.astype(np.int64).astype(np.uint64) << np.uint64(1) | values.null.astype(np.uint64)


def _ledgers(spending: Spending) -> Iterator[_Known]:
    """The run's own ledger first, then those beside it that can be read."""
    mine = spending.path.resolve()
    beside = sorted(path for path in mine.parent.glob(f"*{mine.suffix}") if path != mine and path.is_file())
    for path in (mine, *(beside[:MOST_NEIGHBOURS] if mine.suffix else ())):
        try:
            known = Spending(path=path).book()
        except LedgerError:
            if path == mine:
                raise
            continue  # another kind of file, or a ledger that cannot be read: it is not this run's business
        yield _Known(path=path, dataset=known.dataset, key=known.key, tables=known.tables, own=path == mine)


def _how_many(shared: Sequence[str]) -> str:
    order = ("the same units", "most of its units", "some of its units")
    return next(each for each in order if each in shared)
