"""Columns as matrices: finite, and the same whatever the other table holds."""

import numpy as np

from synthgen.evaluate.utility.matrices import FAR, Binned, Dense
from tests.evaluate.utility.made import inputs, table

REAL = inputs().real


def test_the_dense_matrix_is_scaled_and_names_its_columns() -> None:
    dense = Dense.of(REAL, without=("sick",))
    matrix = dense.matrix(REAL)
    assert matrix.shape == (800, len(dense.names))
    by = dict(zip(dense.names, matrix.T, strict=True))
    assert abs(by["noise"].mean()) < 1e-9
    assert abs(by["noise"].std() - 1) < 1e-9
    assert by["age missing"].sum() == np.isnan(REAL.columns["age"].values).sum()
    assert by["dose = N"].mean() > 0.02
    assert (by["sex = F"] + by["sex = M"] == 1).all()


def test_the_most_frequent_level_is_the_one_that_is_left_out() -> None:
    names = Dense.of(REAL, without=(), drop_first=True).names
    assert "town = Lima" not in names
    assert {"town = Oslo", "town = Rome"} <= set(names)


def test_whatever_a_table_holds_its_matrix_is_finite() -> None:
    odd = table(60, 9).assign(age=None, dose="zzz", sex="x", town=None, noise=9.99, grade="q")
    view = inputs(odd).synthetic
    for drop_first in (False, True):
        matrix = Dense.of(REAL, without=(), drop_first=drop_first).matrix(view)
        assert np.isfinite(matrix).all()
        assert np.abs(matrix).max() <= FAR


def test_a_rare_level_shares_its_indicator() -> None:
    real = table(800, 1)
    real.loc[:9, "grade"] = "c"
    real.loc[10:, "grade"] = "a"
    names = Dense.of(inputs(real=real).real, without=()).names
    assert "grade: other" in names
    assert "grade = c" not in names


def test_bins_have_a_code_for_everything() -> None:
    binned = Binned.of(REAL, without=("sick",))
    odd = inputs(table(60, 9).assign(age=None, sex="x", noise="?")).synthetic
    for view in (REAL, odd):
        codes = binned.matrix(view)
        assert codes.shape[1] == len(binned.levels)
        assert (codes >= 0).all()
        assert (codes < np.array(binned.levels)).all()
