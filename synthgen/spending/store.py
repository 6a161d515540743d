"""The SQLite file: rows that can only be appended, one writer at a time, durable before anyone hears of them.

Python's sqlite3 is used here and nowhere else. Every visit opens the file, checks the whole chain, and closes it
again, so that no process holds a view of what another one has changed since. A file with a few thousand rows takes
milliseconds.

Order of a write: BEGIN IMMEDIATE (one writer; others wait) -> check the chain -> decide -> insert -> COMMIT, synced ->
witness, synced. Killed anywhere, the row is there or it is not; rows are read only by whoever came back from here.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from synthgen.errors import ConfigError, LedgerError
from synthgen.spending import chain, witness
from synthgen.spending.chain import Head, Row

APPLICATION, VERSION = 0x53474C31, 1
"""Marks of the file: "SGL1", and the version of its form."""
PATIENCE = 60.0
"""Seconds to wait for another writer."""
_MOST_ROWS = 100_000
_TABLES = {
    "entries": "CREATE TABLE entries (number INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL,"
    " body TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    "no_change": "CREATE TRIGGER no_change BEFORE UPDATE ON entries"
    " BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
    "no_removal": "CREATE TRIGGER no_removal BEFORE DELETE ON entries"
    " BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
    "in_order": "CREATE TRIGGER in_order BEFORE INSERT ON entries"
    " WHEN NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM entries)"
    " OR NEW.before IS NOT COALESCE((SELECT hash FROM entries ORDER BY number DESC LIMIT 1), NEW.before)"
    " BEGIN SELECT RAISE(ABORT, 'a ledger is append-only'); END",
}

Write = tuple[str, dict[str, Any]]
"""Kind and body of a row to append."""


def create(path: Path, *, time: str, body: dict[str, Any]) -> Head:
    """Make a new ledger whose first row is `body`; it appears whole or not at all.

    Raises ConfigError where there is a file, or where a witness says that there was one, and LedgerError.
    """
    if witness.place_of(path).exists() and not path.exists():
        fix = "bring the ledger back; where there never was one, remove that file"
        raise ConfigError(str(path), expected="no trace of a ledger", got="its .head file", fix=fix)
    _claim(path)
    temporary = path.with_name(f".synthgen-{uuid.uuid4().hex}.part")
    try:
        with _told(path):
            temporary.touch(mode=0o600, exist_ok=False)
            head = _founded(temporary, time=time, body=body)
            witness.write(path, head)
            temporary.replace(path)
    except BaseException:
        for each in (path, witness.place_of(path)):
            each.unlink(missing_ok=True)
        raise
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            temporary.with_name(temporary.name + ending).unlink(missing_ok=True)
    return head


def _founded(path: Path, *, time: str, body: dict[str, Any]) -> Head:
    with closing(_connection(path)) as database:
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {VERSION}")
        with _transaction(database):
            for text in _TABLES.values():
                database.execute(text)
            return _insert(database, Head(), time=time, write=("init", body))


def read(path: Path) -> tuple[list[Row], Head]:
    """All rows, checked, and the head they lead to. Raises LedgerError."""
    with _told(path), closing(_connection(path)) as database:
        return _checked(database, path)


def append(path: Path, decide: Callable[[Sequence[Row]], Write], *, time: str) -> tuple[Row, Head]:
    """Add the row that `decide` makes of all before it; what it raises leaves the ledger as it was.

    No other process writes in between. The row is on the disk when this returns. Raises LedgerError: then either
    nothing was written, or a row of which its writer does not know, which can only count too much.
    """
    with _told(path), closing(_connection(path)) as database:
        with _transaction(database):
            rows, head = _checked(database, path)
            after = _insert(database, head, time=time, write=decide(rows))
        with _transaction(database):  # so that no slower writer puts an older head over a newer one
            every = _rows(database)
            witness.write(path, chain.check(every, source=str(path)))
    return every[after.count - 1], after


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk ends the transaction by itself
            database.execute("ROLLBACK")
        raise


def _insert(database: sqlite3.Connection, head: Head, *, time: str, write: Write) -> Head:
    kind, body = write
    row = chain.linked(head, time=time, kind=kind, body=body)
    fields = (row.number, row.time, row.kind, row.body, row.before, row.hash)
    database.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", fields)
    return Head(count=row.number, hash=row.hash)


def _checked(database: sqlite3.Connection, path: Path) -> tuple[list[Row], Head]:
    """The rows and their head, held against the file's marks, its triggers and the witness."""
    seen = witness.read(path)  # before the rows: another process may add some meanwhile
    try:
        _check_form(database, path)
        rows = _rows(database)
        head = chain.check(rows, source=str(path))
    except (TypeError, ValueError, OverflowError):
        raise chain.damaged(str(path), "rows that are none") from None
    require_seen(rows, seen, source=str(path), by="its .head file")
    return rows, head


