"""What commands say: pages for people, or one JSON object for machines."""

from __future__ import annotations

import io
import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PAGE = 100
"""Columns of a page that goes to a file or a pipe."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """Standard output for people; with `json` it is the machine's, and people's pages go to standard error."""

    json: bool

    def say(self, *pages: RenderableType) -> None:
        """Print for people. Text is printed as it is: names out of a table are no markup."""
        stream = sys.stderr if self.json else sys.stdout
        width = shutil.get_terminal_size((PAGE, 24)).columns if stream.isatty() else PAGE
        drawn = io.StringIO()
        console = Console(file=drawn, markup=False, highlight=False, emoji=False, width=width)
        for page in pages:
            console.print(page)
        lines = (line.rstrip() for line in drawn.getvalue().splitlines())
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()

    def result(self, value: Mapping[str, Any]) -> None:
        """Print the JSON object, if one was asked for."""
        if self.json:
            sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON has them: paths are text, what is infinite is null.

    >>> plain({"noise": (1.5, float("inf")), "path": Path("a/b")})
    {'noise': [1.5, None], 'path': 'a/b'}
    """
    match value:
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case Path():
            return str(value)
        case float() if not math.isfinite(value):
            return None
    return value


def one_line(text: str) -> str:
    r"""Text without line ends and control characters, whoever chose the names in it.

    >>> one_line("a\nb \x1b[31mred")
    'a b ?[31mred'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def table(*heads: str, rows: Iterable[Sequence[object]], right: Sequence[int] = ()) -> Table:
    """A table that folds long words on a narrow terminal rather than cutting them; columns in `right` hold numbers."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, head in enumerate(heads):
        made.add_column(head, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(one_line(str(cell))) for cell in row))
    return made


def indented(page: RenderableType) -> RenderableType:
    """Two columns further in, on every line of it."""
    return Padding(page, (0, 0, 0, 2), expand=False)


def size(count: float) -> str:
    """Bytes for people.

    >>> size(999), size(123_456), size(1.5e9)
    ('999 bytes', '123 kB', '1.5 GB')
    """
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.3g} {unit}"
    return f"{count:.0f} bytes"


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(12.3), duration(150), duration(7300)
    ('12 s', '2.5 min', '2.0 h')
    """
    for unit, scale in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * scale:
            return f"{seconds / scale:.1f} {unit}"
    return f"{seconds:.0f} s"
