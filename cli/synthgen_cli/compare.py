"""The demo's small table: a few figures of the real and the synthetic rows. The real table is public."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

FIGURES: Mapping[str, Callable[[pd.DataFrame], float]] = {
    "mean of age": lambda rows: rows["age"].mean(),
    "mean of hours-per-week": lambda rows: rows["hours-per-week"].mean(),
    "% capital-gain above 0": lambda rows: 100 * (rows["capital-gain"] > 0).mean(),
    "% Female": lambda rows: _percent(rows, "sex", "Female"),
    "% income >50K": lambda rows: _percent(rows, "income", ">50K"),
    "% income >50K, of the Masters": lambda rows: _percent(rows[rows["education"] == "Masters"], "income", ">50K"),
    "% income >50K, of those never married": lambda rows: _percent(
        rows[rows["marital-status"] == "Never-married"], "income", ">50K"
    ),
    "correlation of age and hours-per-week": lambda rows: rows["age"].corr(rows["hours-per-week"]),
}


def compare(real: Path, synthetic: Path) -> list[dict[str, Any]]:
    """Each figure of both tables."""
    before, after = pd.read_parquet(real), pd.read_parquet(synthetic)
    return [
        {"what": what, "real": float(figure(before)), "synthetic": float(figure(after))}
        for what, figure in FIGURES.items()
    ]


def _percent(rows: pd.DataFrame, column: str, value: str) -> float:
    return 100 * float((rows[column] == value).mean())
