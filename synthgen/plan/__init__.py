"""What a fit will do, decided before a row is read.

budgeting  who gets which share of the budget
refusals   what cannot work
outline    the plan: shares, steps, memory, time
"""

from synthgen.plan.budgeting import (
    DISCOVER_DELTA,
    Shares,
    after_bounds,
    bounds_rho,
    for_counts,
    hidden_columns,
    shares,
    strength,
    total_mu,
)
from synthgen.plan.outline import Plan, Teaching, Wish, phase_of, plan, steps_of, taught, too_small
from synthgen.plan.refusals import check_delta, checked_budget

__all__ = [
    "DISCOVER_DELTA",
    "Plan",
    "Shares",
    "Teaching",
    "Wish",
    "after_bounds",
    "bounds_rho",
    "check_delta",
    "checked_budget",
    "for_counts",
    "hidden_columns",
    "phase_of",
    "plan",
    "shares",
    "steps_of",
    "strength",
    "taught",
    "too_small",
    "total_mu",
]
