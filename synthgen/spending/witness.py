"""The witness: `LEDGER.head`, a line with the number of rows and the last one's hash, written after every row.

SQLite quietly leaves out a last transaction whose log was cut short, and an older copy of a file is whole in itself:
a chain alone cannot miss its tail. This file does, unless it is put back together with the ledger. What is left then
are receipts: every statement, certificate and fit names the head that it saw, and `Spending.open(seen=...)` tells
whether the ledger still leads there.
"""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

from synthgen.errors import LedgerError
from synthgen.spending.chain import Head

_FORM = re.compile(r"([0-9]{1,12}) ([0-9a-f]{64})\n?\Z")
_MOST = 100


def place_of(ledger: Path) -> Path:
    """Where a ledger's witness is.

    >>> place_of(Path("adult.ledger")).name
    'adult.ledger.head'
    """
    return ledger.with_name(ledger.name + ".head")


def read(ledger: Path) -> Head:
    """What the witness says. Raises LedgerError where it is missing or says nothing."""
    place = place_of(ledger)
    try:
        with place.open("rb") as file:
            text = file.read(_MOST + 1).decode("ascii", errors="replace")
    except OSError as error:
        raise _refusal(place, (error.strerror or "an error").lower()) from None
    found = _FORM.match(text)
    if found is None:
        raise _refusal(place, "something else")
    return Head(count=int(found[1]), hash=found[2])


def write(ledger: Path, head: Head) -> None:
    """Say that the ledger leads to `head`; whole or not at all, and on the disk when this returns. Raises OSError."""
    place = place_of(ledger)
    temporary = place.with_name(f".synthgen-{uuid.uuid4().hex}.part")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(f"{head}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(place: Path, got: str) -> LedgerError:
    return LedgerError(
        str(place),
        expected="the witness of the ledger: its number of rows and last hash",
        got=got,
        fix="it moves with the ledger; if it is lost, write the last head that a fit printed into it",
    )
