import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.privacy import DiscreteGaussian, Part, sigma_for, threshold_for
from synthgen.privacy.mechanisms import add_noise
from synthgen.privacy.replay import Recorder


def tail(sigma: float, start: int) -> float:
    """P(noise >= start), summed term by term."""
    reach = range(-int(40 * sigma) - 40, int(40 * sigma) + 40)
    weight = {x: math.exp(-(x**2) / (2 * sigma**2)) for x in reach}
    return math.fsum(w for x, w in weight.items() if x >= start) / math.fsum(weight.values())


def test_noise_is_fresh_each_time_and_leaves_its_input_alone() -> None:
    counts = np.full(200, 7)
    once, again = (DiscreteGaussian()(counts, 5.0) for _ in range(2))
    assert counts.tolist() == [7] * 200
    assert once.dtype == np.int64
    assert (once != again).sum() > 100  # equal everywhere with a probability below 1e-200
    assert np.corrcoef(once, again)[0, 1] == pytest.approx(0, abs=0.6)


@pytest.mark.parametrize("sigma", [0.0, 0.99, math.inf, math.nan, -3.0])
def test_noise_of_a_scale_without_a_price_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match="sigma"):
        DiscreteGaussian()(np.zeros(3, np.int64), sigma)


def test_no_counts_need_no_noise() -> None:
    assert DiscreteGaussian()(np.empty(0, np.int64), 2.0).shape == (0,)


def test_counts_near_the_end_of_the_integers_do_not_wrap_round() -> None:
    top = np.iinfo(np.int64).max
    assert (DiscreteGaussian()(np.full(100, top - 5), 100.0) > top // 2).all()


def test_tables_of_one_scale_share_a_call_and_keep_their_shapes() -> None:
    noise = Recorder()
    tables = [np.arange(6).reshape(2, 3), np.arange(4), np.arange(8).reshape(2, 2, 2)]
    noisy = add_noise(tables, [3.0, 9.0, 3.0], noise)
    assert [(len(counts), sigma) for counts, sigma in noise.questions] == [(14, 3.0), (4, 9.0)]
    assert [table.shape for table in noisy] == [(2, 3), (4,), (2, 2, 2)]
    assert np.array_equal(np.concatenate([noisy[0].ravel(), noisy[2].ravel()]), noise.answers[0])
    assert np.array_equal(noisy[1], noise.answers[1])


@given(rho=st.floats(1e-9, 0.3), sensitivity=st.floats(1, 1e3))
def test_noise_for_a_rho_costs_that_rho(rho: float, sensitivity: float) -> None:
    sigma = sigma_for(rho, sensitivity)
    part = Part(name="t", cells=1, sigma=sigma, sensitivity=sensitivity)
    assert sigma >= 1
    assert part.mu**2 / 2 == pytest.approx(rho)


def test_noise_never_falls_below_its_floor_and_vanishes_without_privacy() -> None:
    assert sigma_for(1e6, 1.0) == 1.0
    assert sigma_for(math.inf, 1.0) == 0.0


@pytest.mark.parametrize("delta", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize("sigma", [1.0, 2.7, 30.0])
def test_the_threshold_for_one_row_is_the_smallest_that_keeps_delta(sigma: float, delta: float) -> None:
    threshold = threshold_for(sigma, 1, delta)
    assert tail(sigma, threshold - 1) <= delta < tail(sigma, threshold - 2)


@pytest.mark.parametrize("sigma", [1.0, 6.0])
@pytest.mark.parametrize("rows", [2, 3, 5])
def test_however_a_unit_spreads_its_rows_over_new_values_delta_holds(sigma: float, rows: int) -> None:
    delta = 1e-4
    threshold = threshold_for(sigma, rows, delta)
    spreads = {
        tuple(sorted(spread))
        for values in range(1, rows + 1)
        for spread in itertools.product(range(1, rows + 1), repeat=values)
        if sum(spread) <= rows
    }
    worst, one_lower = (
        max(1 - math.prod(1 - tail(sigma, reached - count) for count in spread) for spread in spreads)
        for reached in (threshold, threshold - 1)
    )
    assert worst <= delta < one_lower


def test_a_unit_of_very_many_rows_has_a_threshold_above_them() -> None:
    assert 10_000 < threshold_for(50.0, 10_000, 1e-6) < 10_400
