import io
import stat
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import BundleError
from synthgen.release import zipped
from synthgen.release.files import content, from_zip, opened
from synthgen.release.zipped import Member, layout, spans

NAMES = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True)


def archive(folder: Path, files: dict[str, bytes]) -> bytes:
    paths = {}
    for number, (name, text) in enumerate(files.items()):
        paths[name] = folder / f"f{number}"
        paths[name].write_bytes(text)
    zipped.write(folder / "x.zip", paths)
    return (folder / "x.zip").read_bytes()


@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=5))
def test_what_is_written_is_read_by_us_and_by_everybody(files: dict[str, bytes]) -> None:
    members = [Member(name=name, size=len(files[name]), crc=zlib.crc32(files[name])) for name in sorted(files)]
    form = layout(members)
    text = (
        b"".join(header + files[member.name] for header, member in zip(form.headers, members, strict=True)) + form.tail
    )
    found = from_zip(io.BytesIO(text))
    assert {name: content(found, name, most=99) for name in found.sizes} == files
    with zipfile.ZipFile(io.BytesIO(text)) as other:
        assert other.testzip() is None
        assert {name: other.read(name) for name in other.namelist()} == files
        assert all(each.date_time == (1980, 1, 1, 0, 0, 0) for each in other.infolist())


def test_the_same_files_are_the_same_bytes(tmp_path: Path) -> None:
    files = {"b": b"2", "a/c": b"1"}
    first = archive(tmp_path, files)
    assert archive(tmp_path, dict(reversed(files.items()))) == first


def test_files_of_more_than_four_gibibytes_have_their_records(tmp_path: Path) -> None:
    """A file with holes: nothing of it is written or read but its ends."""
    members = [Member(name="a", size=5 << 30, crc=1), Member(name="b", size=3, crc=2)]
    form = layout(members)
    with (tmp_path / "x.zip").open("wb") as file:
        for header, start in zip(form.headers, form.offsets, strict=True):
            file.seek(start - len(header))
            file.write(header)
        file.seek(form.offsets[-1] + 3)
        file.write(form.tail)
    with opened(tmp_path / "x.zip") as files:
        assert files.sizes == {"a": 5 << 30, "b": 3}
    with zipfile.ZipFile(tmp_path / "x.zip") as other:
        assert [(each.filename, each.file_size) for each in other.infolist()] == [("a", 5 << 30), ("b", 3)]


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_and_nothing_else_happens(text: bytes) -> None:
    with pytest.raises(BundleError):
        spans(io.BytesIO(b"PK\x03\x04" + text))


def of_zipfile(
    names: list[str], *, compression: int = zipfile.ZIP_STORED, text: bytes = b"x", comment: bytes = b""
) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", compression) as made:
        for name in names:
            made.writestr(zipfile.ZipInfo(name), text, compression)
        made.comment = comment
    return held.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        of_zipfile(["a"]),
        of_zipfile(["a"], comment=b"PK\x05\x06 and more"),
        of_zipfile(["../a"]),
        of_zipfile(["/etc/passwd"]),
        of_zipfile(["a"], compression=zipfile.ZIP_DEFLATED, text=bytes(10_000_000)),
        of_zipfile([]) + b"\0",
        b"",
        b"PK\x05\x06",
    ],
    ids=[
        "another tool's",
        "a comment",
        "a way out",
        "an absolute name",
        "a bomb",
        "something after it",
        "nothing",
        "an end",
    ],
)
def test_a_zip_that_we_did_not_write_is_refused(text: bytes) -> None:
    with pytest.raises(BundleError) as caught:
        spans(io.BytesIO(text))
    assert "\n" not in str(caught.value)


def test_a_name_that_leads_out_is_never_opened(tmp_path: Path) -> None:
    """Written as we write zips, by somebody who wants out."""
    members = [Member(name="../../evil", size=1, crc=zlib.crc32(b"x"))]
    form = layout(members)
    found = from_zip(io.BytesIO(form.headers[0] + b"x" + form.tail))
    assert list(found.strange) == ["../../evil"]
    assert not (tmp_path.parent / "evil").exists()


def test_members_that_lie_over_each_other_are_refused() -> None:
    """As in a bomb whose members share their content."""
    one = Member(name="a", size=1000, crc=0)
    form = layout([one, Member(name="b", size=1000, crc=0)])
    with pytest.raises(BundleError):
        spans(io.BytesIO(form.headers[0] + bytes(1000) + form.tail))


def test_members_are_plain_files_whatever_the_machine(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive(tmp_path, {"a": b"1"}))) as other:
        assert stat.S_IMODE(other.getinfo("a").external_attr >> 16) == 0o644
