"""The door: help, exit codes, one line for a mistake, and a traceback that holds no data for a bug."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import pytest

from synthgen.errors import TableError
from synthgen.model import Model

Command = Callable[..., Any]
COMMANDS = [[], ["fit"], ["sample"], ["inspect"], ["demo"], ["schema"], ["schema", "check"]]
LIBRARY = {"torch", "opacus", "dp_accounting", "opendp", "pandas", "pyarrow", "sqlglot"}


def imported_by(*words: str) -> set[str]:
    """Top-level modules that are there after a command ran in a process of its own."""
    script = f"import sys; from synthgen_cli.app import run; code = run({[*words]!r}); print('|', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.rpartition("|")[2].split()}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(cli: Command, command: list[str]) -> None:
    done = cli(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"Usage: {' '.join(['synthgen', *command])}" in done.out
    assert f"synthgen {' '.join(command)}".strip() in done.out.replace("Usage: synthgen", "")


def test_synthgen_alone_shows_its_commands(cli: Command) -> None:
    done = cli()
    assert done.code == 0
    assert all(name in done.out for name in ("demo", "fit", "sample", "inspect", "schema"))


def test_help_brings_none_of_the_library() -> None:
    loaded = imported_by("fit", "--help")
    assert "typer" in loaded
    assert loaded & LIBRARY == set()


def test_sampling_brings_no_torch(model: Path) -> None:
    loaded = imported_by("sample", str(model), "-n", "5", "-o", str(model.with_name("rows.csv")))
    assert "synthgen" in loaded
    assert loaded & {"torch", "opacus"} == set()


def test_the_version_is_the_packages(cli: Command) -> None:
    done = cli("--version")
    assert (done.code, done.out) == (0, f"synthgen {version('synthgen')}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["fitt"],
        ["schema"],
        ["fit"],
        ["fit", "table.csv"],
        ["fit", "table.csv", "--schema", "s.yaml", "--epsilon", "3"],
        ["fit", "table.csv", "--schema", "s.yaml", "-o", "m.synthgen"],
        ["fit", "table.csv", "--schema", "s.yaml", "--epsilon", "three", "-o", "m.synthgen"],
        ["fit", "table.csv", "--schema", "s.yaml", "--epsilon", "3", "-o", "m.synthgen", "--effort", "some"],
        ["fit", "table.csv", "--schema", "s.yaml", "--epsilom", "3", "-o", "m.synthgen"],
        ["fit", "table.csv", "--schema", "s.yaml", "--epsilon", "3", "-o", "m.synthgen", "--seed", "-1"],
        ["fit", "table.csv", "--schema", "s.yaml", "--epsilon", "3", "-o", "m.synthgen", "--seed", str(2**64)],
        ["sample", "m.synthgen"],
        ["sample", "m.synthgen", "-n", "1.5", "-o", "rows.csv"],
        ["sample", "m.synthgen", "-n", "5", "-o", "rows"],
        ["sample", "m.synthgen", "-n", "5", "-o", "rows.csv", "--format", "xls"],
    ],
    ids=" ".join,
)
def test_what_is_not_understood_is_told_in_one_line_with_code_2(cli: Command, here: Path, words: list[str]) -> None:
    done = cli(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert "--help" in done.err
    assert list(here.iterdir()) == []


def broken(error: Exception) -> Callable[[Path], NoReturn]:
    """A Model.load with a bug."""

    def load(_path: Path) -> NoReturn:
        value = "4711 is the patient"
        raise error from ValueError(value)

    return load


def test_a_bug_is_a_traceback_that_holds_no_data(cli: Command, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "load", broken(KeyError("4711")))
    done = cli("inspect", model)
    assert done.code == 1
    assert "bug" in done.err
    assert "in load" in done.err
    assert "KeyError" in done.err
    assert "ValueError" in done.err
    assert "4711" not in done.err


def test_a_mistake_is_one_line_whatever_names_it_quotes(
    cli: Command, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "load", broken(TableError("a\nb\x1b[2J", expected="c")))
    done = cli("inspect", model)
    assert (done.code, done.out, done.err) == (1, "", "error: a b?[2J: expected c\n")


def test_a_reader_that_has_had_enough_is_no_error(model: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "synthgen_cli", "inspect", str(model)]
    done = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.stderr == ""
