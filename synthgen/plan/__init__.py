"""What a fit will do, decided before a row is read.

budgeting  who gets which share of the budget
refusals   what cannot work
reserving  what a fit sets aside in the ledger of its data set
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
from synthgen.plan.reserving import Account, account, check_room

__all__ = [
    "DISCOVER_DELTA",
    "Account",
    "Plan",
    "Shares",
    "Teaching",
    "Wish",
    "account",
    "after_bounds",
    "bounds_rho",
    "check_delta",
    "check_room",
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
