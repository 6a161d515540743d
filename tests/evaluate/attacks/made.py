"""A population to draw tables from, and how hard tests attack a release of it."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from synthgen.evaluate.attacks.section import Sizes
from synthgen.evaluate.report import Section

SCHEMA = """\
name: people
target: ill
protected: [sex]
columns:
  age: {type: integer, minimum: 0, maximum: 120}
  income: {type: number, minimum: 0, maximum: 1000000, decimals: 2, nullable: true}
  height: {type: number, minimum: 0, maximum: 300, decimals: 1}
  seen: {type: date, minimum: 2000-01-01, maximum: 2030-01-01}
  sex: {type: categorical, values: [f, m]}
  town: {type: categorical, values: [Oslo, Rome, Lima, Bern, Pisa]}
  job: {type: categorical, values: [none, cook, nurse, clerk]}
  ill: {type: boolean}
"""
SMALL = Sizes(membership=1_500, attribute=500, linkability=700, singling=1_000, closest=300, candidates=1_000)

Draw = Callable[[int, int], pd.DataFrame]
Attacked = Callable[..., Section]


def people(rows: int, seed: int) -> pd.DataFrame:
    """A sample of the population."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 100, rows)
    job = rng.integers(0, 4, rows)
    income = np.round(np.exp(rng.normal(9 + 0.3 * job + age / 100, 0.5)), 2)
    return pd.DataFrame(
        {
            "age": age,
            "income": np.where(rng.random(rows) < 0.05, np.nan, income),
            "height": np.round(rng.normal(170, 10, rows), 1),
            "seen": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            "sex": rng.choice(["f", "m"], rows),
            "town": rng.choice(["Oslo", "Rome", "Lima", "Bern", "Pisa"], rows, p=[0.4, 0.3, 0.2, 0.05, 0.05]),
            "job": np.array(["none", "cook", "nurse", "clerk"])[job],
            "ill": rng.random(rows) < 0.1 + age / 200,
        }
    )
