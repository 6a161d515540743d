"""Shares of groups, and what their intervals hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.evaluate.fairness.groups import Grouping
from synthgen.evaluate.fairness.representation import effective, figures, share_interval
from synthgen.evaluate.report import Absent, Interval
from synthgen.evaluate.utility.resample import wilson
from tests.evaluate.utility.made import inputs, table


@given(st.integers(0, 50), st.integers(1, 50))
def test_without_noise_the_interval_is_that_of_wilson(hits: int, more: int) -> None:
    tries = hits + more
    low, high = share_interval(np.array([hits / tries]), float(tries), 0.0)
    theirs = wilson(hits, tries)
    assert isinstance(theirs, Interval)
    assert (low[0], high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_noisy_shares_are_covered_as_often_as_the_interval_says() -> None:
    rng = np.random.default_rng(0)
    noisy = np.clip(0.3 + rng.normal(0, 0.02, 4000), 0, 1)
    shares = rng.binomial(500, noisy) / 500
    for noise, expected in ((0.02, 0.95), (0.0, 0.85)):
        low, high = share_interval(shares, 500.0, noise)
        assert ((low <= 0.3) & (high >= 0.3)).mean() == pytest.approx(expected, abs=0.025)


def test_persons_with_many_rows_say_less() -> None:
    one = inputs().synthetic
    assert effective(one) == 800
    from dataclasses import replace  # noqa: PLC0415  (this test alone changes a view)

    assert effective(replace(one, unit=np.arange(800) // 4)) == pytest.approx(200)


def ratios(**more: object) -> dict[str, tuple[float | Absent, Interval | Absent]]:
    given = inputs(**more)
    grouping = Grouping.of(given.real, ("sex",))
    found = [one for one in figures(given, grouping) if one.key == "fairness.representation"]
    return {one.slice: (one.value, one.interval) for one in found}


def test_a_share_as_in_the_real_table_is_one() -> None:
    for value, interval in ratios(synthetic=table(800, 1)).values():
        assert value == pytest.approx(1.0)
        assert isinstance(interval, Interval)
        assert interval.low < 1 < interval.high


def test_a_group_that_lost_half_its_rows_is_seen() -> None:
    frame = table(800, 3)
    women = frame.index[frame.sex == "F"]
    value, interval = ratios(synthetic=frame.drop(women[::2]))["sex = F"]
    assert isinstance(interval, Interval)
    assert value == pytest.approx(2 / 3, abs=0.06)
    assert interval.high < 1


def test_a_group_with_few_real_rows_has_no_ratio() -> None:
    frame = table(800, 1).assign(sex="M")
    frame.loc[:5, "sex"] = "F"
    value, interval = ratios(synthetic=table(800, 3), real=frame)["sex = F"]
    assert isinstance(value, Absent)
    assert isinstance(interval, Absent)
