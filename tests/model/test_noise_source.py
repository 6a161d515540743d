from dataclasses import replace
from pathlib import Path

from synthgen.model import Model, describe, statement


def test_a_model_with_fixed_noise_says_so_for_ever(model: Model, tmp_path: Path) -> None:
    fixed = replace(model, manifest=replace(model.manifest, noise="fixed"))
    fixed.save(tmp_path / "fixed.synthgen")
    loaded = Model.load(tmp_path / "fixed.synthgen")
    assert loaded.manifest.noise == "fixed"
    assert describe(loaded)["manifest"]["noise"] == "fixed"
    assert any("NOT drawn from the operating system" in sentence for sentence in statement(loaded))
    assert not any("NOT drawn" in sentence for sentence in statement(model))
