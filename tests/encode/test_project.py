"""Noisy counts to shares: laws of the projection, the shrinkage and the cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synthgen.encode.project import credible_range, denoise, project

counts = hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e6, 1e6))
totals = st.floats(1.0, 1e6)


@given(counts, totals)
def test_projected_counts_are_counts_of_so_many_rows(noisy: np.ndarray, total: float) -> None:
    found = project(noisy, total)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(total, rel=1e-9, abs=1e-6)


@given(counts, totals, st.integers(0, 2**32))
def test_no_other_counts_of_so_many_rows_are_nearer(noisy: np.ndarray, total: float, seed: int) -> None:
    found = project(noisy, total)
    others = np.random.default_rng(seed).dirichlet(np.full(len(noisy), 0.2), size=20) * total
    nearest = np.linalg.norm(found - noisy)
    assert (np.linalg.norm(others - noisy, axis=1) >= nearest * (1 - 1e-9) - 1e-6).all()


@given(counts, totals)
def test_projecting_twice_changes_nothing_and_order_is_kept(noisy: np.ndarray, total: float) -> None:
    found = project(noisy, total)
    np.testing.assert_allclose(project(found, total), found, atol=1e-6 * max(total, 1.0))
    assert (np.diff(found[np.argsort(noisy, kind="stable")]) >= 0).all()


@given(hnp.arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e6, 1e6)))
def test_without_noise_nothing_is_shrunk(exact: np.ndarray) -> None:
    np.testing.assert_allclose(denoise(exact, 0.0), exact, atol=1e-6)


@pytest.mark.parametrize("size", [25, 100, 256, 257])
def test_shrinkage_smooths_noise_and_keeps_a_spike(size: int) -> None:
    rng = np.random.default_rng(7)
    truth = np.full(size, 50.0)
    truth[size // 3] = 500.0
    noisy = truth + rng.normal(0, 10, (200, size))
    shrunk = np.array([denoise(one, 10.0) for one in noisy])
    flat = np.arange(size) != size // 3
    assert (shrunk - truth)[:, flat].std() < 0.6 * 10
    assert shrunk[:, ~flat].mean() == pytest.approx(500.0, abs=5.0)


def test_few_counts_are_left_alone() -> None:
    noisy = np.arange(24.0)
    assert denoise(noisy, 100.0) is noisy


def test_the_void_beyond_the_data_is_cut_off() -> None:
    rng = np.random.default_rng(3)
    truth = np.zeros(400)
    truth[150:200] = 60.0
    for _ in range(50):
        kept = credible_range(truth + rng.normal(0, 10, 400), 10.0)
        assert kept.start <= 150
        assert kept.stop >= 200
    kept = credible_range(truth, 10.0)  # what windows of up to 256 bins leave
    assert (kept.start, kept.stop) == (150, 200)


def test_a_thin_tail_is_seen_by_a_wide_window() -> None:
    """No bin of the tail stands above its noise, together they do."""
    truth = np.zeros(400)
    truth[100:200] = 20.0
    kept = credible_range(truth, 10.0)
    assert 100 < kept.start < 120
    assert 180 < kept.stop < 200
    assert truth.max() < 2.5 * 10.0


def test_where_nothing_is_credible_nothing_is_cut() -> None:
    assert credible_range(np.zeros(50), 1.0) == slice(0, 50)
