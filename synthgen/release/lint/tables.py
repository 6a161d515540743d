"""Tables that would leave against the private one: rows, numbers, levels and identifiers, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synthgen.progress import Progress
from synthgen.release.lint.chance import domain, is_leak
from synthgen.release.lint.columns import codes
from synthgen.release.lint.gather import distinct, read_columns
from synthgen.release.lint.private import Private
from synthgen.release.lint.result import Leak
from synthgen.release.lint.words import Hashes
from synthgen.schema import Identifier
from synthgen.tables import Source, conform

NOT_RESERVED: Final = frozenset(
    {"given_name", "family_name", "full_name", "city", "state", "country", "birth_date", "street_address", "sequence"}
)
"""Kinds of identifiers that are nobody's alone: a made-up one may well be somebody's."""
BATCH_ROWS = 1 << 18


@dataclass(kw_only=True, slots=True)
class Found:
    """What was met in one table so far."""

    rows: int = 0
    exact: int = 0
    near: Counter[str] = field(default_factory=Counter)
    hits: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    strings: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    odd: int = 0


def search(source: Source, private: Private, progress: Progress) -> Found:
    """Read a table once. A damaged one raises TableError."""
    found = Found()
    whole = private.has_rows and set(read_columns(private.schema)) <= set(source.columns)
    for batch in source.batches(batch_rows=BATCH_ROWS):
        progress.advance(batch.num_rows)
        found.rows += batch.num_rows
        if whole:
            _search_rows(batch, private, found)
        _search_strings(batch, private, found)
    return found


def _search_rows(batch: pa.RecordBatch, private: Private, found: Found) -> None:
    conformed = conform(batch, private.schema)
    found.odd += conformed.quarantined
    coded = codes(conformed, private.schema, private.grids)
    rows = coded.rows
    found.exact += int(_among(rows, private.rows).sum())
    other = ~_among(rows, private.all_rows)
    for name, known in private.nearly.items():
        found.near[name] += int((_among(rows - coded.by_column[name], known) & other).sum())
    for name, (units, there) in coded.units.items():
        if name in private.numbers:
            hit = private.numbers[name].hits(units[there])
            found.hits[name] = found.hits.get(name, np.zeros_like(hit)) | hit


def _among(codes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Which codes are known; sorting them first keeps the search in the cache."""
    if not len(known):
        return np.zeros(len(codes), np.bool_)
    values, inverse = np.unique(codes, return_inverse=True)
    place = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray((known[place] == values)[inverse])


def _search_strings(batch: pa.RecordBatch, private: Private, found: Found) -> None:
    learned = set(read_columns(private.schema)) - set(private.levels)
    for name in batch.schema.names:
        column_type = batch.schema.field(name).type
        if name in learned and not (pa.types.is_string(column_type) or pa.types.is_dictionary(column_type)):
            continue  # numbers were looked at
        seen = set(distinct(batch.column(name)))
        for kind, by_column in (("level", private.levels), ("identifier", private.names)):
            for column, needles in by_column.items():
                if kind == "level" and column != name:
                    continue
                own = needles & seen
                if own:
                    found.strings.setdefault((kind, f"{name} < {column}"), set()).update(own)


def judged(found: Found, private: Private, where: str) -> Iterator[Leak | str]:
    """Leaks, and sentences on what chance explains."""
    chance = max((found.near[name] * _odds(private.collision[name]) for name in private.nearly), default=0.0)
    if is_leak(found.exact, chance):
        yield Leak(kind="exact row", where=where, found=found.exact, chance=chance)
    elif found.exact:
        yield (
            f"{where}: {found.exact:,} rows are private ones, too; about {chance:,.3g} would be by chance, going by "
            f"rows that differ in one column only"
        )
    for name, hit in found.hits.items():
        number, usual = private.numbers[name].judged(hit, found.rows, columns=len(found.hits))
        if number:
            yield Leak(kind="number", where=f"{where}, column {name}", found=number, chance=usual)
    for (kind, place), texts in found.strings.items():
        name, column = place.split(" < ")
        usual = _chance(kind, column, texts, found.rows, private)
        if is_leak(len(texts), usual):
            yield Leak(
                kind="level" if kind == "level" else "identifier",
                where=f"{where}, column {name}",
                found=len(texts),
                chance=usual,
            )


def _odds(agree: float) -> float:
    """Exact copies for each row that differs in the column, where rows agree there with this probability."""
    return agree / max(1 - agree, 1e-9)


def _chance(kind: str, column: str, texts: set[str], rows: int, private: Private) -> float:
    """Coincidences to expect of made-up identifiers; none of levels, nor of kinds that nobody is given."""
    described = private.schema.columns.get(column)
    if kind == "level" or (isinstance(described, Identifier) and described.kind not in NOT_RESERVED | {None}):
        return 0.0
    if isinstance(described, Identifier) and not any(sum(map(str.isdigit, text)) >= 5 for text in texts):
        return float("inf")  # names: as likely as the lists that they are made from
    lengths = Counter(len(text) for text in private.names[column])
    usual = 0.0
    for length in {len(text) for text in texts}:
        sample = [text for text in private.names[column] if len(text) == length]
        usual += lengths[length] * rows / max(domain(sample), 1.0)
    return usual
