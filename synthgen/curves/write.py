"""The files of a log: `curves.svg` for people, `curves.jsonl` for machines, and events for TensorBoard."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from synthgen.curves.events import FILE, check_extra, events
from synthgen.curves.keep import MEANINGS, Curves, Sample, samples_of
from synthgen.curves.plot import plot
from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.tables import atomic_folder, atomic_path, check_folder, check_output

PLOT, LINES = "curves.svg", "curves.jsonl"
PUBLIC = "From noisy answers and fakes alone: it reveals nothing that the model's guarantee does not cover."
OPEN = "Made without privacy, from the rows themselves: as private as they are."


def check_log(path: str | Path) -> None:
    """Refuse a log that could not be written, before any work is done: a new folder, or a new .svg file.

    Raises ConfigError.
    """
    if _is_plot(path):
        if Path(path).is_file():
            raise ConfigError(str(path), expected="a new file", got="one that exists", fix="choose another name")
        check_output(path, force=False)
    else:
        check_folder(path)
        check_extra()


def write_log(path: str | Path, curves: Curves, model: Model) -> None:
    """Write the log of a fit, whole or not at all: a folder, or the plot alone where the path ends in .svg.

    Raises ConfigError as `check_log` does, and when the disk is full.
    """
    samples = samples_of(curves, model)
    drawn = plot(curves, samples, title=f"How {model.schema.name} was learned", notes=_notes(curves, model)).encode()
    if _is_plot(path):
        with atomic_path(path, force=False) as file:
            file.write_bytes(drawn)
        return
    with atomic_folder(path) as folder:
        (folder / PLOT).write_bytes(drawn)
        (folder / LINES).write_text("".join(f"{line}\n" for line in _lines(curves, samples)), encoding="utf-8")
        (folder / FILE).write_bytes(events(curves, samples))


def _is_plot(path: str | Path) -> bool:
    return Path(path).suffix.lower() == ".svg"


def _notes(curves: Curves, model: Model) -> list[str]:
    """What to know before these figures are shown to anybody."""
    budget = model.budget
    kept = [f"After training on rows, {model.manifest.taught}."] if model.manifest.taught else []
    if curves.is_private:
        return [f"Epsilon {budget.epsilon:g}, delta {budget.delta:g}. {PUBLIC}", *kept]
    return [OPEN, *kept]


def _lines(curves: Curves, samples: Sequence[tuple[int, Sample]]) -> Iterator[str]:
    """One JSON object a line: what it all is, stages, figures (null: not a finite number) and samples."""
    used = {name: MEANINGS[name] for name in curves.figures}
    yield json.dumps({"private": curves.is_private, "note": PUBLIC if curves.is_private else OPEN, "names": used})
    for step, stage in curves.stages:
        yield json.dumps({"step": step, "stage": stage})
    for name, points in curves.figures.items():
        for step, value in points:
            yield json.dumps({"step": step, "name": name, "value": value if math.isfinite(value) else None})
    for step, sample in samples:
        yield json.dumps({"step": step, "sample": sample}, default=str, ensure_ascii=False)
