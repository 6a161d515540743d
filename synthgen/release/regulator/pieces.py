"""What a document of the folder is made of, before it is Markdown or HTML.

Document ── Part ── Paragraph | Bullets | Rows ── line ── str | Quote | Blank | Gap
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synthgen.evaluate.page.shell import number

Value = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """Something that stands in a file of the bundle.

    value  as JSON has it
    file   its path in the folder
    at     JSON pointer (RFC 6901) to it
    """

    value: Value
    file: str
    at: str
    kind: Literal["quote"] = "quote"

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return shown(self.value)

    @property
    def is_words(self) -> bool:
        """Whether it is words, which are linked behind them, and no number, which is a link itself."""
        return isinstance(self.value, str)


@dataclass(frozen=True, kw_only=True, slots=True)
class Blank:
    """Something that a person has to write."""

    text: str
    kind: Literal["blank"] = "blank"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """Something that the bundle could say and does not; `text` is why."""

    text: str
    kind: Literal["gap"] = "gap"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Words of ours."""

    text: str
    kind: Literal["words"] = "words"


Piece = Words | Quote | Blank | Gap
Line = tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A line of its own."""

    line: Line
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bullets:
    """Lines below each other."""

    lines: tuple[Line, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """A table: what its columns are called, and its cells."""

    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    kind: Literal["rows"] = "rows"


Block = Paragraph | Bullets | Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A heading, and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One document; `name` is that of its files, without suffix."""

    name: str
    title: str
    lead: tuple[Block, ...]
    parts: tuple[Part, ...]


def words(text: str) -> Line:
    """A line of words of ours."""
    return (Words(text=text),)


def shown(value: Value) -> str:
    """A value as people read it.

    >>> shown(2.999982), shown(True), shown(None), shown("row"), shown(32561)
    ('3.000', 'yes', 'none', 'row', '32,561')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else number(value)  # as a float, a long one would overflow
