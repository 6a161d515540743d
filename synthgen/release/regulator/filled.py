r"""Templates, filled in.

A template is text of ours: `# ` the title, `## ` a part, `- ` bullets, `| a | b |` a table whose first line is its
head, and paragraphs between empty lines. In its lines stand

    {privacy.epsilon}   a fact by its name (`facts`), linked to where it stands
    [? words]           a blank that a person has to fill
    @name               on a line of its own: blocks that are worked out (`tables`)

What is put in is never read as a template again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from synthgen.release.regulator.pieces import (
    Blank,
    Block,
    Bullets,
    Document,
    Line,
    Paragraph,
    Part,
    Piece,
    Rows,
    Words,
)

_MARK: Final = re.compile(r"\{([^{}]+)\}|\[\?\s*([^\]]+)\]")

Facts = Callable[[str], Piece]
Tables = Mapping[str, Sequence[Block]]


def filled(name: str, template: str, *, facts: Facts, tables: Tables) -> Document:
    """The document that a template makes.

    facts   a piece by its name; raises KeyError for a name that there is not
    tables  blocks by their name
    """
    head, *parts = re.split(r"(?m)^## ", template.strip())
    title, _, lead = head.removeprefix("# ").partition("\n")
    return Document(
        name=name,
        title=title.strip(),
        lead=tuple(_blocks(lead, facts, tables)),
        parts=tuple(_part(text, facts, tables) for text in parts),
    )


def line(text: str, facts: Facts) -> Line:
    """A line with its facts and blanks.

    >>> [piece.kind for piece in line("At most {n} rows; [? why]", lambda name: Blank(text=name))]
    ['words', 'blank', 'words', 'blank']
    """
    pieces: list[Piece] = []
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() > end:
            pieces.append(Words(text=text[end : mark.start()]))
        pieces.append(facts(mark[1].strip()) if mark[1] else Blank(text=" ".join(mark[2].split())))
        end = mark.end()
    if end < len(text):
        pieces.append(Words(text=text[end:]))
    return tuple(pieces)


def _part(text: str, facts: Facts, tables: Tables) -> Part:
    title, _, rest = text.partition("\n")
    return Part(title=title.strip(), blocks=tuple(_blocks(rest, facts, tables)))


def _blocks(text: str, facts: Facts, tables: Tables) -> Iterator[Block]:
    for chunk in re.split(r"\n\s*\n", text.strip()):
        rows = chunk.strip().splitlines()
        if not rows:
            continue
        if rows[0].startswith("@"):
            yield from tables[rows[0].removeprefix("@").strip()]
        elif rows[0].startswith("- "):
            items = re.split(r"(?m)^- ", chunk.strip())[1:]
            yield Bullets(lines=tuple(line(" ".join(item.split()), facts) for item in items))
        elif rows[0].startswith("|"):
            head, *cells = [_cells(row) for row in rows]
            yield Rows(head=tuple(head), rows=tuple(tuple(line(cell, facts) for cell in row) for row in cells))
        else:
            yield Paragraph(line=line(" ".join(chunk.split()), facts))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]
