"""Who gets which share of the budget.

Everything private is a Gaussian, and mu^2 of Gaussians adds up, so the budget is split as shares of rho = mu^2 / 2.
Where the schema does not say how many rows there are, they are counted first, for a small share, and that noisy count
decides what is left open here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from synthgen.encode.bounds import wanting
from synthgen.encode.sizes import has_sizes
from synthgen.engine.phase import Phase
from synthgen.engine.settings import Settings, signal
from synthgen.privacy import Budget, calibrate_mu
from synthgen.schema import Categorical, Schema

COUNT_SHARE = 0.005
"""Of the budget, for the number of rows, when the schema does not give it."""
SIZES_SHARE = ALIKE_SHARE = 0.02
"""Of the budget, for the rows of each person, and for how alike they are, where persons have several."""
DISCOVER_SHARE = 0.05
"""Of the budget, for finding the levels of all columns with `discover: true` together."""
DISCOVER_DELTA = 0.1
"""Of delta, likewise."""
BOUNDS_SHARE, MOST_BOUNDS = 0.02, 0.1
"""Of the budget, for each column with `bounds: discover`, and for all of them together at most."""
SAFETY = 1 - 1e-6
"""Keeps rounding in the sums on the safe side."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """rho of each part of a fit; all infinite without privacy."""

    sizes: float
    alike: float
    discover: float
    count: float
    one_way: float
    select: float
    measure: float


def hidden_columns(schema: Schema) -> tuple[str, ...]:
    """Columns whose levels are not declared."""
    return tuple(
        name for name, column in schema.columns.items() if isinstance(column, Categorical) and column.values is None
    )


def total_mu(schema: Schema, budget: Budget) -> float:
    """The budget as one Gaussian, after the delta that discovery takes."""
    if not budget.is_private:
        return math.inf
    return calibrate_mu(budget, delta_elsewhere=DISCOVER_DELTA * budget.delta if hidden_columns(schema) else 0.0)


def shares(schema: Schema, mu: float, settings: Settings) -> Shares:
    """The budget's rho, split."""
    if math.isinf(mu):
        return Shares(sizes=mu, alike=mu, discover=mu, count=mu, one_way=mu, select=mu, measure=mu)
    rho = SAFETY * mu**2 / 2
    sizes, alike = (SIZES_SHARE * rho, ALIKE_SHARE * rho) if has_sizes(schema) else (0.0, 0.0)
    discover = DISCOVER_SHARE * rho if hidden_columns(schema) else 0.0
    count = COUNT_SHARE * rho if schema.rows is None else 0.0
    rest = rho - sizes - alike - discover - count
    one_way = settings.one_way_share * rest if len(schema.columns) > 1 else rest
    select = settings.select_share * rest if len(schema.columns) > 1 else 0.0
    return Shares(
        sizes=sizes,
        alike=alike,
        discover=discover,
        count=count,
        one_way=one_way,
        select=select,
        measure=max(rest - one_way - select, 0.0),
    )


def bounds_rho(schema: Schema, mu: float) -> float:
    """What the search for bounds may cost (rho); it is taken off before the rest is split."""
    share = _bounds_share(schema)
    return share * SAFETY * mu**2 / 2 if share else 0.0


def after_bounds(schema: Schema, mu: float) -> float:
    """What that search leaves of the budget, as one Gaussian."""
    return math.sqrt(1 - _bounds_share(schema)) * mu


def _bounds_share(schema: Schema) -> float:
    return min(BOUNDS_SHARE * len(wanting(schema)), MOST_BOUNDS)


def strength(schema: Schema, mu: float, rows: float) -> float:
    """The signal of a table of so many rows."""
    per_row = mu / schema.privacy.rows_per_unit
    return signal(rows, per_row, len(schema.columns), target=schema.target is not None)


def for_counts(mu: float, phase: Phase) -> float:
    """What the phase leaves of a budget, as one Gaussian."""
    return math.sqrt(1 - phase.share) * mu
