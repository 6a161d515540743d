"""Everything that a file, folder or archive would carry out: tables, texts, and what is written on them."""

from __future__ import annotations

import gzip
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from synthgen.errors import TableError
from synthgen.tables import Source, open_table

PIECE = 1 << 20
TABLES = (".parquet", ".pq", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".arrow", ".feather", ".ipc")
ARCHIVES = (".zip", ".synthgen")
MARKUP = (".html", ".htm", ".xml", ".svg", ".xhtml")
DEEPEST = 3
"""Archives inside archives, at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One thing to look at: a table, or (also where that turns out to be damaged) a text in pieces; `size` in bytes.

    names  that the text consists of: where one is private itself, no message may hold it
    """

    where: str
    size: int
    table: Source | None = None
    pieces: Callable[[], Iterator[bytes]] | None = None
    markup: bool = False
    names: tuple[str, ...] = ()


def places(path: Path, where: str = "", depth: int = 0) -> Iterator[Place]:
    """All places of a file or folder. Links are not followed: they are told as a text, their name."""
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            name = f"{where}/{inner.name}" if where else inner.name
            yield _names(f"name of {name}", (inner.name,))
            yield from places(inner, name, depth)
        return
    where = where or path.name
    if not stat.S_ISREG(path.stat(follow_symlinks=False).st_mode):
        return
    name = path.name.lower()
    if name.endswith(TABLES):
        yield from _table(path, where)
    elif name.endswith(ARCHIVES) and zipfile.is_zipfile(path):
        yield from _archive(path, where, depth)
    else:
        yield Place(where=where, size=path.stat().st_size, pieces=lambda: _pieces(path), markup=name.endswith(MARKUP))


def _text(where: str, content: bytes) -> Place:
    return Place(where=where, size=0, pieces=lambda: iter((content,)))


def _names(where: str, names: tuple[str, ...]) -> Place:
    text = "\n".join(names).encode("utf-8", "replace")
    return Place(where=where, size=0, pieces=lambda: iter((text,)), names=names)


def _pieces(path: Path) -> Iterator[bytes]:
    """A file's content; of weights (safetensors) the header alone: the rest is numbers that were paid for."""
    with path.open("rb") as file:
        if path.name.endswith(".safetensors"):
            length = int.from_bytes(file.read(8), "little")
            yield file.read(min(length, PIECE))
            return
        if path.name.endswith(".gz"):
            yield file.read(1 << 12)  # its header may name a file, or hold a comment
            file.seek(0)
            with gzip.GzipFile(fileobj=file) as inside:
                yield from _read(inside.read)
            return
        yield from _read(file.read)


def _read(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(PIECE):
        yield piece


def _table(path: Path, where: str) -> Iterator[Place]:
    """Rows, and what is written beside them. A file that is no table is a text."""
    size = path.stat().st_size
    try:
        source = open_table(path)
    except TableError:
        yield Place(where=where, size=size, pieces=lambda: _pieces(path))
        return
    yield _names(f"{where}, names of columns", source.columns)
    yield Place(where=where, size=size, table=source, pieces=lambda: _pieces(path))
    name = path.name.lower()
    if name.endswith((".parquet", ".pq")):
        yield _text(f"{where}, metadata", "\n".join(_parquet_words(path)).encode())
        for column, ends in _parquet_ends(path).items():
            told = pa.table({column: pa.array(ends, pa.string())})
            yield Place(where=f"{where}, statistics", size=0, table=open_table(told))
    elif name.endswith(".gz"):
        with path.open("rb") as file:
            yield _text(f"{where}, header", file.read(1 << 10))
    elif name.endswith((".arrow", ".feather", ".ipc")):
        yield _text(f"{where}, metadata", "\n".join(_schema_words(_arrow_schema(path))).encode())


def _arrow_schema(path: Path) -> pa.Schema:
    with pa.memory_map(str(path)) as memory:
        try:
            return pa.ipc.open_file(memory).schema
        except pa.ArrowInvalid:
            memory.seek(0)
            return pa.ipc.open_stream(memory).schema


def _schema_words(schema: pa.Schema) -> Iterator[str]:
    """Names, and what is written on the table and its columns."""
    yield from schema.names
    for written in (schema.metadata, *(field.metadata for field in schema)):
        for key, value in (written or {}).items():
            yield key.decode("utf-8", "replace")
            yield value.decode("utf-8", "replace")


def _parquet_words(path: Path) -> Iterator[str]:
    """The same, and who wrote it."""
    file = pq.ParquetFile(path)
    yield from _schema_words(file.schema_arrow)
    for key, value in (file.metadata.metadata or {}).items():
        yield key.decode("utf-8", "replace")
        yield value.decode("utf-8", "replace")
    yield str(file.metadata.created_by)


def _parquet_ends(path: Path) -> dict[str, list[str]]:
    """By column of texts the smallest and largest value in each row group: values, to be judged as the column's own."""
    file, ends = pq.ParquetFile(path), dict[str, list[str]]()
    for group in range(file.metadata.num_row_groups):
        row_group = file.metadata.row_group(group)
        for column in range(row_group.num_columns):
            name, told = row_group.column(column).path_in_schema, row_group.column(column).statistics
            if told is not None and told.has_min_max and told.physical_type.endswith("BYTE_ARRAY"):
                ends.setdefault(name, []).extend(map(_spelled, (told.min, told.max)))
    return ends


def _spelled(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _archive(path: Path, where: str, depth: int) -> Iterator[Place]:
    """Comments and names of an archive, and its members; one member at a time is on the disk."""
    with zipfile.ZipFile(path) as archive:
        yield _text(f"{where}, comment", archive.comment)
        for member in archive.infolist():
            inner = f"{where}/{member.filename}"
            yield _names(f"name of {inner}", (member.filename, *Path(member.filename).parts))
            yield _text(f"{inner}, comment", member.comment + b"\n" + member.extra)
            if member.is_dir() or depth >= DEEPEST:
                continue
            with _extracted(archive, member) as copy:
                yield from places(copy, inner, depth + 1)


@contextmanager
def _extracted(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Path]:
    """A copy of a member under its own last name, gone afterwards."""
    with TemporaryDirectory(prefix="synthgen-") as folder:
        path = Path(folder) / (Path(member.filename).name or "member")
        with archive.open(member) as inside, path.open("wb") as target:
            for piece in _read(inside.read):
                target.write(piece)
        yield path
