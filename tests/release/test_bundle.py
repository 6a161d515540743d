import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthgen.errors import ConfigError
from synthgen.release import bundle as bundles
from synthgen.release import manifest, zipped
from synthgen.release.bundle import KINDS, Bundle
from synthgen.release.terms import About, Terms

PRIVATE = "0.1234567"
"""Begins the figure of the report that was read from private rows."""


def texts(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_that_leaves_is_there_and_nothing_else(whole: Bundle) -> None:
    outside = {"data/tiny.csv", "data/tiny.parquet", "manifest.json", "manifest.sha256", "signatures/release.json"}
    assert texts(whole.folder).keys() == KINDS.keys() - {"model.synthgen"} | outside


def test_the_manifest_has_the_checksum_of_every_file(whole: Bundle) -> None:
    found = manifest.from_bytes((whole.folder / "manifest.json").read_bytes())
    sums = {file.path: file.sha256 for file in found.files}
    there = {name: hashlib.sha256(text).hexdigest() for name, text in texts(whole.folder).items()}
    assert sums == {
        name: digest
        for name, digest in there.items()
        if name not in {"manifest.json", "manifest.sha256", "signatures/release.json"}
    }
    assert there["manifest.json"] == whole.id
    done = subprocess.run(["sha256sum", "-c", "manifest.sha256"], cwd=whole.folder, capture_output=True, check=False)
    assert done.returncode == 0


def test_no_byte_tells_what_was_read_from_private_rows(whole: Bundle) -> None:
    assert [name for name, text in texts(whole.folder).items() if PRIVATE.encode() in text] == []
    assert json.loads((whole.folder / "verdicts.json").read_text())["verdicts"][1]["verdict"] == "pass"


def test_the_zip_holds_the_same_files(whole: Bundle) -> None:
    with zipfile.ZipFile(whole.archive) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == texts(whole.folder)


def test_the_same_inputs_make_the_same_bytes(made: Any, whole: Bundle, tmp_path: Path) -> None:
    again = made.write(tmp_path / "again")
    assert again.archive.read_bytes() == whole.archive.read_bytes()


def test_every_number_is_told_with_its_place(whole: Bundle) -> None:
    numbers = json.loads((whole.folder / "manifest.json").read_text())["numbers"]
    assert numbers["privacy.epsilon"] == {"value": 1.0, "file": "certificate.json", "at": "/guarantee/epsilon"}
    assert numbers["budget.epsilon"]["file"] == "report.json"
    assert not any(name.startswith("utility") for name in numbers)


def test_the_model_is_inside_only_where_the_terms_say_so(made: Any, tmp_path: Path, golden: Path) -> None:
    found = made.write(tmp_path / "b", terms=Terms(policy="partner", with_model=True))
    assert (found.folder / "model.synthgen").read_bytes() == golden.read_bytes()
    assert "can draw any number of rows" in (found.folder / "certificate.json").read_text()


def test_a_model_without_a_file_is_named_by_the_one_that_it_would_have(made: Any, tmp_path: Path) -> None:
    found = made.write(tmp_path / "b", model_file=None)
    made.model.save(tmp_path / "m.synthgen")
    sum_ = hashlib.sha256((tmp_path / "m.synthgen").read_bytes()).hexdigest()
    assert manifest.from_bytes((found.folder / "manifest.json").read_bytes()).model.sha256 == sum_


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ({"title": "Anonymous patients"}, "title"),
        ({"description": "These rows are GDPR compliant."}, "description"),
        ({"contact": "zero risk"}, "contact"),
    ],
)
def test_words_that_nobody_can_stand_behind_stop_it(
    words: dict[str, str], subject: str, made: Any, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=rf"^{subject}: expected words"):
        made.write(tmp_path / "b", about=About(**words))
    assert list(tmp_path.iterdir()) == []


def test_an_error_half_way_leaves_nothing(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipped, "write", broken)
    with pytest.raises(ConfigError, match="room on the disk"):
        made.write(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_never_written_over_another(made: Any, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="something that exists"):
        made.write(bundle)
    (tmp_path / "c.zip").touch()
    with pytest.raises(ConfigError, match="one that exists"):
        made.write(tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_data_of_other_rows_or_forms_is_refused(made: Any, tmp_path: Path) -> None:
    parquet, csv = made.data
    shorter = tmp_path / "rows.csv"
    shorter.write_text("".join(csv.read_text().splitlines(keepends=True)[:-1]))
    for data in ([], [parquet, parquet], [parquet, shorter], [tmp_path / "x.feather"]):
        with pytest.raises(ConfigError, match=r"^data: expected"):
            made.write(tmp_path / "b", data=data)


def test_a_bundle_may_have_one_file_of_data(made: Any, tmp_path: Path) -> None:
    found = made.write(tmp_path / "b", data=[made.data[1]])
    assert [path.name for path in (found.folder / "data").iterdir()] == ["tiny.csv"]
    assert "read_csv" in (found.folder / "README.md").read_text()


def test_the_real_report_is_written_as_its_public_page(
    made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_page: Callable[..., str]
) -> None:
    monkeypatch.setattr(bundles, "report_page", real_page)
    found = made.write(tmp_path / "b")
    page = (found.folder / "report.html").read_text()
    assert "This page may leave the building" in page
    assert PRIVATE not in page
