"""Any flipped byte is found: thousands of them, in the zip and in the folder, and every one of some files."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from synthgen.errors import BundleError
from synthgen.release.approve import approve
from synthgen.release.bundle import Bundle
from synthgen.release.files import from_zip
from synthgen.release.verify.integrity import sealed

FLIPS = 2000


@dataclass(frozen=True, kw_only=True)
class Held:
    """A folder's files, in memory."""

    texts: Mapping[str, bytes]

    @property
    def sizes(self) -> Mapping[str, int]:
        return {name: len(text) for name, text in self.texts.items()}

    @property
    def strange(self) -> Mapping[str, str]:
        return {}

    def chunks(self, name: str) -> Any:
        yield self.texts[name]


def fails(files: Any, key: Any) -> bool:
    return any(check.outcome == "fail" for check in sealed(files, keys=(key,)).checks)


def zip_fails(text: bytes, key: Any) -> bool:
    try:
        return fails(from_zip(io.BytesIO(text)), key)
    except BundleError:
        return True


@pytest.fixture(scope="module")
def approved(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    found: Bundle = made.write(tmp_path_factory.mktemp("approved") / "b")
    approve(found.folder, key=made.other)
    return found


def flipped(text: bytes, place: int, bits: int) -> bytes:
    spoilt = bytearray(text)
    spoilt[place] ^= bits
    return bytes(spoilt)


def test_a_flipped_byte_of_the_zip_is_found_wherever_it_is(approved: Bundle, made: Any) -> None:
    text, rng = approved.archive.read_bytes(), np.random.default_rng(1)
    assert not zip_fails(text, made.key.public)
    places, bits = rng.integers(0, len(text), FLIPS), rng.integers(1, 256, FLIPS)
    missed = [
        int(at)
        for at, each in zip(places, bits, strict=True)
        if not zip_fails(flipped(text, at, int(each)), made.key.public)
    ]
    assert missed == []


def test_every_byte_of_the_zips_own_records_counts(approved: Bundle, made: Any) -> None:
    """The headers between the files, and the directory after them."""
    text = approved.archive.read_bytes()
    spans = from_zip(io.BytesIO(text)).spans.values()
    content = np.zeros(len(text), np.bool_)
    for start, size in spans:
        content[start : start + size] = True
    records = np.flatnonzero(~content)
    assert len(records) > 1000
    assert [int(at) for at in records if not zip_fails(flipped(text, int(at), 0x20), made.key.public)] == []


def test_every_byte_of_manifest_and_signatures_counts(approved: Bundle, made: Any) -> None:
    folder = approved.folder
    texts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    small = {name: text for name, text in texts.items() if name.startswith(("signatures/", "manifest"))}
    few = {name: texts[name] for name in ("policy.json", "verdicts.json")}
    found = Held(texts=texts)
    assert not fails(found, made.key.public)
    missed = [
        (name, at)
        for name, text in {**small, **few}.items()
        for at in range(0, len(text), 1 if len(text) < 1000 else 7)
        if not fails(Held(texts={**texts, name: flipped(text, at, 1 + at % 255)}), made.key.public)
    ]
    assert missed == []


def test_cut_grown_and_empty_files_are_found(approved: Bundle, made: Any) -> None:
    folder = approved.folder
    texts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name, text in texts.items():
        for spoilt in (text[:-1], text + b"\n", b""):
            assert fails(Held(texts={**texts, name: spoilt}), made.key.public), name
        if not name.startswith("signatures/approval-"):  # who takes an approval away leaves too few
            assert fails(Held(texts={other: each for other, each in texts.items() if other != name}), made.key.public)


def test_a_zip_that_is_cut_anywhere_is_refused(approved: Bundle, made: Any) -> None:
    text = approved.archive.read_bytes()
    rng = np.random.default_rng(2)
    assert all(zip_fails(text[: int(end)], made.key.public) for end in rng.integers(0, len(text), 200))
