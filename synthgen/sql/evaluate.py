"""Terms evaluated on cells: vectorised, total, with SQL's unknown."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from synthgen.schema import Levels
from synthgen.sql.cells import Cells, Mask
from synthgen.sql.expression import Expression
from synthgen.sql.terms import Call, Case, Constant, Term, Value

Array = NDArray[Any]
Rows = Mapping[str, Cells]
Holds = Callable[[Expression, Rows], Mask]
DAY: Final = 86_400
MOST_DIGITS: Final = 12
EXACT: Final = 2.0**53


def evaluate(term: Term, rows: Rows, holds: Holds) -> tuple[Array, Mask]:
    """Values (float64, or text as objects) of a term, and where they are known; `holds` decides CASE conditions."""
    size = len(next(iter(rows.values())).missing)
    if isinstance(term, Constant):
        kind = object if isinstance(term.value, str) else np.float64
        return np.full(size, term.value, kind), np.ones(size, np.bool_)
    if isinstance(term, Value):
        return _column(rows[term.column], term)
    if isinstance(term, Case):
        return _case(term, rows, holds)
    return _call(term, rows, holds)


def rounded(values: Array, digits: int | None) -> Array:
    """Numbers at so many digits after the point, as near as floats come; None and what is too large stay."""
    if digits is None or digits > MOST_DIGITS:
        return values
    small = np.abs(values) < EXACT / 10.0**digits
    return np.where(small, np.round(np.where(small, values, 0.0), digits), values) + 0.0


def _column(cells: Cells, term: Value) -> tuple[Array, Mask]:
    if not isinstance(cells.column, Levels):
        return np.where(cells.known, cells.numbers, 0.0) * term.scale, cells.known
    kind = object if term.quantity == "text" else np.float64
    spelled = np.array([*cells.words, "0"], object).astype(kind)
    return spelled[cells.level], ~cells.missing


def _case(term: Case, rows: Rows, holds: Holds) -> tuple[Array, Mask]:
    size = len(next(iter(rows.values())).missing)
    values: Array = np.full(size, "", object) if term.quantity == "text" else np.zeros(size)
    known, open_ = np.zeros(size, np.bool_), np.ones(size, np.bool_)
    for condition, then in term.branches:
        chosen = open_ & holds(condition, rows)
        found, sure = evaluate(then, rows, holds)
        values, known = np.where(chosen, found, values), np.where(chosen, sure, known)
        open_ &= ~chosen
    if term.default is not None:
        found, sure = evaluate(term.default, rows, holds)
        values, known = np.where(open_, found, values), np.where(open_, sure, known)
    return values, known


def _call(term: Call, rows: Rows, holds: Holds) -> tuple[Array, Mask]:
    pairs = [evaluate(argument, rows, holds) for argument in term.arguments]
    if term.name == "coalesce":
        values, known = pairs[-1]
        for found, sure in reversed(pairs[:-1]):
            values, known = np.where(sure, found, values), known | sure
        return values, known
    known = functools.reduce(np.logical_and, (sure for _, sure in pairs))
    with np.errstate(all="ignore"):  # what has no value is unknown, below
        values = np.asarray(FUNCTIONS[term.name](*(found for found, _ in pairs)), np.float64)
        finite = np.isfinite(values)
        return rounded(np.where(finite, values, 0.0), term.digits), known & finite


def _part(unit: str, factor: int) -> Callable[[Array], Array]:
    """Years, months or days of the month of days since 1970."""

    def part(days: Array) -> Array:
        inside = np.clip(np.nan_to_num(days), -719_162, 2_932_896).astype("datetime64[D]")  # the years 1 to 9999
        if unit == "D":
            return np.asarray((inside - inside.astype("datetime64[M]")).astype(np.float64) + 1)
        whole: Array = inside.astype(f"datetime64[{unit}]").astype(np.float64)
        return np.asarray(np.mod(whole, 12) + 1 if factor else whole + 1970)

    return part


FUNCTIONS: Final[Mapping[str, Callable[..., Array]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "negative": np.negative,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": lambda value, digits: np.round(value * 10.0**digits) / 10.0**digits,
    "least": lambda *values: functools.reduce(np.minimum, values),
    "greatest": lambda *values: functools.reduce(np.maximum, values),
    "midnight": lambda days: days * DAY,
    "date": lambda seconds: np.floor(seconds / DAY),
    "year": _part("Y", 0),
    "month": _part("M", 12),
    "day": _part("D", 0),
    "seconds": lambda span: span,
    "minutes": lambda span: span / 60,
    "hours": lambda span: span / 3600,
    "days": lambda span: span / DAY,
}
"""What a call computes, elementwise over float64 arrays. LEAST and GREATEST are unknown where an argument is."""
