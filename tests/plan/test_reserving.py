"""A fit and the ledger of its data set: reserved before a row is read, settled after, kept by a crash."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen import Budget, Schema, fit
from synthgen.errors import LedgerError, SpentError
from synthgen.model import Model, statement
from synthgen.pipeline import wished
from synthgen.plan.outline import Wish
from synthgen.plan.reserving import most
from synthgen.privacy.accounting import totals
from synthgen.spending import Spending
from synthgen.spending.capped import within

pytestmark = pytest.mark.usefixtures("few_steps")

COLUMNS: dict[str, Any] = {
    "age": {"type": "integer", "minimum": 18, "maximum": 80},
    "city": {"type": "categorical", "values": ["Oslo", "Rome", "Lima"]},
    "won": {"type": "boolean"},
}
OPEN: dict[str, Any] = {"city": {"type": "categorical", "discover": True}}
BOUNDS: dict[str, Any] = {"age": {"type": "integer", "bounds": "discover"}}
PERSONS = {"unit": "pid", "rows_per_unit": 3}
LEFT_OUT = ["pid"]
PLAIN = Schema(name="t", rows=500, columns=COLUMNS, exclude=LEFT_OUT)
LIKELIHOOD = {"dp_sgd": "likelihood:0.3"}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    age = rng.integers(18, 81, 500)
    towns = rng.choice(["Oslo", "Rome", "Lima"], 500)
    return pd.DataFrame({"pid": rng.integers(0, 200, 500), "age": age, "city": towns, "won": age > 40})


@pytest.fixture
def spending(tmp_path: Path) -> Spending:
    return Spending.create(tmp_path / "l", dataset="towns", budget=Budget(epsilon=5, delta=1e-6))


@pytest.mark.parametrize(
    ("schema", "wish"),
    [
        (PLAIN, {}),
        (PLAIN, LIKELIHOOD),
        (PLAIN, {"dp_sgd": "critic:0.4"}),
        (PLAIN, {"model": "ctgan"}),
        (Schema(name="t", columns=COLUMNS | OPEN, exclude=LEFT_OUT), LIKELIHOOD),
        (Schema(name="t", columns=COLUMNS | BOUNDS, exclude=LEFT_OUT), {}),
        (Schema(name="t", columns=COLUMNS | OPEN | BOUNDS, privacy=PERSONS), LIKELIHOOD),
    ],
)
def test_a_fit_charges_at_most_what_was_reserved_and_nearly_all_of_it(
    schema: Schema, wish: dict[str, Any], frame: pd.DataFrame
) -> None:
    budget = Budget(epsilon=2, delta=1e-6)
    options = {"model": "counts", "dp_sgd": "auto", "parts": (), "batch": None, "hardened": False} | wish
    reserved = most(schema, budget, "quick", wished(**options))
    spent = totals(fit(frame, schema, epsilon=2, device="cpu", **wish).model.events)
    assert within(spent, reserved)
    assert spent.mu > 0.97 * reserved.mu
    assert len(spent.runs) == len(reserved.runs)
    assert math.fsum(spent.deltas) == pytest.approx(math.fsum(reserved.deltas))
    assert reserved.epsilon(1e-6) <= 2.001


def test_a_fit_is_reserved_while_it_runs_and_spent_after(
    spending: Spending, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synthgen import train  # noqa: PLC0415 - torch takes seconds

    states = []
    read = train.behind_the_door

    def watched(*told: Any, **named: Any) -> Any:
        states.append([entry.state for entry in spending.shown().entries])
        return read(*told, **named)

    monkeypatch.setattr(train, "behind_the_door", watched)
    fitted = fit(frame, PLAIN, epsilon=2, ledger=spending.path, device="cpu")
    assert states == [["reserved"]]
    (entry,) = spending.shown().entries
    assert (entry.state, entry.events) == ("spent", fitted.model.events)
    assert spending.shown().spent == pytest.approx(2, rel=0.01)


def test_a_spent_ledger_refuses_before_a_row_is_read(
    spending: Spending, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(frame, PLAIN, epsilon=4.9, ledger=spending, device="cpu")
    monkeypatch.setattr("synthgen.train.train", lambda *_, **__: pytest.fail("a row was read"))
    before = spending.shown()
    with pytest.raises(SpentError):
        fit(frame, PLAIN, epsilon=3, ledger=spending, device="cpu")
    assert spending.shown() == before


def test_a_fit_that_crashes_keeps_its_reservation(
    spending: Spending, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthgen.train.train", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit(frame, PLAIN, epsilon=2, ledger=spending, device="cpu")
    told = spending.shown()
    assert (told.spent, round(told.reserved, 1)) == (0, 2.0)


def test_a_table_that_is_refused_keeps_its_reservation(spending: Spending, frame: pd.DataFrame) -> None:
    with pytest.raises(Exception, match="schema's domain"):
        fit(frame.assign(age=99), PLAIN, epsilon=2, ledger=spending, device="cpu")
    assert [entry.state for entry in spending.shown().entries] == ["reserved"]


def test_a_ledger_that_cannot_be_told_is_a_warning_and_the_reservation_stays(
    spending: Spending, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise LedgerError("l", expected="a ledger that can be written", got="a full disk")

    monkeypatch.setattr(Spending, "commit", full)
    fitted = fit(frame, PLAIN, epsilon=2, ledger=spending, device="cpu")
    assert any("is not settled and counts in full" in text for text in fitted.warnings)
    assert spending.shown().reserved > 1.9


def test_what_no_ledger_of_the_data_set_can_hold_is_refused(spending: Spending, frame: pd.DataFrame) -> None:
    with pytest.raises(LedgerError, match="finite epsilon"):
        fit(frame, PLAIN, epsilon=math.inf, no_privacy=True, ledger=spending)
    with pytest.raises(LedgerError, match="the unit row, got pid"):
        fit(frame, Schema(name="t", columns=COLUMNS, privacy=PERSONS), epsilon=1, ledger=spending)
    with pytest.raises(LedgerError, match="no such file"):
        fit(frame, PLAIN, epsilon=1, ledger=spending.path.with_name("none"))
    assert spending.shown().entries == ()


def test_a_model_says_what_its_epsilon_covers(spending: Spending, frame: pd.DataFrame, tmp_path: Path) -> None:
    alone = fit(frame, PLAIN, epsilon=2, device="cpu").model
    assert "of this run alone" in statement(alone)[-1]
    kept = fit(frame, PLAIN, epsilon=2, ledger=spending, device="cpu").model
    kept.save(tmp_path / "m.synthgen")
    receipt = Model.load(tmp_path / "m.synthgen").manifest.ledger
    assert receipt is not None
    assert (receipt.dataset, receipt.entry) == ("towns", 2)
    assert "entry 2 in the ledger of towns" in statement(kept)[-1]
    Spending.open(spending.path, seen=receipt.head)


def test_three_fits_cost_less_than_their_sum_and_are_listed(spending: Spending, frame: pd.DataFrame) -> None:
    for _ in range(3):
        fit(frame, PLAIN, epsilon=1.5, ledger=spending, device="cpu")
    told = spending.shown()
    assert len(told.entries) == 3
    assert 4.4 < told.added < 4.6
    assert 1.5 < told.spent < 3.2
    assert told.tables == 1


def test_a_wish_changes_what_is_reserved() -> None:
    budget = Budget(epsilon=2, delta=1e-6)
    assert most(PLAIN, budget, "quick", Wish()).runs == ()
    assert most(PLAIN, Budget(epsilon=math.inf, delta=1e-6), "quick").mu == math.inf
