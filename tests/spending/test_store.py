"""The file: it only grows, and what was changed, cut or swapped is found."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from synthgen.errors import ConfigError, LedgerError
from synthgen.privacy import Budget
from synthgen.privacy.accounting import Totals
from synthgen.spending import Spending, chain, store
from synthgen.spending.chain import Head


@pytest.fixture
def used(spending: Spending) -> Spending:
    """A ledger with every kind of row that does not need a table."""
    spending.reserve(Totals(mu=0.5), what="a fit").commit()
    spending.reserve(Totals(mu=0.5), what="a fit that crashed")
    spending.reserve(Totals(mu=0.5), what="a fit that read nothing").release("no file")
    return spending


def head_of(spending: Spending) -> Path:
    return spending.path.with_name(spending.path.name + ".head")


def edited(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for each in statements:
            database.execute(each)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = '{}' WHERE number = 2",
        "DELETE FROM entries WHERE number = 2",
        "DELETE FROM entries",
        "INSERT INTO entries SELECT 99, time, kind, body, hash, hash FROM entries ORDER BY number DESC LIMIT 1",
        "INSERT INTO entries SELECT number + 1, time, kind, body, time, hash FROM entries ORDER BY number DESC LIMIT 1",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE number = 2",
    ],
)
def test_the_database_itself_refuses_to_change_a_row(used: Spending, statement: str) -> None:
    before = used.shown()
    with pytest.raises(sqlite3.Error, match="append-only"):
        edited(used.path, statement)
    assert used.shown() == before


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TRIGGER no_change",),
        ("DROP TRIGGER no_change", "UPDATE entries SET body = replace(body, '0.5', '0.1') WHERE number = 2"),
        ("DROP TRIGGER no_removal", "DELETE FROM entries WHERE number = 6"),
        ("CREATE TABLE more (x)",),
        ("PRAGMA user_version = 0",),
        ("PRAGMA user_version = 2",),
        ("PRAGMA application_id = 7",),
    ],
)
def test_a_ledger_that_was_edited_is_refused(used: Spending, statements: tuple[str, ...]) -> None:
    edited(used.path, *statements)
    refused(used)


def without_trigger(path: Path, trigger: str, change: str) -> None:
    """An edit by someone who puts the trigger back."""
    edited(path, f"DROP TRIGGER {trigger}", change, store._TABLES[trigger])


@pytest.mark.parametrize("column", ["time", "kind", "body", "before", "hash"])
@pytest.mark.parametrize("number", [1, 3, 6])
def test_every_field_of_every_row_is_under_the_chain(used: Spending, column: str, number: int) -> None:
    change = f"UPDATE entries SET {column} = {column} || ' ' WHERE number = {number}"  # noqa: S608  (our own words)
    without_trigger(used.path, "no_change", change)
    refused(used)


def test_a_row_taken_out_of_the_middle_is_missed(used: Spending) -> None:
    without_trigger(used.path, "no_removal", "DELETE FROM entries WHERE number = 3")
    refused(used)


@pytest.mark.parametrize("cut", [1, 3])
def test_a_tail_that_was_cut_off_is_missed(used: Spending, cut: int) -> None:
    without_trigger(used.path, "no_removal", f"DELETE FROM entries WHERE number > {6 - cut}")  # noqa: S608  (our own)
    refused(used)


def refused(spending: Spending) -> None:
    """For reading and for writing; and the file is not changed by asking."""
    before = spending.path.read_bytes()
    for ask in (spending.shown, lambda: spending.reserve([], what="a fit"), lambda: Spending.open(spending.path)):
        with pytest.raises(LedgerError) as said:
            ask()
        assert "\n" not in str(said.value)
    assert spending.path.read_bytes() == before


@pytest.mark.parametrize("step", [37, pytest.param(1, marks=pytest.mark.slow)])
def test_any_flipped_byte_is_found_or_changes_nothing(used: Spending, step: int) -> None:
    told, whole = used.shown(), used.path.read_bytes()
    harmless = 0
    for place in range(0, len(whole), step):
        used.path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])
        try:
            assert used.shown() == told
            harmless += 1
        except LedgerError:
            continue
    rows = sum(len(row.body) + len(row.time) + 3 * 64 for row in store_rows(whole, used.path))
    assert len(whole) - step * harmless > 0.9 * rows  # all that rows are made of, and more


def store_rows(whole: bytes, path: Path) -> list[chain.Row]:
    path.write_bytes(whole)
    return store.read(path)[0]


def test_every_byte_of_the_rows_is_under_the_chain(used: Spending) -> None:
    whole = used.path.read_bytes()
    for row in store_rows(whole, used.path):
        for text in (row.body, row.hash, row.time):
            place = whole.index(text.encode())
            for at in range(place, place + len(text), 7):
                used.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
                with pytest.raises(LedgerError):
                    used.shown()


def test_a_truncated_file_is_refused(used: Spending) -> None:
    whole = used.path.read_bytes()
    for length in [0, 1, 50, 100, 512, 4095, 4096, 5000, len(whole) - 4096, len(whole) - 1]:
        used.path.write_bytes(whole[:length])
        with pytest.raises(LedgerError):
            used.shown()
        with pytest.raises(LedgerError):
            used.reserve([], what="a fit")


def test_an_older_copy_of_the_file_is_refused(used: Spending) -> None:
    old = used.path.read_bytes()
    used.reserve(Totals(mu=0.2), what="a fit")
    used.path.write_bytes(old)
    with pytest.raises(LedgerError, match=r"rows where its \.head file has seen"):
        used.shown()


def test_an_older_copy_with_its_head_is_told_by_a_receipt(used: Spending) -> None:
    old, witness = used.path.read_bytes(), head_of(used).read_bytes()
    receipt = used.reserve(Totals(mu=0.2), what="a fit").head
    used.path.write_bytes(old)
    head_of(used).write_bytes(witness)
    used.shown()  # nothing in these two files can tell
    with pytest.raises(LedgerError, match="a receipt"):
        Spending.open(used.path, seen=receipt)


def test_a_ledger_that_was_written_anew_is_told_by_its_head(used: Spending, tmp_path: Path) -> None:
    other = Spending.create(tmp_path / "other", dataset="adult", budget=Budget(epsilon=10, delta=1e-6))
    for _ in range(8):
        other.reserve([], what="a fit")
    shutil.copy(other.path, used.path)
    refused(used)


@pytest.mark.parametrize("text", ["", "4", "4 " + "0" * 64, "99999 " + "0" * 64, "x" * 200, "0 " + "0" * 64])
def test_a_witness_that_says_something_else_is_refused(used: Spending, text: str) -> None:
    head_of(used).write_text(text)
    refused(used)


def test_a_missing_witness_is_refused_and_can_be_put_back_from_a_receipt(used: Spending) -> None:
    told = used.shown()
    head_of(used).unlink()
    refused(used)
    head_of(used).write_text(str(told.head))
    assert used.shown() == told


def test_a_witness_that_lags_behind_is_caught_up(used: Spending) -> None:
    before = head_of(used).read_bytes()
    used.reserve([], what="a fit")
    head_of(used).write_bytes(before)  # as after a kill between the row and the witness
    used.reserve([], what="a fit")
    assert head_of(used).read_text().strip() == str(used.shown().head)


def test_a_log_that_was_cut_off_takes_rows_along_and_is_refused(used: Spending) -> None:
    with closing(sqlite3.connect(used.path)) as open_elsewhere:  # keeps the log from being folded into the file
        open_elsewhere.execute("SELECT count(*) FROM entries").fetchone()
        used.reserve(Totals(mu=0.3), what="a fit")
        files = {name: Path(f"{used.path}{name}").read_bytes() for name in ("", "-wal", ".head")}
    for name, content in files.items():
        Path(f"{used.path}{name}").write_bytes(content)
    Path(f"{used.path}-wal").write_bytes(files["-wal"][:-100])
    with pytest.raises(LedgerError, match="rows where"):
        used.shown()


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"\0" * 4080, b"\xff" * 9000])
def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "l").write_bytes(content)
    with pytest.raises(LedgerError):
        Spending.open(tmp_path / "l")


def test_another_database_is_no_ledger(tmp_path: Path) -> None:
    edited(tmp_path / "l", "CREATE TABLE entries (number)")
    with pytest.raises(LedgerError, match=r"a file that is none|witness"):
        Spending.open(tmp_path / "l")


@pytest.mark.parametrize("make", [Path.exists, Path.mkdir])
def test_what_is_no_file_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "l")
    with pytest.raises(LedgerError, match="no such file"):
        Spending.open(tmp_path / "l")
    assert not (tmp_path / "l").is_file()


def test_a_ledger_is_never_made_anew_over_an_old_one(used: Spending) -> None:
    budget = Budget(epsilon=99, delta=1e-6)
    with pytest.raises(ConfigError, match="one that exists"):
        Spending.create(used.path, dataset="adult", budget=budget)
    used.path.unlink()
    with pytest.raises(ConfigError, match=r"its \.head file"):
        Spending.create(used.path, dataset="adult", budget=budget)


def test_only_its_owner_may_read_it(spending: Spending) -> None:
    assert [path.stat().st_mode & 0o077 for path in (spending.path, head_of(spending))] == [0, 0]


def test_rows_know_their_place() -> None:
    first = chain.linked(Head(), time="t", kind="init", body={})
    second = chain.linked(Head(count=1, hash=first.hash), time="t", kind="init", body={})
    assert chain.check([first, second], source="l").count == 2
    for wrong in ([second], [second, first], [first, first], [first, second, second]):
        with pytest.raises(LedgerError):
            chain.check(wrong, source="l")
