"""The files of a bundle, in a folder or a zip, which an enemy may have made.

Reads are bounded, links are not followed, and nothing is extracted under a name of its choice.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Protocol

from synthgen.errors import BundleError
from synthgen.release import zipped
from synthgen.release.canonical import refusal
from synthgen.release.manifest import MOST_FILES, is_safe
from synthgen.release.zipped import CHUNK

_MOST_ENTRIES = 4 * MOST_FILES


class Files(Protocol):
    """What is there: `sizes` by name, in bytes; `strange` what no bundle holds (a link, a name), name -> what it is."""

    @property
    def sizes(self) -> Mapping[str, int]: ...  # noqa: D102 - said above
    @property
    def strange(self) -> Mapping[str, str]: ...  # noqa: D102 - said above
    def chunks(self, name: str) -> Iterator[bytes]:
        """Its content, a piece at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """Files of a folder."""

    root: Path
    sizes: Mapping[str, int]
    strange: Mapping[str, str]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Its content, a piece at a time."""
        with (self.root / name).open("rb") as file:
            yield from _pieces(lambda: file.read(CHUNK))


@dataclass(frozen=True, kw_only=True, slots=True)
class Zip:
    """Members of a zip that is open."""

    file: BinaryIO
    spans: Mapping[str, tuple[int, int]]
    strange: Mapping[str, str]

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes by name."""
        return {name: size for name, (_, size) in self.spans.items()}

    def chunks(self, name: str) -> Iterator[bytes]:
        """Its content, a piece at a time."""
        start, size = self.spans[name]
        for at in range(start, start + size, CHUNK):
            self.file.seek(at)
            yield self.file.read(min(CHUNK, start + size - at))


@contextmanager
def opened(path: str | Path) -> Iterator[Files]:
    """A bundle's files. Raises BundleError for what is neither a folder nor a zip as synthgen writes it."""
    place = Path(path)
    expected, fix = "a bundle: a folder, or its zip", "give what synthgen release wrote"
    try:
        if place.is_dir():
            yield _folder(place)
        elif place.is_file():
            with place.open("rb") as file:
                yield from_zip(file)
        else:
            got = "a device or pipe" if place.exists() else "nothing there"
            raise BundleError(str(path), expected=expected, got=got, fix=fix)
    except OSError as error:
        raise BundleError(str(path), expected="a bundle that can be read", got=_reason(error)) from None


def from_zip(file: BinaryIO) -> Zip:
    """The members of an open zip. Raises BundleError."""
    spans = zipped.spans(file)
    strange = {name: "a name that no bundle has" for name in spans if not is_safe(name)}
    return Zip(file=file, spans=spans, strange=strange)


def content(files: Files, name: str, *, most: int) -> bytes:
    """All of a file that has at most so many bytes. Raises BundleError for one that is missing or larger."""
    size = files.sizes.get(name)
    if size is None:
        raise refusal(name, expected="a file of that name", got="none", fix="is it a bundle? get a fresh copy")
    if size > most:
        raise refusal(name, expected=f"at most {most:,} bytes", got=f"{size:,}")
    return b"".join(files.chunks(name))


def digest(files: Files, name: str) -> str:
    """SHA-256 of a file, in hex."""
    found = hashlib.sha256()
    for chunk in files.chunks(name):
        found.update(chunk)
    return found.hexdigest()


@contextmanager
def located(files: Files, name: str) -> Iterator[Path]:
    """A path at which a file can be read: its own in a folder; out of a zip, a copy that is gone afterwards."""
    if isinstance(files, Folder):
        yield files.root / name
        return
    with TemporaryDirectory(prefix="synthgen-") as folder:
        path = Path(folder) / Path(name).name
        with path.open("wb") as target:
            for chunk in files.chunks(name):
                target.write(chunk)
        yield path


def _folder(root: Path) -> Folder:
    sizes: dict[str, int] = {}
    strange: dict[str, str] = {}
    waiting = [root]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            name = Path(entry.path).relative_to(root).as_posix()
            mode = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(mode.st_mode):
                waiting.append(Path(entry.path))
            elif not stat.S_ISREG(mode.st_mode):
                strange[name] = "a link or device"
            elif not is_safe(name):
                strange[name] = "a name that no bundle has"
            else:
                sizes[name] = mode.st_size
            if len(sizes) + len(strange) + len(waiting) > _MOST_ENTRIES:
                raise refusal("folder", expected=f"at most {_MOST_ENTRIES:,} files", got="more", fix="is it a bundle?")
    return Folder(root=root, sizes=dict(sorted(sizes.items())), strange=strange)


def _pieces(read: Callable[[], bytes]) -> Iterator[bytes]:
    return iter(read, b"")


def _reason(error: OSError) -> str:
    return (error.strerror or "an error").lower()
