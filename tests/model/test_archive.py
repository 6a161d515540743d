"""Zips that were not written by us are refused before they are read."""

import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from synthgen.errors import ModelFileError
from synthgen.model import Model, archive

LIMITS = {"model.json": 1000, "weights.safetensors": 2000}
GOOD = {"model.json": b"{}", "weights.safetensors": b"w" * 100}


def refused(path: Path, *, saying: str) -> None:
    with pytest.raises(ModelFileError, match=saying) as caught:
        archive.read(path, limits=LIMITS)
    assert "\n" not in str(caught.value)


def zipped(path: Path, members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def changed(path: Path, at: Callable[[bytes], int], value: bytes) -> Path:
    """A good file with some bytes of its directory overwritten."""
    archive.write(path, GOOD)
    content = bytearray(path.read_bytes())
    place = at(bytes(content))
    content[place : place + len(value)] = value
    path.write_bytes(content)
    return path


def entry(content: bytes) -> int:
    return content.index(b"PK\x01\x02")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    archive.write(tmp_path / "m", GOOD)
    assert archive.read(tmp_path / "m", limits=LIMITS) == GOOD


def test_members_are_sorted_stored_and_have_no_time(tmp_path: Path) -> None:
    archive.write(tmp_path / "m", dict(reversed(GOOD.items())))
    with zipfile.ZipFile(tmp_path / "m") as file:
        assert file.namelist() == sorted(GOOD)
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in file.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        (b"", "an empty file"),
        (b"PK", "something else"),
        (b"just text " * 10, "something else"),
        (b"PK\x03\x04" + bytes(60), "cut off"),
        (b"x" * 10_000, "at most 7,096 bytes"),
    ],
)
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes, saying: str) -> None:
    (tmp_path / "m").write_bytes(content)
    refused(tmp_path / "m", saying=saying)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, saying="a folder")
    refused(tmp_path / "none", saying="nothing there")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", saying="a device or pipe")  # and is not opened: that would wait for ever


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    archive.write(tmp_path / "m", GOOD)
    (tmp_path / "m").chmod(0)
    if os.access(tmp_path / "m", os.R_OK):
        pytest.skip("this user may read everything")
    refused(tmp_path / "m", saying="permission denied")


@pytest.mark.parametrize(
    ("members", "saying"),
    [
        ({"model.json": b"{}"}, "expected 2 members, got 1"),
        ({**GOOD, "more": b""}, "expected 2 members, got 3"),
        ({"model.json": b"{}", "../weights.safetensors": b""}, r"got '\.\./weights"),
        ({"model.json": b"{}", "/weights.safetensors": b""}, "got '/weights"),
        ({"model.json": b"{}", "weights.safetensors\n\x1b[2J": b""}, r"got 'weights\.safetensors\\n"),
        ({"model.json": b"{}", "weights.pkl": b""}, "got 'weights.pkl'"),
        ({**GOOD, "model.json": b"x" * 1001}, r"model\.json: expected at most 1,000 bytes, got 1,001"),
    ],
)
def test_other_members_are_refused(tmp_path: Path, members: dict[str, bytes], saying: str) -> None:
    refused(zipped(tmp_path / "m", members), saying=saying)


def test_a_member_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m", "w") as file:
        file.writestr("model.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("model.json", b"[]")
    refused(tmp_path / "m", saying="each member once")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "m", {**GOOD, "model.json": bytes(1000)}, zipfile.ZIP_DEFLATED)
    refused(bomb, saying="a compressed one")


def test_a_member_that_declares_too_much_is_refused(tmp_path: Path) -> None:
    sizes = struct.pack("<LL", 999, 999)
    refused(changed(tmp_path / "m", lambda content: entry(content) + 20, sizes), saying="damaged")


def test_a_member_that_declares_too_little_is_refused(tmp_path: Path) -> None:
    sizes = struct.pack("<LL", 1, 1)
    refused(changed(tmp_path / "m", lambda content: entry(content) + 20, sizes), saying="damaged")


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    refused(changed(tmp_path / "m", lambda content: entry(content) + 8, b"\x01"), saying="encrypted")


def test_a_link_is_refused(tmp_path: Path) -> None:
    mode = struct.pack("<L", (stat.S_IFLNK | 0o777) << 16)
    refused(changed(tmp_path / "m", lambda content: entry(content) + 38, mode), saying="a link or device")


def test_a_directory_that_claims_a_million_members_is_not_listed(tmp_path: Path) -> None:
    many = struct.pack("<HH", 60_000, 60_000)
    refused(changed(tmp_path / "m", lambda content: content.index(b"PK\x05\x06") + 8, many), saying="got 60000")
    locator = changed(tmp_path / "m", lambda content: content.index(b"PK\x05\x06") - 20, b"PK\x06\x07")
    refused(locator, saying="as synthgen writes it")


@pytest.mark.parametrize("where", ["before", "after"])
def test_bytes_around_the_zip_are_refused(tmp_path: Path, where: str) -> None:
    archive.write(tmp_path / "m", GOOD)
    content = (tmp_path / "m").read_bytes()
    (tmp_path / "m").write_bytes(b"PK\x03\x04#!/bin/sh\n" + content if where == "before" else content + b"more")
    refused(tmp_path / "m", saying="expected a zip")


def test_the_path_is_the_subject_of_every_refusal(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        Model.load(tmp_path / "none.synthgen")
    assert caught.value.subject == str(tmp_path / "none.synthgen")
    zipped(tmp_path / "bad.synthgen", GOOD)
    with pytest.raises(ModelFileError) as caught:
        Model.load(tmp_path / "bad.synthgen")
    assert caught.value.subject == f"{tmp_path / 'bad.synthgen'}, model.json, format"
