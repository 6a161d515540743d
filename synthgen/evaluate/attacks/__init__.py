"""Attacks on a synthetic table: what somebody who holds it can find out about the rows it was made from.

Each compares its success on rows of the table (members) with its success on rows that the generator never saw (the
holdout: controls) and with a naive guess. What it does equally well on both is learnt from the population, not from a
member. None of them can show that a table is safe.
"""

from synthgen.evaluate.attacks.section import section

__all__ = ["section"]
