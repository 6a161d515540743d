"""What all cards are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthgen.evaluate.report import Absent, Report
from synthgen.release.manifest import File
from synthgen.release.terms import About, Terms
from synthgen.schema import Column, Point, Schema, sources


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """One release.

    names        columns of the data, in its order
    columns      the same, with the column of the schema that each belongs to; a person's id may have none
    data         the files of the table
    certificate  as `certificate.certificate` made it
    report       its public part
    """

    schema: Schema
    rows: int
    names: tuple[str, ...]
    columns: Mapping[str, Column]
    data: Sequence[File]
    certificate: Mapping[str, Any]
    report: Report
    about: About
    terms: Terms
    created: dt.date

    @property
    def title(self) -> str:
        """What people call the data set."""
        return self.about.title or self.schema.name

    @property
    def description(self) -> str:
        """A paragraph about it, which always says that it is synthetic, and with which promise."""
        said = self.about.description or self.schema.description or f"The table {self.schema.name}."
        return f"{said.strip()} {self.promise}"

    @property
    def drawn(self) -> bool:
        """Whether the rows come from the model, as far as is known."""
        return bool(self.certificate["issued"]["drawn"])

    @property
    def promise(self) -> str:
        """The promise in a sentence or two."""
        guarantee, unit = self.certificate["guarantee"], self.certificate["unit"]
        if not guarantee["private"]:
            return "Synthetic rows without any privacy guarantee: they may reveal rows of the private table."
        if not guarantee["covers_rows"]:
            return "Rows that were given to the release: no privacy guarantee of its model is known to cover them."
        return (
            f"Synthetic rows, drawn from a model that is differentially private (epsilon = {guarantee['epsilon']:g}, "
            f"delta = {guarantee['delta']:g}) for {unit['meaning']}."
        )

    def whole(self) -> list[tuple[str, float, str]]:
        """Title, value and tier of the report's figures of the whole table."""
        return [
            (figure.title, figure.value, figure.tier)
            for figure in self.report.figures()
            if not isinstance(figure.value, Absent) and not figure.subject and not figure.slice
        ]


def columns_of(schema: Schema, names: Sequence[str]) -> dict[str, Column]:
    """The schema's column of each column of the data; the column of the person may be none of them.

    A point stands for two columns of the data.
    """
    known = {
        source: column
        for name, column in schema.columns.items()
        for source in (sources(name, column) if isinstance(column, Point) else (name,))
    }
    return {name: known[name] for name in names if name in known}
