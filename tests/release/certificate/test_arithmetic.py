import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.privacy import Budget, Exact, Gaussian, Part, PartitionSelection, SubsampledGaussian, epsilon
from synthgen.release.certificate.arithmetic import apart, arithmetic, cross_check, is_priced

BUDGET = Budget(epsilon=3, delta=1e-6)
COUNTS = Gaussian(what="counts", parts=(Part(name="age", cells=74, sigma=10.0, sensitivity=1.0),))
FOUND = PartitionSelection(what="job", sigma=10.0, sensitivity=1, threshold=70, delta=1e-8)
RUN = SubsampledGaussian(what="critic", noise_multiplier=3.0, sample_rate=0.1, steps=3, clip=1.0, divisor=10.0)


@pytest.mark.parametrize("events", [(COUNTS,), (COUNTS, FOUND), (COUNTS, RUN)], ids=["counts", "discovery", "dp-sgd"])
def test_a_ledger_gives_the_same_figures_again(events: Any) -> None:
    found = arithmetic(events, BUDGET)
    assert found["spent"] == epsilon(events, 1e-6)
    assert apart(found, arithmetic(events, BUDGET)) is None
    curve = [point for _, point in found["curve"] if point is not None]  # discovery needs its own delta at least
    assert curve == sorted(curve)
    assert len(curve) >= 7
    rates = [true for _, true in found["trade_off"]]
    assert rates == sorted(rates)
    assert all(false <= true <= 1 for false, true in found["trade_off"])


def test_counts_without_noise_promise_nothing() -> None:
    found = arithmetic((Exact(what="counts", names=("age",)),), Budget(epsilon=float("inf"), delta=0.0))
    assert found["spent"] is None
    assert found["advantage"] == 1.0
    assert cross_check((Exact(what="counts", names=("age",)),), BUDGET) is None


def test_another_event_gives_other_figures() -> None:
    louder = Gaussian(what="counts", parts=(Part(name="age", cells=74, sigma=5.0, sensitivity=1.0),))
    assert apart(arithmetic((COUNTS,), BUDGET), arithmetic((louder,), BUDGET)) == "spent"


def test_the_second_road_agrees_with_the_first() -> None:
    assert cross_check((COUNTS, FOUND), BUDGET) == pytest.approx(epsilon((COUNTS, FOUND), 1e-6), rel=0.01)
    assert cross_check((RUN,), BUDGET) is None


def test_a_ledger_that_would_take_hours_is_not_priced() -> None:
    assert is_priced((COUNTS, RUN))
    assert not is_priced((RUN,) * 17)
    assert not is_priced((Gaussian(what="x", parts=(Part(name="x", cells=1, sigma=1.0, sensitivity=1e5),)),))


@given(st.data())
def test_a_figure_that_is_moved_is_found(data: st.DataObject) -> None:
    found = arithmetic((COUNTS,), BUDGET)
    spoilt = copy.deepcopy(found)
    row = data.draw(st.integers(0, len(spoilt["trade_off"]) - 1))
    spoilt["trade_off"][row][1] *= data.draw(st.sampled_from([0.5, 0.97, 1.03]))
    assert apart(spoilt, found) == f"trade_off.{row}.1"


@pytest.mark.parametrize("said", [{}, {"a": None}, {"a": True}, {"a": [1.0]}, {"a": 1.0, "b": 2}, [], None])
def test_another_form_is_found(said: Any) -> None:
    assert apart(said, {"a": 1.0}) is None if said == {"a": 1.0} else apart(said, {"a": 1.0}) is not None
