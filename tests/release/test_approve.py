import datetime as dt
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from synthgen.errors import BundleError, ConfigError
from synthgen.release.approve import approve
from synthgen.release.bundle import Bundle
from synthgen.release.verify import Trust, verify

TODAY = dt.date(2026, 2, 1)


@pytest.fixture
def released(whole: Bundle, tmp_path: Path) -> Path:
    """A folder and the zip beside it."""
    shutil.copytree(whole.folder, tmp_path / "b")
    shutil.copy(whole.archive, tmp_path / "b.zip")
    return tmp_path / "b"


def test_folder_and_zip_get_the_same_signature(made: Any, released: Path) -> None:
    done = approve(released, key=made.other, by="Ada", day=TODAY)
    assert done.places == (released, released.with_name("b.zip"))
    assert (done.count, done.needed) == (1, 1)
    with zipfile.ZipFile(released.with_name("b.zip")) as archive:
        assert archive.read(done.path) == (released / done.path).read_bytes()
    for place in done.places:
        assert verify(place, today=TODAY).ok


def test_a_zip_alone_is_approved(made: Any, released: Path) -> None:
    shutil.rmtree(released)
    archive = released.with_name("b.zip")
    assert approve(archive, key=made.other).places == (archive,)
    assert verify(archive, today=TODAY).ok


def test_a_key_approves_once(made: Any, released: Path) -> None:
    approve(released, key=made.other)
    before = released.with_name("b.zip").read_bytes()
    with pytest.raises(BundleError, match="one that has"):
        approve(released, key=made.other)
    assert released.with_name("b.zip").read_bytes() == before
    assert approve(released, key=made.key).count == 2  # who released it may approve of it, as anybody else


def test_nobody_puts_his_name_to_a_damaged_bundle(made: Any, released: Path) -> None:
    (released / "README.md").write_text("better")
    with pytest.raises(BundleError, match="damaged"):
        approve(released, key=made.other)
    assert not list(released.glob("signatures/approval-*"))


def test_a_zip_of_another_bundle_is_not_approved_with_it(made: Any, released: Path, tmp_path: Path) -> None:
    other = made.write(tmp_path / "other", created=dt.date(2026, 1, 30))
    shutil.copy(other.archive, released.with_name("b.zip"))
    with pytest.raises(BundleError, match="another"):
        approve(released, key=made.other)
    assert not list(released.glob("signatures/approval-*"))


def test_only_what_the_publisher_released_is_approved(made: Any, released: Path) -> None:
    approve(released, key=made.other, trust=Trust(keys=(made.key.public,)))
    with pytest.raises(BundleError, match="not the key that was given"):
        approve(released, key=made.key, trust=Trust(keys=(made.other.public,)))


@pytest.mark.parametrize("name", ["x" * 201, "a\nb"])
def test_a_name_is_one_short_line(name: str, made: Any, released: Path) -> None:
    with pytest.raises(ConfigError, match=r"^by: expected"):
        approve(released, key=made.other, by=name)
