"""The README's commands are run as they stand there, in its order, in an empty folder.

The installation that these tests run in stands for the one that `make demo` would build.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from synthgen_cli.app import app
from typer.core import TyperGroup
from typer.main import get_command

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RUN = {"sh": ["bash", "-e", "-c"], "python": [sys.executable, "-W", "error", "-c"]}
SHOWN = "console"
"""Commands on files that a reader brings: only their names and options are checked here."""
ELSEWHERE = {"yaml"}
"""Read by the tests of schemas."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `make` needs, with everything installed."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / "installed").touch()
    return tmp_path


def test_every_command_works_in_the_order_of_the_page(folder: Path) -> None:
    for language, code in BLOCKS:
        if language in RUN:
            done = subprocess.run([*RUN[language], code], cwd=folder, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), code
    written = {path.name for path in folder.iterdir()}
    assert {"synthgen-demo", "adult.synthgen", "rows.parquet", "census.synthgen"} <= written


def test_every_block_is_run_somewhere() -> None:
    assert {language for language, _ in BLOCKS} == {*RUN, SHOWN, *ELSEWHERE}


def commands() -> list[list[str]]:
    """The words of each command that is only shown."""
    shown = "".join(code for language, code in BLOCKS if language == SHOWN).replace("\\\n", " ")
    return [shlex.split(line, comments=True)[1:] for line in shown.splitlines()]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_that_is_shown_exists_with_its_options(words: list[str]) -> None:
    command = get_command(app)
    while isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_the_page_is_short() -> None:
    assert len(PAGE.splitlines()) <= 140
