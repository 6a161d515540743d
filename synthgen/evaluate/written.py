"""A report as JSON and back, and as a few lines of Markdown for a pull request."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from synthgen.errors import ReportError
from synthgen.evaluate.report import FORMAT_VERSION, Absent, Figure, Report, Section
from synthgen.evaluate.summary import summary

_READER: Final = TypeAdapter(Report)
_SPELLED: Final = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
"""Numbers that JSON does not have, as text."""
LIGHTS: Final = {"green": "\U0001f7e2", "amber": "\U0001f7e1", "red": "\U0001f534", "grey": "\u26aa"}


def to_json(report: Report) -> str:
    """The whole report as one JSON object, keys in the order of the fields."""
    return json.dumps(_plain(asdict(report)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str | bytes) -> Report:
    """A report again, equal to the one written. Raises ReportError for anything else."""
    expected, fix = "a report as synthgen evaluate writes it", "write it again"
    try:
        document = json.loads(text, parse_constant=_refused)
        version = document.get("format") if isinstance(document, dict) else None
        if version != FORMAT_VERSION:
            got = "no number of a format" if not isinstance(version, int) else f"format {version:d}"
            raise ReportError("report", expected=f"format {FORMAT_VERSION}", got=got, fix=fix)
        report = _READER.validate_python(document)
    except (ValueError, RecursionError) as error:
        raise ReportError("report", expected=expected, got=_where(error), fix=fix) from None
    # What reads but would be written otherwise has keys that nobody knows, or values of another type.
    if _plain(asdict(report)) != document:
        raise ReportError("report", expected=expected, got="other keys, or values of other types", fix=fix)
    return report


def _refused(_constant: str) -> float:
    raise ValueError


def _where(error: Exception) -> str:
    if isinstance(error, ValidationError):
        place = ".".join(str(step) for step in error.errors(include_input=False)[0]["loc"][:4])
        return f"another value at {place}" if place else "another value"
    return "something that is no JSON"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def markdown(report: Report) -> str:
    """The dials, what attacks say, and the figures of whole tables: what fits a comment on a pull request."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"### Synthetic data report: {_cell(report.schema)}"
    yield ""
    yield from _rows(
        ("", "question", "answer"),
        [(LIGHTS[dial.light], dial.title, dial.text) for dial in summary(report)],
    )
    for section in report.sections:
        yield from _section(section)
    told = "; ".join(f"{_cell(fact.name)}: {_cell(_told(fact.value))}" for fact in report.facts)
    yield f"<sub>{told}; seed {report.seed}; {report.created}</sub>"


def _section(section: Section) -> Iterator[str]:
    whole = [figure for figure in section.figures if not figure.subject and not figure.slice]
    if not whole and not section.findings:
        return
    yield f"<details><summary>{_cell(section.title)}</summary>"
    yield ""
    if section.findings:
        rows = [(one.attack, f"**{one.verdict}**", one.because) for one in section.findings]
        yield from _rows(("attack", "verdict", "because"), rows)
    if whole:
        yield from _rows(("figure", "value", "95 %", "ceiling", "floor", "tier"), [_figure(one) for one in whole])
    yield "</details>"
    yield ""


def _figure(figure: Figure) -> tuple[str, ...]:
    interval = figure.interval
    span = "" if isinstance(interval, Absent) else f"{_told(interval.low)} to {_told(interval.high)}"
    arrow = {"higher": " \u2191", "lower": " \u2193", "neither": ""}[figure.better]
    return (
        figure.title + arrow,
        _told(figure.value),
        span,
        "" if isinstance(figure.ceiling, Absent) else _told(figure.ceiling),
        "" if isinstance(figure.floor, Absent) else _told(figure.floor),
        figure.tier,
    )


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"
    yield ""


def _cell(text: str) -> str:
    r"""Text that cannot end its cell, nor become markup: names of columns are anybody's.

    >>> _cell("a|b <img>")
    'a\\|b &lt;img&gt;'
    """
    flat = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return flat.replace("\\", "\\\\").replace("|", "\\|").replace("`", "\\`").replace("[", "\\[")


def _told(value: float | str | Absent) -> str:
    if isinstance(value, Absent):
        return f"not computed: {value.why}"
    return value if isinstance(value, str) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
