"""Opening whatever a user calls a table: a file, a folder of files, pandas, Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from synthgen.errors import TableError
from synthgen.tables.columnar import open_arrow, open_parquet
from synthgen.tables.delimited import open_delimited
from synthgen.tables.memory import open_arrow_table, open_frame
from synthgen.tables.reader import Source, readable

__all__ = ["Source", "open_table"]

_KINDS: Mapping[str, str] = {
    ".csv": "CSV",
    ".tsv": "TSV",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow",
    ".feather": "Arrow",
    ".ipc": "Arrow",
}
_OPENERS: Mapping[str, Callable[[Path], Source]] = {
    "CSV": lambda path: open_delimited(path, ","),
    "TSV": lambda path: open_delimited(path, "\t"),
    "Parquet": open_parquet,
    "Arrow": open_arrow,
}
_KNOWN = "a .csv, .csv.gz, .tsv, .parquet, .arrow or .feather file, or a folder of one kind of them"


def open_table(data: str | Path | pd.DataFrame | pa.Table) -> Source:
    """Open a table without reading its rows; the suffix tells the format of a file.

    In a folder, files whose names begin with a dot or an underscore are passed over; the others are read in the order
    of their names. Raises TableError when there is no table, or not one.

    >>> open_table(pa.table({"age": [17, 23]})).columns
    ('age',)
    """
    if isinstance(data, pd.DataFrame):
        return open_frame(data)
    if isinstance(data, pa.Table):
        return open_arrow_table(data)
    if not isinstance(data, str | Path):
        fix = "make it one of these first"
        expected = "a path, a pandas DataFrame or an Arrow table"
        raise TableError("table", expected=expected, got=type(data).__name__, fix=fix)
    path = Path(data)
    with readable(str(path), _KNOWN):
        return _open_folder(path) if path.is_dir() else _open_file(path)


def _kind(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        kind = _KINDS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return kind if kind in ("CSV", "TSV") else None
    return _KINDS.get(suffixes[-1]) if suffixes else None


def _open_file(path: Path) -> Source:
    path.stat()
    if not path.is_file():
        raise TableError(str(path), expected="a file that can be read more than once", got="a pipe or device")
    kind = _kind(path)
    if kind is None:
        got = f"the suffix {path.suffix}" if path.suffix else "no suffix"
        raise TableError(str(path), expected=_KNOWN, got=got, fix="save it as one of these, or rename it")
    return _OPENERS[kind](path)


def _open_folder(path: Path) -> Source:
    files = sorted(file for file in path.iterdir() if not file.name.startswith((".", "_")))
    if not files:
        raise TableError(str(path), expected=_KNOWN, got="an empty folder")
    inner = [file for file in files if file.is_dir()]
    if inner:
        fix = "move its files up; the names of partition folders are not read as columns"
        raise TableError(str(path), expected="files only", got=f"a folder {inner[0].name}", fix=fix)
    found = {_kind(file) for file in files}
    if len(found) > 1:
        got = " and ".join(sorted(kind or "other files" for kind in found))
        raise TableError(str(path), expected="files of one kind", got=got, fix="move the others elsewhere")
    return _joined(path, [_open_file(file) for file in files])


def _joined(path: Path, parts: list[Source]) -> Source:
    first = parts[0]
    for part in parts[1:]:
        if set(part.columns) != set(first.columns):
            raise TableError(
                part.name,
                expected=f"the {len(first.columns)} columns of {Path(first.name).name}",
                got=f"{len(part.columns)} columns, {len(set(part.columns) & set(first.columns))} of them the same",
                fix="give all files of the folder the same columns",
            )

    def read(columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
        for part in parts:
            yield from part.batches(columns, batch_rows)

    return Source(name=str(path), columns=first.columns, read=read)
