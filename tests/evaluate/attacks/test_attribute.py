"""Attribute inference by anonymeter's definition, on tables small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest

from synthgen.evaluate.attacks.attribute import guesses_right, hits, naive_hits
from synthgen.evaluate.attacks.points import points
from synthgen.evaluate.inputs import inputs_of
from synthgen.evaluate.views import Column
from synthgen.schema import parse_schema

SCHEMA = parse_schema("""\
name: t
columns:
  town: {type: categorical, values: [a, b, c]}
  age: {type: integer, minimum: 0, maximum: 100}
  pay: {type: number, minimum: 0, maximum: 1000}
""")


def line(*values: float, kind: str = "number") -> Column:
    found = np.array(values)
    none = np.full(len(values), -1, np.int16)
    missing = np.isnan(found)
    return Column(
        name="x",
        type=kind,
        is_line=True,
        values=found,
        levels=(),
        special=none,
        specials=(),
        missing=missing,
        wrong=np.zeros(len(values), np.bool_),
    )


def test_a_number_is_guessed_within_five_percent_of_the_guess() -> None:
    # anonymeter: |guess - secret| / guess <= 0.05; 100 against 95 is 0.05, against 94.9 more; 0 only equals 0.
    right = guesses_right(line(100.0, 100.0, 100.0, 0.0, 0.0), line(95.0, 94.9, 105.0, 0.0, 0.1))
    assert right.tolist() == [True, False, True, True, False]


def test_a_negative_guess_is_no_free_hit() -> None:
    assert guesses_right(line(-100.0, -100.0), line(-96.0, 50.0)).tolist() == [True, False]


def test_that_a_value_is_missing_is_guessed_too() -> None:
    nan = float("nan")
    assert guesses_right(line(nan, nan, 1.0), line(nan, 1.0, nan)).tolist() == [True, False, False]


def test_a_date_is_guessed_within_a_share_of_the_range_not_of_the_years_since_1970() -> None:
    guesses, secrets = line(18_000.0, 18_000.0, 18_100.0, kind="date"), line(18_004.0, 18_090.0, 18_100.0, kind="date")
    assert guesses_right(guesses, secrets).tolist() == [True, False, True]


def test_the_value_of_the_nearest_synthetic_row_is_the_guess() -> None:
    synthetic = pd.DataFrame({"town": ["a", "b", "c"], "age": [10, 50, 90], "pay": [100.0, 500.0, 900.0]})
    real = pd.DataFrame({"town": ["a", "c", "a"], "age": [12, 88, 52], "pay": [101.0, 500.0, 510.0]})
    # town from age and pay: rows 0, 2 (0.02 + 0.5 against 0.48 + 0), 1; pay from town and age: rows 0, 2, 0:
    # row 2's town is that of row 0 (0 + 42/80 against 1 + 2/80).
    inputs = inputs_of(real, synthetic, SCHEMA)
    candidates, at = points((inputs.synthetic, inputs.real), scale="range")
    found = hits(inputs.real, at, inputs.synthetic, candidates, ("town", "pay"))
    assert found.tolist() == [[True, False, False], [True, False, False]]


def test_the_naive_guess_is_as_good_as_the_synthetic_share() -> None:
    synthetic = pd.DataFrame({"town": ["a"] * 3 + ["b"], "age": [1] * 4, "pay": [1.0] * 4})
    real = pd.DataFrame({"town": ["a"] * 2000, "age": [1] * 2000, "pay": [3.0] * 2000})
    inputs = inputs_of(real, synthetic, SCHEMA)
    found = naive_hits(inputs.real, inputs.synthetic, ("town", "age", "pay"), np.random.default_rng(0))
    assert found.mean(axis=1) == pytest.approx([0.75, 1.0, 0.0], abs=0.04)
