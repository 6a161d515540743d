"""Looking at the rows that would leave: who drew them, whether they keep the schema, how small their groups are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pandas as pd
import pyarrow as pa

from synthgen.constrain import checked, fields_of
from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.progress import Progress
from synthgen.release.evidence import Origin, Rows
from synthgen.shape import shape_of
from synthgen.tables import Source, conform, open_table, open_writer
from synthgen.tables.check import check_columns

Kind = Literal["parquet", "csv"]
_PIECE = 1 << 20


def kind_of(path: str | Path) -> Kind:
    """What a table that is to leave is written as. Raises ConfigError."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".parquet", ".csv"):
        fix = "write it with synthgen sample"
        raise ConfigError(str(path), expected="a .parquet or .csv file", got=suffix or "no suffix", fix=fix)
    return "parquet" if suffix == ".parquet" else "csv"


def draw(model: Model, path: Path, *, rows: int | None, seed: int, progress: Progress) -> None:
    """Draw rows into a file; its suffix says what it is."""
    drawn = draws(model, rows, seed=seed)
    with open_writer(path, drawn.schema, format=kind_of(path), force=False) as writer:
        for batch in drawn.batches(progress=progress):
            writer.write(batch)


def origin(model: Model, path: Path, *, rows: int, seed: int, progress: Progress) -> Origin:
    """Whether the model draws a given file again, to the last byte, from this seed."""
    if rows < 1:
        return "given"
    with TemporaryDirectory(prefix="synthgen-") as folder:
        again = Path(folder, f"again{path.suffix.lower()}")
        draw(model, again, rows=rows, seed=seed, progress=progress)
        return "drawn again" if _digest(again) == _digest(path) else "given"


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def rows_of(
    source: Source, model: Model, *, origin: Origin, groups: Iterable[Sequence[str]], progress: Progress
) -> Rows:
    """Everything that the gate asks of the rows themselves, in one pass. Raises TableError for other columns."""
    schema = model.schema.model_copy(update={"on_violation": "error"})
    check_columns(source, schema)
    rules, fields = shape_of(schema).rules.row_rules, fields_of(schema)
    wanted = [tuple(columns) for columns in groups if columns and set(columns) <= set(source.columns)]
    sizes: dict[tuple[str, ...], pd.Series[int]] = {}
    rows = broken = 0
    for batch in source.batches():
        progress.advance(batch.num_rows)
        rows += batch.num_rows
        broken += checked(conform(batch, schema), rules, fields, "error").quarantined
        for columns in wanted:
            own = _counted(batch, columns)
            sizes[columns] = own if columns not in sizes else sizes[columns].add(own, fill_value=0)
    smallest = {columns: int(counts.min()) if len(counts) else 0 for columns, counts in sizes.items()}
    return Rows(rows=rows, columns=source.columns, origin=origin, broken=broken, groups=smallest)


def _counted(batch: pa.RecordBatch, columns: Sequence[str]) -> pd.Series[int]:
    frame = batch.select(list(columns)).to_pandas().astype(str)
    counts: pd.Series[int] = frame.groupby(list(columns), observed=True).size()
    return counts


def opened(path: Path) -> Source:
    """The table, once its suffix is known to be one that leaves. Raises ConfigError and TableError."""
    kind_of(path)
    return open_table(path)
