"""One SVG of everything that was told, by hand: a panel a figure, light or dark as its reader's screen is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Final

from synthgen.curves.keep import MEANINGS, Curves, Sample
from synthgen.engine.record import Name

WIDTH, MARGIN, GAP = 960, 24, 24
PANEL_WIDTH = (WIDTH - 2 * MARGIN - GAP) / 2
PANEL_HEIGHT: Final = 190
INNER: Final = (52.0, 40.0, 66.0, 26.0)
"""Around the curve of a panel: left, top, right, bottom."""
LINE: Final = 18
NOTE, LETTERS = 132, 128
"""Letters of a line of the notes, and of the samples."""
SHOWN_ROWS, SHOWN_STEPS, LONGEST = 3, 6, 18
LOG_FROM: Final = 50.0
"""A figure that spans such a ratio is drawn on a logarithmic scale."""
SHARES: Final = {"critic/fakes_found", "critic/rows_found"}
"""Figures that are drawn from 0 to 1, whatever they are."""
STYLE: Final = """
  svg { background: #fcfcfb; font: 12px system-ui, sans-serif }
  text { fill: #52514e } .strong { fill: #0b0b0b; font-weight: 600 } .title { fill: #0b0b0b; font-size: 18px }
  .code { font: 12px ui-monospace, monospace; white-space: pre }
  .grid { stroke: #e4e3df } .stage { stroke: #898781; stroke-dasharray: 2 3 }
  .curve { stroke: #2a78d6; stroke-width: 1.75; fill: none; stroke-linejoin: round } .dot { fill: #2a78d6 }
  @media (prefers-color-scheme: dark) {
    svg { background: #1a1a19 } text { fill: #c3c2b7 } .strong, .title { fill: #ffffff }
    .grid { stroke: #33332f } .curve { stroke: #3987e5 } .dot { fill: #3987e5 }
  }
"""

Point = tuple[int, float]


def plot(curves: Curves, samples: Sequence[tuple[int, Sample]], *, title: str, notes: Sequence[str]) -> str:
    """The whole picture, as text."""
    parts = [_text(MARGIN, 40, title, "title")]
    height = 40.0
    for line in (line for note in [*notes, *_stages(curves)] for line in wrap(note, NOTE)):
        height += LINE
        parts.append(_text(MARGIN, height + 4, line))
    height += 24
    for number, (name, points) in enumerate(curves.figures.items()):
        across, down = number % 2, number // 2
        x, y = MARGIN + across * (PANEL_WIDTH + GAP), height + down * (PANEL_HEIGHT + GAP)
        parts += [f'<g transform="translate({x:g} {y:g})">', *_panel(name, points, curves.stages), "</g>"]
    height += -(-len(curves.figures) // 2) * (PANEL_HEIGHT + GAP) + 8
    for line, style in _samples(samples):
        parts.append(_text(MARGIN, height, line, style))
        height += LINE
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" role="img">'
    return "\n".join([head, f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", *parts, "</svg>\n"])


def _stages(curves: Curves) -> Iterator[str]:
    """Where the stages begin, in words."""
    listed = " · ".join(f"{name} (after step {step:,})" for step, name in curves.stages)
    if listed:
        yield f"Stages, dotted in the panels: {listed}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    """From a value to a place; `log`: of its logarithm."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, here = ((math.log(v) if self.log else v) for v in (self.low, self.high, value))
        return self.start + (here - low) / ((high - low) or 1.0) * (self.end - self.start)


def _panel(name: Name, points: Sequence[Point], stages: Sequence[tuple[int, str]]) -> Iterator[str]:
    """One figure: its name and meaning, both axes, stages, the curve, and its last value."""
    left, top, right, bottom = INNER
    shown = [(step, value) for step, value in points if math.isfinite(value)]
    yield _text(0, 12, name, "strong")
    yield _text(0, 28, MEANINGS[name])
    if not shown:
        yield _text(left, PANEL_HEIGHT / 2, "no finite value")
        return
    across = _Scale(low=points[0][0], high=points[-1][0], start=left, end=PANEL_WIDTH - right)
    values = [value for _, value in shown] + [0.0, 1.0] * (name in SHARES)
    upward, ticks = _axis(values, start=PANEL_HEIGHT - bottom, end=top)
    for tick in ticks:
        y = upward(tick)
        yield f'<line class="grid" x1="{left:g}" x2="{PANEL_WIDTH - right:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(left - 6, y + 4, f"{tick:.4g}", anchor="end")
    for step, _ in stages:
        if points[0][0] < step < points[-1][0]:
            x = across(step)
            yield f'<line class="stage" x1="{x:.1f}" x2="{x:.1f}" y1="{top:g}" y2="{PANEL_HEIGHT - bottom:g}"/>'
    for step, anchor in {points[0][0]: "start", points[-1][0]: "end"}.items():
        yield _text(across(step), PANEL_HEIGHT - 8, f"step {step:,}", anchor=anchor)
    for run in _runs(points):
        places = " ".join(f"{across(step):.1f},{upward(value):.1f}" for step, value in run)
        yield f'<polyline class="curve" points="{places}"/>'
    x, y = across(shown[-1][0]), upward(shown[-1][1])
    yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    yield _text(x + 6, y + 4, f"{shown[-1][1]:.3g}", "strong")


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Points between those that are no finite number: a curve has a gap there."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if math.isfinite(point[1]):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _axis(values: Sequence[float], *, start: float, end: float) -> tuple[_Scale, list[float]]:
    """A scale that holds all values, and where its lines are."""
    low, high = min(values), max(values)
    if low > 0 and high / low > LOG_FROM:
        tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        every = max(1, len(tens) // 4)
        scale = _Scale(low=10.0 ** tens[0], high=10.0 ** tens[-1], start=start, end=end, log=True)
        return scale, [10.0**ten for ten in tens[::every]]
    step = _nice((high - low) / 3 or abs(high) / 3 or 1.0)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    scale = _Scale(low=first * step, high=last * step, start=start, end=end)
    return scale, [place * step for place in range(first, last + 1)]


def _nice(step: float) -> float:
    """1, 2 or 5 times a power of ten, about `step`.

    >>> [_nice(step) for step in (0.13, 3.0, 70.0)]
    [0.1, 2.0, 50.0]
    """
    ten = 10.0 ** math.floor(math.log10(step))
    return next(ten * nice for nice in (5, 2, 1) if ten * nice <= step * 1.000001)


def _samples(samples: Sequence[tuple[int, Sample]]) -> Iterator[tuple[str, str]]:
    """Some rows over time, as lines of equal letters with their styles; as many columns as there is room for."""
    if not samples:
        return
    every = max(1, -(-len(samples) // SHOWN_STEPS))
    chosen = [*samples[:-1:every], samples[-1]]
    yield f"The same {SHOWN_ROWS} rows, as the model would have drawn them after so many steps", "strong"
    table = [["step", *chosen[0][1]]]
    for row in range(SHOWN_ROWS):
        table.append([])
        table += [[f"{step:,}", *(_cell(column[row]) for column in sample.values())] for step, sample in chosen]
    widths = [max(len(_cell(line[place])) for line in table if line) for place in range(len(table[0]))]
    fits = sum(sum(widths[: place + 1]) + 2 * place <= LETTERS for place in range(len(widths)))
    for number, line in enumerate(table):
        cells = (_cell(cell).ljust(width) for cell, width in zip(line[:fits], widths, strict=False))
        yield "  ".join(cells).rstrip(), "code strong" if not number else "code"
    if fits < len(widths):
        yield f"and {len(widths) - fits} more columns, in the other files of the log", ""


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "") -> str:
    more = f' class="{style}"' * bool(style) + f' text-anchor="{anchor}"' * bool(anchor)
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(text)}</text>'
