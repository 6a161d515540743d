import math

import numpy as np
import pandas as pd
import pytest

from synthgen.errors import ConfigError, LedgerError
from synthgen.evaluate.report import Absent, Figure, Interval
from synthgen.model import Model
from synthgen.pipeline import fit
from synthgen.privacy import Budget, Ledger, epsilon
from synthgen.progress import Silent
from synthgen.release.paid import Asked, ask, paid_section
from synthgen.schema import Schema, parse_schema
from synthgen.tables import Source, open_table

SCHEMA = """
name: paid
target: won
privacy: {unit: who, rows_per_unit: 2}
columns:
  age: {type: integer, minimum: 0, maximum: 99}
  city: {type: categorical, values: [Oslo, Rome, Lima]}
  won: {type: boolean}
"""
BUDGET = Budget(epsilon=1, delta=1e-6)


def rows(number: int, *, seed: int, together: bool = True) -> Source:
    """A table whose columns hang together, or not."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 100, number)
    near, far = (age, age) if together else (rng.permutation(age), rng.permutation(age))
    city = np.array(["Oslo", "Rome", "Lima"])[near // 34]
    frame = pd.DataFrame({"who": np.arange(number), "age": age, "city": city, "won": far > 50})
    return open_table(frame)


@pytest.fixture(scope="module")
def model(few_steps: None) -> Model:
    assert few_steps is None
    frame = pd.concat([batch.to_pandas() for batch in rows(400, seed=1).batches()])
    return fit(frame, schema(), epsilon=3, dp_sgd="off").model


def schema() -> Schema:
    return parse_schema(SCHEMA)


def measured(
    model: Model, real: Source, synthetic: Source, budget: Budget = BUDGET
) -> tuple[list[Figure], Ledger, Asked]:
    ledger, asked = Ledger(budget), ask(model, budget)
    section = paid_section(real, synthetic, model, asked, ledger=ledger, progress=Silent())
    return list(section.figures), ledger, asked


def value(figure: Figure) -> tuple[float, Interval]:
    assert not isinstance(figure.value, Absent)
    assert not isinstance(figure.interval, Absent)
    return figure.value, figure.interval


def test_what_is_charged_is_what_was_asked_for_and_fits_the_budget(model: Model) -> None:
    _, ledger, asked = measured(model, rows(3000, seed=2), rows(3000, seed=3))
    assert ledger.events == asked.events
    assert 0.99 * BUDGET.epsilon < epsilon(asked.events, BUDGET.delta) <= BUDGET.epsilon


def test_nothing_is_measured_beyond_the_ledger(model: Model) -> None:
    ledger = Ledger(Budget(epsilon=0.5, delta=1e-6))
    with pytest.raises(LedgerError):
        paid_section(rows(100, seed=1), rows(100, seed=2), model, ask(model, BUDGET), ledger=ledger, progress=Silent())
    assert ledger.epsilon() <= 0.5


def test_every_figure_is_paid(model: Model) -> None:
    figures, _, _ = measured(model, rows(3000, seed=2), rows(3000, seed=3))
    assert {figure.tier for figure in figures} == {"paid"}
    assert [figure.key for figure in figures] == ["paid.tvd2", "paid.tvd2.target"]


def test_the_interval_holds_the_distance_without_noise(model: Model) -> None:
    real, synthetic = rows(3000, seed=2), rows(3000, seed=3, together=False)
    exact = value(measured(model, real, synthetic, Budget(epsilon=900, delta=1e-6))[0][0])[0]
    held = 0
    for _ in range(20):
        noisy, interval = value(measured(model, real, synthetic)[0][0])
        assert noisy != exact
        held += interval.low <= exact <= interval.high
    assert held >= 17  # of a rate of 0.95 or more, less happens once in 60 at the very most, and the interval is wide


def test_a_good_table_is_near_the_ceiling_and_an_independent_one_near_the_floor(model: Model) -> None:
    real = rows(20_000, seed=2)
    good, bad = (measured(model, real, rows(20_000, seed=3, together=one))[0][0] for one in (True, False))
    for figure, expected in ((good, 1.0), (bad, 0.0)):
        found, _ = value(figure)
        assert isinstance(figure.ceiling, float)
        assert isinstance(figure.floor, float)
        assert (found - figure.floor) / (figure.ceiling - figure.floor) == pytest.approx(expected, abs=0.15)


def test_too_few_rows_for_the_noise_are_told_and_not_computed(model: Model) -> None:
    figure = measured(model, rows(20, seed=2), rows(3000, seed=3), Budget(epsilon=0.01, delta=1e-6))[0][0]
    assert isinstance(figure.value, Absent)
    assert "noise" in figure.value.why


def test_noise_is_that_of_one_count(model: Model) -> None:
    asked = ask(model, BUDGET)
    assert asked.sigmas[1] / math.sqrt(len(asked.pairs)) < 20 * model.schema.privacy.rows_per_unit


def test_a_gate_without_privacy_pays_nothing(model: Model) -> None:
    with pytest.raises(ConfigError, match="epsilon of the gate"):
        ask(model, Budget(epsilon=math.inf, delta=0.1))


def test_rows_beyond_bounds_that_the_fit_found_are_clipped_as_the_fit_did(few_steps: None) -> None:
    assert few_steps is None
    found = parse_schema("""
name: found
columns:
  pay: {type: number, bounds: discover, decimals: 2}
  won: {type: boolean}
""")
    rng = np.random.default_rng(0)
    pay = np.round(rng.lognormal(3, 1, 3000), 2)
    pay[:2] = [9e8, -5e6]
    real = open_table(pd.DataFrame({"pay": pay, "won": rng.random(3000) < 0.5}))
    fitted = fit(pd.concat([batch.to_pandas() for batch in real.batches()]), found, epsilon=3, dp_sgd="off")
    figures, _, _ = measured(fitted.model, real, open_table(fitted.sample(2000)))
    assert isinstance(figures[0].value, float)
