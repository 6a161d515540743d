"""Figures as tables. What is not there says why, once, as a footnote that its cells point to."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Final

from synthgen.evaluate.page.shell import number
from synthgen.evaluate.report import Absent, Figure, Interval, Tier

TIERS: Final[Mapping[Tier, str]] = {
    "internal": "internal: computed from private rows without noise",
    "paid": "paid: noised and charged to the budget",
    "synthetic_only": "open: computed from what may leave anyway",
}
"""What a reader is told of each tier."""
TAGS: Final[Mapping[Tier, str]] = {"internal": "internal", "paid": "paid", "synthetic_only": "open"}
"""The same in a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Footnote:
    """A reason that cells of one table share; `id` is unique in the page."""

    id: str
    mark: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What a cell says: its `text`, or nothing and the footnote why; the others are said in smaller print."""

    text: str
    detail: str = ""
    references: tuple[str, ...] = ()
    why: Footnote | None = None
    detail_why: Footnote | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """Where a value lies between the floor (0) and the ceiling (1), as shares of a drawing's width (0 to 100)."""

    value: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One figure of a table."""

    title: str
    about: str
    note: str
    tier: str
    value: Cell
    ceiling: Cell
    floor: Cell
    scale: Scale | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureTable:
    """Figures, one a row."""

    id: str
    caption: str
    told: str
    rows: tuple[Row, ...]
    footnotes: tuple[Footnote, ...]
    has_scale: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossTable:
    """The same figures of many subjects: one subject a row, one figure a column."""

    id: str
    caption: str
    told: str
    corner: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    footnotes: tuple[Footnote, ...]


class _Footnotes:
    """Collects reasons in the order of their first use."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.seen: dict[str, Footnote] = {}

    def of(self, text: str) -> Footnote:
        if text not in self.seen:
            at = len(self.seen)
            mark = ascii_lowercase[at % 26] * (at // 26 + 1)
            self.seen[text] = Footnote(id=f"{self.table}-why-{mark}", mark=mark, text=text[:1].upper() + text[1:])
        return self.seen[text]

    def all(self) -> tuple[Footnote, ...]:
        return tuple(self.seen.values())


def table(name: str, caption: str, figures: Sequence[Figure]) -> FigureTable:
    """Figures, one a row, in their order; `name` becomes the table's id."""
    footnotes = _Footnotes(name)
    method = _method(figures)
    told = _tier(figures)
    rows = tuple(_row(figure, footnotes, method=method, told=told) for figure in figures)
    return FigureTable(
        id=name,
        caption=caption,
        told=_told(told, method, figures),
        rows=rows,
        footnotes=footnotes.all(),
        has_scale=any(row.scale is not None for row in rows),
    )


def cross(name: str, caption: str, corner: str, labelled: Sequence[tuple[str, Figure]]) -> CrossTable:
    """Figures by label (a row each) and key (a column each); a pair that has no figure is None."""
    figures = [figure for _, figure in labelled]
    footnotes, method, told = _Footnotes(name), _method(figures), _tier(figures)
    header = {figure.key: figure.title for figure in reversed(figures)}
    keys = tuple(dict.fromkeys(figure.key for figure in figures))
    at = {(label, figure.key): figure for label, figure in labelled}
    rows = tuple(
        (label, tuple(_crossed(at.get((label, key)), footnotes, method) for key in keys))
        for label in dict.fromkeys(label for label, _ in labelled)
    )
    return CrossTable(
        id=name,
        caption=caption,
        told=_told(told, method, figures),
        corner=corner,
        header=tuple(header[key] for key in keys),
        rows=rows,
        footnotes=footnotes.all(),
    )


def about(figure: Figure) -> str:
    """What a figure is about besides the whole table: columns, rows, or nothing.

    >>> from synthgen.evaluate.report import Absent, Figure
    >>> no = Absent(why="not asked")
    >>> about(Figure(key="a.b", title="t", value=1.0, tier="internal", better="higher", interval=no, ceiling=no,
    ...              floor=no, subject=("age", "sex"), slice="city = Rome"))
    'age, sex, where city = Rome'
    """
    return ", ".join(part for part in (", ".join(figure.subject), figure.slice and f"where {figure.slice}") if part)


def _row(figure: Figure, footnotes: _Footnotes, *, method: str, told: Tier) -> Row:
    return Row(
        title=figure.title,
        about=about(figure),
        note=figure.note,
        tier="" if told == figure.tier else TAGS[figure.tier],
        value=_value(figure, footnotes, method),
        ceiling=_cell(figure.ceiling, footnotes),
        floor=_cell(figure.floor, footnotes),
        scale=_scale(figure),
    )


def _crossed(figure: Figure | None, footnotes: _Footnotes, method: str) -> Cell | None:
    if figure is None:
        return None
    cell = _value(figure, footnotes, method)
    references = (("floor", figure.floor), ("ceiling", figure.ceiling))
    told = tuple(f"{name} {number(value)}" for name, value in references if not isinstance(value, Absent))
    return replace(cell, references=told)


def _value(figure: Figure, footnotes: _Footnotes, method: str) -> Cell:
    if isinstance(figure.value, Absent):
        return Cell(text="", why=footnotes.of(figure.value.why))
    interval = figure.interval
    if isinstance(interval, Absent):
        return Cell(text=number(figure.value), detail_why=footnotes.of(interval.why))
    return Cell(
        text=number(figure.value),
        detail=f"{number(interval.low)} to {number(interval.high)}",
        detail_why=None if method else footnotes.of(f"The interval, at 95 %: {interval.method}."),
    )


def _cell(value: float | Absent, footnotes: _Footnotes) -> Cell:
    return Cell(text="", why=footnotes.of(value.why)) if isinstance(value, Absent) else Cell(text=number(value))


def _method(figures: Iterable[Figure]) -> str:
    """How the intervals were found, when all were found in one way."""
    methods = {figure.interval.method for figure in figures if isinstance(figure.interval, Interval)}
    return methods.pop() if len(methods) == 1 else ""


def _tier(figures: Iterable[Figure]) -> Tier:
    """The tier of most; the others are marked."""
    return Counter(figure.tier for figure in figures).most_common(1)[0][0]


def _told(tier: Tier, method: str, figures: Iterable[Figure]) -> str:
    unless = "" if {figure.tier for figure in figures} == {tier} else ", unless marked"
    name, meaning = TIERS[tier].split(": ")
    told = f"{name.capitalize()}{unless}: {meaning}."
    return f"Intervals at 95 %: {method}. {told}" if method else told


def _scale(figure: Figure) -> Scale | None:
    """Floor at a fifth and ceiling at four fifths of the width; None where there is nothing to compare with."""
    value, ceiling, floor = figure.value, figure.ceiling, figure.floor
    if isinstance(value, Absent) or isinstance(ceiling, Absent) or isinstance(floor, Absent):
        return None
    known = all(map(math.isfinite, (value, ceiling, floor)))
    if not known or ceiling == floor or (ceiling > floor) != (figure.better == "higher") or figure.better == "neither":
        return None
    ends = () if isinstance(figure.interval, Absent) else (figure.interval.low, figure.interval.high)
    span = sorted(_wide((end - floor) / (ceiling - floor)) for end in ends if math.isfinite(end))
    place = (value - floor) / (ceiling - floor)
    low, high = span if len(span) == 2 else (None, None)
    return Scale(value=_wide(place), low=low, high=high, text=_way(place))


def _wide(place: float) -> float:
    return round(20 + 60 * min(max(place, -1 / 3), 4 / 3), 1)


def _way(place: float) -> str:
    if place >= 1:
        return "at the ceiling or beyond"
    return "at the floor or below" if place <= 0 else f"{place:.0%} of the way from floor to ceiling"
