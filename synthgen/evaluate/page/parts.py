"""A report in the order that a reader wants it: parts of blocks, each with its tables, plots and verdicts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from synthgen.evaluate.page.drawings import Plot, distance, words
from synthgen.evaluate.page.figures import TAGS, TIERS, CrossTable, FigureTable, cross, table
from synthgen.evaluate.report import Distribution, Drawing, Figure, Finding, Matrix, Note, Report, Section, Table

LEADS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "fidelity": (
        "Fidelity",
        (
            "How close the synthetic table is to the real one: column by column, pair by pair, and to a classifier "
            "that tries to tell them apart."
        ),
        ("fidelity",),
    ),
    "utility": (
        "Utility",
        "Whether work done on the synthetic table comes out as it would have on the real one.",
        ("utility",),
    ),
    "rare": (
        "The rare class",
        "The level of the target that is seldom and matters: what is found of it, and how often the alarm is false.",
        ("rare",),
    ),
    "slices": (
        "Slices and fairness",
        "The same questions for each group of rows: an average may hide a group that came out badly.",
        ("fairness",),
    ),
    "privacy": (
        "Privacy",
        (
            "What attacks on the release found, and what the guarantee rules out whatever the attack. An attack that "
            "finds nothing has shown only that; the guarantee holds for attacks that nobody has thought of."
        ),
        ("attacks", "budget"),
    ),
}
"""Parts in their order: title, what they answer, and the sections that they show."""

SLICED: Final = ("fidelity", "utility", "fairness")
"""Sections whose figures of slices are shown together."""
RARE: Final = "utility.rare."
RARE_TITLE: Final = "Rare class"
"""What keys of figures and titles of drawings about the rare class begin with."""
GROUPS: Final[Mapping[str, str]] = {"rare": "The rare class", "sdm": "SDMetrics", "copies": "Several synthetic copies"}
"""Names of groups of figures that their keys do not spell."""
WHOLE: Final = "all rows"
LONG: Final = 12
"""Rows from which a table scrolls in its frame."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlotView:
    """A plot's place in the page: `at` in the data of all plots, and what it shows in words."""

    at: int
    title: str
    kind: str
    words: str
    tier: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnView:
    """One column: its plot and figures; `distance` sorts, None goes last."""

    id: str
    name: str
    plot: PlotView | None
    table: FigureTable | None
    distance: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingView:
    """What an attack says, and the figures that it rests on."""

    finding: Finding
    tier: str
    table: FigureTable | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadView:
    """A table that is read; `numeric` says which columns hold numbers alone."""

    id: str
    table: Table
    tier: str
    numeric: tuple[bool, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One section's share of a part."""

    id: str
    title: str
    findings: tuple[FindingView, ...] = ()
    tables: tuple[FigureTable, ...] = ()
    columns: tuple[ColumnView, ...] = ()
    crosses: tuple[CrossTable, ...] = ()
    matrices: tuple[PlotView, ...] = ()
    pairs: tuple[PlotView, ...] = ()
    curves: tuple[PlotView, ...] = ()
    read: tuple[ReadView, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A heading of the page; `blocks` may be empty, which is said."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


def plots_of(report: Report) -> dict[Plot, int]:
    """Every plot of the report once, and its place."""
    drawn = (one for section in report.sections for one in section.drawings if not isinstance(one, Table))
    return {plot: at for at, plot in enumerate(dict.fromkeys(drawn))}


def parts_of(report: Report, plots: Mapping[Plot, int]) -> tuple[Part, ...]:
    """The parts of a report whose sections were asked for, in reading order; sections that we do not know come last."""
    return tuple(_parts(report, plots))


def notes_of(report: Report) -> tuple[tuple[str, tuple[Note, ...]], ...]:
    """How things were computed, by section, without those of sections that show nothing."""
    return tuple((one.title, one.notes) for one in report.sections if one.notes and _shows(one))


def _parts(report: Report, plots: Mapping[Plot, int]) -> Iterator[Part]:
    known = {name for _, _, names in LEADS.values() for name in names}
    every = [one for section in report.sections for one in _apart(section)]
    for part, (title, lead, names) in LEADS.items():
        sections = [section for section in every if section.name in names]
        sliced = list(_sliced(report)) if part == "slices" else []
        if sections or sliced:
            blocks = [*sliced, *(_block(section, plots) for section in sections if _shows(section))]
            yield Part(id=part, title=title, lead=lead, blocks=tuple(block for block in blocks if _fills(block)))
    for section in every:
        if section.name not in known:
            blocks = [_block(section, plots)] if _shows(section) else []
            yield Part(id=f"section-{section.name}", title=section.title, lead="", blocks=tuple(blocks))


def _apart(section: Section) -> Iterator[Section]:
    """The rare class has a part of its own."""
    figures = tuple(one for one in section.figures if one.key.startswith(RARE))
    drawings = tuple(one for one in section.drawings if one.title.startswith(RARE_TITLE))
    if not figures and not drawings:
        yield section
        return
    yield replace(
        section,
        figures=tuple(one for one in section.figures if one not in figures),
        drawings=tuple(one for one in section.drawings if one not in drawings),
    )
    yield Section(name="rare", title=LEADS["rare"][0], figures=figures, drawings=drawings)


def _name(title: str) -> str:
    """The first words of a title that says more after a colon."""
    return title.partition(":")[0]


def _shows(section: Section) -> bool:
    return bool(section.figures or section.drawings or section.findings)


def _fills(block: Block) -> bool:
    said = (block.findings, block.tables, block.columns, block.crosses, block.matrices, block.pairs, block.curves)
    return any(said) or bool(block.read)


def _block(section: Section, plots: Mapping[Plot, int]) -> Block:
    name = section.name
    told = {key for finding in section.findings for key in finding.keys}
    plain = [one for one in section.figures if not one.slice or name not in SLICED]
    whole = [one for one in plain if not one.subject and one.key not in told]
    sided = [one for one in plain if len(one.subject) > 1 and one.key not in told]
    views = {plot: _plot_view(plot, plots[plot]) for plot in section.drawings if not isinstance(plot, Table)}
    names = {plot.column for plot in views if isinstance(plot, Distribution)}
    matrices = {plot: _is_of_columns(plot, names) for plot in views if isinstance(plot, Matrix)}
    return Block(
        id=name,
        title=section.title,
        findings=tuple(_finding(name, at, one, section.figures) for at, one in enumerate(section.findings)),
        tables=tuple(_whole(name, section.title, whole)),
        columns=tuple(_columns(name, [one for one in plain if len(one.subject) == 1 and one.key not in told], views)),
        crosses=tuple(_pairs(name, section.title, sided)),
        matrices=tuple(views[plot] for plot, of_columns in matrices.items() if of_columns),
        pairs=tuple(views[plot] for plot, of_columns in matrices.items() if not of_columns),
        curves=tuple(view for plot, view in views.items() if plot.kind == "curves"),
        read=tuple(_read(name, section.drawings)),
    )


def _read(name: str, drawings: Iterable[Drawing]) -> Iterator[ReadView]:
    for at, one in enumerate(one for one in drawings if isinstance(one, Table)):
        columns = [[row[place] for row in one.cells] for place in range(len(one.header))]
        numeric = tuple(not any(isinstance(cell, str) for cell in column) for column in columns)
        yield ReadView(id=f"{name}-read-{at}", table=one, tier=TIERS[one.tier], numeric=numeric)


def _is_of_columns(plot: Matrix, names: AbstractSet[str]) -> bool:
    """Whether a matrix tells of columns, as correlations do; else it tells of the levels of two."""
    return plot.rows == plot.columns or names >= {*plot.rows, *plot.columns}


def _plot_view(plot: Plot, at: int) -> PlotView:
    return PlotView(at=at, title=plot.title, kind=plot.kind, words=words(plot), tier=TAGS[plot.tier])


def _finding(name: str, at: int, finding: Finding, figures: Iterable[Figure]) -> FindingView:
    rests = [figure for figure in figures if figure.key in finding.keys]
    made = table(f"{name}-finding-{at}", f"What {finding.attack} rests on", rests) if rests else None
    return FindingView(finding=finding, tier=TAGS[finding.tier], table=made)


def _whole(name: str, title: str, figures: Sequence[Figure]) -> Iterator[FigureTable]:
    """Figures of the whole table, together where the middle of their key is the same: `utility.forest.auc`."""
    for at, group in enumerate(dict.fromkeys(_group(figure.key) for figure in figures)):
        mine = [figure for figure in figures if _group(figure.key) == group]
        heading = GROUPS.get(group) or group.replace("_", " ").capitalize() or f"{_name(title)} at a glance"
        yield table(f"{name}-figures-{at}", heading, mine)


def _group(key: str) -> str:
    """The middle of a key; a number at its end is none of its parts, but told with a point."""
    parts = key.split(".")
    return parts[1] if len(parts) > 2 and not parts[-1].isdigit() else ""


def _columns(name: str, figures: Sequence[Figure], views: Mapping[Plot, PlotView]) -> Iterator[ColumnView]:
    drawn = {plot.column: plot for plot in views if isinstance(plot, Distribution)}
    by_column: dict[str, list[Figure]] = {column: [] for column in drawn}
    for figure in figures:
        by_column.setdefault(figure.subject[0], []).append(figure)
    for at, (column, mine) in enumerate(by_column.items()):
        plot = drawn.get(column)
        yield ColumnView(
            id=f"{name}-column-{at}",
            name=column,
            plot=views[plot] if plot else None,
            table=table(f"{name}-column-{at}-figures", f"Figures of {column}", mine) if mine else None,
            distance=distance(plot) if plot else None,
        )


def _pairs(name: str, title: str, figures: Sequence[Figure]) -> Iterator[CrossTable]:
    if figures:
        labelled = [(" and ".join(figure.subject), figure) for figure in figures]
        yield cross(f"{name}-pairs", f"{title}: columns together", "Columns", labelled)


def _sliced(report: Report) -> Iterator[Block]:
    """Figures of slices by section, each table led by the same figures of all rows."""
    for section in report.sections:
        mine = [figure for figure in section.figures if figure.slice]
        if section.name not in SLICED or not mine:
            continue
        keys = {(figure.key, figure.subject) for figure in mine}
        whole = [one for one in section.figures if not one.slice and (one.key, one.subject) in keys]
        labelled = [(", ".join((*one.subject, one.slice or WHOLE)), one) for one in (*whole, *mine)]
        made = cross(
            f"{section.name}-slices-table", f"{_name(section.title)}: each group beside all rows", "Rows", labelled
        )
        yield Block(id=f"{section.name}-slices", title=f"{_name(section.title)} by group", crosses=(made,))
