"""Who the rows belong to: a column that names someone, and names the same one in several rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthgen.errors import TableError
from synthgen.infer import words
from synthgen.infer.evidence import SURE, Evidence, evidence_of
from synthgen.schema import ROW, Schema, learned
from synthgen.tables import Source

FEWEST_PERSONS = 50
MOST_MISSING = 0.05
ITS_OWN = 0.2
"""A column named no more than `id` counts where it has a value to every five rows at least."""
TELLING = frozenset(
    {"us_ssn", "us_itin", "nhs_number", "uk_nino", "mrn", "passport", "email", "iban", "payment_card", "us_account"}
)
"""Kinds of identifiers that tell persons apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A column that may name the person behind several rows; `rank` is smaller where it is likelier.

    persons      different values, estimated
    usual, most  rows that half of them have at most, and nine in ten of them
    """

    name: str
    rank: int
    persons: float
    usual: int
    most: int


def candidates(evidence: Mapping[str, Evidence]) -> list[Candidate]:
    """Such columns, likeliest first; none where each row has a person of its own."""
    if any(own.is_key and words.names_person(name) for name, own in evidence.items()):
        return []
    found = [own for name, one in evidence.items() if (own := _candidate(name, one)) is not None]
    return sorted(found, key=lambda own: own.rank)


def _candidate(name: str, evidence: Evidence) -> Candidate | None:
    sketch = evidence.sketch
    seen = sketch.distinct
    repeats = seen.number < 0.999 * sketch.present and seen.repeats > 0
    if not repeats or seen.number < FEWEST_PERSONS or sketch.missing > MOST_MISSING * sketch.rows:
        return None
    kinds = [own.kind for own in evidence.findings if own.confidence >= SURE]
    if words.names_person(name):
        rank = 0
    elif any(kind in TELLING for kind in kinds):
        rank = 1
    elif words.names_identifier(name) and not kinds and seen.number >= ITS_OWN * sketch.present:
        rank = 2
    else:
        return None
    usual, most = np.quantile(seen.counts, [0.5, 0.9], method="inverted_cdf").tolist()
    return Candidate(name=name, rank=rank, persons=seen.number, usual=usual, most=most)


def same_persons(candidate: Candidate, others: Sequence[Candidate]) -> list[str]:
    """Columns with the same number of different values: other names of the same persons, likely."""
    near = [own for own in others if abs(own.persons - candidate.persons) <= 0.001 * candidate.persons]
    return [own.name for own in near if own.name != candidate.name]


def repeated_units(source: Source, schema: Schema) -> None:
    """Refuse a schema that says `unit: row` where a column names the same person in several rows: raises TableError.

    It looks at the columns that are not learned: identifiers, text, and what is excluded. It names a column, no value.
    """
    if schema.privacy.unit != ROW:
        return
    looked_at = [*schema.exclude, *(name for name in schema.columns if name not in learned(schema))]
    names = [name for name in looked_at if name in source.columns and words.names_person(name)]
    if not names:
        return
    found = candidates(evidence_of(source, names))
    if found:
        raise TableError(
            f"{source.name} {found[0].name}",
            expected="a value of its own in every row, because the schema says unit: row",
            got="the same values in several rows: this looks like a person with several rows",
            fix=f"set privacy: {{unit: {found[0].name}, rows_per_unit: 2}}, or more rows a person and more noise",
        )
