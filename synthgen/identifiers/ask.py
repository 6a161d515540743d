"""What a generator is told, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from synthgen.identifiers.chance import Bits, Index, bits, key, permuted
from synthgen.identifiers.persona import Persona
from synthgen.schema import Identifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One column of one batch.

    index    what decides the value of each row, int64 [rows]: the number of its person, or of the row itself
    persona  who the row is about
    given    columns of the table that the person must agree with
    """

    name: str
    column: Identifier
    seed: int
    index: Index
    persona: Persona
    given: Mapping[str, pa.Array]

    def bits(self, purpose: str) -> Bits:
        """64 bits for each row; this column's own."""
        return bits(key(self.seed, self.name, purpose), self.index)

    def shuffled(self, size: int, purpose: str = "") -> Bits:
        """Numbers 0 .. size - 1, different for different places of `index` below `size`; this column's own."""
        return permuted(self.index, size, key(self.seed, self.name, "code", purpose))


Make = Callable[[Ask], pa.Array]
Capacity = Callable[[Identifier], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of identifier, and why its values are nobody's.

    make      the generator
    block     the reserved or unassigned part of the standard's space that values come from, in words
    source    who says so; where nobody reserves anything, what makes the value harmless
    pii       whether it points to a person
    standard  the module of python-stdnum that confirms the value, or "" where the standard has no check
    capacity  how many different values a column can have; None where values are names that may repeat
    by_row    whether `unique: true` means one a row, rather than one a person
    common    shared by many people: a table may model such a column instead, as categorical
    """

    make: Make
    block: str
    source: str
    pii: bool = True
    standard: str = ""
    capacity: Capacity | None = None
    by_row: bool = False
    common: bool = False
