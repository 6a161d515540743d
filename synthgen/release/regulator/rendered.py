"""A document as Markdown and as HTML: the same words, numbers and links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote

from jinja2 import PackageLoader

from synthgen.evaluate.page.shell import write
from synthgen.release.cards.markdown import escaped
from synthgen.release.regulator.pieces import Block, Bullets, Document, Line, Paragraph, Piece, Quote

_LOADER: Final = PackageLoader("synthgen.release.regulator")
DRAFT: Final = (
    "Draft. Filled in from a bundle by a program; a person has to check it, complete what is marked, and sign it. It "
    "is no legal advice, and says of no law that it is met."
)
INSIDE: Final = "Internal. Figures here were read from private rows without noise: this folder must not leave."
OTHER: Final = (
    "The report that was given is not that of this release: what is public of it differs from the bundle's report. "
    "Figures marked as internal may speak of other rows."
)


def href(piece: Quote) -> str:
    """Where a quote stands: a file of the folder, and the JSON pointer as a URI fragment (RFC 6901, section 6).

    >>> href(Quote(value=3.0, file="bundle/certificate.json", at="/guarantee/epsilon"))
    'bundle/certificate.json#/guarantee/epsilon'
    """
    return f"{quote(piece.file)}#{quote(piece.at, safe='/~!$&*+,;=:@')}"


def notices(*, internal: bool, matches: bool) -> list[str]:
    """What stands above every document."""
    return [DRAFT, *([INSIDE] if internal else []), *([] if matches else [OTHER])]


def markdown(document: Document, *, above: Sequence[str], source: str) -> str:
    """The document as Markdown. `source` says which bundle it is about."""
    lines = [f"# {escaped(document.title)}", "", *_noted(above), escaped(source), ""]
    for block in document.lead:
        lines += [*_block(block), ""]
    for part in document.parts:
        lines += [f"## {escaped(part.title)}", ""]
        for block in part.blocks:
            lines += [*_block(block), ""]
    return "\n".join(lines)


def html(document: Document, *, above: Sequence[str], source: str, others: Sequence[tuple[str, str]]) -> str:
    """The document as one page; `others` are the names and titles of all documents, for its contents."""
    return write(
        "regulator.html",
        loader=_LOADER,
        styles=("regulator.css",),
        it=document,
        above=above,
        source=source,
        others=others,
        href=href,
    )


def _noted(above: Sequence[str]) -> Iterator[str]:
    for text in above:
        yield f"> **{escaped(text)}**"
        yield ""


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _line(block.line)
    elif isinstance(block, Bullets):
        yield from (f"- {_line(line)}" for line in block.lines)
    else:
        yield f"| {' | '.join(map(escaped, block.head))} |"
        yield f"|{' --- |' * len(block.head)}"
        yield from (f"| {' | '.join(map(_line, row))} |" for row in block.rows)


def _line(line: Line) -> str:
    return "".join(map(_piece, line))


def _piece(piece: Piece) -> str:
    if isinstance(piece, Quote):
        link = href(piece)
        return f"{_spaced(piece.text)} ([source]({link}))" if piece.is_words else f"[{escaped(piece.text)}]({link})"
    if piece.kind == "blank":
        return f"**To be completed: {escaped(piece.text)}**"
    return f"*{escaped(piece.text)}*" if piece.kind == "gap" else _spaced(piece.text)


def _spaced(text: str) -> str:
    """Escaped words that keep the space at their ends.

    >>> _spaced(" at most ")
    ' at most '
    """
    before, after = text[:1].isspace() * " ", text[-1:].isspace() * " "
    return f"{before}{escaped(text)}{after if text.strip() else ''}"
