"""Gaps between groups, by hand."""

import numpy as np
import pytest

from synthgen.evaluate.fairness.disparity import GAPS, Rates, alerted, class_rates, number_rates, spread

ROWS = 200
GROUPS = np.repeat([0, 1], ROWS // 2)
TRUTH = np.tile([True, False], ROWS // 2)
ONES = np.ones((1, ROWS))


def rates(share: np.ndarray, truth: np.ndarray = TRUTH, groups: np.ndarray = GROUPS) -> Rates:
    return class_rates(truth, share, groups, ONES, rate=0.5)


def gaps(found: Rates) -> dict[str, float]:
    return {key: float(gap(found)[0]) for key, (_, _, gap) in GAPS.items()}


def test_alerts_are_the_highest_scores() -> None:
    assert alerted(np.array([0.1, 0.9, 0.5, 0.7]), 0.5).tolist() == [False, True, False, True]
    assert not alerted(np.array([0.1, 0.9]), 0.0).any()
    assert alerted(np.full(4, 0.3), 0.9).all()


def test_a_model_that_knows_the_truth_has_no_gap() -> None:
    assert gaps(rates(TRUTH.astype(float))) == {"parity": 0, "odds": 0, "calibration": 0}


def test_a_model_that_alerts_one_group_alone_has_the_largest_gaps() -> None:
    found = rates(np.where(GROUPS == 0, 1.0, 0.0))
    assert found.chosen.tolist() == [[1, 0]]
    assert found.hits.tolist() == [[1, 0]]
    assert found.alarms.tolist() == [[1, 0]]
    assert gaps(found) == {"parity": 1, "odds": 1, "calibration": 1}


def test_parity_can_hold_where_odds_do_not() -> None:
    share = np.where(GROUPS == 0, TRUTH, ~TRUTH).astype(float)
    found = gaps(rates(share))
    assert found["parity"] == 0
    assert found["odds"] == 1


def test_the_calibration_gap_is_in_shares() -> None:
    share = np.where(GROUPS == 0, 0.7, 0.4)
    assert gaps(rates(share))["calibration"] == pytest.approx(0.3)


def test_a_group_with_few_rows_is_left_out() -> None:
    groups = GROUPS.copy()
    groups[:5] = 2
    found = rates(TRUTH.astype(float), groups=groups)
    assert np.isnan(found.chosen[0, 2])
    assert np.isfinite(found.chosen[0, :2]).all()


def test_a_group_without_positives_has_no_hits_but_alarms() -> None:
    truth = TRUTH & (GROUPS == 0)
    found = rates(np.linspace(0, 1, ROWS), truth=truth)
    assert np.isnan(found.hits[0, 1])
    assert np.isfinite(found.alarms[0, 1])


def test_one_group_alone_has_no_gap() -> None:
    found = rates(np.linspace(0, 1, ROWS), groups=np.zeros(ROWS, np.int64))
    assert np.isnan(list(gaps(found).values())).all()
    nobody = rates(np.linspace(0, 1, ROWS), groups=np.full(ROWS, -1))
    assert np.isnan(list(gaps(nobody).values())).all()


def test_gaps_of_a_number_are_in_its_standard_deviations() -> None:
    truth = np.tile([-1.0, 1.0], ROWS // 2)
    found = number_rates(truth, truth + np.where(GROUPS == 0, 0.5, 0.0), GROUPS, ONES)
    assert gaps(found) == pytest.approx({"parity": 0.5, "odds": 0.5, "calibration": 0.5})


def test_weights_count_rows_as_often() -> None:
    share, weights = np.linspace(0, 1, ROWS), np.zeros((1, ROWS))
    weights[0, ::2] = 3  # positives alone
    found = class_rates(TRUTH, share, GROUPS, weights, rate=0.5)
    assert found.chosen[0] == pytest.approx(rates(share).hits[0])


def test_the_spread_is_of_what_is_known() -> None:
    assert spread(np.array([[0.0, 1.0, np.nan]])).tolist() == [1.0]
