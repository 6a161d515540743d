"""Bad input gets one line on standard error, and nothing is written or lost."""

import os
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

SCHEMA = """\
name: t
columns:
  age: {type: integer, minimum: 0, maximum: 99}
  city: {type: categorical, values: [Oslo, Rome]}
"""
ROWS = "age,city\n30,Oslo\n40,Rome\n"


@pytest.fixture
def files(model: Path) -> dict[Path, bytes]:
    """What must still be there, unchanged, when the command was refused."""
    here = model.parent
    (here / "t.yaml").write_text(SCHEMA)
    (here / "t.csv").write_text(ROWS)
    (here / "folder").mkdir()
    (here / "old").write_text("mine")
    return contents(here)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(done: Any, before: dict[Path, bytes], folder: Path) -> str:
    """The line that was said."""
    assert done.code == 1
    assert done.err.startswith("error: "), done.err
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    assert contents(folder) == before
    line: str = done.err
    return line


FIT = ["fit", "t.csv", "--schema", "t.yaml", "--epsilon", "3", "-o", "m.synthgen"]


def fit(**changes: str) -> list[str]:
    """The command with other options."""
    words = [*FIT]
    words[1] = changes.pop("data", words[1])
    for name, value in changes.items():
        option = "-o" if name == "output" else f"--{name}"
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
    return words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (fit(data="nothere.csv"), "nothing there"),
        (fit(schema="nothere.yaml"), "nothing there"),
        (fit(config="nothere.yaml"), "no such file"),
        (["sample", "nothere.synthgen", "-o", "rows.csv"], "nothere.synthgen"),
        (["inspect", "nothere.synthgen"], "nothere.synthgen"),
        (["schema", "check", "nothere.yaml"], "nothing there"),
        (["schema", "check", "t.yaml", "nothere.csv"], "nothing there"),
        (fit(data="folder"), "an empty folder"),
        (fit(data="old"), "no suffix"),
        (fit(schema="folder"), "a folder"),
        (fit(epsilon="0"), "epsilon: expected"),
        (fit(epsilon="-1"), "epsilon: expected"),
        (fit(epsilon="nan"), "epsilon: expected"),
        (fit(epsilon="1e9"), "epsilon: expected"),
        (fit(epsilon="inf"), "add --no-privacy"),
        ([*FIT, "--no-privacy"], "say both, or neither"),
        (fit(delta="0"), "delta: expected"),
        (fit(delta="-1"), "delta: expected"),
        (fit(delta="1"), "delta: expected"),
        (fit(delta="nan"), "delta: expected"),
        (fit(output="old"), "--force"),
        (fit(output="folder"), "a folder"),
        (fit(output="no/such/m.synthgen"), "make"),
        (["sample", "model.synthgen", "-o", "old", "--format", "csv"], "--force"),
        (["sample", "model.synthgen", "-o", "folder", "--format", "csv"], "a folder"),
        (["sample", "model.synthgen", "-o", "no/such/rows.csv"], "make"),
        (["demo", "-o", "old"], "a folder"),
        (["demo", "-o", "old/inside"], "a folder"),
        (["sample", "t.csv", "-o", "rows.csv"], "a model file"),
        (["inspect", "t.csv"], "a model file"),
        (["inspect", "folder"], "a model file"),
        (["sample", "model.synthgen", "-n", "0", "-o", "rows.csv"], "rows: expected"),
        (["sample", "model.synthgen", "-n", "-5", "-o", "rows.csv"], "rows: expected"),
        (["sample", "model.synthgen", "-n", str(10**30), "-o", "rows.csv"], "rows: expected"),
        (["sample", "model.synthgen", "--seed", "-1", "-o", "rows.csv"], "seed: expected"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_cannot_work_says_why(
    cli: Command, files: dict[Path, bytes], here: Path, words: list[str], said: str
) -> None:
    done = cli(*words)
    assert said in refused(done, files, here)
    assert done.out == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minimum", "minimun", "did you mean 'minimum'?"),
        ("integer", "intger", "did you mean 'integer'?"),
        ("columns:", "colums:", "add columns"),
        ("  city", "  age", "line 4"),
        ("minimum: 0", "minimum: low", "line 3"),
        ("minimum: 0", "minimum: 100", "swap the two?"),
        ("[Oslo, Rome]", "[]", "an empty list"),
        ("[Oslo, Rome]", "[Oslo, Oslo]", "again"),
        ("name: t", "name: t\ntarget: cty", "did you mean 'city'?"),
        (SCHEMA, "", "an empty file"),
        (SCHEMA, "a: [", "line"),
        (", minimum: 0", "", "minimum"),
        (", values: [Oslo, Rome]", "", "discover: true"),
    ],
)
def test_a_schema_that_is_wrong_says_where(
    cli: Command, files: dict[Path, bytes], here: Path, *, old: str, new: str, said: str
) -> None:
    (here / "t.yaml").write_text(SCHEMA.replace(old, new))
    files = contents(here)
    done = cli(*FIT)
    assert said in refused(done, files, here)
    assert done.out == ""


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("age,city,zip\n30,Oslo,4711\n", "zip"),
        ("age\n4711\n", "city"),
        ("age,citi\n4711,Oslo\n", "rename citi"),
        ("age,age\n4711,1\n", "the same name"),
        ("a4711,b\n1,2\n", "header"),
        ("", "t.csv"),
        ("age,city\n4711,Oslo\n", "above maximum: 1"),
        ("age,city\n,Oslo\n", "missing: 1"),
        ("age,city\nx4711,Oslo\n", "not a number: 1"),
        ("age,city\n4.711,Oslo\n", "not a whole number: 1"),
        ('age,city\n"4,711",Oslo\n', "comma in a number: 1"),
        ("age,city\n30,4711\n", "unknown level: 1"),
        ("age,city\n30,Oslo,4711\n", "t.csv"),
    ],
)
def test_a_table_that_does_not_fit_says_where_and_shows_no_value(
    cli: Command, files: dict[Path, bytes], here: Path, rows: str, said: str
) -> None:
    (here / "t.csv").write_text(rows)
    files = contents(here)
    line = refused(cli(*FIT), files, here)
    assert said in line
    assert not any(value in line for value in ("4711", "4.711", "4,711"))


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02binary", "age,city\n30,Århus\n".encode("utf-16"), b"PAR1 no more", b"\xff\xfe"]
)
@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.feather", "x.csv.gz"])
def test_what_is_no_table_is_refused(
    cli: Command, files: dict[Path, bytes], here: Path, content: bytes, name: str
) -> None:
    (here / name).write_bytes(content)
    files = contents(here)
    refused(cli(*fit(data=name)), files, here)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(cli: Command, files: dict[Path, bytes], here: Path) -> None:
    (here / "t.csv").chmod(0)
    done = cli(*FIT)
    (here / "t.csv").chmod(0o600)
    assert "permission" in refused(done, files, here)


