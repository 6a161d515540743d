"""Rows that each carry the hash of the one before: change one, and every later hash is wrong."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthgen.errors import LedgerError

START = "0" * 64
"""The hash before the first row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row.

    number  1, 2, 3, ...: the order of rows, whatever clocks say
    time    when it was written, by that machine's clock, UTC; for people, nothing is decided by it
    kind    init, reserve, commit, release or table
    body    JSON, in the one spelling that `spelled` gives
    before  SHA-256 of the row before, 64 hexadecimal digits
    hash    of this one and all its fields
    """

    number: int
    time: str
    kind: str
    body: str
    before: str
    hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The last row: how many there are, and its hash. Whoever keeps one can tell whether the rows still lead there."""

    count: int = 0
    hash: str = START

    def __str__(self) -> str:
        """As the witness holds it.

        >>> str(Head())[:8]
        '0 000000'
        """
        return f"{self.count} {self.hash}"


def linked(head: Head, *, time: str, kind: str, body: Mapping[str, Any]) -> Row:
    """The row that comes after `head`."""
    text = spelled(body)
    number = head.count + 1
    return Row(
        number=number,
        time=time,
        kind=kind,
        body=text,
        before=head.hash,
        hash=_hash(number, time, kind, text, head.hash),
    )


def spelled(body: Mapping[str, Any]) -> str:
    r"""JSON in one spelling: ASCII, sorted keys, no blanks. Raises ValueError for NaN and infinity.

    >>> spelled({"b": 1.5, "a": "é"})
    '{"a":"\\u00e9","b":1.5}'
    """
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def check(rows: Sequence[Row], *, source: str) -> Head:
    """The head that the rows lead to. Raises LedgerError at the first that does not follow the one before."""
    head = Head()
    for row in rows:
        fields = (row.number, row.time, row.kind, row.body, head.hash)
        if row.number != head.count + 1 or row.before != head.hash or row.hash != _hash(*fields):
            raise damaged(source, f"row {head.count + 1} changed since it was written")
        head = Head(count=row.number, hash=row.hash)
    return head


def damaged(source: str, got: str) -> LedgerError:
    """What is said of a file that is not what was written."""
    return LedgerError(
        source,
        expected="the ledger as it was written",
        got=got,
        fix="bring back a backup that has every row, with the .head file beside it; nothing is spent until then",
    )


def parsed(row: Row) -> dict[str, Any]:
    """The body of a row that was checked."""
    body = json.loads(row.body)
    if not isinstance(body, dict):
        raise TypeError
    return body


def number_of(body: Mapping[str, Any], name: str) -> float:
    """A number of a body, null where it is infinite."""
    value = body[name]
    return math.inf if value is None else float(value)


def _hash(number: int, time: str, kind: str, body: str, before: str) -> str:
    return hashlib.sha256(spelled({"fields": [number, time, kind, body, before]}).encode()).hexdigest()
