"""Rules that hold in every row: read, compiled into the way each is kept, and verified."""

from synthgen.constrain.check import broken_in, checked, verify
from synthgen.constrain.compile import Compiled, Way, compiled
from synthgen.constrain.contradict import is_possible, refuse_contradicting
from synthgen.constrain.differences import Difference
from synthgen.constrain.fields import Fields, fields_of
from synthgen.constrain.parse import rules_of
from synthgen.constrain.rules import Equation, PersonRule, RowRule, Rule, UniqueRule, spelled

__all__ = [
    "Compiled",
    "Difference",
    "Equation",
    "Fields",
    "PersonRule",
    "RowRule",
    "Rule",
    "UniqueRule",
    "Way",
    "broken_in",
    "checked",
    "compiled",
    "fields_of",
    "is_possible",
    "refuse_contradicting",
    "rules_of",
    "spelled",
    "verify",
]
