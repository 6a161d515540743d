"""Rates, their intervals and excesses, by hand and beside other implementations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from synthgen.evaluate.attacks.rates import Rate, auc, excess, found_at, mean_of, rate_of
from synthgen.evaluate.report import Absent


def test_the_interval_is_wilson_s_worked_out_by_hand() -> None:
    # z = 1.959964, z^2 = 3.841459: (10 + 1.920729) / 103.841459 and
    # 1.959964 / 103.841459 * sqrt(10 * 90 / 100 + 0.960365), as anonymeter's success_rate has it.
    rate = Rate(hits=10, tries=100)
    assert rate.value == 0.1
    assert rate.centre == pytest.approx(0.114797, abs=1e-6)
    assert rate.error == pytest.approx(0.059568, abs=1e-6)
    assert (rate.interval.low, rate.interval.high) == pytest.approx((0.055229, 0.174366), abs=1e-5)


@given(st.integers(1, 500).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_the_interval_agrees_with_scipy_s(counts: tuple[int, int]) -> None:
    hits, tries = counts
    theirs = binomtest(hits, tries).proportion_ci(method="wilson")
    ours = Rate(hits=hits, tries=tries).interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_excess_is_anonymeter_s_residual_worked_out_by_hand() -> None:
    # centres 31.920729 / 103.841459 = 0.307399 and 0.114797: (0.307399 - 0.114797) / (1 - 0.114797) = 0.217579
    # errors: 0.018874 * sqrt(21 + 0.960365) = 0.088450 and 0.059568; 0.088450 / 0.885203 = 0.099921;
    # 0.059568 * 0.692601 / 0.885203^2 = 0.052651; together sqrt(0.009984 + 0.002772) = 0.112944
    value, interval = excess(Rate(hits=30, tries=100), Rate(hits=10, tries=100))
    assert value == pytest.approx(0.217579, abs=1e-5)
    assert (interval.low, interval.high) == pytest.approx((0.104635, 0.330523), abs=1e-4)


def test_an_excess_below_nothing_is_none() -> None:
    assert excess(Rate(hits=5, tries=100), Rate(hits=40, tries=100))[0] == 0.0


def test_controls_that_are_all_found_leave_no_excess_to_divide_by() -> None:
    value, interval = excess(mean_of(np.ones((1, 9), np.bool_)), mean_of(np.ones((1, 9), np.bool_)))
    assert (value, interval.low, interval.high) == (0.0, 0.0, 0.0)


@given(
    st.lists(st.integers(0, 5), min_size=2, max_size=30),
    st.lists(st.integers(0, 5), min_size=2, max_size=30),
)
def test_auc_is_scikit_learn_s_ties_included(members: list[int], controls: list[int]) -> None:
    labels = [1] * len(members) + [0] * len(controls)
    value, interval = auc(np.array(members, float), np.array(controls, float))
    assert value == pytest.approx(roc_auc_score(labels, members + controls))
    assert 0 <= interval.low <= value <= interval.high <= 1


def test_the_interval_of_an_auc_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    truth = 0.760250  # normal scores one standard deviation apart: Phi(1 / sqrt(2))
    intervals = [auc(rng.normal(1, 1, 80), rng.normal(0, 1, 120))[1] for _ in range(400)]
    covered = sum(one.low <= truth <= one.high for one in intervals)
    assert 360 <= covered <= 395


def test_members_are_counted_above_a_threshold_that_few_controls_pass() -> None:
    controls, members = np.arange(100.0), np.array([98.5, 99.5, 200.0, 97.0])
    # At 1 % one control may be above: the threshold is the second highest, 98.
    assert found_at(members, controls, 0.01) == Rate(hits=3, tries=4)
    assert isinstance(found_at(members, controls, 0.001), Absent)


def test_tied_controls_are_never_more_than_allowed() -> None:
    assert found_at(np.ones(5), np.ones(100), 0.1) == Rate(hits=0, tries=5)


def test_tries_of_one_target_are_one_proof() -> None:
    hits = np.array([[True, False, True, False]])
    again = np.repeat(hits, 10, axis=0)
    assert mean_of(again).error == pytest.approx(mean_of(hits).error)
    assert rate_of(again).error < 0.5 * rate_of(hits).error
