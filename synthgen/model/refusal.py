"""How a model file is refused: one line, safe to print, whatever the file says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthgen.errors import ModelFileError

FRESH = "get a fresh copy, or fit the model again"


def refusal(subject: str, *, expected: str, got: str, fix: str = FRESH) -> ModelFileError:
    """The error to raise. What a file says may be quoted: `printable` makes it harmless."""
    return ModelFileError(printable(subject), expected=printable(expected), got=printable(got), fix=fix)


def require(holds: object, subject: str, *, expected: str, got: str, fix: str = FRESH) -> None:
    """Raise the refusal unless `holds`."""
    if not holds:
        raise refusal(subject, expected=expected, got=got, fix=fix)


def printable(text: str, *, most: int = 200) -> str:
    r"""One short line without control characters: a hostile name must not write to the terminal.

    >>> printable("a\nb\x1b[2J")
    'a?b?[2J'
    """
    clean = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return clean if len(clean) <= most else f"{clean[:most]}…"


@contextmanager
def about(path: str | Path) -> Iterator[None]:
    """Put the file's path before the subject of every refusal inside."""
    try:
        yield
    except ModelFileError as error:
        subject = f"{path}, {error.subject}" if error.subject else str(path)
        raise ModelFileError(subject, expected=error.expected, got=error.got, fix=error.fix) from None
