"""Parquet and Arrow (Feather, IPC) files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synthgen.tables.reader import Source, readable

_PARQUET = "a Parquet file"
_ARROW = "an Arrow file"
_GENTLY: Mapping[str, Any] = {"buffer_size": 1 << 20, "pre_buffer": False}
"""A row group may be as large as the file: read its columns a MiB at a time."""


def open_parquet(path: Path) -> Source:
    """A Parquet file. Raises TableError when it is none."""

    def read(columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
        with readable(str(path), _PARQUET), pq.ParquetFile(path, **_GENTLY) as file:
            for batch in file.iter_batches(batch_rows, columns=list(columns)):
                yield batch.select(list(columns))

    with readable(str(path), _PARQUET):
        names = tuple(pq.read_schema(path).names)
    return Source(name=str(path), columns=names, read=read)


def open_arrow(path: Path) -> Source:
    """An Arrow IPC file (Feather version 2) or stream. Raises TableError when it is neither."""

    def read(columns: tuple[str, ...], _batch_rows: int) -> Iterator[pa.RecordBatch]:
        with readable(str(path), _ARROW), pa.memory_map(str(path)) as memory:
            options = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in columns])
            for batch in _arrow_batches(memory, options):
                batch.validate(full=True)  # offsets and indices of a hostile file must not be followed
                yield batch.select(list(columns))

    with readable(str(path), _ARROW), pa.memory_map(str(path)) as memory:
        names = tuple(_arrow_reader(memory, pa.ipc.IpcReadOptions()).schema.names)
    return Source(name=str(path), columns=names, read=read)


def _arrow_reader(
    memory: pa.MemoryMappedFile, options: pa.ipc.IpcReadOptions
) -> pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader:
    try:
        return pa.ipc.open_file(memory, options=options)
    except pa.ArrowInvalid:
        memory.seek(0)
        return pa.ipc.open_stream(memory, options=options)


def _arrow_batches(memory: pa.MemoryMappedFile, options: pa.ipc.IpcReadOptions) -> Iterator[pa.RecordBatch]:
    reader = _arrow_reader(memory, options)
    if isinstance(reader, pa.ipc.RecordBatchStreamReader):
        yield from reader
        return
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number)
