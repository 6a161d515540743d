"""Rules that hold in every row: read, compiled into the way each is kept, and verified."""

from synthgen.constrain.parse import rules_of
from synthgen.constrain.rules import Equation, PersonRule, RowRule, Rule, UniqueRule

__all__ = ["Equation", "PersonRule", "RowRule", "Rule", "UniqueRule", "rules_of"]
