"""Single columns: scipy's distances, and literal shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, wasserstein_distance

from synthgen.evaluate.fidelity import columns
from synthgen.evaluate.fidelity.estimate import Estimate, Found
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import Column


def line(values: list[float] | np.ndarray, *, wrong: list[bool] | None = None) -> Column:
    """A number; NaN is missing, -1 a code."""
    found = np.asarray(values, float)
    special = np.where(found == -1, 0, -1).astype(np.int16)
    bad = np.zeros(len(found), bool) if wrong is None else np.array(wrong)
    return Column(
        name="x", type="number", is_line=True, values=np.where(bad | (special == 0), np.nan, found), levels=(),
        special=special, specials=("-1",), missing=np.isnan(found) & ~bad, wrong=bad,
    )  # fmt: skip


def value(found: Found) -> float:
    assert isinstance(found, Estimate)
    return found.value


samples = st.lists(st.integers(0, 12).map(float), min_size=2, max_size=40)


@given(samples, samples)
def test_kolmogorov_smirnov_and_wasserstein_are_those_of_scipy(one: list[float], two: list[float]) -> None:
    real, other = line(one), line(two)
    assert value(columns.kolmogorov_smirnov(real, other)) == pytest.approx(
        ks_2samp(one, two, method="asymp").statistic, abs=1e-12
    )
    if np.std(one) > 0:
        expected = wasserstein_distance(one, two) / np.std(one)
        assert value(columns.wasserstein(real, other)) == pytest.approx(expected, abs=1e-9)


def test_missing_wrong_and_codes_are_no_values() -> None:
    real = line([1, 2, np.nan, -1])
    other = line([1, 2, 99, -1, -1], wrong=[False, False, True, False, False])
    assert value(columns.kolmogorov_smirnov(real, other)) == 0
    assert value(columns.missing(real, other)) == pytest.approx(0.25)
    assert value(columns.codes(real, other)) == pytest.approx(0.4 - 0.25)
    assert value(columns.wrong(real, other)) == pytest.approx(0.2)


def test_tails_compare_the_shares_beyond_the_real_quantiles() -> None:
    real = line(np.arange(1000.0))
    other = line(np.concatenate([np.full(50, 0.0), np.arange(100.0, 900.0), np.full(150, 5000.0)]))
    assert value(columns.tail(real, other, 0.01)) == pytest.approx(0.05 - 0.01)
    assert value(columns.tail(real, other, 0.99)) == pytest.approx(0.15 - 0.01)


def test_a_spike_of_either_table_is_found_and_zero_is_told_by_itself() -> None:
    spread = np.arange(1.0, 901.0)
    real = line(np.concatenate([spread, np.zeros(100)]))
    other = line(np.concatenate([spread[:700], np.zeros(200), np.full(100, 40.0)]))
    assert value(columns.mass_at(real, other, 0.0)) == pytest.approx(0.1)
    assert value(columns.spikes(real, other)) == pytest.approx(0.101 - 0.001)


def test_without_spikes_that_is_said() -> None:
    assert isinstance(columns.spikes(line(np.arange(1.0, 500)), line(np.arange(1.0, 400))), Absent)


def test_what_is_missing_together_is_a_pattern_of_the_row() -> None:
    gone, there = np.nan, 1.0
    together = [line([gone, gone, there, there]), line([gone, gone, there, there])]
    apart = [line([gone, gone, there, there]), line([there, there, gone, gone])]
    assert value(columns.missing_together(together, apart)) == pytest.approx(1.0)
    assert value(columns.missing_together(together, together)) == 0


@pytest.mark.parametrize(
    "function",
    [
        columns.kolmogorov_smirnov,
        columns.wasserstein,
        columns.spikes,
        lambda real, other: columns.tail(real, other, 0.99),
        lambda real, other: columns.mass_at(real, other, 0.0),
    ],
)
def test_a_column_without_values_has_no_figure_of_values(function: object) -> None:
    empty, full = line([np.nan, np.nan]), line([1, 2])
    for real, other in ((empty, full), (full, empty), (empty, empty)):
        assert function(real, other) == columns.NO_VALUES  # type: ignore[operator]  # each parameter takes two columns


def test_a_constant_real_column_has_no_scale() -> None:
    assert isinstance(columns.wasserstein(line([3, 3, 3]), line([1, 2, 3])), Absent)
