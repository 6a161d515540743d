"""Saving and loading: what goes in comes out, and nothing else is written."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from synthgen.encode.codec import FIELDS
from synthgen.encode.grid import LineGrid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConfigError, ModelFileError
from synthgen.model import Manifest, Model
from synthgen.privacy import Budget, Exact


@pytest.mark.parametrize("which", ["model", "model_without_privacy"])
def test_a_model_survives_its_file(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    model: Model = request.getfixturevalue(which)
    model.save(tmp_path / "m.synthgen")
    again = Model.load(tmp_path / "m.synthgen")
    for name in ("schema", "discovered", "rows", "budget", "events", "manifest"):
        assert getattr(again, name) == getattr(model, name), name
    for field in fields(Codebook):
        assert_same(getattr(again.codebook, field.name), getattr(model.codebook, field.name))
    assert again.codec.names == model.codec.names
    for one, two in zip(again.codec.columns.values(), model.codec.columns.values(), strict=True):
        assert_same(one.marginal, two.marginal)
        assert_same(one.variance, two.variance)
        for name in FIELDS:
            assert_same(getattr(one.pieces, name), getattr(two.pieces, name))


def test_grids_are_computed_again_from_public_facts(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m.synthgen")
    for name, column in Model.load(tmp_path / "m.synthgen").codec.columns.items():
        for field in fields(column.grid):
            old, new = (getattr(grid, field.name) for grid in (model.codec.columns[name].grid, column.grid))
            assert np.array_equal(old, new) if field.name == "edges" else old == new
        assert isinstance(column.grid, LineGrid) == column.is_line


def test_the_same_model_gives_the_same_bytes(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "a.synthgen")
    Model.load(tmp_path / "a.synthgen").save(tmp_path / "b.synthgen")
    assert (tmp_path / "a.synthgen").read_bytes() == (tmp_path / "b.synthgen").read_bytes()


def test_an_existing_file_needs_force(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.synthgen"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="--force"):
        model.save(path)
    assert path.read_text() == "precious"
    model.save(path, force=True)
    assert Model.load(path).rows == model.rows


def test_a_model_that_could_not_be_loaded_is_not_written(model: Model, tmp_path: Path) -> None:
    weights = model.codebook.weights.copy()
    weights[0] = np.nan
    with pytest.raises(ModelFileError, match="weights that are finite"):
        replace(model, codebook=replace(model.codebook, weights=weights)).save(tmp_path / "m.synthgen")
    with pytest.raises(ModelFileError, match="without noise"):
        replace(model, events=(Exact(what="counts", names=("city",)),)).save(tmp_path / "m.synthgen")
    assert list(tmp_path.iterdir()) == []


def test_a_file_cannot_claim_less_epsilon_than_it_spent(model: Model, tmp_path: Path) -> None:
    cheaper = replace(model, budget=Budget(epsilon=0.01, delta=1e-5))
    with pytest.raises(ModelFileError, match=r"model\.json, events: expected a cost of at most epsilon 0\.01"):
        cheaper.save(tmp_path / "m.synthgen")


def test_the_mark_of_no_privacy_cannot_part_from_the_budget(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"manifest\.private"):
        replace(model, manifest=replace(model.manifest, private=False)).save(tmp_path / "m.synthgen")


def test_todays_manifest_tells_a_day_and_what_is_installed() -> None:
    manifest = Manifest.of_today(effort="quick", seed=1, device="cpu", private=True, policy="error")
    assert set(manifest.versions) == {"synthgen", "python", "torch", "numpy", "opendp", "dp-accounting", "pyarrow"}
    assert manifest.versions["numpy"] == np.__version__
    assert len(manifest.created) == len("2025-01-31")


def assert_same(new: np.ndarray, old: np.ndarray) -> None:
    assert new.dtype == old.dtype
    assert np.array_equal(new, old)
