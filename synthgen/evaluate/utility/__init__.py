"""Utility: whether work done on synthetic rows comes out as it does on real ones."""

from synthgen.evaluate.utility.assembled import section

__all__ = ["section"]
