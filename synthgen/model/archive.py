"""A zip with known members, all of them stored: the same bytes on every machine, and no room for a bomb.

Nothing is compressed (noisy weights hardly shrink), so no member can be larger than the file that holds it. The
central directory is looked at before zipfile may read it, so a file cannot make us list a million members either.
"""

from __future__ import annotations

import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from synthgen.model.refusal import FRESH, refusal, require

_END = struct.Struct("<4s4H2LH")
"""End of central directory: signature, disk, its disk, entries here, entries, length, offset, length of comment."""
_LOCATOR = b"PK\x06\x07"
_LOCATOR_SIZE = 20
_LARGEST_DIRECTORY = 4096
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIX = "is it a model file? " + FRESH


def write(path: Path, members: Mapping[str, bytes]) -> None:
    """Write members, sorted by name, with fixed times: the same members give the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.create_system = 3  # Unix, wherever it is written
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, members[name])


def read(path: Path, *, limits: Mapping[str, int]) -> dict[str, bytes]:
    """The members named in `limits`, which are all there may be, each of at most so many bytes.

    Memory is bounded by the limits. Raises ModelFileError for anything that `write` did not write.
    """
    with _opened(path) as file:
        size = file.seek(0, 2)
        most = sum(limits.values()) + _LARGEST_DIRECTORY
        require(size <= most, "", expected=f"a model file of at most {most:,} bytes", got=f"{size:,}", fix=_FIX)
        _check_directory(file, size, len(limits))
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_names([member.orig_filename for member in members], limits)
            for member in members:
                _check_member(member, limits[member.filename])
            return {member.filename: _content(archive, member) for member in members}


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file, opened; whatever reading it as a zip may raise becomes a refusal."""
    expected = "a model file"
    if path.is_dir():
        raise refusal("", expected=expected, got="a folder", fix="add the file's name")
    if not path.exists():
        raise refusal("", expected=expected, got="nothing there", fix="check the path")
    if not path.is_file():  # opening a pipe would wait for ever
        raise refusal("", expected=expected, got="a device or pipe", fix="choose a file")
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise refusal("", expected="a file that can be read", got=(error.strerror or "an error").lower()) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, struct.error):
        raise refusal("", expected="a whole zip", got="a damaged one") from None


def _check_directory(file: BinaryIO, size: int, members: int) -> None:
    """The zip ends as ours end: one small central directory with so many entries, then its record, nothing else."""
    tail_size = min(size, _END.size + _LOCATOR_SIZE)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    file.seek(0)
    ours = file.read(4) == b"PK\x03\x04" and size >= _END.size
    require(ours, "", expected="a model file", got="an empty file" if not size else "something else", fix=_FIX)
    signature, disk, first_disk, here, entries, length, offset, comment = _END.unpack(tail[-_END.size :])
    require(signature == b"PK\x05\x06", "", expected="a zip with an end", got="none: it was cut off or added to")
    require(entries == here == members, "", expected=f"{members} members", got=str(max(entries, here)), fix=_FIX)
    plain = (disk, first_disk, comment) == (0, 0, 0) and offset + length + _END.size == size
    plain &= length <= _LARGEST_DIRECTORY and not tail.startswith(_LOCATOR)
    require(plain, "", expected="a zip as synthgen writes it", got="another")


def _check_names(names: list[str], limits: Mapping[str, int]) -> None:
    for name in names:
        require(name in limits, "", expected=f"the members {' and '.join(limits)}", got=repr(name), fix=_FIX)
    require(len(set(names)) == len(names), "", expected="each member once", got=f"{names[0]} again")


def _check_member(member: zipfile.ZipInfo, limit: int) -> None:
    """Look at what is declared before any of it is read."""
    mode = member.external_attr >> 16
    require(stat.S_IFMT(mode) in {0, stat.S_IFREG}, member.filename, expected="a plain file", got="a link or device")
    require(not member.flag_bits & 1, member.filename, expected="an open member", got="an encrypted one")
    stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
    require(stored, member.filename, expected="a member that is stored as it is", got="a compressed one")
    small = member.file_size <= limit
    require(small, member.filename, expected=f"at most {limit:,} bytes", got=f"{member.file_size:,}")


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Its bytes, never more than declared; zipfile compares the checksum at the end."""
    with archive.open(member) as stream:
        content = stream.read(member.file_size + 1)
    size = f"{member.file_size:,} bytes"
    require(len(content) == member.file_size, member.filename, expected=size, got=f"{len(content):,}")
    return content
