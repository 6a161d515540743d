"""k-marginals: the literal numbers of a fixed table, the scoring script's, and the sample that would be as good."""

import importlib.util
import itertools
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from synthgen.evaluate.fidelity import marginals as under
from synthgen.evaluate.fidelity.marginals import (
    Marginals,
    equivalent,
    excess,
    expected,
    marginals,
    nist,
    sets_of,
    subsample,
)
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.report import Absent
from synthgen.evaluate.views import binned
from synthgen.schema import load_schema

BENCH = Path(__file__).parents[3].parent / "shared" / "bench"
REAL = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 2], [1, 1, 0], [1, 1, 1]], np.int32)
OTHER = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 2], [0, 1, 0]], np.int32)
LEVELS = (2, 2, 3)


def found(real: np.ndarray, other: np.ndarray, levels: tuple[int, ...], k: int) -> Marginals:
    one = marginals(real, other, levels, sets_of(len(levels), k, np.random.default_rng(0)))
    assert isinstance(one, Marginals)
    return one


@pytest.mark.parametrize(("k", "each"), [(1, [0.35, 0.1, 0.15]), (2, [0.4, 0.4, 0.15]), (3, [0.4])])
def test_a_fixed_table_has_these_distances(k: int, each: list[float]) -> None:
    one = found(REAL, OTHER, LEVELS, k)
    assert one.each == pytest.approx(each)
    assert one.mean.value == pytest.approx(np.mean(each))


def test_tables_that_are_too_large_to_count_out_have_the_same_distances() -> None:
    rng = np.random.default_rng(0)
    one, two = (rng.integers(0, 3000, (500, 2)).astype(np.int32) for _ in range(2))
    sparse = found(one, two, (3000, 3000), 2)
    cells = one[:, 0].astype(np.int64) * 3000 + one[:, 1], two[:, 0].astype(np.int64) * 3000 + two[:, 1]
    shares = [pd.Series(each).value_counts(normalize=True) for each in cells]
    assert sparse.mean.value == pytest.approx(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)


@pytest.fixture
def score() -> ModuleType:
    """The scoring script that this evaluation must agree with."""
    if not BENCH.exists():
        pytest.skip("needs ../shared")
    spec = importlib.util.spec_from_file_location("score", BENCH / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("default")  # the script sets its own filters
def test_adult_has_the_distances_of_the_scoring_script(score: ModuleType) -> None:
    real = pd.read_parquet(BENCH / "adult_train.parquet").iloc[:6000].reset_index(drop=True)
    other = pd.read_parquet(BENCH / "adult_test.parquet").iloc[:4000].reset_index(drop=True)
    theirs, rng = score.codes(real, other, *score.kinds(real)), np.random.default_rng(0)
    inputs = inputs_of(real, other, load_schema(BENCH.parents[1] / "main" / "schemas" / "adult.yaml"))
    mine = binned([inputs.real, inputs.synthetic])
    draws = np.random.default_rng(0)
    for k in (1, 2, 3):
        one = marginals(mine[0].codes, mine[1].codes, mine[0].levels, sets_of(15, k, draws))
        assert isinstance(one, Marginals)
        assert one.mean.value == pytest.approx(score.tvd(*theirs, k, rng), abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_table_is_at_no_distance_from_itself_and_the_order_of_rows_does_not_count(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 4, (30, 3)).astype(np.int32)
    assert found(table, rng.permutation(table), (4, 4, 4), k).mean.value == pytest.approx(0, abs=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_more_columns_at_once_are_never_nearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = (rng.integers(0, 3, (25, 3)).astype(np.int32) for _ in range(2))
    far = [found(one, two, (3, 3, 3), k).mean.value for k in (1, 2, 3)]
    assert far[0] <= far[1] + 1e-12 <= far[2] + 2e-12


@pytest.mark.parametrize(("columns", "k", "many"), [(5, 2, 10), (80, 2, 2000), (15, 3, 200), (400, 3, 200), (1, 2, 0)])
def test_all_sets_are_looked_at_or_so_many_at_random(columns: int, k: int, many: int) -> None:
    sets = sets_of(columns, k, np.random.default_rng(0))
    assert len(sets) == many
    assert all(len(set(one)) == k and max(one) < columns for one in sets)


@pytest.mark.parametrize("sample", [1, 7, 40, 1000])
def test_the_expected_distance_is_that_of_binomials(sample: int) -> None:
    counts = np.array([1, 1, 2, 6])
    repeats = np.bincount(counts, minlength=11)
    x = np.arange(sample + 1)
    by_cell = [binom.pmf(x, sample, count / 10) @ np.abs(x / sample - count / 10) for count in counts]
    assert expected(repeats, rows=10, sets=1, sample=sample) == pytest.approx(sum(by_cell) / 2)


def test_a_sample_is_as_good_as_a_sample_of_its_own_size() -> None:
    rng = np.random.default_rng(0)
    real = rng.integers(0, 12, (20_000, 4)).astype(np.int32)
    sets = list(itertools.combinations(range(4), 2))
    one = found(real, real[rng.integers(0, len(real), 3000)], (12,) * 4, 2)
    same = equivalent(one.mean.value, one.repeats, len(real), len(sets))
    assert not isinstance(same, Absent)
    assert 2800 < same < 3200


def test_a_subsample_without_replacement_is_found_by_the_equivalent_of_nist() -> None:
    rng = np.random.default_rng(0)
    real = rng.integers(0, 12, (20_000, 4)).astype(np.int32)
    one = found(real, real[rng.choice(len(real), 5000, replace=False)], (12,) * 4, 2)
    same = equivalent(one.mean.value, one.repeats, len(real), len(one.each))
    assert not isinstance(same, Absent)
    assert subsample(same, len(real)) == pytest.approx(0.25, abs=0.01)


def test_what_is_nearer_than_any_sample_says_so() -> None:
    one = found(REAL, REAL, LEVELS, 2)
    assert isinstance(equivalent(one.mean.value, one.repeats, 5, len(one.each)), Absent)


def test_nothing_in_common_is_as_good_as_one_row() -> None:
    one = found(REAL * 0, REAL * 0 + 1, (2, 2, 2), 1)
    assert equivalent(1.0, one.repeats, 5, 3) == 1


def test_the_score_of_nist_runs_from_a_thousand_to_nothing() -> None:
    assert (nist(0.0), nist(0.25), nist(1.0)) == (1000, 750, 0)


def test_pairs_of_many_cells_do_not_lead_for_their_noise() -> None:
    rng = np.random.default_rng(0)
    real, other = (rng.integers(0, 40, (2000, 3)).astype(np.int32) for _ in range(2))
    real[:, 2], other[:, 2] = rng.random(2000) < 0.5, rng.random(2000) < 0.6
    one = found(real, other, (40, 40, 2), 2)
    sets = sets_of(3, 2, rng)
    assert sets[int(one.each.argmax())] == (0, 1)
    beyond = excess(one.each, real, other, (40, 40, 2), sets)
    assert sets[int(beyond.argmax())] != (0, 1)
    assert abs(beyond[0]) < 0.05


@pytest.mark.parametrize(("real", "other"), [(REAL, OTHER[:0]), (REAL[:0], OTHER)])
def test_no_rows_are_told(real: np.ndarray, other: np.ndarray) -> None:
    assert marginals(real, other, LEVELS, [(0,)]) == Absent(why="no rows")
    assert under.marginals(REAL, OTHER, LEVELS, []) == Absent(why="too few columns")
