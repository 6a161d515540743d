"""Drawings for the page: as plain data for its script, and as a sentence for those who do not see the plot.

plotly's own script is taken from the installed package, once a page, and started when the first plot comes into view.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal

from plotly.offline import get_plotlyjs

from synthgen.evaluate.page.shell import number
from synthgen.evaluate.report import Curves, Distribution, Matrix

Plot = Distribution | Matrix | Curves
"""What is drawn; a `Table` is read."""

DAY: Final = 86_400_000
"""Milliseconds: how plotly counts dates."""
EVEN: Final = 0.01
"""Bins whose widths differ by less, relatively, are drawn on a line of numbers; others side by side."""

Spread = Literal["even", "log", "levels"]
"""How a distribution is spread over its axis."""


def script() -> str:
    """Plotly's script, from the installed package."""
    return str(get_plotlyjs())


def data(plot: Plot) -> dict[str, Any]:
    """A plot as JSON may say it: six digits, and null for what is no number."""
    if isinstance(plot, Distribution):
        axis = spread(plot)
        return {
            "kind": plot.kind,
            "title": plot.title,
            "column": plot.column,
            "labels": plot.labels,
            "real": _short(plot.real),
            "synthetic": _short(plot.synthetic),
            "edges": () if axis == "levels" else [float(f"{edge:.9g}") for edge in plot.edges],
            "spread": axis,
            "dates": _are_dates(plot),
        }
    if isinstance(plot, Matrix):
        return {
            "kind": plot.kind,
            "title": plot.title,
            "rows": plot.rows,
            "columns": plot.columns,
            "real": [_short(row) for row in plot.real],
            "synthetic": [_short(row) for row in plot.synthetic],
            "low": plot.low if math.isfinite(plot.low) else -1,
            "high": plot.high if math.isfinite(plot.high) else 1,
        }
    return {
        "kind": plot.kind,
        "title": plot.title,
        "x": plot.x,
        "y": plot.y,
        "lines": [
            {"name": line.name, "role": line.role, "x": _short(line.x), "y": _short(line.y)} for line in plot.lines
        ],
    }


def words(plot: Plot) -> str:
    """What the plot shows, in a sentence or two."""
    if isinstance(plot, Distribution):
        return _distribution_words(plot)
    if isinstance(plot, Matrix):
        return _matrix_words(plot)
    lines = "; ".join(f"{line.name}, from {_ends(line.y)}" for line in plot.lines if line.y)
    return f"{plot.title}: {plot.y} by {plot.x}. {len(plot.lines)} lines: {lines}."


def distance(plot: Distribution) -> float:
    """Total variation distance of the two bars that are drawn: half the sum of what they differ by."""
    gaps = [abs(one - other) for one, other in zip(plot.real, plot.synthetic, strict=True)]
    return sum(gap for gap in gaps if math.isfinite(gap)) / 2


def spread(plot: Distribution) -> Spread:
    """Whether the bins are as wide as one another, on a line or on a logarithmic one; else they are levels.

    >>> from synthgen.evaluate.report import Distribution
    >>> def bins(*edges):
    ...     some = (1 / (len(edges) - 1),) * (len(edges) - 1)
    ...     return Distribution(title="t", tier="internal", column="c", labels=tuple(map(str, some)), real=some,
    ...                         synthetic=some, edges=edges)
    >>> [spread(bins(*edges)) for edges in ((0, 1, 2, 3), (1, 10, 100, 1000), (0, 1, 10, 12))]
    ['even', 'log', 'levels']
    """
    edges = plot.edges
    if len(edges) < 2 or not all(map(math.isfinite, edges)):
        return "levels"
    if _are_even(edges):
        return "even"
    return "log" if edges[0] > 0 and _are_even([math.log(edge) for edge in edges if edge > 0]) else "levels"


def _are_even(edges: Sequence[float]) -> bool:
    widths = [right - left for left, right in pairwise(edges)]
    return min(widths) > 0 and max(widths) - min(widths) <= EVEN * max(widths)


def _are_dates(plot: Distribution) -> bool:
    """Whether the edges are days: then the first label starts as a date does, and a number's never does."""
    first = plot.labels[0][:10] if plot.edges and plot.labels else ""
    return len(first) == 10 and first[4] == first[7] == "-" and first.replace("-", "").isdigit()


def _short(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None or not math.isfinite(value) else float(f"{value:.6g}") for value in values]


def _distribution_words(plot: Distribution) -> str:
    gaps = [abs(one - other) for one, other in zip(plot.real, plot.synthetic, strict=True)]
    if not gaps:
        return f"{plot.title}: nothing to draw."
    most = max(range(len(gaps)), key=gaps.__getitem__)
    return (
        f"{plot.title}: shares of {len(gaps)} levels, real and synthetic. They overlap by {1 - distance(plot):.1%}; "
        f"they differ most at {plot.labels[most]}: {plot.real[most]:.1%} real, {plot.synthetic[most]:.1%} synthetic."
    )


def _matrix_words(plot: Matrix) -> str:
    cells = [
        (abs(other - one), row, column, one, other)
        for row, ones, others in zip(plot.rows, plot.real, plot.synthetic, strict=True)
        for column, one, other in zip(plot.columns, ones, others, strict=True)
        if one is not None and other is not None
    ]
    start = f"{plot.title}: {len(plot.rows)} rows by {len(plot.columns)} columns, real, synthetic and their difference."
    if not cells:
        return f"{start} No cell is known in both."
    _, row, column, one, other = max(cells)
    return f"{start} They differ most at {row} and {column}: {number(one)} real, {number(other)} synthetic."


def _ends(values: Sequence[float]) -> str:
    return f"{number(values[0])} to {number(values[-1])}"
