"""What a ledger says to those who ask: spent, reserved, left, entry by entry and together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from synthgen.privacy import Budget
from synthgen.spending.chain import Head, Row
from synthgen.spending.entries import Book, Entry
from synthgen.spending.pricing import composed, curve, left


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """All epsilons are at the budget's delta, composed; those of entries are what each would cost alone.

    spent     of what is done
    reserved  what the open reservations add to that
    left      the largest epsilon that a new fit may use, at the budget's delta
    added     what the epsilons of single entries add up to, which says too much
    curve     (delta, epsilon) points of all that is spent or reserved, falling in delta
    head      number of rows and last hash: a receipt, by which a ledger that was cut or rewritten is told
    warnings  what is odd, and changes nothing
    """

    dataset: str
    unit: str
    budget: Budget
    spent: float
    reserved: float
    left: float
    added: float
    entries: tuple[Entry, ...]
    curve: tuple[tuple[float, float], ...]
    tables: int
    head: Head
    warnings: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Spent and reserved, composed."""
        return self.spent + self.reserved


def statement(book: Book, rows: Sequence[Row], head: Head) -> Statement:
    """The statement of a ledger whose rows lead to `head`."""
    budget, counting = book.budget, book.counting()
    spent, total = composed(book.spent(), budget), composed(counting, budget)
    return Statement(
        dataset=book.dataset,
        unit=book.unit,
        budget=budget,
        spent=spent,
        reserved=total - spent if math.isfinite(spent) else 0.0,
        left=left(counting, budget, budget.delta),
        added=math.fsum(price.alone for price in counting),
        entries=tuple(book.entries.values()),
        curve=curve(counting, budget),
        tables=len(book.tables),
        head=head,
        warnings=_warnings(rows, total, budget),
    )


def _warnings(rows: Sequence[Row], total: float, budget: Budget) -> tuple[str, ...]:
    found = []
    back = sum(later.time < earlier.time for earlier, later in pairwise(rows))
    if back:
        found.append(f"the clock went back {back} times between rows; their order is that of their numbers")
    if total > budget.epsilon:
        found.append("more was spent than the budget allows: a reservation was released while its fit still ran")
    return tuple(found)
