"""The private table as the linter remembers it: codes of its rows and rare values, and strings that name somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from synthgen.encode.grid import Grid, LineGrid
from synthgen.progress import Progress
from synthgen.release.lint.columns import codes, grids_of
from synthgen.release.lint.gather import Strings, WholeRows, is_telling, passed_over, read_columns
from synthgen.release.lint.numbers import RARE, Numbers
from synthgen.release.lint.words import Hashes, Needles, words
from synthgen.schema import Schema, learned
from synthgen.schema.model import Privacy
from synthgen.tables import Source, conform

FEWEST_WORDS = 5
"""A row of fewer words is nobody's in a text."""
FEWEST_DIGITS = 7
"""A number of fewer digits is met in any text."""
FEWEST_LETTERS = 6
"""Of a level that is one word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Private:
    """What is searched for; its repr shows nothing of it.

    rows       sorted codes of rows that at most RARE rows have, and `all_rows` of all
    nearly     control column -> sorted codes of all rows without it
    collision  control column -> how likely two rows agree in it
    numbers    line, or axis of a point -> its rare values
    levels     open column -> its levels that were not released
    names      other column -> its strings that tell somebody
    named      kind, column and string of each needle of `string_words`
    has_rows   False where the table lacks a column of the schema: rows and numbers were not looked at then
    """

    schema: Schema
    grids: Mapping[str, Grid]
    has_rows: bool
    rows: Hashes = field(repr=False)
    all_rows: Hashes = field(repr=False)
    nearly: Mapping[str, Hashes] = field(repr=False)
    collision: Mapping[str, float] = field(repr=False)
    numbers: Mapping[str, Numbers] = field(repr=False)
    levels: Mapping[str, frozenset[str]] = field(repr=False)
    names: Mapping[str, frozenset[str]] = field(repr=False)
    named: tuple[tuple[str, str, str], ...] = field(repr=False)
    string_words: Needles = field(repr=False)
    row_words: Needles = field(repr=False)


def remember(
    source: Source,
    schema: Schema,
    *,
    released: Mapping[str, Collection[str]] | None,
    public: Collection[str],
    progress: Progress,
) -> Private:
    """Read the private table once.

    `released` are levels of open columns that noise let through (None: not known), `public` words that stand in any
    release.
    """
    lines = grids_of(schema)
    plain = schema.model_copy(update={"privacy": Privacy(), "on_violation": "error"})
    whole, strings = WholeRows(schema=plain), Strings(schema=schema)
    has_rows = set(read_columns(plain)) <= set(source.columns) and bool(learned(plain))
    for batch in source.batches():
        progress.advance(batch.num_rows)
        strings.add(batch)
        if has_rows:
            whole.add(codes(conform(batch, plain), plain, lines), batch)
    rows = np.concatenate([np.zeros(0, np.uint64), *whole.rows])
    known, first, counts = np.unique(rows, return_index=True, return_counts=True)
    rare = counts <= RARE
    levels, names, numbers = strings.levels(released), strings.names(), whole.numbers(lines)
    named = _named(levels, names, numbers, lines, public)
    sums, lengths = whole.words_of(first[rare])
    return Private(
        schema=plain,
        grids=lines,
        has_rows=has_rows,
        rows=known[rare],
        all_rows=known,
        nearly={name: np.unique(np.concatenate(parts)) for name, parts in whole.without.items()},
        collision=whole.collision,
        numbers=numbers,
        levels=levels,
        names=names,
        named=named,
        string_words=Needles.of(text for _, _, text in named),
        row_words=Needles.summed(sums, np.where((lengths < FEWEST_WORDS) | whole.is_common(len(rows)), 0, lengths)),
    )


def _named(
    levels: Mapping[str, frozenset[str]],
    names: Mapping[str, frozenset[str]],
    numbers: Mapping[str, Numbers],
    lines: Mapping[str, Grid],
    public: Collection[str],
) -> tuple[tuple[str, str, str], ...]:
    """What is searched in texts, in one order."""
    return (
        *(
            ("identifier", name, text)
            for name, own in names.items()
            for text in sorted(own)
            if any(word not in public for word in words(text))
        ),
        *(
            ("level", name, text)
            for name, own in levels.items()
            for text in sorted(own)
            if is_telling(text) or _is_rare_word(text, public)
        ),
        *(
            ("number", name, text)
            for name, own in numbers.items()
            for text in _spelled(own, lines.get(name))
            if sum(map(str.isdigit, text)) >= FEWEST_DIGITS
        ),
    )


def _is_rare_word(text: str, public: Collection[str]) -> bool:
    read = words(text)
    return len(text) >= FEWEST_LETTERS and any(word not in public for word in read)


def _spelled(own: Numbers, line: Grid | None) -> list[str]:
    """Values as texts spell them; a number without decimals as Python does."""
    if not isinstance(line, LineGrid):
        return []
    return [f"{value:.15g}" for value in line.value_of(own.values).tolist()]


def public_words(schema: Schema, texts: Collection[str]) -> frozenset[str]:
    """Words that stand in any release: those of the schema and of these texts."""
    return frozenset(word for text in (*texts, *passed_over(schema)) for word in words(text))