def test_a_delta_that_lets_a_row_be_published_is_refused(cli: Command, files: dict[Path, bytes], here: Path) -> None:
    (here / "t.yaml").write_text(f"rows: 1000\n{SCHEMA}")
    files = contents(here)
    assert "1/rows" in refused(cli(*fit(delta="0.01")), files, here)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "nothing"),
        ("age >", "breaks off"),
        ("agee > 3", "did you mean 'age'?"),
        ("age > 'old'", "a number"),
        ("city > 'Oslo'", "no order"),
        ("city = 'Paris'", "one of its levels"),
        ("day > 5", "day"),
        ("age > 1000", "probability 0"),
        ("age > 30 AND age < 20", "probability 0"),
        ("age", "condition"),
        ("1", "condition"),
        ("age > (SELECT 1)", "condition"),
        ("DROP TABLE people", "condition"),
        ("SELECT 1", "condition"),
        ("age > 3; DROP TABLE people", "semicolon"),
        ("sleep(3)", "condition"),
        ("age = NULL", "IS NULL"),
        ("age > 3 -- hidden", "condition"),
        ("(" * 1000 + "age > 3" + ")" * 1000, "condition"),
    ],
    ids=lambda text: text[:30],
)
def test_a_condition_that_is_none_is_refused(
    cli: Command, files: dict[Path, bytes], here: Path, condition: str, said: str
) -> None:
    done = cli("sample", "model.synthgen", "--where", condition, "-o", "rows.csv")
    assert said in refused(done, files, here)
    assert done.out == ""


@pytest.mark.parametrize("cut", [0, 10, 500, -1])
def test_half_a_model_file_is_refused(cli: Command, files: dict[Path, bytes], here: Path, cut: int) -> None:
    (here / "half.synthgen").write_bytes((here / "model.synthgen").read_bytes()[:cut])
    files = contents(here)
    refused(cli("sample", "half.synthgen", "-o", "rows.csv"), files, here)


def test_another_zip_is_no_model(cli: Command, files: dict[Path, bytes], here: Path) -> None:
    with zipfile.ZipFile(here / "other.synthgen", "w") as archive:
        archive.writestr("../evil", "x")
    files = contents(here)
    refused(cli("inspect", "other.synthgen"), files, here)
    assert not (here.parent / "evil").exists()


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.csv.gz"])
def test_a_full_disk_leaves_nothing(process: Command, files: dict[Path, bytes], here: Path, name: str) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = process("sample", "model.synthgen", "-n", 100_000, "-o", name, preexec_fn=small_files)
    assert "room on the disk" in refused(done, files, here)


def test_a_demo_does_not_overwrite_what_is_not_its_own(cli: Command, files: dict[Path, bytes], here: Path) -> None:
    (here / "folder" / "adult.parquet").write_text("mine")
    files = contents(here)
    assert "adult.parquet" in refused(cli("demo", "-o", "folder"), files, here)
