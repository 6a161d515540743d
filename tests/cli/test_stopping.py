"""However a command is stopped, no half file is there; and whoever asks politely gets a clean folder too."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCHEMA = "name: one\ncolumns:\n  city: {type: categorical, values: [Oslo, Rome]}\n"
FIT = ["fit", "one.csv", "--schema", "one.yaml", "--epsilon", "3", "-o", "m.synthgen"]
MOMENTS = random.Random(7).sample(range(5, 35), 5)  # noqa: S311  (tenths of a second, no secret)


@pytest.fixture
def table(here: Path) -> Path:
    """A table of one column: its fit takes three seconds, most of them imports."""
    (here / "one.yaml").write_text(SCHEMA)
    (here / "one.csv").write_text("city\n" + "Oslo\nRome\n" * 100)
    return here


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "synthgen_cli", *words]
    return subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def wait_for_part(folder: Path) -> None:
    """Wait until the command writes: its temporary file is there and not empty."""
    end = time.monotonic() + 60
    while not any(path.stat().st_size for path in folder.glob(".synthgen-*.part")):
        assert time.monotonic() < end, "nothing is written"
        time.sleep(0.02)


@pytest.mark.parametrize("tenths", MOMENTS)
def test_a_killed_fit_leaves_a_whole_file_or_none(table: Path, tenths: int) -> None:
    with start(table, *FIT) as fit:
        time.sleep(tenths / 10)
        fit.kill()
    if (table / "m.synthgen").exists():
        line = [sys.executable, "-m", "synthgen_cli", "inspect", "m.synthgen"]
        assert subprocess.run(line, cwd=table, capture_output=True, check=False).returncode == 0
    assert {name for name in names(table) if not name.endswith(".part")} <= {"one.csv", "one.yaml", "m.synthgen"}


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill"])
@pytest.mark.parametrize("seconds", [0, 0.4, 0.8])
def test_an_interrupted_fit_says_so_in_one_line(table: Path, sign: signal.Signals, code: int, seconds: float) -> None:
    before = names(table)
    with start(table, *FIT) as fit:
        assert fit.stdout is not None
        assert fit.stdout.readline().startswith("Plan for one")
        time.sleep(seconds)
        fit.send_signal(sign)
        _, err = fit.communicate(timeout=60)
    assert (fit.returncode, err) == (code, "error: interrupted; no half-written file was left behind\n")
    assert names(table) == before


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_an_interrupted_sample_leaves_nothing(model: Path, name: str) -> None:
    folder = model.parent
    with start(folder, "sample", "model.synthgen", "-n", "500000000", "-o", name) as sample:
        wait_for_part(folder)
        sample.send_signal(signal.SIGINT)
        _, err = sample.communicate(timeout=60)
    assert (sample.returncode, err.count("\n")) == (130, 1)
    assert names(folder) == {"model.synthgen"}


def test_a_killed_sample_leaves_the_old_file_as_it_was(model: Path) -> None:
    folder = model.parent
    (folder / "rows.csv").write_text("old")
    with start(folder, "sample", "model.synthgen", "-n", "500000000", "-o", "rows.csv", "--force") as sample:
        wait_for_part(folder)
        sample.kill()
    assert (folder / "rows.csv").read_text() == "old"
