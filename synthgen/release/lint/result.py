"""What the linter says: counts and places, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact row", "number", "identifier", "level"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Private values of one kind, found word for word in one place.

    where   file, member of an archive or part of its metadata; and the column, where there is one
    found   how many distinct values, or rows
    chance  how many an honest release would be expected to have there by chance
    """

    kind: Kind
    where: str
    found: int
    chance: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Linted:
    """What was looked at, and what was found.

    notes  sentences on what was found and is explained by chance, and on what could not be looked at
    """

    leaks: tuple[Leak, ...]
    notes: tuple[str, ...]
    files: int
    rows: int
    bytes: int

    @property
    def clean(self) -> bool:
        """Whether nothing was found that chance does not explain."""
        return not self.leaks