def require_seen(rows: Sequence[Row], seen: Head, *, source: str, by: str) -> None:
    """Raise LedgerError unless the rows led to `seen` once: a tail was cut off, or the file was written anew."""
    if seen.count > len(rows):
        raise chain.damaged(source, f"{len(rows)} rows where {by} has seen {seen.count}")
    if seen.count < 1 or rows[seen.count - 1].hash != seen.hash:
        raise chain.damaged(source, f"another row {seen.count} than {by} has seen")


def _check_form(database: sqlite3.Connection, path: Path) -> None:
    marks = tuple(database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if marks[0] != APPLICATION:
        raise LedgerError(
            str(path), expected="a ledger", got="a file that is none", fix="make one with synthgen budget init"
        )
    if marks[1] > VERSION:
        raise LedgerError(str(path), expected=f"form {VERSION}", got="a newer one", fix="upgrade synthgen")
    if marks[1] != VERSION or database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise chain.damaged(str(path), "a damaged file")
    found = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
    if found != _TABLES:
        raise chain.damaged(str(path), "other tables or triggers")


def _rows(database: sqlite3.Connection) -> list[Row]:
    query = "SELECT number, time, kind, body, before, hash FROM entries ORDER BY number LIMIT ?"
    names = ("number", "time", "kind", "body", "before", "hash")
    return [Row(**dict(zip(names, fields, strict=True))) for fields in database.execute(query, (_MOST_ROWS + 1,))]


def _claim(path: Path) -> None:
    """Make the file, which must be new, for its owner alone."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        fix = "a budget belongs to its data for ever: use the ledger that is there, or choose another name"
        raise ConfigError(str(path), expected="a new file", got="one that exists", fix=fix) from None
    except OSError as error:
        got = (error.strerror or "an error").lower()
        raise ConfigError(str(path), expected="a file that can be written", got=got, fix="check the folder") from None


def _connection(path: Path) -> sqlite3.Connection:
    """The file, opened to read and write; never made."""
    if not path.is_file():
        fix = "make one with synthgen budget init"
        raise LedgerError(str(path), expected="the ledger of a data set", got="no such file", fix=fix)
    address = f"{path.absolute().as_uri()}?mode=rw"
    database = sqlite3.connect(address, uri=True, isolation_level=None, timeout=PATIENCE)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite and the disk raise, as a LedgerError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(path, error) from None
    except OSError as error:
        got = (error.strerror or "an error").lower()
        raise LedgerError(str(path), expected="a ledger that can be written", got=got, fix="check the disk") from None


def _translated(path: Path, error: sqlite3.Error) -> LedgerError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_BUSY") or name == "SQLITE_LOCKED":
        got, fix = "another process that is writing it", "try again when that is done"
        return LedgerError(str(path), expected="to be the only writer", got=got, fix=fix)
    if name in {"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN"} or name.startswith("SQLITE_IOERR"):
        words = {"SQLITE_FULL": "a full disk", "SQLITE_READONLY": "one that may not be written"}
        got = words.get(name, "a disk that refuses")
        return LedgerError(str(path), expected="a ledger that can be written", got=got, fix="nothing was reserved")
    if name == "SQLITE_NOTADB":
        return LedgerError(str(path), expected="a ledger", got="a file that is none", fix="check the path")
    return chain.damaged(str(path), "a damaged file")
