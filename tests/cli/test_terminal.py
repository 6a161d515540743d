"""What a person sees: a progress bar on a terminal and none in a pipe, pages that fit, names that are only names."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthgen_cli.output import Output, one_line, table

Command = Callable[..., Any]


def on_terminal(folder: Path, *words: str, columns: int = 80, **environment: str) -> str:
    """Everything a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    line = [sys.executable, "-m", "synthgen_cli", *words]
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment = kept | {"TERM": "xterm-256color"} | environment
    with subprocess.Popen(line, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        seen = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert process.returncode == 0, seen
    return seen.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def test_a_terminal_sees_a_bar_with_the_time_left(model: Path) -> None:
    seen = on_terminal(model.parent, "sample", model.name, "-n", "1500000", "-o", "rows.parquet")
    assert "sampling" in seen
    assert re.search(r"about \d+ s left", seen)
    assert "Wrote 1,500,000 rows" in seen


def test_a_dumb_terminal_sees_plain_text(model: Path) -> None:
    seen = on_terminal(model.parent, "sample", model.name, "-n", "50", "-o", "rows.parquet", TERM="dumb")
    assert "\x1b" not in seen
    assert "Wrote 50 rows" in seen


def test_a_pipe_sees_no_bar(process: Command, model: Path) -> None:
    done = process("sample", model.name, "-n", 300_000, "-o", "rows.parquet")
    assert done.err == ""
    assert done.out.startswith("Wrote 300,000 rows")


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_a_page_fits_its_terminal_and_cuts_no_name(model: Path, columns: int) -> None:
    seen = on_terminal(model.parent, "inspect", model.name, columns=columns)
    lines = seen.replace("\r", "").split("\n")
    assert max(map(len, lines)) <= columns
    assert all(name in seen for name in ("city", "income", "moment"))
    assert "…" not in seen


def test_without_colours_the_bar_has_none(model: Path) -> None:
    seen = on_terminal(model.parent, "sample", model.name, "-n", "300000", "-o", "rows.parquet", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", seen)


def test_names_are_no_markup_and_no_commands_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=False).say(table("[red]head[/]", rows=[["[bold]x[/] :smile:", "a\x1b[2Jb"]]))
    shown = capsys.readouterr().out
    assert "[red]head[/]" in shown
    assert "[bold]x[/] :smile:" in shown
    assert "\x1b" not in shown


def test_one_line_is_one_line() -> None:
    assert one_line("a\r\n\tb\x00\u2028c") == "a b? c"
