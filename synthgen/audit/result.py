"""What an audit found: lower bounds on epsilon, each beside what is claimed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Verdict = Literal["consistent with the claim", "claim broken"]
Method = Literal["replay", "counts", "steps", "fits"]

FORMAT_VERSION: Final = 1
CERTAIN: Final = 1e6
"""Lower bound where one answer is possible on one table and impossible on its neighbour, or what was done was not paid
for: no finite epsilon allows it, but JSON has no infinity."""
ROUNDING: Final = 1e-9
"""A relative difference of two prices that is no difference."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One lower bound.

    what        was attacked
    method      replay: recorded and played back on a neighbour, nothing random left. counts: noisy counts of a worst
                pair. steps: canaries in DP-SGD. fits: whole fits of a tiny table
    lower       epsilon that it costs at least; 0 where the attack learned nothing
    claimed     epsilon that is charged for it, at the same delta
    runs        of the attack: replays, runs on either table, canaries and trials, fits of either table
    faults      what a replay caught, in words
    """

    what: str
    method: Method
    lower: float
    claimed: float
    runs: int
    faults: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether the bound lies above the claim. That it does not is no proof that the claim holds."""
        return "claim broken" if self.lower > self.claimed * (1 + ROUNDING) else "consistent with the claim"


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """All bounds, which hold together with probability `confidence`, and the claim: (epsilon, delta) per `unit`."""

    epsilon: float
    delta: float
    unit: str
    confidence: float
    bounds: tuple[Found, ...]

    @property
    def verdict(self) -> Verdict:
        """Of the worst bound."""
        broken = any(bound.verdict == "claim broken" for bound in self.bounds)
        return "claim broken" if broken else "consistent with the claim"


def to_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain JSON values, which `synthgen release --audit` reads.

    >>> bound = Found(what="counts", method="counts", lower=0.8, claimed=1.0, runs=2000)
    >>> told = to_json(Audit(epsilon=1.0, delta=1e-6, unit="row", confidence=0.99, bounds=(bound,)))
    >>> told["verdict"], told["bounds"][0]["lower"]
    ('consistent with the claim', 0.8)
    """
    return {
        "format": FORMAT_VERSION,
        "verdict": audit.verdict,
        "claim": {"epsilon": audit.epsilon, "delta": audit.delta, "unit": audit.unit},
        "confidence": audit.confidence,
        "bounds": [
            asdict(bound) | {"verdict": bound.verdict, "confidence": audit.confidence, "delta": audit.delta}
            for bound in audit.bounds
        ],
    }
