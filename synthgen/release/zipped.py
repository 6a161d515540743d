"""A zip with one spelling: the same files are the same bytes on every machine, and any other zip is refused.

Members lie one after another in the order of their names, stored as they are, with fixed times: there is no room for a
bomb, for a hidden member, or for a byte that nobody looks at. Past 4 GiB the zip64 records are written (APPNOTE 4.5.3).
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from synthgen.release.canonical import refusal

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_BIG, _MANY = 0xFFFFFFFF, 0xFFFF
_DAY = 0x0021  # 1980-01-01, the first that a zip knows
_MODE = (stat.S_IFREG | 0o644) << 16
_UNIX = 3 << 8
_LARGEST_DIRECTORY = 2**20
_FIX = "unzip it, and verify the folder"
CHUNK = 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file of the zip: its name in ASCII, its size in bytes, its CRC-32."""

    name: str
    size: int
    crc: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """All of a zip but its contents.

    headers  one before each member's content
    offsets  where each content begins
    tail     what comes after the last content
    """

    headers: tuple[bytes, ...]
    offsets: tuple[int, ...]
    tail: bytes


def layout(members: Sequence[Member]) -> Layout:
    """The zip of these members, in this order."""
    headers, offsets, central, position = [], [], [], 0
    for member in members:
        header = _header(member)
        central.append(_entry(member, position))
        headers.append(header)
        offsets.append(position + len(header))
        position += len(header) + member.size
    directory = b"".join(central)
    tail = directory + _end(len(members), len(directory), position)
    return Layout(headers=tuple(headers), offsets=tuple(offsets), tail=tail)


def write(path: Path, files: Mapping[str, Path]) -> None:
    """Write a zip of files by their names in it."""
    names = sorted(files)
    form = layout([_measured(name, files[name]) for name in names])
    with path.open("wb") as target:
        for name, header in zip(names, form.headers, strict=True):
            target.write(header)
            for chunk in _chunks(files[name]):
                target.write(chunk)
        target.write(form.tail)


def spans(file: BinaryIO) -> dict[str, tuple[int, int]]:
    """Where each member's content lies, name -> (offset, bytes); contents are not read.

    Raises BundleError for a zip that `write` did not make.
    """
    size = file.seek(0, 2)
    members = _members(file, size)
    form = layout(members)
    positions = [offset - len(header) for offset, header in zip(form.offsets, form.headers, strict=True)]
    pieces = [*zip(positions, form.headers, strict=True), (size - len(form.tail), form.tail)]
    whole = sum(member.size + len(header) for member, header in zip(members, form.headers, strict=True))
    names = [member.name for member in members]
    if whole + len(form.tail) != size or names != sorted(set(names)) or not all(_is(file, *piece) for piece in pieces):
        raise refusal("zip", expected="a zip as synthgen writes it", got="another", fix=_FIX)
    return {member.name: (at, member.size) for member, at in zip(members, form.offsets, strict=True)}


def _is(file: BinaryIO, position: int, wanted: bytes) -> bool:
    file.seek(position)
    return file.read(len(wanted)) == wanted


def _members(file: BinaryIO, size: int) -> list[Member]:
    """What the central directory lists; its form is compared later, so here it need only not hurt."""
    damaged = refusal("zip", expected="a whole zip", got="a damaged one, or no zip")
    end = _tail(file, size, _END)
    if end is None or end[0] != b"PK\x05\x06":
        raise damaged
    count, length, offset, end_size = end[4], end[5], end[6], _END.size
    if offset == _BIG or count == _MANY:
        end64 = _tail(file, size - _END.size - _LOCATOR64.size, _END64)
        if end64 is None or end64[0] != b"PK\x06\x06":
            raise damaged
        count, length, offset, end_size = end64[7], end64[8], end64[9], _END64.size + _LOCATOR64.size + _END.size
    if length > _LARGEST_DIRECTORY or offset + length + end_size != size:
        raise refusal("zip", expected="a zip as synthgen writes it", got="another", fix=_FIX)
    file.seek(offset)
    directory = file.read(length)
    try:
        found = list(_listed(directory))
    except (struct.error, UnicodeDecodeError, IndexError):
        raise damaged from None
    if len(found) != count:
        raise damaged
    return found


def _tail(file: BinaryIO, end: int, record: struct.Struct) -> tuple[Any, ...] | None:
    """The record that ends there."""
    if end < record.size:
        return None
    file.seek(end - record.size)
    return record.unpack(file.read(record.size))


def _listed(directory: bytes) -> Iterator[Member]:
    position = 0
    while position < len(directory):
        fields = _CENTRAL.unpack_from(directory, position)
        crc, size, name_length, extra_length, comment_length = (fields[place] for place in (7, 9, 10, 11, 12))
        position += _CENTRAL.size
        name = directory[position : position + name_length].decode("ascii")
        extra = directory[position + name_length : position + name_length + extra_length]
        if size == _BIG:
            size = struct.unpack_from("<Q", extra, 4)[0]
        position += name_length + extra_length + comment_length
        yield Member(name=name, size=size, crc=crc)


def _header(member: Member) -> bytes:
    big = member.size >= _BIG
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if big else b""
    size, name = min(member.size, _BIG), member.name.encode("ascii")
    numbers = (45 if big else 20, 0, 0, 0, _DAY, member.crc, size, size, len(name), len(extra))
    return _LOCAL.pack(b"PK\x03\x04", *numbers) + name + extra


def _entry(member: Member, position: int) -> bytes:
    big, far = member.size >= _BIG, position >= _BIG
    values = [*([member.size] * 2 if big else []), *([position] if far else [])]
    extra = struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    version, size, name = 45 if big or far else 20, min(member.size, _BIG), member.name.encode("ascii")
    numbers = (_UNIX | version, version, 0, 0, 0, _DAY, member.crc, size, size, len(name), len(extra), 0, 0, 0)
    return _CENTRAL.pack(b"PK\x01\x02", *numbers, _MODE, min(position, _BIG)) + name + extra


def _end(count: int, length: int, position: int) -> bytes:
    """The records that end a zip whose directory of so many bytes begins there."""
    before = b""
    if position >= _BIG or count >= _MANY:
        numbers = (_UNIX | 45, 45, 0, 0, count, count, length, position)
        before = _END64.pack(b"PK\x06\x06", _END64.size - 12, *numbers)
        before += _LOCATOR64.pack(b"PK\x06\x07", 0, position + length, 1)
    few = min(count, _MANY)
    return before + _END.pack(b"PK\x05\x06", 0, 0, few, few, length, min(position, _BIG), 0)


def _measured(name: str, path: Path) -> Member:
    size = crc = 0
    for chunk in _chunks(path):
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return Member(name=name, size=size, crc=crc)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        read: Callable[[], bytes] = lambda: file.read(CHUNK)  # noqa: E731 - what iter calls, and nothing else
        yield from iter(read, b"")
