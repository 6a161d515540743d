"""Tables made for the tests of utility and fairness: one law, drawn as often as wanted."""

from typing import Any

import numpy as np
import pandas as pd

from synthgen.evaluate.inputs import Inputs, inputs_of
from synthgen.schema import Schema, parse_schema

SCHEMA = """\
name: made
target: sick
protected: [sex, town]
columns:
  age: {type: number, minimum: 0, maximum: 100, nullable: true}
  dose: {type: number, minimum: -10, maximum: 10, special: [N]}
  sex: {type: categorical, values: [F, M]}
  town: {type: categorical, values: [Lima, Oslo, Rome], nullable: true}
  noise: {type: number, minimum: -10, maximum: 10}
  cost: {type: number, minimum: -1000, maximum: 1000}
  grade: {type: categorical, values: [a, b, c]}
  sick: {type: categorical, values: ['no', 'yes']}
  days: {type: number, minimum: 0, maximum: 10000}
  died: {type: boolean}
"""


def schema(target: str = "sick", *, survival: bool = False) -> Schema:
    """The schema with another target, or with none; `survival` names the time and the event."""
    text = SCHEMA.replace("target: sick", f"target: {target}" if target else "description: no target")
    return parse_schema(text + ("survival: {time: days, event: died}\n" if survival else ""))


def table(rows: int, seed: int) -> pd.DataFrame:
    """Rows of the one law: age, dose and sex make sick, cost, grade and the hazard; noise makes nothing."""
    rng = np.random.default_rng(seed)
    age, dose = rng.uniform(20, 80, rows), rng.normal(0, 1, rows)
    sex, town = rng.choice(["F", "M"], rows), rng.choice(["Lima", "Oslo", "Rome"], rows, p=[0.5, 0.3, 0.2])
    risk = 0.08 * (age - 60) + dose + 0.8 * (sex == "M")
    noise = rng.normal(0, 1, rows)
    score = age / 20 + rng.normal(0, 0.7, rows)
    event = rng.exponential(400 * np.exp(-risk / 2))
    censored = rng.uniform(50, 1500, rows)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(rows) < 0.05, np.nan, age.round(1)),
            "dose": np.where(rng.random(rows) < 0.05, "N", dose.round(2).astype(str)),
            "sex": sex,
            "town": town,
            "noise": noise,
            "cost": 3 * age + 20 * dose + rng.normal(0, 20, rows),
            "grade": np.array(["a", "b", "c"])[np.clip((score - 1).astype(int), 0, 2)],
            "sick": np.where(rng.random(rows) < 1 / (1 + np.exp(1.5 - risk)), "yes", "no"),
            "days": np.minimum(event, censored).round(1),
            "died": event <= censored,
        }
    )


def shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Each column by itself: nothing is left but shares of single values."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: frame[name].to_numpy()[rng.permutation(len(frame))] for name in frame})


def inputs(synthetic: pd.DataFrame | None = None, *, said: Schema | None = None, **more: Any) -> Inputs:
    """What a section is given: 800 real rows, 600 held out ones, and by default other rows of the same law."""
    given = {"real": table(800, 1), "holdout": table(600, 2)} | more
    made = table(800, 3) if synthetic is None else synthetic
    return inputs_of(given.pop("real"), made, schema() if said is None else said, **given)
