"""Two ways to run a command: in this process, which is quick, and in one of its own."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from synthgen_cli.app import run

GOLDEN = Path(__file__).parents[1] / "golden" / "model_v1.synthgen"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder, in which commands are run."""
    return tmp_path


@pytest.fixture
def cli(here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a command through its door, on real files in `here`."""
    monkeypatch.chdir(here)

    def command(*words: object) -> Done:
        capfd.readouterr()
        code = run([str(word) for word in words])
        return Done(code=code, **capfd.readouterr()._asdict())

    return command


@pytest.fixture
def process(here: Path) -> Command:
    """Run a command as a user does."""

    def command(*words: object, **options: Any) -> Done:
        line = [sys.executable, "-m", "synthgen_cli", *map(str, words)]
        done = subprocess.run(line, cwd=here, capture_output=True, text=True, check=False, **options)
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    return command


@pytest.fixture
def model(here: Path) -> Path:
    """A model file with a column of every kind; it knows 40 rows."""
    path = here / "model.synthgen"
    path.write_bytes(GOLDEN.read_bytes())
    return path
