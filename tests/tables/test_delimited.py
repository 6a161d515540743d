"""CSV: cells are text, the dialect is fixed, and what does not fit is told by its line and never quoted."""

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pytest

from synthgen.errors import TableError
from synthgen.tables import open_table


def rows(path: Path) -> list[dict[str, str | None]]:
    return [row for batch in open_table(path).batches() for row in batch.to_pylist()]


def csv(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_cells_stay_the_text_they_are(tmp_path: Path) -> None:
    cells = {"zip": "0123", "flag": "N", "id": "12345678901234567890", "na": "NA", "yes": "true", "half": "0.50"}
    path = csv(tmp_path, f"{','.join(cells)}\n{','.join(cells.values())}\n".encode())
    assert rows(path) == [cells]
    assert all(field.type == pa.string() for batch in open_table(path).batches() for field in batch.schema)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2", [("1", "2")]),
        (b"a,b\r\n1,2\r\n", [("1", "2")]),
        (b"a,b\r1,2\r3,4\r", [("1", "2"), ("3", "4")]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [("1", "2")]),
        (b"\n\na,b\n1,2\n\n3,4\n\n", [("1", "2"), ("3", "4")]),
        (b'a,b\n"x ""y"", z","l1\nl2"\n', [('x "y", z', "l1\nl2")]),
        (b' a , "b"\n1, 2\n', [("1", " 2")]),
        (b'a,b\n,""\n', [(None, "")]),
        ("a,b\né,漢\n".encode(), [("é", "漢")]),
        (b"a,b", []),
        (b"a,b\n", []),
    ],
)
def test_ordinary_csv_is_read(tmp_path: Path, content: bytes, expected: list[tuple[str | None, ...]]) -> None:
    if b'"b"' in content:
        content = content.replace(b'"b"', b"b")
    path = csv(tmp_path, content)
    assert open_table(path).columns == ("a", "b")
    assert [tuple(row.values()) for row in rows(path)] == expected


def test_of_one_column_an_empty_line_is_a_row(tmp_path: Path) -> None:
    assert rows(csv(tmp_path, b"\na\n1\n\n2\n")) == [{"a": "1"}, {"a": None}, {"a": "2"}]


SECRET = b"s3cret"
MANY = b"3,4\n" * 1_200_000


@pytest.mark.parametrize(
    ("content", "where", "words"),
    [
        (b"", "t.csv:", "an empty file"),
        (b"\n\n\n", "t.csv:", "an empty file"),
        (b"a;b\n1,5;s3cret\n", "line 1", "separated by commas, got semicolons"),
        (b"a\tb\n1\ts3cret\n", "line 1", "separated by commas, got tabs"),
        (b"a|b\n1|s3cret\n", "line 1", "separated by commas, got bars"),
        (b"a,b\n1,2\n\n3,4,s3cret\n", "line 4", "expected 2 columns as in the header, got 3"),
        (b'a,b\n1,"x\ny"\ns3cret\n', "line 4", "expected 2 columns as in the header, got 1"),
        (b"a,b\n" + MANY + b"s3cret\n" + MANY, "line 1200002", "got 1"),
        (b"a,b\n1,s3cret\xe9\n", "line 2", "UTF-8"),
        (b"a,b\n" + MANY + b"1,s3cret\xe9\n", "line 1200002", "UTF-8"),
        (b"a,s3cret\xe9\n1,2\n", "line 1", "UTF-8"),
        ("a,b\n1,s3cret\n".encode("utf-16"), "t.csv:", "UTF-16"),
        ("a,b\n1,s3cret\n".encode("utf-16-le"), "t.csv:", "UTF-16"),
        (bytes(range(256)), "t.csv:", "no text at all"),
        (b'a,b\n1,2\n3,"s3cret\n5,6\n', "line 3", "closed quotes"),
        (b'a,b\n1,2\n"3,s3cret\n5,6\n', "line 3", "closed quotes"),
        (b'a,b\n1,"s3cret\n' + MANY, "line 2", "closed quotes"),
        (b"a,b,a\n1,2,3\n", "t.csv:", "same name for columns 1 and 3"),
        (b",a\n0,1\n", "column 1", "expected a name"),
        (b"a,b,\n0,1,\n", "column 3", "expected a name"),
        (b"s3cret,17,s3cret\n", "t.csv:", "add one"),
    ],
)
def test_what_does_not_fit_is_told_by_its_line_and_not_quoted(
    tmp_path: Path, content: bytes, where: str, words: str
) -> None:
    with pytest.raises(TableError) as caught:
        rows(csv(tmp_path, content))
    message = str(caught.value)
    assert where in message
    assert words in message
    assert "s3cret" not in message
    assert "\n" not in message
    assert caught.value.__cause__ is None


def test_tsv_wants_tabs(tmp_path: Path) -> None:
    assert rows(csv(tmp_path, b"a\tb\n1,5\t2\n", "t.tsv")) == [{"a": "1,5", "b": "2"}]
    with pytest.raises(TableError, match="separated by tabs, got commas"):
        open_table(csv(tmp_path, b"a,b\n", "t.tsv"))


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,%s\n" % (n, os.urandom(8).hex().encode()) for n in range(100_000)))
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    assert len(rows(csv(tmp_path, whole, "t.csv.gz"))) == 100_000
    for damaged in (b"a,b\n1,2\n", whole[:100], whole[:-20], bytes(flipped)):
        with pytest.raises(TableError, match="damaged"):
            rows(csv(tmp_path, damaged, "t.csv.gz"))


def test_a_large_file_is_read_in_small_pieces(tmp_path: Path) -> None:
    path = csv(tmp_path, b"a,b\n" + b"12345678,12345678\n" * 3_000_000)
    before = pa.total_allocated_bytes()
    count, peak = 0, 0
    for batch in open_table(path).batches(["b"]):
        count += batch.num_rows
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert count == 3_000_000
    assert 0 < peak < path.stat().st_size
