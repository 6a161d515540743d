"""Whole fits seen from outside: honest ones pass; a fit that tells of the person is caught."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from synthgen.audit.fits import attacked_fits
from synthgen.audit.result import Found
from synthgen.privacy import Budget, DiscreteGaussian
from synthgen.privacy import table as private_table


def bound(epsilon: float, fits: int = 40) -> Found:
    return attacked_fits(Budget(epsilon=epsilon, delta=1e-6), fits=fits, doubt=0.001, go_on=lambda: True)


def test_an_honest_fit_is_consistent_with_its_claim() -> None:
    found = bound(3.0, fits=15)
    assert (found.verdict, found.claimed, found.runs) == ("consistent with the claim", 3.0, 15)


def test_a_fit_without_noise_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DiscreteGaussian, "__call__", lambda _self, counts, _sigma: counts.copy())
    assert bound(3.0).verdict == "claim broken"


def test_a_person_who_is_not_bounded_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_table, "keep_some", lambda units, _: np.ones(len(units), np.bool_))
    assert bound(3.0).verdict == "claim broken"


@pytest.mark.slow
def test_noise_of_a_sixth_of_the_scale_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen from outside shows little: noise of a sixth, and 400 fits of either table."""
    honest: Callable[..., Any] = DiscreteGaussian.__call__
    monkeypatch.setattr(
        DiscreteGaussian, "__call__", lambda self, counts, sigma: honest(self, counts, max(sigma / 6, 1.0))
    )
    assert bound(2.0, fits=400).verdict == "claim broken"


def test_the_clock_ends_the_fits() -> None:
    found = attacked_fits(Budget(epsilon=1.0, delta=1e-6), fits=1000, doubt=0.01, go_on=lambda: False)
    assert found.runs == 1
