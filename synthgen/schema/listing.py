"""Public tables that rules name: combinations of values that exist, from a CSV file beside the schema."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Self

from pydantic import Field, model_validator

from synthgen.schema.base import Frozen
from synthgen.schema.mistakes import Mistake

IN_TABLE = re.compile(r"\bIN\s+TABLE\s+'((?:[^']|'')*)'", re.IGNORECASE)
"""How a rule names a table."""


class PublicTable(Frozen):
    """Lines of a public table as text, those of columns that the schema describes; null is missing."""

    columns: tuple[str, ...] = Field(min_length=1)
    rows: tuple[tuple[str | None, ...], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _lines_are_whole(self) -> Self:
        for index, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise Mistake(expected=f"{len(self.columns)} values", got=str(len(row)), where=("rows", index))
        if len(set(self.columns)) < len(self.columns):
            raise Mistake(expected="each column once", got="one twice", where=("columns",))
        return self


def named_in(rules: Iterable[object]) -> Iterator[tuple[int, str]]:
    """The tables that rules name, each with the place of the rule.

    >>> list(named_in(["a > 1", "(city, state) IN TABLE 'places.csv'"]))
    [(1, 'places.csv')]
    """
    for place, rule in enumerate(rules):
        if isinstance(rule, str):
            yield from ((place, found.replace("''", "'")) for found in IN_TABLE.findall(rule))


def read_lines(text: str, known: Iterable[str]) -> dict[str, object] | Mistake:
    """A CSV text as the fields of a public table, its columns that are `known`, each line once; else what is wrong."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        return Mistake(expected="a header line and lines of values", got="an empty file")
    head = [name.strip() for name in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(head):
            return Mistake(expected=f"{len(head)} values on each line", got=f"{len(row)} on line {number}")
    known = set(known)
    places = [place for place, name in enumerate(head) if name in known]
    if not places:
        return Mistake(expected="a first line that names columns of the schema", got="none of them")
    lines = dict.fromkeys(tuple(row[place].strip() or None for place in places) for row in rows[1:])
    if not lines:
        return Mistake(expected="lines of values under the header", got="none")
    return {"columns": [head[place] for place in places], "rows": [list(line) for line in lines]}
