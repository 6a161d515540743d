"""CSV and TSV, plain or gzipped: every cell is read as text, so that codes, sentinels and long numbers survive.

The dialect is fixed, never guessed: UTF-8, a header line, commas (tabs in .tsv), double quotes. What does not fit is
refused with its line, without quoting a cell.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.csv as pc

from synthgen.errors import TableError
from synthgen.tables.reader import Source, readable

_HEAD = 1 << 20
_BLOCK = 4 << 20
_KIND = "a CSV file"
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    names: tuple[str, ...]
    blank_lines: int
    is_all: bool
    """Nothing follows the header, not even a line end."""


def open_delimited(path: Path, delimiter: str) -> Source:
    """A file of delimited text; opened by its header alone.

    Raises TableError for another delimiter, another encoding, a missing header, rows of another width, open quotes.
    """
    with readable(str(path), _KIND):
        header = _header(path, delimiter)

    def read(columns: tuple[str, ...], _batch_rows: int) -> Iterator[pa.RecordBatch]:
        if header.is_all:
            return
        with readable(str(path), _KIND), _bytes(path) as stream:
            try:
                yield from _batches(path, stream, header, delimiter, columns)
            except pa.ArrowInvalid:
                raise _diagnosis(path, header, delimiter) from None

    return Source(name=str(path), columns=header.names, read=read)


def _bytes(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _header(path: Path, delimiter: str) -> _Header:
    with _bytes(path) as stream:
        head = stream.read(_HEAD)
    text = _decoded(path, head)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        blank_lines, row = next(((n, row) for n, row in enumerate(reader) if row), (0, []))
        is_all = len(head) < _HEAD and next(reader, None) is None
    except csv.Error:
        raise TableError(f"{path} line 1", expected="a header line", got="something else") from None
    if not row:
        raise TableError(str(path), expected="a header line with the names of the columns", got="an empty file")
    _check_delimiter(path, row, delimiter)
    return _Header(names=tuple(name.strip() for name in row), blank_lines=blank_lines, is_all=is_all)


def _decoded(path: Path, head: bytes) -> str:
    if b"\0" in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        fix = "save it as CSV in UTF-8"
        raise TableError(str(path), expected="text in UTF-8", got="UTF-16 or no text at all", fix=fix)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, head[: error.start].count(b"\n") + 1) from None


def _check_delimiter(path: Path, row: list[str], delimiter: str) -> None:
    other = max(_NAMES, key=lambda mark: row[0].count(mark) if mark != delimiter else -1)
    if len(row) == 1 and other in row[0]:
        fix = f"save it with {_NAMES[delimiter]}" + (", numbers with a decimal point" if other == ";" else "")
        expected = f"columns separated by {_NAMES[delimiter]}"
        raise TableError(f"{path} line 1", expected=expected, got=_NAMES[other], fix=fix)


def _batches(
    path: Path, stream: BinaryIO, header: _Header, delimiter: str, columns: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    last = header.names[-1]
    wanted = [*columns, *({last} - set(columns))]
    tail = None
    with _open(stream, header, delimiter, wanted) as reader:
        for batch in reader:
            tail = batch.column(last)[-1].as_py() if batch.num_rows else tail
            yield batch.select(list(columns))
    # A quote that is never closed makes the rest of the file one cell, which only the last column can hide.
    if tail and "\n" in tail and (error := _first_misfit(path, header, delimiter)):
        raise error


def _open(stream: BinaryIO, header: _Header, delimiter: str, wanted: list[str]) -> pc.CSVStreamingReader:
    names = list(header.names)
    return pc.open_csv(
        stream,
        read_options=pc.ReadOptions(
            column_names=names, skip_rows=header.blank_lines, skip_rows_after_names=1, block_size=_BLOCK
        ),
        parse_options=pc.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,  # of one column, an empty line is a row without a value
        ),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=wanted,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _diagnosis(path: Path, header: _Header, delimiter: str) -> TableError:
    """Where a file that Arrow refused goes wrong: Arrow knows no lines, and its messages quote cells."""
    with _bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return _wrong_encoding(path, number)
    return _first_misfit(path, header, delimiter) or TableError(
        str(path), expected=f"rows of at most {_BLOCK >> 20} MiB", got="a longer one", fix="look for a stray quote"
    )


def _wrong_encoding(path: Path, line: int) -> TableError:
    fix = "convert it, for example with iconv -f latin1 -t utf-8"
    return TableError(f"{path} line {line}", expected="text in UTF-8", got="another encoding", fix=fix)


def _first_misfit(path: Path, header: _Header, delimiter: str) -> TableError | None:
    width = len(header.names)
    with _bytes(path) as stream, io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="") as text:
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        line = 1
        try:
            for row in rows:
                if row and len(row) != width:
                    fix = "quote cells that hold a separator (decimal commas too), and fill short rows"
                    expected = f"{width} columns as in the header"
                    return TableError(f"{path} line {line}", expected=expected, got=str(len(row)), fix=fix)
                line = rows.line_num + 1
        except csv.Error:
            fix = "close it, and double the quotes inside cells"
            return TableError(f"{path} line {line}", expected="closed quotes", got="an open or stray quote", fix=fix)
    return None
