"""A private table of every kind of column, and an honest release of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthgen.release.lint import Linted, lint
from synthgen.schema import Schema, parse_schema

SCHEMA = """
name: cards
exclude: [note]
columns:
  card: {type: identifier, kind: payment_card}
  name: {type: identifier, kind: full_name}
  visit: {type: identifier, pattern: 'V-[0-9]{9}'}
  age: {type: integer, minimum: 0, maximum: 120}
  amount: {type: number, minimum: 0, maximum: 1000000000, decimals: 2}
  score: {type: number, minimum: -10, maximum: 10}
  city: {type: categorical, values: [Oslo, Rome, Lima, Paris]}
  job: {type: categorical, discover: true}
  seen: {type: datetime, minimum: 2020-01-01T00:00:00, maximum: 2024-12-31T23:59:59}
"""
RELEASED = {"job": ("nurse", "clerk", "driver")}
FIRST = ["Ada", "Alan", "Grace", "Edsger", "Barbara", "Donald", "Leslie", "Tony"]
LAST = ["Lovelace", "Turing", "Hopper", "Dijkstra", "Liskov", "Knuth", "Lamport", "Hoare"]


def table(rows: int, seed: int, *, private: bool) -> pd.DataFrame:
    """Private rows, or those of an honest generator: the same distribution, other identifiers, released levels."""
    rng = np.random.default_rng(seed)
    first = "4" if private else "5"
    jobs = rng.choice(["nurse", "clerk", "driver"], rows).astype(object)
    if private:
        jobs[:3] = ["lighthouse keeper", "falconer", "bellfounder"]
    frame = pd.DataFrame(
        {
            "card": [f"{first}{number:015d}" for number in rng.integers(0, 10**15, rows)],
            "name": [f"{rng.choice(FIRST)} {rng.choice(LAST)}" for _ in range(rows)],
            "visit": [f"V-{number:09d}" for number in rng.integers(0, 10**9, rows)],
            "age": np.clip(rng.normal(50, 15, rows), 0, 120).astype(int),
            "amount": np.round(rng.gamma(2.0, 1_000_000.0, rows), 2),
            "score": rng.normal(0, 1, rows),
            "city": rng.choice(["Oslo", "Rome", "Lima"], rows, p=[0.6, 0.3, 0.1]),
            "job": jobs,
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 4 * 365 * 1440, rows) * 60, unit="s"),
        }
    )
    return frame.assign(note=[f"patient {i} said {rng.integers(10**6)}" for i in range(rows)]) if private else frame


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`real` is private; `folder` holds what would leave, an honest table so far."""

    folder: Path
    real: pd.DataFrame
    honest: pd.DataFrame
    schema: Schema

    def lint(self) -> Linted:
        return lint(self.folder, self.real, self.schema, released=RELEASED)

    def plant(self, frame: pd.DataFrame, name: str = "data.parquet") -> Path:
        """Write the table that would leave."""
        path = self.folder / name
        frame.to_parquet(path) if name.endswith(".parquet") else frame.to_csv(path, index=False)
        return path


@pytest.fixture(scope="session")
def _tables() -> tuple[pd.DataFrame, pd.DataFrame, Schema]:
    return table(2000, 1, private=True), table(2000, 2, private=False), parse_schema(SCHEMA)


@pytest.fixture
def scene(tmp_path: Path, _tables: tuple[pd.DataFrame, pd.DataFrame, Schema]) -> Scene:
    folder = tmp_path / "out"
    folder.mkdir()
    real, honest, schema = _tables
    scene = Scene(folder=folder, real=real, honest=honest, schema=schema)
    scene.plant(honest)
    return scene
