"""A progress bar with the time left on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from synthgen.progress import Progress, Silent
from synthgen_cli.output import duration


@dataclass(kw_only=True, slots=True)
class Bar:
    """A line for each stage. It shows no counts: how many rows were read is private."""

    bars: Bars
    tasks: list[TaskID] = field(default_factory=list)

    def stage(self, name: str, total: int | None) -> None:
        """Close the line before, and begin another."""
        self.close()
        self.tasks.append(self.bars.add_task(name, total=total))

    def advance(self, steps: int = 1) -> None:
        """Move on."""
        self.bars.advance(self.tasks[-1], steps)

    def close(self) -> None:
        """A stage of unknown length is full when it is over."""
        if self.tasks:
            done = self.bars.tasks[self.tasks[-1]]
            self.bars.update(self.tasks[-1], total=done.total or 1, completed=done.total or 1)


class TimeLeft(ProgressColumn):
    """How long the stage will go on, once that can be told."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """Nothing before the first steps and after the last."""
        if task.finished or not task.time_remaining:
            return Text("")
        return Text(f"about {duration(task.time_remaining)} left")


@contextmanager
def watched() -> Iterator[Progress]:
    """Whom to tell of progress while the block runs; drawn on standard error, when that is a terminal."""
    console = Console(stderr=True, highlight=False, emoji=False)
    if not sys.stderr.isatty() or console.is_dumb_terminal:
        yield Silent()
        return
    columns = (
        TextColumn("{task.description:<9}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        TimeLeft(),
    )
    with Bars(*columns, console=console) as bars:
        bar = Bar(bars=bars)
        yield bar
        bar.close()
