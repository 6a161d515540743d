"""manifest.json: every file with its SHA-256, the terms, and where each number of the bundle stands.

It is what is signed. What else a bundle says (cards, pages, a regulator's folder) takes its numbers from here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from synthgen.release import canonical
from synthgen.release.canonical import Record, refusal
from synthgen.release.terms import Terms

FORMAT_VERSION: Final = 1
KEY = "synthgen_bundle"
NAME = "manifest.json"
SUM = "manifest.sha256"
"""The manifest's own checksum, as sha256sum writes it: an unsigned bundle has that at least."""
SIGNATURES = "signatures/"
"""The folder of what is said about the manifest, and so not in it."""
LARGEST = 16 * 2**20
"""Bytes of a manifest, at most."""
MOST_FILES = 4096

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}\z")]
Size = Annotated[int, Field(ge=0, le=2**53)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z")]
_PART = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"
SAFE = re.compile(rf"{_PART}(/{_PART}){{0,3}}\Z")
"""Names of files inside a bundle: no way out of its folder on any system, and none that a terminal stumbles over."""


class File(Record):
    """One file; `what` says in a few words what it is for."""

    path: str
    media_type: str
    what: str
    size: Size
    sha256: Digest

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        if not is_safe(value):
            raise ValueError("a plain name inside the bundle is")
        return value


class Said(Record):
    """The terms, as JSON has them."""

    policy: str
    recipients: list[str]
    expires: Day | None
    approvals: Annotated[int, Field(ge=0, le=100)]
    with_model: bool


class Subject(Record):
    """The model file that the rows were drawn from."""

    sha256: Digest
    size: Size
    format: int


class Number(Record):
    """A number that others may quote, and where it stands: a file of the bundle and a JSON pointer into it."""

    value: int | float | None
    file: str
    at: str


class Manifest(Record):
    """What is in the bundle.

    name     of the schema
    created  day (UTC)
    rows     of the data
    """

    synthgen_bundle: Literal[1]
    name: str
    created: Day
    versions: dict[str, str]
    terms: Said
    model: Subject
    rows: Size
    columns: list[str]
    numbers: dict[str, Number]
    files: Annotated[list[File], Field(max_length=MOST_FILES)]

    def file(self, path: str) -> File | None:
        """The entry of that file."""
        return next((file for file in self.files if file.path == path), None)

    def data(self) -> list[File]:
        """The files of the table."""
        return [file for file in self.files if file.path.startswith("data/")]


def to_bytes(manifest: Manifest) -> bytes:
    """The text of manifest.json."""
    return canonical.to_bytes(manifest.model_dump(mode="json"))


def from_bytes(text: bytes) -> Manifest:
    """Read manifest.json as if an enemy had written it. Raises BundleError."""
    found = canonical.read(text, NAME, Manifest, key=KEY, version=FORMAT_VERSION)
    paths = [file.path for file in found.files]
    if len({path.casefold() for path in paths}) < len(paths):
        raise refusal(NAME, expected="each file once, whatever the case of its letters", got="one twice")
    taken = {NAME, SUM} & set(paths) or any(path.startswith(SIGNATURES) for path in paths)
    if taken:
        raise refusal(NAME, expected="no entry for itself or its signatures", got="one")
    for day in (found.created, found.terms.expires):
        _check_day(day)
    return found


def _check_day(day: str | None) -> None:
    try:
        dt.date.fromisoformat(day or "2000-01-01")
    except ValueError:
        raise refusal(NAME, expected="a day of the calendar", got=day or "") from None


def said(terms: Terms) -> Said:
    """Terms as the manifest has them."""
    return Said(
        policy=terms.policy,
        recipients=list(terms.recipients),
        expires=None if terms.expires is None else terms.expires.isoformat(),
        approvals=terms.approvals,
        with_model=terms.with_model,
    )


def is_safe(path: str) -> bool:
    """Whether a file of a bundle may have this name.

    >>> [is_safe(path) for path in ("data/adult.csv", "../adult.csv", "/etc/passwd", "a//b", "a.", "C:x")]
    [True, False, False, False, False, False]
    """
    return SAFE.match(path) is not None and not any(part.endswith(".") for part in path.split("/"))


def slug(name: str) -> str:
    """A schema's name as a file's name.

    >>> slug("Card fraud (2019)"), slug("患者")
    ('card_fraud_2019', 'table')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:60].strip("_")
    return plain or "table"


def sums(lines: Iterable[tuple[str, str]]) -> bytes:
    """Checksums as sha256sum writes and checks them."""
    return "".join(f"{digest}  {path}\n" for digest, path in lines).encode()
