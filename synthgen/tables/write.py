"""Files that are there whole or not at all.

Everything is written under a temporary name in the target's folder, synced, and renamed at the end: a reader never
sees half a file, and an error or Ctrl-C leaves the folder as it was.
"""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from synthgen.errors import ConfigError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_GROUP_ROWS = 131_072
_GROUP_BYTES = 64 << 20


def check_output(path: str | Path, *, force: bool) -> None:
    """Refuse an output path that cannot become a file, before any work is done for it. Raises ConfigError.

    Refused: a folder, a device or pipe, a file that exists (without `force`), a folder that is missing or read-only.
    """
    target = _target(path)
    with _told(path):
        _check_target(path, target, force=force)


def _check_target(path: str | Path, target: Path, *, force: bool) -> None:
    if target.is_dir():
        raise ConfigError(str(path), expected="a path for a file", got="a folder", fix="add a file name")
    if target.exists() and not target.is_file():
        raise ConfigError(str(path), expected="a path for a file", got="a device or pipe", fix="choose another path")
    if target.exists() and not force:
        raise ConfigError(str(path), expected="a new file", got="one that exists", fix="choose another name or --force")
    _check_parent(path, target)


def _check_parent(path: str | Path, target: Path) -> None:
    if not target.parent.is_dir():
        raise ConfigError(str(path), expected="a folder that exists", got="none", fix=f"make {target.parent} first")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise ConfigError(str(path), expected="a folder that may be written", got="no permission", fix="check its mode")


@contextmanager
def atomic_path(path: str | Path, *, force: bool) -> Iterator[Path]:
    """A temporary file in the target's folder, to be written by its path; it becomes the target when the block ends.

    When the block raises anything (KeyboardInterrupt too), the temporary file is removed and the target is untouched.
    Raises ConfigError as `check_output` does, and when the disk is full.
    """
    check_output(path, force=force)
    target = _target(path)
    temporary = target.with_name(f".synthgen-{uuid.uuid4().hex}.part")
    try:
        with _told(path):
            temporary.touch(exist_ok=False)
        try:
            yield temporary
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise _unwritable(path, error) from None
            raise
        with _told(path):
            _sync(temporary)
            check_output(path, force=force)  # the target may have come while we worked
            temporary.replace(target)
            _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check_folder(path: str | Path) -> None:
    """Refuse a path that cannot become a new folder, before any work is done for it. Raises ConfigError.

    A folder may be there if nothing is in it.
    """
    target = _target(path)
    with _told(path):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            fix = "choose another name"
            raise ConfigError(str(path), expected="a new folder", got="something that exists", fix=fix)
        _check_parent(path, target)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """A temporary folder, to be filled with files; it becomes the target when the block ends, as with `atomic_path`.

    Raises ConfigError as `check_folder` does, and when the disk is full.
    """
    check_folder(path)
    target = _target(path)
    temporary = target.with_name(f".synthgen-{uuid.uuid4().hex}.part")
    try:
        with _told(path):
            temporary.mkdir()
            yield temporary
            for file in temporary.rglob("*"):
                _sync(file)
            _sync(temporary)
            temporary.rename(target)  # refused by the system where the target was filled meanwhile
            _sync(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@dataclass(kw_only=True, slots=True)
class Writer:
    """Batches in, row groups out; made by `open_writer`."""

    path: str
    schema: pa.Schema
    file: pq.ParquetWriter | pc.CSVWriter
    waiting: list[pa.RecordBatch] = field(default_factory=list)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add a batch of the schema's columns. Raises ConfigError when the disk is full."""
        self.waiting.append(batch)
        rows = sum(part.num_rows for part in self.waiting)
        if rows >= _GROUP_ROWS or sum(part.nbytes for part in self.waiting) >= _GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits for a row group to fill."""
        table = pa.Table.from_batches(self.waiting, self.schema)
        self.waiting.clear()
        with _told(self.path):
            self.file.write_table(table)


@contextmanager
def open_writer(
    path: str | Path,
    schema: pa.Schema,
    *,
    format: Literal["parquet", "csv"],  # noqa: A002  (the name of the option that users give)
    force: bool,
) -> Iterator[Writer]:
    """A writer for one Parquet or CSV file, which appears whole when the block ends, or not at all.

    CSV is gzipped when the path ends in .gz. Dictionary arrays are written as what they spell: a reader finds plain
    text. Raises ConfigError as `atomic_path` does.
    """
    gzipped = format == "csv" and str(path).lower().endswith(".gz")
    with atomic_path(path, force=force) as temporary:
        files = ExitStack()
        with _told(path):
            file = _OPENERS[format](_sink(temporary, files, gzipped=gzipped), schema)
        try:
            writer = Writer(path=str(path), schema=schema, file=file)
            yield writer
            if writer.waiting:
                writer.flush()
            with _told(path):
                file.close()
                files.close()
        except BaseException:
            if isinstance(file, pq.ParquetWriter):
                file.is_open = False  # or its destructor writes an end to it
            with suppress(OSError):  # the file is thrown away: what stopped the work is what its user must hear
                files.close()
            raise


def _sink(temporary: Path, files: ExitStack, *, gzipped: bool) -> pa.NativeFile | BinaryIO:
    if not gzipped:
        return files.enter_context(pa.OSFile(str(temporary), "wb"))
    raw = files.enter_context(temporary.open("wb"))
    # Neither a name nor a time inside: the same rows are the same bytes.
    return cast(BinaryIO, files.enter_context(gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0)))


def _parquet(sink: pa.NativeFile | BinaryIO, schema: pa.Schema) -> pq.ParquetWriter:
    # Parquet knows instants, and forgets their zone: only Arrow's own schema beside it keeps that.
    zoned = any(pa.types.is_timestamp(kind) and kind.tz is not None for kind in schema.types)
    return pq.ParquetWriter(sink, schema, compression="zstd", store_schema=zoned)


_OPENERS: Mapping[str, Callable[[pa.NativeFile | BinaryIO, pa.Schema], pq.ParquetWriter | pc.CSVWriter]] = {
    "parquet": _parquet,
    "csv": pc.CSVWriter,
}


def _target(path: str | Path) -> Path:
    """Where a path leads: a link is written through, not replaced."""
    return Path(os.path.realpath(path))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: str | Path) -> Iterator[None]:
    """Turn what the operating system says about our own writing into one line."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: str | Path, error: OSError) -> ConfigError:
    if error.errno in _NO_ROOM:
        return ConfigError(str(path), expected="room on the disk", got="a full one", fix="make room or write elsewhere")
    reason = os.strerror(error.errno).lower() if error.errno else "an error"
    return ConfigError(str(path), expected="a path that can be written", got=reason, fix="choose another path")
