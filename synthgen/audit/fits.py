"""Attack on whole fits: a tiny table with one person more or not, fitted many times; the attacker sees the result.

Nothing is recorded or handed in here: the fit makes its own noise. The person has the last value of both columns to
himself, in as many rows as may be used (and far more), so the attacker adds up the rows that the model sees there. He
says "there" above half of what the person may bring; or above more, where a person who was not bounded shows. The
weakest of the attacks, and the only one that trusts nothing inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from synthgen.audit.bounds import lower_epsilon
from synthgen.audit.result import Found
from synthgen.audit.whole import Rows, fitted
from synthgen.privacy import Budget, Ledger
from synthgen.schema import Schema

PERSONS, ROWS, VALUES = 60, 8, ("0", "1", "2", "3")
NAMES = ("a", "b")
FAR: Final = 20
"""How many times more rows than may be used the person has."""
SCHEMA: Final = Schema(
    name="nobody's",
    privacy={"unit": "person", "rows_per_unit": ROWS},
    columns={name: {"type": "categorical", "values": [*VALUES]} for name in NAMES},
)


def attacked_fits(budget: Budget, *, fits: int, doubt: float, go_on: Callable[[], bool]) -> Found:
    """The bound of so many fits of either table, or of fewer, if `go_on` says that time is up."""
    found = []
    for _ in range(fits):
        found.append([_rows_seen(budget, there=there) for there in (True, False)])
        if not go_on():
            break
    there, absent = np.array(found).T
    may = len(NAMES) * ROWS
    lower = lower_epsilon(there, absent, at=(may / 2, 1.5 * may, 6.0 * may), delta=budget.delta, doubt=doubt)
    return Found(what="whole fits of a tiny table", method="fits", lower=lower, claimed=budget.epsilon, runs=len(found))


def _rows_seen(budget: Budget, *, there: bool) -> float:
    """Rows that one model sees in the cells that are the person's alone."""
    learned = fitted(_rows(there=there), SCHEMA, Ledger(budget))
    return float(sum(column.marginal[-1] for column in learned.encoding.codec.columns.values()) * learned.rows)


def _rows(*, there: bool) -> Rows:
    brought = FAR * ROWS if there else 0
    value = [VALUES[i % 3] for i in range(PERSONS) for _ in range(ROWS)] + [VALUES[-1]] * brought
    person = [str(i) for i in range(PERSONS) for _ in range(ROWS)] + ["the one"] * brought
    return {"person": person} | dict.fromkeys(NAMES, value)
