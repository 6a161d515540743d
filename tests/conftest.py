"""Settings that all tests share."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

# Threads of several processes on few cores wait for one another, and burn the time they wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Torch reads it when it is first imported; on small tables more threads only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shared machine is slow now and then: a deadline would only fail by chance. CI must fail the same way twice.
settings.register_profile("here", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` writes the files of tests/golden again; a reviewer reads the difference."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files of the tests again")


SMALL_SCHEMA = """\
name: small
target: member
on_violation: drop
columns:
  age: {type: integer, minimum: 18, maximum: 80}
  city: {type: categorical, values: [Oslo, Rome, Lima]}
  spent: {type: number, minimum: 0, maximum: 200, decimals: 2, nullable: true}
  joined: {type: date, minimum: 2020-01-01, maximum: 2020-12-31}
  member: {type: boolean}
"""


@dataclass(frozen=True, kw_only=True)
class SmallFit:
    """`folder` holds small.csv, small.yaml and small.synthgen; `out` and `err` are what `synthgen fit --json` said."""

    folder: Path
    out: str
    err: str


@pytest.fixture(scope="session")
def small_fit(tmp_path_factory: pytest.TempPathFactory) -> SmallFit:
    """A real fit of a small table on the command line, at epsilon 3: fitted once, as it takes ten seconds.

    Two of the 302 rows are outside the schema, and dropped.
    """
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.yaml").write_text(SMALL_SCHEMA)
    rng = np.random.default_rng(1)
    age = rng.integers(18, 81, 300)
    rows = {
        "age": [*age, 17, 30],
        "city": [*rng.choice(["Oslo", "Rome", "Lima"], 300, p=[0.5, 0.3, 0.2]), "Rome", "Atlantis"],
        "spent": [*np.where(rng.random(300) < 0.1, np.nan, np.round(age + rng.uniform(0, 40, 300), 2)), 1.5, 2.5],
        "joined": ["2020-02-29", "2020-06-01", "2020-11-11"] * 100 + ["2020-01-01"] * 2,
        "member": [*(rng.random(300) < age / 100), True, False],
    }
    pd.DataFrame(rows).to_csv(folder / "small.csv", index=False)
    command = ["fit", "small.csv", "--schema", "small.yaml", "--epsilon", "3", "-o", "small.synthgen", "--json"]
    line = [sys.executable, "-m", "synthgen_cli", *command]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return SmallFit(folder=folder, out=done.stdout, err=done.stderr)


@pytest.fixture
def small_model_path(small_fit: SmallFit) -> Path:
    """A fitted model's file."""
    return small_fit.folder / "small.synthgen"


@contextmanager
def small_network(**sizes: int) -> Iterator[None]:
    """Meanwhile all rules of a fit are as they are, but its network is of these sizes and takes `steps` a round."""
    from synthgen import train  # noqa: PLC0415 - most tests need no torch
    from synthgen.engine.settings import Effort, Settings, settings_for  # noqa: PLC0415 - likewise

    steps = sizes.pop("steps")

    def small(strength: float, effort: Effort) -> Settings:
        rules = settings_for(strength, effort)
        return replace(rules, steps=(steps,) * rules.rounds, blocks=1, **sizes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "settings_for", small)
        yield


@pytest.fixture(scope="module")
def few_steps() -> Iterator[None]:
    """Fits of a tenth of a second."""
    with small_network(steps=4, codebook=64, latent=8, width=16):
        yield


@pytest.fixture(scope="module")
def tiny_network() -> Iterator[None]:
    """Fits whose network hardly learns: what it makes of noisy answers costs no privacy, and here no time either."""
    with small_network(steps=2, codebook=8, latent=4, width=8):
        yield
