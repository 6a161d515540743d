"""Fidelity: how near synthetic rows are to real ones, from single values to whole rows."""

from synthgen.evaluate.fidelity.assembled import section

__all__ = ["section"]
