"""Figures and samples as TensorBoard reads them; `pip install 'synthgen[tensorboard]'` brings what writes them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from synthgen.curves.keep import MEANINGS, Curves, Sample
from synthgen.errors import ConfigError

FILE = "events.out.tfevents.0.synthgen"
"""TensorBoard knows an events file by the middle of its name."""


def check_extra() -> None:
    """Raise ConfigError where the package tensorboard is not installed."""
    if find_spec("tensorboard") is None:
        fix = "pip install 'synthgen[tensorboard]', or --log FILE.svg for the plot alone"
        raise ConfigError("log", expected="the package tensorboard", got="none", fix=fix)


def events(curves: Curves, samples: Sequence[tuple[int, Sample]]) -> bytes:
    """The contents of an events file.

    Its clock counts steps, not seconds: how long a step took would tell how many rows there were.
    """
    from tensorboard.compat.proto.event_pb2 import Event  # noqa: PLC0415 - an extra
    from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: PLC0415 - as above

    file = io.BytesIO()
    writer = RecordWriter(file)
    writer.write(Event(wall_time=0.0, file_version="brain.Event:2").SerializeToString())
    for step, summary in sorted(_summaries(curves, samples), key=lambda told: told[0]):
        writer.write(Event(wall_time=float(step), step=step, summary=summary).SerializeToString())
    return file.getvalue()


def _summaries(curves: Curves, samples: Sequence[tuple[int, Sample]]) -> Iterator[tuple[int, Any]]:
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb  # noqa: PLC0415 - an extra
    from tensorboard.plugins.text.summary_v2 import text_pb  # noqa: PLC0415 - as above

    for name, points in curves.figures.items():
        for step, value in points:
            yield step, scalar_pb(name, value, description=MEANINGS[name])
    for step, sample in samples:
        yield step, text_pb("samples", _markdown(sample))


def _markdown(sample: Sample) -> str:
    """A table; a bar in a value would end its cell."""
    lines: list[Iterable[object]] = [sample, ["---"] * len(sample), *zip(*sample.values(), strict=True)]
    cells = ([("" if cell is None else str(cell)).replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
