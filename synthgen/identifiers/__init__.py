"""Made-up identifiers: valid in form, never issued, and the same person in every column."""

from synthgen.identifiers.ask import Kind
from synthgen.identifiers.fill import check, fill
from synthgen.identifiers.kinds import KINDS, kind_of

__all__ = ["KINDS", "Kind", "check", "fill", "kind_of"]
