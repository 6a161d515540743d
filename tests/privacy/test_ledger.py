import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthgen.errors import LedgerError
from synthgen.privacy import (
    Budget,
    Entry,
    Event,
    Exact,
    Gaussian,
    Ledger,
    OverBudgetError,
    Part,
    PartitionSelection,
    PrivateTable,
    accounting,
    epsilon,
)
from synthgen.privacy.events import from_json

DELTA = 1e-6


def counts(sigma: float, what: str = "counts") -> Gaussian:
    return Gaussian(what=what, parts=(Part(name="age", cells=74, sigma=sigma, sensitivity=1.0),))


charges = st.lists(
    st.one_of(
        st.sampled_from([1.0, 2.0, 4.0, 8.0, 16.0]).map(counts),
        st.sampled_from([2e-7, 6e-7]).map(
            lambda delta: PartitionSelection(what="jobs", sigma=20.0, sensitivity=1, threshold=120, delta=delta)
        ),
        st.just(Exact(what="all", names=("age",))),
    ),
    max_size=6,
)


@settings(max_examples=30)
@given(charges=charges, limit=st.sampled_from([0.5, 1.0, 4.0, 12.0]))
def test_the_ledger_never_goes_over_budget(charges: list[Event], limit: float) -> None:
    ledger = Ledger(Budget(epsilon=limit, delta=DELTA))
    for event in charges:
        before = ledger.events, ledger.epsilon()
        after = epsilon((*before[0], event), DELTA)
        if after <= limit:
            ledger.charge(event)
            assert ledger.events == (*before[0], event)
        else:
            with pytest.raises(OverBudgetError) as refusal:
                ledger.charge(event)
            assert (refusal.value.event, refusal.value.epsilon_after) == (event, after)
            assert refusal.value.left == limit - before[1]
            assert (ledger.events, ledger.epsilon()) == before
        assert ledger.epsilon() == epsilon(ledger.events, DELTA) <= limit


def test_a_price_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounting, "epsilon", lambda *_: math.nan)
    ledger = Ledger(Budget(epsilon=1, delta=DELTA))
    with pytest.raises(OverBudgetError):
        ledger.charge(counts(100.0))
    assert ledger.events == ()


def test_a_private_ledger_refuses_exact_answers_and_another_accepts_them() -> None:
    exact = Exact(what="counts", names=("age",))
    with pytest.raises(LedgerError, match="counts"):
        Ledger(Budget(epsilon=1000, delta=DELTA)).charge(exact)
    open_ledger = Ledger(Budget(epsilon=math.inf, delta=0))
    assert open_ledger.epsilon() == 0
    open_ledger.charge(exact)
    open_ledger.charge(counts(2.0))
    assert open_ledger.epsilon() == math.inf


def test_a_replayed_ledger_is_the_same_and_a_forged_one_is_refused() -> None:
    ledger = Ledger(Budget(epsilon=1, delta=DELTA))
    ledger.charge(counts(8.0, "one"))
    ledger.charge(counts(9.0, "two"))
    data = json.loads(json.dumps(ledger.to_json(), allow_nan=False))
    events = [from_json(event) for event in data["events"]]
    again = Ledger.replay(Budget(epsilon=data["epsilon"], delta=data["delta"]), events)
    assert again.to_json() == ledger.to_json()
    assert again.budget == ledger.budget
    assert data["spent"] == ledger.epsilon() > 0
    with pytest.raises(LedgerError):
        Ledger.replay(Budget(epsilon=data["epsilon"] / 2, delta=data["delta"]), events)


def test_a_ledger_without_privacy_writes_json_that_everyone_can_read() -> None:
    ledger = Ledger(Budget(epsilon=math.inf, delta=0))
    ledger.charge(Exact(what="counts", names=("age",)))
    assert json.loads(json.dumps(ledger.to_json(), allow_nan=False))["epsilon"] is None


def test_what_the_ledger_hands_out_cannot_change_it() -> None:
    ledger = Ledger(Budget(epsilon=1, delta=DELTA))
    ledger.charge(counts(8.0))
    ledger.to_json()["events"].clear()
    assert len(ledger.events) == 1
    with pytest.raises(AttributeError):
        setattr(ledger, "events", ())  # noqa: B010 - an assignment would not pass mypy
    assert "1 events" in repr(ledger)


def test_the_ledger_remembers_noise_that_somebody_brought() -> None:
    def silence(counts: NDArray[np.int64], sigma: float) -> NDArray[np.int64]:
        return counts + int(0 * sigma)

    entry = Entry(codes={"age": np.zeros(3, np.int64)}, units=None, rows=3)
    own, systems = (Ledger(Budget(epsilon=1, delta=1e-6)) for _ in range(2))
    PrivateTable.enter([entry], cells={"age": 2}, rows_per_unit=1, ledger=own, noise=silence)
    PrivateTable.enter([entry], cells={"age": 2}, rows_per_unit=1, ledger=systems)
    assert own.noise_is_fixed
    assert not systems.noise_is_fixed
