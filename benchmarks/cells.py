"""The table of what rows teach, from the lines that `phase.py` printed: medians, and whether `auto` was right.

    python benchmarks/cells.py benchmarks/phase.jsonl

Right means: where rows are taught, no score is worse by COST or more; where they are not, they would not have won GAIN
on one score without costing COST on another. Beyond chance: by more than a cell's own fits leave in doubt.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, pvariance
from typing import Any

from scipy.stats import t

from synthgen.engine.phase import REACH, WEIGHTS_REACH

COST, GAIN = 0.01, 0.02
SCORES = {"tstr": 1, "c2st": -1, "pr_auc": 1}
"""And whether more of them is better."""
COLUMNS = (
    *("table", "rows", "epsilon", "reach", "auto"),
    *("tstr: off / taught (trtr)", "c2st: off / taught", "nll: off / taught", "check", "CPU s", "fits"),
)
TABLES = ("parity3", "parity4", "parity5", "scm", "shells", "sparkov", "adult", "creditcard_ulb", "acs_income_2018")

Line = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One table at one size and one epsilon: fits to counts alone, and fits that rows taught too."""

    table: str
    rows: int
    epsilon: float
    off: Sequence[Line]
    taught: Sequence[Line]

    @property
    def auto(self) -> str:
        """What is chosen where nothing is asked for."""
        if math.isinf(self.epsilon):
            return "whole"
        reach = float(self.taught[0]["reach"])
        return "off" if reach < WEIGHTS_REACH else "weights" if reach < REACH else "whole"

    @property
    def gains(self) -> dict[str, float]:
        """By how much rows make each score better, as a share of it."""
        lines = (*self.off, *self.taught)
        names = [name for name in SCORES if all(math.isfinite(line.get(name, math.nan)) for line in lines)]
        return {name: SCORES[name] * (self.score("taught", name) / self.score("off", name) - 1) for name in names}

    def score(self, side: str, name: str) -> float:
        """The median of a score."""
        return median(line[name] for line in getattr(self, side))

    def chance(self, name: str) -> float:
        """What a gain may be by chance: half its 95 % interval (Student's t), as a share; infinite for single fits."""
        sides = [[line[name] for line in side] for side in (self.off, self.taught)]
        free = sum(map(len, sides)) - 2
        if not free:
            return math.inf
        spread = math.sqrt(sum(pvariance(values) * len(values) for values in sides) / free)
        error = spread * math.sqrt(sum(1 / len(values) for values in sides))
        return float(t.ppf(0.975, free)) * error / self.score("off", name)

    def misses(self, *, beyond_chance: bool) -> dict[str, float]:
        """Scores by which `auto` is wrong, with what they lose (or, where nothing was taught, would have won)."""
        doubt = {name: self.chance(name) if beyond_chance else 0.0 for name in self.gains}
        costs = {name: gain for name, gain in self.gains.items() if gain + doubt[name] <= -COST}
        if self.auto != "off":
            return costs
        if costs:
            return {}
        return {name: gain for name, gain in self.gains.items() if gain - doubt[name] >= GAIN}


def cells_of(lines: Iterable[Line]) -> list[Cell]:
    """All cells of which both sides were fitted, in order; a line that is there twice counts once."""
    found: dict[tuple[str, int, float], dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        same = found[line["table"], line["rows"], float(line["epsilon"])][line["phase"]]
        if line not in same:
            same.append(line)
    return [
        Cell(table=table, rows=rows, epsilon=epsilon, off=sides["off"], taught=sides["likelihood"])
        for (table, rows, epsilon), sides in sorted(found.items(), key=lambda of: (_place(of[0][0]), *of[0]))
        if sides["off"] and sides["likelihood"]
    ]


def _place(table: str) -> int:
    return TABLES.index(table) if table in TABLES else len(TABLES)


def spread(cells: Sequence[Cell]) -> dict[str, float]:
    """Standard deviation of each score between fits of one side of a cell, as a share of it, pooled over all cells."""
    found = {}
    for name in SCORES:
        sides = [
            [line[name] for line in side] for cell in cells if name in cell.gains for side in (cell.off, cell.taught)
        ]
        free = sum(len(values) - 1 for values in sides)
        if free:
            found[name] = math.sqrt(sum(pvariance(of) * len(of) / median(of) ** 2 for of in sides) / free)
    return found


def report(lines: Iterable[Line]) -> str:
    """The table, how often `auto` is right, and what it costs where it is not."""
    cells = cells_of(lines)
    rows = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS), *map(_row, cells), ""]
    for what, beyond in (("by medians", False), ("beyond chance", True)):
        missed = [(cell, cell.misses(beyond_chance=beyond)) for cell in cells]
        wrong = [f"  {_name(cell)} ({cell.auto}): {_shares(found)}" for cell, found in missed if found]
        rows += [f"{what}, auto is right in {len(cells) - len(wrong)} of {len(cells)}", *wrong]
    rows.append("between fits: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share in spread(cells).items()))
    rows += [
        f"  {_name(cell)}: pr_auc {_pair(cell, 'pr_auc')} ({_real(cell, 'pr_auc_real')})"
        for cell in cells
        if "pr_auc" in cell.gains
    ]
    return "\n".join(rows)


def _row(cell: Cell) -> str:
    reach = cell.taught[0]["reach"]
    checks = Counter(line["verdict"].split(",")[0].rpartition(": ")[2] for line in cell.taught)
    check = next(iter(checks)) if len(checks) == 1 else ", ".join(f"{many} {what}" for what, many in checks.items())
    parts = (
        cell.table,
        f"{cell.rows:,}",
        "none" if math.isinf(cell.epsilon) else f"{cell.epsilon:g}",
        "" if math.isinf(cell.epsilon) else f"{float(reach):,.3g}" if float(reach) < 1000 else f"{float(reach):,.0f}",
        cell.auto,
        f"{_pair(cell, 'tstr')} ({_real(cell, 'trtr')})",
        _pair(cell, "c2st"),
        f"{cell.score('off', 'nll'):.2f} / {cell.score('taught', 'nll'):.2f}",
        check,
        f"{cell.score('off', 'cpu_s'):.0f} / {cell.score('taught', 'cpu_s'):.0f}",
        f"{len(cell.off)} / {len(cell.taught)}",
    )
    return "| " + " | ".join(parts) + " |"


def _name(cell: Cell) -> str:
    epsilon = "without privacy" if math.isinf(cell.epsilon) else f"epsilon {cell.epsilon:g}"
    return f"{cell.table}, {cell.rows:,} rows, {epsilon}"


def _pair(cell: Cell, name: str) -> str:
    return f"{_short(cell.score('off', name))} / {_short(cell.score('taught', name))}"


def _real(cell: Cell, name: str) -> str:
    return _short(cell.taught[0][name])


def _shares(found: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:+.1f} %" for name, share in found.items())


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if value < 1 else f"{value:.3f}"


def main() -> None:
    """Print what the files hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", nargs="+", type=Path)
    files: list[Path] = parser.parse_args().file
    print(report(json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()))


if __name__ == "__main__":
    main()
