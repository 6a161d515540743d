"""Figures as text: our row beside those of others, and which targets are reached."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
SCORES = ("quality", "tvd1", "tvd2", "tvd3", "tstr", "c2st")
HIGHER_IS_BETTER = {"quality", "tstr"}
PAIR_ERRORS = tuple(f"pair_error_{of}" for of in ("model", "balanced", "independent"))
COLUMNS = ("fit_cpu_s", "peak_mib", *SCORES)
PAIR_LOSS = 0.05
"""A balanced sample's pair error may exceed the model's own by so much of it."""

Row = Mapping[str, Any]


def medians(runs: Sequence[Row]) -> dict[str, float]:
    """The median of every figure that all runs have."""
    names = (*COLUMNS, "epsilon_spent", "dcr_share", "new_rows", "trtr", "sample_cpu_s", "levels", *PAIR_ERRORS)
    return {name: median(run[name] for run in runs) for name in names if all(name in run for run in runs)}


def spread(runs: Sequence[Row]) -> dict[str, float]:
    """Largest less smallest of the scores."""
    found = [name for name in COLUMNS if all(name in run for run in runs)]
    return {name: max(run[name] for run in runs) - min(run[name] for run in runs) for name in found}


def peers(table: str, epsilon: float) -> list[Row]:
    """Rows of others on this table: without a budget (ceiling, floor), and those of this epsilon."""
    rows: list[Row] = json.loads((HERE / "peers.json").read_text(encoding="utf-8"))
    return [
        row for row in rows if row["table"] == table and (row["epsilon"] is None or float(row["epsilon"]) == epsilon)
    ]


def page(table: str, epsilon: float, effort: str, runs: Sequence[Row]) -> str:
    """Everything about one table at one epsilon."""
    ours = medians(runs)
    name = "synthgen" if len(runs) == 1 else f"synthgen, median of {len(runs)}"
    rows = [(name, ours)]
    if len(runs) > 1:
        rows.append(("  largest less smallest", spread(runs)))
    rows += [(row["method"], row) for row in peers(table, epsilon)]
    parts = [
        _grid(rows) + "\n",
        _line(ours),
        pair_line(ours),
        *(verdicts(ours, targets(epsilon, effort)) if table == "adult" else ()),
        *(against_aim(ours, epsilon) if table == "adult" else ()),
        *sorted({f"warning: {line}" for run in runs for line in run["warnings"]}),
    ]
    return "\n".join(parts)


def _line(ours: Row) -> str:
    """What has no column."""
    return (
        f"epsilon spent {ours['epsilon_spent']:.5g}; sampling {ours['sample_cpu_s']:.1f} CPU seconds; "
        f"{ours['levels']:.0f} levels; TRTR {_short(ours['trtr'])}; nearer to training rows "
        f"{_short(ours['dcr_share'])}; new rows {_short(ours['new_rows'])}"
    )


def pair_line(ours: Row) -> str:
    """The model's own mean pair error beside its samples'."""
    model = ours["pair_error_model"]
    parts = [f"mean pair error on the codec's levels: model {_short(model)}"]
    for kind in ("balanced", "independent"):
        error = ours[f"pair_error_{kind}"]
        parts.append(f"{kind} sample {_short(error)} ({100 * (error / model - 1):+.1f} %)" if model else kind)
    reached = ours["pair_error_balanced"] <= (1 + PAIR_LOSS) * model
    return ", ".join(parts) + f"; balanced within 5 %: {_said(reached=reached)}"


def targets(epsilon: float, effort: str) -> Row:
    """What Adult must reach at this epsilon; empty where nothing was set."""
    every = json.loads((HERE / "targets.json").read_text(encoding="utf-8"))
    found: Row = every.get(f"inf {effort}" if math.isinf(epsilon) else f"{epsilon:g}", {})
    return found


def verdicts(ours: Row, goal: Row) -> list[str]:
    """One line: each target, reached or not."""
    marks = []
    for name, bound in goal.items():
        if name not in ours:
            marks.append(f"{name} not scored")
            continue
        reached = ours[name] >= bound if name in HIGHER_IS_BETTER else ours[name] <= bound
        sign = ">=" if name in HIGHER_IS_BETTER else "<="
        marks.append(f"{name} {_short(ours[name])} {sign} {_short(bound)} {_said(reached=reached)}")
    return ["targets: " + "; ".join(marks)] if marks else []


def against_aim(ours: Row, epsilon: float) -> list[str]:
    """Ahead of or behind AIM given our codec: against the best of its rows, figure by figure."""
    aim = [row for row in peers("adult", epsilon) if row["method"].startswith("AIM, our codec")]
    marks = []
    for name in ("tvd2", "tvd3", "c2st", "tstr") if aim else ():
        values = [value for row in aim for value in _ends(row[name])]
        best = max(values) if name in HIGHER_IS_BETTER else min(values)
        ahead = ours[name] - best if name in HIGHER_IS_BETTER else best - ours[name]
        word = "ahead" if ahead > 0 else "level" if ahead == 0 else "BEHIND"
        marks.append(f"{name} {word} ({_short(ours[name])}, AIM's best {_short(best)})")
    return ["against AIM with our codec: " + "; ".join(marks)] if marks else []


def _said(*, reached: bool) -> str:
    return "reached" if reached else "NOT reached"


def _ends(value: float | Sequence[float]) -> Sequence[float]:
    return value if isinstance(value, Sequence) else (value,)


def _grid(rows: Iterable[tuple[str, Row]]) -> str:
    """A Markdown table."""
    head = ("method", "fit CPU s", "peak MiB", *SCORES)
    lines = [head, *((name, *(_cell(row.get(column), column) for column in COLUMNS)) for name, row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    texts = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    texts.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {text} |" for text in texts)


def _cell(value: float | Sequence[float] | None, column: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, Sequence):
        return " to ".join(_cell(end, column) for end in value)
    if column in {"fit_cpu_s", "peak_mib"}:
        return f"{value:.0f}" if value >= 10 or column == "peak_mib" else f"{value:.1f}"
    return _short(value)


def _short(value: float) -> str:
    """Four decimals without the zero in front; whole numbers as they are.

    >>> _short(0.98851), _short(-0.03), _short(30)
    ('.9885', '-.0300', '30')
    """
    if value >= 2:
        return f"{value:.4g}"
    return f"{value:.4f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.4f}"
