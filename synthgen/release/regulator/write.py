"""The folder: every document as Markdown and HTML, copies of what they quote, and a list of all quotes.

README.md, README.html    what is here
dpia, wp216, hipaa, model_risk, frameworks   each as .md and .html
origins.json              every quote: document, value as shown, file, JSON pointer
bundle/                   the bundle's own files that are quoted, with its manifest and signatures
internal/report.json      only where the whole report was given
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from synthgen.release import canonical
from synthgen.release.regulator.facts import facts
from synthgen.release.regulator.filled import filled
from synthgen.release.regulator.pieces import Block, Bullets, Document, Line, Paragraph, Quote
from synthgen.release.regulator.rendered import html, markdown, notices
from synthgen.release.regulator.source import Source, read
from synthgen.release.regulator.tables import tables
from synthgen.tables import atomic_folder, check_folder

NAMES: Final = ("README", "dpia", "wp216", "hipaa", "model_risk", "frameworks")
"""The documents, in the order in which they are listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """What was written: the bundle that it is about, its documents, how many quotes and blanks are in them."""

    folder: Path
    id: str
    internal: bool
    documents: tuple[str, ...]
    quotes: int
    blanks: int


def write_folder(bundle: str | Path, folder: str | Path, *, report: Path | None = None) -> Folder:
    """Write the regulator's folder of a bundle, whole or not at all.

    report  the whole report of its release (synthgen release --report): the folder is internal then

    Raises BundleError for files that are not those of the manifest, ConfigError and ReportError.
    """
    check_folder(folder)
    source = read(bundle, report)
    made = documents(source)
    above = notices(internal=source.internal, matches=source.matches)
    said = about(source)
    titles = [(document.name, document.title) for document in made]
    with atomic_folder(folder) as room:
        for document in made:
            _put(room / f"{document.name}.md", markdown(document, above=above, source=said).encode())
            page = html(document, above=above, source=said, others=titles)
            _put(room / f"{document.name}.html", page.encode())
        for name, text in source.texts.items():
            _put(room / name, text)
        _put(room / "origins.json", canonical.to_bytes(origins(source, made)))
    pieces = [piece for document in made for line in lines(document) for piece in line]
    return Folder(
        folder=Path(folder),
        id=source.id,
        internal=source.internal,
        documents=tuple(document.name for document in made),
        quotes=sum(piece.kind == "quote" for piece in pieces),
        blanks=sum(piece.kind == "blank" for piece in pieces),
    )


def documents(source: Source) -> list[Document]:
    """All documents, filled in."""
    room = files("synthgen.release.regulator") / "templates"
    blocks = tables(source)
    return [
        filled(name, (room / f"{name}.txt").read_text(encoding="utf-8"), facts=partial(facts, source), tables=blocks)
        for name in NAMES
    ]


def about(source: Source) -> str:
    """Which bundle the documents are about."""
    name, signature = source.schema.name, source.signature.said
    return f"About the bundle {name}, SHA-256 of its manifest {source.id}. Signature: {signature}."


def origins(source: Source, made: list[Document]) -> dict[str, Any]:
    """Every quote of the documents, and where it stands."""
    quotes = [
        {"document": document.name, "shown": piece.text, "value": piece.value, "file": piece.file, "at": piece.at}
        for document in made
        for line in lines(document)
        for piece in line
        if isinstance(piece, Quote)
    ]
    return {"bundle": source.id, "internal": source.internal, "quotes": quotes}


def lines(document: Document) -> Iterator[Line]:
    """Every line of a document."""
    for block in (*document.lead, *(block for part in document.parts for block in part.blocks)):
        yield from _lines(block)


def _lines(block: Block) -> Iterator[Line]:
    if isinstance(block, Paragraph):
        yield block.line
    elif isinstance(block, Bullets):
        yield from block.lines
    else:
        yield from (cell for row in block.rows for cell in row)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
