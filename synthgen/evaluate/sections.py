"""The sections of a report, in its order. They bring heavy libraries, so only an evaluation imports this module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from synthgen.evaluate import attacks, budget, fairness, fidelity, utility
from synthgen.evaluate.inputs import Inputs
from synthgen.evaluate.report import Section

SECTIONS: Final[Mapping[str, Callable[[Inputs], Section]]] = {
    "fidelity": fidelity.section,
    "utility": utility.section,
    "fairness": fairness.section,
    "attacks": attacks.section,
    "budget": budget.section,
}
"""What `only` can ask for. A section never raises for what a table holds: it says what was not computed, and why."""
