"""The data keeps the schema and its rules, and both files of it hold the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from synthgen.constrain import spelled
from synthgen.constrain.survey import Survey, survey
from synthgen.release.canonical import refusal
from synthgen.release.files import Files, content, located
from synthgen.release.manifest import Manifest
from synthgen.release.verify.check import Check, attempt, failed, passed, skipped
from synthgen.schema import ROW, Column, Privacy, Schema, from_json, sources
from synthgen.schema.document import Document
from synthgen.tables import Source, Values, conformed, open_table

LARGEST_SCHEMA: Final = 64 * 2**20
SCHEMA: Final = "schema.yaml"


def schema_of(files: Files) -> Schema:
    """The schema of the bundle; every value of the rows must be inside it. Raises SchemaError and BundleError.

    It is whole in itself: a schema that names other files would have us read what an enemy likes.
    """
    text = content(files, SCHEMA, most=LARGEST_SCHEMA)
    try:
        words = text.decode()
    except UnicodeDecodeError:
        raise refusal(SCHEMA, expected="text in UTF-8", got="other bytes") from None
    found = from_json(Document(words, source=SCHEMA).value, source=SCHEMA)
    outside = [name for name, column in found.columns.items() if _names_a_file(column)]
    if outside:
        raise refusal(SCHEMA, expected="a schema that is whole in itself", got=f"a file that {outside[0]} names")
    return found.model_copy(update={"on_violation": "error"})


def _names_a_file(column: Column) -> bool:
    tree = getattr(column, "hierarchy", None)
    return getattr(column, "values_from", None) is not None or getattr(tree, "file", None) is not None


def rows(files: Files, found: Manifest, on_rows: Callable[[int], None] = lambda _: None) -> list[Check]:
    """Checks of the schema, of each file of the data, of the rules, and of the files against each other."""
    schema: list[Schema] = []

    def read() -> Check:
        schema.append(schema_of(files))
        return passed("schema", f"{schema[0].name}: {len(schema[0].columns)} columns")

    first = attempt("schema", read)
    if not schema:
        return [first, skipped("data", "the schema cannot be read"), skipped("rules", "the schema cannot be read")]
    with ExitStack() as stack:
        paths = {file.path: stack.enter_context(located(files, file.path)) for file in found.data()}
        return [first, *_of_files(paths, found, schema[0], on_rows)]


def _of_files(
    paths: Mapping[str, Path], found: Manifest, schema: Schema, on_rows: Callable[[int], None]
) -> Iterator[Check]:
    if not paths:
        yield failed("data", "there is no data in it")
        return
    surveys: list[Survey] = []

    def looked(name: str) -> Check:
        return _data(open_table(paths[name]), name, found=found, schema=schema, surveys=surveys, on_rows=on_rows)

    for name in paths:
        yield attempt("data", partial(looked, name))
    if len(surveys) < len(paths):
        yield skipped("rules", "the data cannot be read, or is not what the manifest says")
        return
    yield _rules(surveys)
    if len(paths) > 1:
        yield attempt("formats", lambda: _same(paths, schema))


def _data(
    table: Source,
    name: str,
    *,
    found: Manifest,
    schema: Schema,
    surveys: list[Survey],
    on_rows: Callable[[int], None],
) -> Check:
    """Read a file of the data once; what was found is added to `surveys` where it could be read to its end."""
    if list(table.columns) != found.columns:
        return failed("data", f"{name}: its columns are not those of the manifest")
    hidden = sorted(set(found.columns) - _leaving(schema))
    if hidden:
        return failed("data", f"{name}: columns that the schema leaves out: {', '.join(hidden)}")
    counted = _Counted(most=found.rows)
    surveyed = survey(counted.watching(table, on_rows), _of_rows(schema, table))
    if counted.rows != found.rows:
        return failed("data", f"{name}: {counted.rows:,} rows, {found.rows:,} in the manifest")
    surveys.append(surveyed)
    broken = sorted(surveyed.values.violations.items())
    if broken:
        faults = (f"{column} {rule}: {count:,}" for column, rules in broken for rule, count in rules.items())
        return failed("data", f"{name}: values outside the schema: {', '.join(faults)}")
    return passed("data", f"{name}: {counted.rows:,} rows, every value inside the schema")


def _of_rows(schema: Schema, table: Source) -> Schema:
    """The schema of the table's rows: where no person is named, each stands for itself."""
    return schema if schema.privacy.unit in table.columns else schema.model_copy(update={"privacy": Privacy()})


def _leaving(schema: Schema) -> set[str]:
    """The columns that a sample of this schema may have."""
    kept = {name: column for name, column in schema.columns.items() if column.action != "drop"}
    return {each for name, column in kept.items() for each in sources(name, column)} | ({schema.privacy.unit} - {ROW})


def _rules(surveys: Sequence[Survey]) -> Check:
    broken = {spelled(tally.rule): tally.violations for each in surveys for tally in each.rules if tally.violations}
    if broken:
        return failed("rules", "; ".join(f"{rule}: broken {times:,} times" for rule, times in broken.items()))
    count = len(surveys[0].rules)
    return passed("rules", f"all {count} hold in every row" if count else "the schema has none")


@dataclass(kw_only=True, slots=True)
class _Counted:
    """Counts rows as they are read, and stops where there are more than were promised."""

    most: int
    rows: int = 0

    def watching(self, table: Source, on_rows: Callable[[int], None]) -> Source:
        """The same table, watched."""

        def read(columns: tuple[str, ...], batch_rows: int) -> Iterator[pa.RecordBatch]:
            for batch in table.read(columns, batch_rows):
                self.rows += batch.num_rows
                if self.rows > self.most:
                    raise refusal(Path(table.name).name, expected=f"{self.most:,} rows", got="more")
                on_rows(batch.num_rows)
                yield batch

        return replace(table, read=read)


def _same(paths: Mapping[str, Path], schema: Schema) -> Check:
    """Whether the files hold the same values, whatever their format spells them like."""
    prints = {name: _print(open_table(path), schema) for name, path in paths.items()}
    first, *others = prints.values()
    apart = sorted({column for other in others for column in first if first[column] != other[column]})
    names = " and ".join(prints)
    if apart:
        return failed("formats", f"{names} differ in {', '.join(apart)}")
    return passed("formats", f"{names} hold the same values")


@dataclass(kw_only=True, slots=True)
class _Print:
    """A running hash of a column: values, then what stands for none; where batches end does not matter."""

    data: Any = field(default_factory=hashlib.sha256)
    flags: Any = field(default_factory=hashlib.sha256)

    def see(self, values: Values) -> None:
        """Take in one batch."""
        data = values.data
        if values.dictionary:
            words = pa.array([*values.dictionary], pa.string()).take(pa.array(data)).to_pylist()
            self.data.update("\0".join([*words, ""]).encode())
        else:
            exact = data + 0.0 if data.dtype == np.float64 else data  # -0 is 0
            self.data.update(np.ascontiguousarray(exact).tobytes())
        flags = np.where(values.null, -2, values.special).astype(np.int16)
        self.flags.update(flags.tobytes())

    def digest(self) -> tuple[str, str]:
        """Both hashes."""
        return self.data.hexdigest(), self.flags.hexdigest()


def _print(table: Source, schema: Schema) -> dict[str, tuple[str, str]]:
    prints: dict[str, _Print] = {}
    for batch in conformed(table, _of_rows(schema, table)):
        for name, values in batch.columns.items():
            prints.setdefault(name, _Print()).see(values)
    return {name: each.digest() for name, each in prints.items()}
