"""Four eyes: somebody else looks at a bundle and adds a signature over its manifest, in the folder and in its zip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from synthgen.errors import BundleError
from synthgen.release import manifest, zipped
from synthgen.release.bundle import archive_of, inside
from synthgen.release.files import Files, Zip, content, opened
from synthgen.release.manifest import is_safe
from synthgen.release.seal import add
from synthgen.release.signatures import approvals
from synthgen.release.signing import PrivateKey
from synthgen.release.verify import Trust
from synthgen.release.verify.integrity import Sealed, sealed
from synthgen.tables import atomic_path

_HELD: Final = {"manifest", "files", "signature"}
"""Checks that must hold before anybody puts his name to a bundle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Approved:
    """What was added: the signature's file, and where; `count` of `needed` approvals are there now."""

    path: str
    id: str
    places: tuple[Path, ...]
    count: int
    needed: int


def approve(
    bundle: str | Path, *, key: PrivateKey, by: str = "", trust: Trust | None = None, day: dt.date | None = None
) -> Approved:
    """Sign a bundle's manifest with a key that has not approved it yet; a folder's zip beside it gets the same.

    trust  whose release is accepted

    Raises BundleError, before anything is written, for a bundle whose files or release signature do not hold, for a
    key twice, and for a zip beside the folder that is of another bundle.
    """
    known, place = trust or Trust(), Path(bundle)
    folders, archives = _places(place)
    today = day or dt.datetime.now(dt.UTC).date()
    found = _intact(place, known)
    assert found.manifest is not None, "intact bundles have one"
    for other in {*folders, *archives} - {place}:
        if _intact(other, known).id != found.id:
            fix = "remove the one that is not meant"
            raise BundleError(str(other), expected=f"the bundle that {place} holds", got="another", fix=fix)
    for archive in archives:
        with _unzipped(archive) as room:
            path = add(room, (room / manifest.NAME).read_bytes(), key=key, kind="approval", by=by, day=today)
            with atomic_path(archive, force=True) as temporary:
                zipped.write(temporary, inside(room))
    for folder in folders:
        path = add(folder, (folder / manifest.NAME).read_bytes(), key=key, kind="approval", by=by, day=today)
    with opened(place) as files:
        count = len(approvals(files, content(files, manifest.NAME, most=manifest.LARGEST)))
    return Approved(
        path=path, id=found.id, places=(*folders, *archives), count=count, needed=found.manifest.terms.approvals
    )


def _places(place: Path) -> tuple[list[Path], list[Path]]:
    """The folder and the zip that are meant: a folder means the zip beside it too."""
    if not place.is_dir():
        return [], [place]
    archive = archive_of(place)
    return [place], [archive] if archive.exists() else []


def _intact(place: Path, known: Trust) -> Sealed:
    with opened(place) as files:
        found = sealed(files, keys=known.keys, may_be_unsigned=known.may_be_unsigned)
    bad = next((check for check in found.checks if check.outcome == "fail" and check.name in _HELD), None)
    if bad is not None:
        expected = "a bundle that holds before anybody approves of it"
        raise BundleError(str(place), expected=expected, got=f"{bad.name}: {bad.said}", fix=bad.fix)
    return found


@contextmanager
def _unzipped(archive: Path) -> Iterator[Path]:
    """A folder with a zip's files, whose names were checked."""
    with TemporaryDirectory(prefix="synthgen-") as room, opened(archive) as files:
        assert isinstance(files, Zip), "a file is a zip"
        for name in files.sizes:
            _copy(files, name, Path(room))
        yield Path(room)


def _copy(files: Files, name: str, room: Path) -> None:
    assert is_safe(name), "checked when it was opened"
    target = room / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        for chunk in files.chunks(name):
            file.write(chunk)
