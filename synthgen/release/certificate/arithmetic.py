"""Every number of a certificate that follows from the ledger: composed by who writes it, anew by who verifies it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from synthgen.evaluate.budget import PRIORS, posterior
from synthgen.privacy import (
    Budget,
    Event,
    Exact,
    SubsampledGaussian,
    discrete_epsilon,
    epsilon,
    operational,
    replace_one_epsilon,
)
from synthgen.privacy.accounting import FALSE_POSITIVE_RATES, totals

DELTAS: Final = tuple(10.0**-power for power in range(1, 13))
"""Where the curve is told."""
RATES: Final = (1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
"""False positive rates at which the trade-off is told."""
MOST_MU: Final = 1e3
MOST_RUNS: Final = 16
"""Beyond these a ledger is not priced at all: it would take long, and promises nothing."""
TOLERANCE: Final = 0.01
"""Another version of the accountant may price the same events so much apart, as a share."""


def arithmetic(events: Sequence[Event], budget: Budget) -> dict[str, Any]:
    """What the events cost and what that means; JSON values, None for what is infinite.

    spent          epsilon at the budget's delta (PLD of `dp-accounting`, pessimistic)
    replace_one    the same where one unit is replaced by another
    mu             of the one Gaussian that all count releases together are; None with none, or with exact counts
    curve          (delta, epsilon) points
    advantage      an attacker's true minus false positive rate, at most
    trade_off      (false, true) positive rates, at most
    beliefs        (prior, false positive rate, posterior after an alarm)
    """
    known = operational(events, RATES)
    found = {rate: known.true_positive_rate[rate] for rate in RATES}
    mu = totals(events).mu
    return {
        "spent": _finite(epsilon(events, budget.delta)) if budget.is_private else None,
        "replace_one": _finite(replace_one_epsilon(events, budget.delta)) if budget.is_private else None,
        "mu": mu if 0 < mu < math.inf else None,
        "curve": [[delta, _finite(epsilon(events, delta))] for delta in DELTAS],
        "advantage": known.advantage,
        "trade_off": [[rate, true] for rate, true in found.items()],
        "beliefs": [
            [prior, rate, posterior(prior, true=found[rate], false=rate)]
            for prior in PRIORS
            for rate in FALSE_POSITIVE_RATES
        ],
    }


def cross_check(events: Sequence[Event], budget: Budget) -> float | None:
    """The price by another road: each release as the discrete Gaussian that it is. None where there is none such."""
    if not budget.is_private or any(isinstance(event, Exact | SubsampledGaussian) for event in events):
        return None
    return _finite(discrete_epsilon(events, budget.delta))


def is_priced(events: Sequence[Event]) -> bool:
    """Whether a ledger that somebody wrote down can be priced in reasonable time."""
    known = totals(events)
    return (known.mu <= MOST_MU or math.isinf(known.mu)) and len(known.runs) <= MOST_RUNS


def apart(said: Any, found: Any, place: str = "") -> str | None:
    """Where two values differ by more than TOLERANCE, as a place in them; None where they agree.

    >>> apart({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]}), apart([3.0], [3.0])
    ('a.1', None)
    """
    if isinstance(found, dict):
        if not isinstance(said, dict) or said.keys() != found.keys():
            return place or "its keys"
        pairs = [(str(key), said[key], found[key]) for key in found]
    elif isinstance(found, list | tuple):
        if not isinstance(said, list) or len(said) != len(found):
            return place
        pairs = [(str(key), one, other) for key, (one, other) in enumerate(zip(said, found, strict=True))]
    else:
        return None if _close(said, found) else place
    inner = (apart(one, other, f"{place}.{key}".lstrip(".")) for key, one, other in pairs)
    return next((where for where in inner if where is not None), None)


def _close(said: Any, found: Any) -> bool:
    if isinstance(found, float) and type(said) in {int, float}:
        return math.isclose(said, found, rel_tol=TOLERANCE, abs_tol=1e-9)
    return bool(said == found)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
