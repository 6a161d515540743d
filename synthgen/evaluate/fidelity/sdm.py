"""SDMetrics' own reports, of the tables as this evaluation reads them. The only module that calls it.

Lines are `numerical` columns (dates as days), categories `categorical`; missing values and codes are missing there. A
wrong level is the level "(wrong)"; a wrong number is one beyond all real ones, so that it counts against its table.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from sdmetrics.reports import DiagnosticReport, QualityReport

from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Column, View

TABLE: Final = "table"
WRONG: Final = "(wrong)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """SDMetrics' scores, each from 0 to 1, or why it gives none.

    columns  by column: how alike the shapes are (KSComplement, TVComplement)
    pairs    by pair of columns: how alike the trends are
    """

    quality: float | Absent
    shapes: float | Absent
    trends: float | Absent
    diagnostic: float | Absent
    validity: float | Absent
    structure: float | Absent
    columns: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float]


def scores(real: View, other: View) -> Scores:
    """Both reports of two views."""
    tables = {TABLE: frame(real, real)}, {TABLE: frame(other, real)}
    kinds = {name: {"sdtype": "numerical" if one.is_line else "categorical"} for name, one in real.columns.items()}
    metadata = {"tables": {TABLE: {"columns": kinds}}}
    quality, diagnostic = QualityReport(), DiagnosticReport()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Constant and empty columns: SDMetrics warns, leaves them out of its means, and its scores say so.
        warnings.simplefilter("ignore")
        quality.generate(*tables, metadata, verbose=False)
        diagnostic.generate(*tables, metadata, verbose=False)
        parts = _parts(quality) | _parts(diagnostic)
        return Scores(
            quality=_score(quality.get_score()),
            shapes=_score(parts["Column Shapes"]),
            trends=_score(parts["Column Pair Trends"]),
            diagnostic=_score(diagnostic.get_score()),
            validity=_score(parts["Data Validity"]),
            structure=_score(parts["Data Structure"]),
            columns=_columns(quality.get_details("Column Shapes", table_name=TABLE)),
            pairs=_pairs(quality.get_details("Column Pair Trends", table_name=TABLE)),
        )


def frame(view: View, real: View) -> pd.DataFrame:
    """A view as SDMetrics reads it."""
    return pd.DataFrame(
        {name: _series(column, real.columns[name]) for name, column in view.columns.items()}, index=range(view.rows)
    )


def _series(column: Column, real: Column) -> pd.Series:
    if not column.is_line:
        words = np.array([*column.levels, WRONG, None], object)
        return pd.Series(words[column.values], dtype=object)
    values = column.values.astype(np.float64)
    if column.wrong.any():
        known = real.values[real.present]
        beyond = float(known.max() + np.ptp(known) + 1) if known.size else 1.0
        values = np.where(column.wrong, beyond, values)
    return pd.Series(values)


def _parts(report: Any) -> dict[str, float]:
    found = report.get_properties()
    return dict(zip(found["Property"], found["Score"], strict=True))


def _score(value: Any) -> float | Absent:
    if value is None or not np.isfinite(value):
        return Absent(why="SDMetrics gives no score for these columns")
    return float(value)


def _columns(details: pd.DataFrame) -> dict[str, float]:
    named = zip(details["Column"], details["Score"], strict=True)
    return {name: float(score) for name, score in named if np.isfinite(score)}


def _pairs(details: pd.DataFrame) -> dict[tuple[str, str], float]:
    named = zip(details["Column 1"], details["Column 2"], details["Score"], strict=True)
    return {(one, two): float(score) for one, two, score in named if np.isfinite(score)}
