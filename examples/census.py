"""Fit ten thousand census rows under differential privacy, save the model, and ask it for rows nobody has.

python examples/census.py            takes about half a minute
"""

from __future__ import annotations

import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from synthgen import Synthesizer, fit


def main() -> None:
    """Fit, save, load, sample."""
    with as_file(files("synthgen_cli") / "demo") as folder, tempfile.TemporaryDirectory() as out:
        fitted = fit(folder / "adult.parquet", folder / "adult.yaml", epsilon=3, delta=1e-6)
        path = Path(out) / "census.synthgen"
        fitted.save(path)
        model = Synthesizer.load(path)

    rows = model.sample(5_000, seed=1)
    print(rows["income"].value_counts(normalize=True).round(3).to_dict())

    # a condition is answered by reweighting the model, so a rare one costs what a common one does
    rare = model.sample(5, where="education = 'Doctorate' AND age BETWEEN 30 AND 35 AND income = '>50K'", seed=1)
    print(rare[["age", "education", "occupation", "hours-per-week", "income"]].to_string(index=False))


if __name__ == "__main__":
    main()
