"""Fairness: what models do to protected groups, and whether these have their share of the rows."""

from synthgen.evaluate.fairness.assembled import section

__all__ = ["section"]
