"""A first schema from the rows themselves: one streaming pass, and a file that a person must read.

    batches -> sketch of each column, sample of whole rows -> description of each column -> YAML with comments

What was read from private rows is marked, key by key; a fit with a finite epsilon refuses it until the marks are gone.
"""

from synthgen.infer.draft import Draft, infer
from synthgen.infer.people import repeated_units
from synthgen.infer.render import render

__all__ = ["Draft", "infer", "render", "repeated_units"]
