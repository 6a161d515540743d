"""What an evaluation found: figures with what they are measured against, things to draw, and verdicts.

    Report ─┬─ Section "fidelity" ─┬─ Figure     one number: its interval, ceiling, floor and tier
            ├─ Section "utility"   ├─ Drawing    what a page draws: a distribution, a matrix, a curve, a table
            ├─ Section "fairness"  └─ Finding    what an attack says: no signal, signal or inconclusive
            ├─ Section "attacks"
            └─ Section "budget"

All of it is plain and frozen; `synthgen.evaluate.written` turns it into JSON and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Tier = Literal["internal", "paid", "synthetic_only"]
"""internal: read private rows without noise, and stays in the building; paid: noised and charged to a ledger;
synthetic_only: computed from what may leave anyway, the synthetic rows, the model file and the schema."""

Better = Literal["higher", "lower", "neither"]
Verdict = Literal["no signal", "signal", "inconclusive"]
"""What an attack may say. None of them is "safe": who finds nothing has shown only that."""

FORMAT_VERSION: Final = 1
PUBLIC_TIERS: Final[frozenset[Tier]] = frozenset({"paid", "synthetic_only"})
"""What `public` keeps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """Something that a reader would expect and that is not there; `why` is one sentence."""

    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Where the figure lies, at a confidence of 95 %; `method` is the field's name of how it was found."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number.

    key       dotted and stable: "fidelity.tvd2"; unique together with `subject` and `slice`
    title     what a reader calls it
    value     the number, or why it was not computed
    interval  at 95 %, or why there is none
    ceiling   the same figure of a second real sample of the same size: what good is
    floor     the same figure of independent columns: what anyone can have
    subject   the columns that it is about; empty for the whole table
    slice     the rows that it is about, as "sex = Female"; empty for all
    note      one sentence that a reader needs to read the number aright
    """

    key: str
    title: str
    value: float | Absent
    tier: Tier
    better: Better
    interval: Interval | Absent
    ceiling: float | Absent
    floor: float | Absent
    subject: tuple[str, ...] = ()
    slice: str = ""
    note: str = ""


def not_computed(key: str, title: str, why: Absent, *, better: Better) -> Figure:
    """What stands, internal, where a reader would look for a figure that was not computed."""
    return Figure(key=key, title=title, value=why, tier="internal", better=better, interval=why, ceiling=why, floor=why)


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """Shares of one column's levels, overlaid: `labels` (L,), `real` and `synthetic` (L,), each summing to 1.

    `edges` (L + 1,) are those of a number's bins, in the column's units (dates: days since 1970-01-01); the levels
    beyond them, missing values and codes, come last and have labels only. Empty for a category.
    """

    kind: Literal["distribution"] = "distribution"
    title: str
    tier: Tier
    column: str
    labels: tuple[str, ...]
    real: tuple[float, ...]
    synthetic: tuple[float, ...]
    edges: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """Values between `rows` and `columns` of names, of real and synthetic; None where one is not defined."""

    kind: Literal["matrix"] = "matrix"
    title: str
    tier: Tier
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    real: tuple[tuple[float | None, ...], ...]
    synthetic: tuple[tuple[float | None, ...], ...]
    low: float = -1.0
    high: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a plot: `x` and `y` (P,); `role` says in which colour it is drawn."""

    name: str
    role: Literal["real", "synthetic", "ceiling", "floor", "guide"]
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """Lines in one frame: calibration, ROC, trade-off."""

    kind: Literal["curves"] = "curves"
    title: str
    tier: Tier
    x: str
    y: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows that are read: a header and cells, texts or numbers."""

    kind: Literal["table"] = "table"
    title: str
    tier: Tier
    header: tuple[str, ...]
    cells: tuple[tuple[str | float | None, ...], ...]


Drawing = Distribution | Matrix | Curves | Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one attack says: its verdict, in one sentence why, and the figures that it rests on."""

    attack: str
    verdict: Verdict
    because: str
    tier: Tier
    keys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """How something was computed, and where it is published. It is internal unless told: it may say how many rows."""

    text: str
    source: str = ""
    tier: Tier = "internal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One part of a report; `name` is what `--only` takes."""

    name: str
    title: str
    figures: tuple[Figure, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """Something told about the run: rows of a table, a version, a file's name; tiered like all else."""

    name: str
    value: str | float
    tier: Tier


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All that was found.

    schema   name of the schema
    created  day (UTC), such as 2025-01-31
    seed     of resampling, learners and sampled statistics: the same seed gives the same report
    """

    schema: str
    created: str
    seed: int
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    format: Literal[1] = FORMAT_VERSION

    def section(self, name: str) -> Section | None:
        """The section of that name, or None when it was not asked for."""
        return next((section for section in self.sections if section.name == name), None)

    def figures(self) -> Iterator[Figure]:
        """All figures, in the report's order."""
        return (figure for section in self.sections for figure in section.figures)

    def figure(self, key: str, *, subject: tuple[str, ...] = (), slice: str = "") -> Figure | None:  # noqa: A002  (the field's name)
        """The one figure with this key, subject and slice, or None."""
        wanted = (key, subject, slice)
        return next((one for one in self.figures() if (one.key, one.subject, one.slice) == wanted), None)


def public(report: Report) -> Report:
    """The part of a report that may leave the building: what is `paid` or `synthetic_only`, and nothing else.

    An interval, ceiling or floor belongs to its figure's tier, so a figure whose references read private rows must be
    internal itself.
    """
    return replace(
        report,
        facts=tuple(fact for fact in report.facts if fact.tier in PUBLIC_TIERS),
        sections=tuple(_public(section) for section in report.sections),
    )


def _public(section: Section) -> Section:
    return replace(
        section,
        figures=tuple(one for one in section.figures if one.tier in PUBLIC_TIERS),
        drawings=tuple(one for one in section.drawings if one.tier in PUBLIC_TIERS),
        findings=tuple(one for one in section.findings if one.tier in PUBLIC_TIERS),
        notes=tuple(one for one in section.notes if one.tier in PUBLIC_TIERS),
    )
