"""A table as something that yields batches, as often as it is asked to."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa

from synthgen.errors import TableError

BATCH_ROWS = 65_536


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table that can be read again and again, a batch at a time.

    name     for people: the path, or what kind of object it is.
    columns  names, in the order of the table; distinct and not empty.
    read     (columns, batch_rows) -> batches; what `batches` calls.
    """

    name: str
    columns: tuple[str, ...]
    read: Callable[[tuple[str, ...], int], Iterator[pa.RecordBatch]] = field(repr=False)

    def __post_init__(self) -> None:
        # Names are told by position: in a file without a header they are values.
        if not self.columns:
            raise TableError(self.name, expected="at least one column", got="none")
        for position, name in enumerate(self.columns, start=1):
            if not name.strip():
                fix = "name it; if it is a row index, write the table without it"
                raise TableError(f"{self.name} column {position}", expected="a name", got="an empty one", fix=fix)
            first = self.columns.index(name) + 1
            if first < position:
                got = f"the same name for columns {first} and {position}"
                fix = "rename one; if the file has no header line, add one"
                raise TableError(self.name, expected="a name of its own for each column", got=got, fix=fix)

    def batches(self, columns: Sequence[str] | None = None, batch_rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """All rows in order, each batch with these columns in this order and 1 to `batch_rows` rows.

        Raises TableError when the data turns out to be damaged.
        """
        chosen = self.columns if columns is None else tuple(columns)
        assert chosen, "a batch without columns has no rows"
        assert set(chosen) <= set(self.columns), "check_columns comes first"
        for batch in self.read(chosen, batch_rows):
            for start in range(0, batch.num_rows, batch_rows):
                yield batch.slice(start, batch_rows)


@contextmanager
def readable(name: str, kind: str) -> Iterator[None]:
    """Turn what goes wrong while reading a file into a TableError; a library's message may quote values, ours never."""
    try:
        yield
    except FileNotFoundError:
        raise TableError(name, expected="a file or a folder", got="nothing there", fix="check the path") from None
    except PermissionError:
        raise TableError(name, expected="a file that may be read", got="no permission", fix="check its mode") from None
    except (pa.ArrowException, OSError, EOFError, zlib.error):
        fix = "check that it was written to its end and that its suffix tells its format"
        raise TableError(name, expected=kind, got="a damaged file or another format", fix=fix) from None
