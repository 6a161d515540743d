"""Survival agrees with SciPy, with loops over pairs, and with a plain maximiser."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import CensoredData, ecdf

from synthgen.evaluate.utility.survival import concordance, cox, kaplan_meier, partial_loss


def drawn(seed: int, rows: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times with ties, events, and two columns of which the first makes the hazard."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, 2))
    event, censored = rng.exponential(20 * np.exp(-matrix[:, 0])), rng.uniform(5, 60, rows)
    return np.minimum(event, censored).round(), event <= censored, matrix


def test_the_survival_curve_is_that_of_scipy() -> None:
    time, event, _ = drawn(0)
    theirs = ecdf(CensoredData(uncensored=time[event], right=time[~event])).sf
    grid = np.linspace(0, 60, 200)
    ours = kaplan_meier(time, event, np.ones((1, len(time))), grid)[0]
    np.testing.assert_allclose(ours, theirs.evaluate(grid))


def test_a_weight_is_a_row_that_is_there_as_often() -> None:
    time, event, matrix = drawn(1, 40)
    counts = np.random.default_rng(0).integers(0, 4, 40)
    again = np.repeat(np.arange(40), counts)
    weights, ones, grid = counts[None].astype(float), np.ones((1, len(again))), np.array([3.0, 17.0])
    np.testing.assert_allclose(
        kaplan_meier(time, event, weights, grid), kaplan_meier(time[again], event[again], ones, grid)
    )
    risk = matrix[:, 0]
    np.testing.assert_allclose(
        concordance(time, event, risk, weights), concordance(time[again], event[again], risk[again], ones)
    )


def test_the_concordance_is_that_of_a_loop_over_pairs() -> None:
    time, event, matrix = drawn(2, 60)
    risk = matrix[:, 0].round(1)
    won = known = 0.0
    for i in range(60):
        for j in range(60):
            if event[i] and (time[i] < time[j] or (time[i] == time[j] and not event[j])):
                known += 1
                won += 1.0 if risk[i] > risk[j] else 0.5 if risk[i] == risk[j] else 0.0
    assert concordance(time, event, risk, np.ones((1, 60)))[0] == pytest.approx(won / known)


def test_blocks_do_not_change_the_concordance() -> None:
    time, event, matrix = drawn(3)
    ones = np.ones((1, len(time)))
    whole = concordance(time, event, matrix[:, 0], ones)
    np.testing.assert_allclose(concordance(time, event, matrix[:, 0], ones, block=7), whole)


def test_without_events_there_is_no_concordance() -> None:
    assert np.isnan(concordance(np.arange(5.0), np.zeros(5, bool), np.arange(5.0), np.ones((1, 5)))[0])


def test_the_partial_likelihood_is_that_of_a_loop_over_events() -> None:
    time, event, matrix = drawn(4, 50)
    estimate = np.array([0.4, -0.2])
    line = matrix @ estimate
    told = sum(line[i] - np.log(np.exp(line[time >= time[i]]).sum()) for i in np.flatnonzero(event))
    assert partial_loss(matrix, time, event, estimate) == pytest.approx(-told + 0.005 * (estimate @ estimate))


def test_cox_is_where_a_plain_maximiser_ends() -> None:
    time, event, matrix = drawn(5)
    theirs = minimize(lambda b: partial_loss(matrix, time, event, b), np.zeros(2), tol=1e-10).x
    np.testing.assert_allclose(cox(matrix, time, event), theirs, atol=1e-4)


def test_cox_finds_the_hazard_that_was_planted() -> None:
    time, event, matrix = drawn(6, 4000)
    assert cox(matrix, time, event) == pytest.approx([1.0, 0.0], abs=0.08)


def test_a_column_that_another_one_holds_has_no_coefficient() -> None:
    time, event, matrix = drawn(7)
    found = cox(np.column_stack([matrix[:, :1], matrix[:, :1]]), time, event)
    assert np.abs(found).min() == 0
    assert (cox(matrix, time, np.zeros(len(time), bool)) == 0).all()
