"""Reserve, commit, release: what counts, and when nothing more is let in."""

import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pytest

from synthgen.errors import ConfigError, LedgerError, SpentError
from synthgen.privacy import Budget, Exact, Gaussian, Part
from synthgen.privacy.accounting import Totals
from synthgen.spending import Price, Spending
from synthgen.spending.sketch import Sketcher

COUNTS = [Gaussian(what="counts", parts=(Part(name="age", cells=9, sigma=4.24, sensitivity=1.0),))]


def test_what_is_reserved_counts_until_it_is_known_what_was_done(spending: Spending) -> None:
    reservation = spending.reserve(Totals(mu=1.0), what="a fit")
    before = spending.shown()
    assert (before.spent, before.reserved > 4) == (0, True)
    reservation.commit(COUNTS)
    after = spending.shown()
    assert (round(after.spent, 2), after.reserved) == (1.0, 0.0)
    assert after.left > before.left


def test_a_commit_without_events_spends_all_that_was_reserved(spending: Spending) -> None:
    spending.reserve(Budget(epsilon=2, delta=1e-8), what="another tool's release").commit()
    assert spending.shown().spent == 2


def test_a_spent_ledger_refuses_and_stays_as_it_is(spending: Spending) -> None:
    spending.reserve(Totals(mu=1.5), what="a fit")
    before = spending.shown()
    with pytest.raises(SpentError) as refused:
        spending.reserve(Totals(mu=1.5), what="another")
    assert refused.value.after > 10 > refused.value.left > 0
    assert spending.shown() == before


def test_what_has_no_price_is_refused(spending: Spending) -> None:
    for cost in ([Exact(what="rows", names=("age",))], Budget(epsilon=math.inf, delta=0.1), Totals(mu=math.inf)):
        with pytest.raises(SpentError):
            spending.reserve(cost, what="a fit without privacy")
    nan = Price(mu=math.nan, delta=0.0, alone=math.nan)
    with pytest.raises((SpentError, ValueError)):
        spending.reserve(nan, what="no number")
    assert spending.shown().entries == ()


def test_another_unit_is_refused(spending: Spending) -> None:
    with pytest.raises(LedgerError, match="expected the unit row, got ssn"):
        spending.reserve(COUNTS, what="a fit", unit="ssn")


def test_a_released_reservation_counts_no_more_and_its_reason_stays(spending: Spending) -> None:
    reservation = spending.reserve(Totals(mu=1.0), what="a fit")
    spending.release(reservation.number, reason="the file was missing", by="Ada")
    told = spending.shown()
    assert (told.total, told.left) == (0, 10)
    assert [(entry.state, entry.reason) for entry in told.entries] == [("released", "the file was missing")]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "two\nlines"])
def test_a_release_needs_a_reason(spending: Spending, reason: str) -> None:
    reservation = spending.reserve(COUNTS, what="a fit")
    with pytest.raises(ConfigError):
        spending.release(reservation.number, reason=reason)
    assert spending.shown().entries[0].state == "reserved"


def test_what_is_spent_cannot_be_released(spending: Spending) -> None:
    reservation = spending.reserve(COUNTS, what="a fit")
    reservation.commit(COUNTS)
    with pytest.raises(LedgerError, match="got one spent"):
        reservation.release("a try")
    with pytest.raises(LedgerError, match="got one spent"):
        reservation.commit([])
    assert round(spending.shown().spent, 2) == 1


def test_a_fit_that_was_running_when_its_reservation_was_released_counts_all_the_same(spending: Spending) -> None:
    slow = spending.reserve(Totals(mu=1.2), what="a slow fit")
    slow.release("it hangs")
    spending.reserve(Totals(mu=1.5), what="another").commit()
    slow.commit([Gaussian(what="counts", parts=(Part(name="age", cells=9, sigma=2.0, sensitivity=3.0),))])
    told = spending.shown()
    assert told.spent > 10
    assert told.left == 0
    assert any("more was spent" in text for text in told.warnings)


def test_more_than_was_reserved_is_counted_when_it_was_done(spending: Spending) -> None:
    spending.reserve([], what="nothing, it said").commit(COUNTS)
    assert round(spending.shown().spent, 2) == 1


def test_a_ledger_of_one_run_refuses_what_was_not_reserved(spending: Spending) -> None:
    budget = Budget(epsilon=9, delta=1e-7)
    inside = spending.reserve(COUNTS, what="a fit").ledger(budget)
    inside.charge(COUNTS[0])
    with pytest.raises(LedgerError, match="what was reserved"):
        inside.charge(COUNTS[0])
    assert inside.events == tuple(COUNTS)


def test_a_number_that_is_none_is_refused(spending: Spending) -> None:
    with pytest.raises(LedgerError, match="reservation 7"):
        spending.commit(7)
    with pytest.raises(LedgerError, match="reservation 1"):
        spending.release(1, reason="the first row is no reservation")


@pytest.mark.parametrize("jump", [dt.timedelta(days=-400), dt.timedelta(days=40_000), dt.timedelta(0)])
def test_a_clock_that_jumps_changes_no_price(spending: Spending, jump: dt.timedelta) -> None:
    before = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    times = iter([before, before + jump, before - jump, before])
    jumping = Spending(path=spending.path, clock=lambda: next(times))
    reservation = jumping.reserve(Totals(mu=1.0), what="a fit")
    jumping.reserve(Totals(mu=1.0), what="a fit")
    reservation.commit(COUNTS)
    told = spending.shown()
    assert [entry.number for entry in told.entries] == [2, 3]
    assert told.spent > 0
    assert told.reserved > 0
    with pytest.raises(SpentError):
        jumping.reserve(Totals(mu=1.6), what="a fit")


def test_a_clock_that_goes_back_is_told(tmp_path: Path) -> None:
    times = iter([dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2026, 2020)])
    odd = Spending.create(tmp_path / "l", dataset="d", budget=Budget(epsilon=1, delta=1e-6), clock=lambda: next(times))
    odd.reserve([], what="a fit")
    assert any("clock went back" in text for text in odd.shown().warnings)


def test_a_table_is_remembered_once(spending: Spending) -> None:
    sketcher = Sketcher()
    sketcher.add(np.arange(9, dtype=np.uint64))
    for _ in range(2):
        spending.remember(sketcher.sketch())
    assert spending.shown().tables == 1
    assert spending.book().tables == (sketcher.sketch(),)


@pytest.mark.parametrize(
    "wrong", [{"dataset": " "}, {"dataset": "a\nb"}, {"unit": ""}, {"budget": Budget(epsilon=math.inf, delta=1e-6)}]
)
def test_a_ledger_that_makes_no_sense_is_not_made(tmp_path: Path, wrong: dict[str, object]) -> None:
    sound = {"dataset": "d", "budget": Budget(epsilon=1, delta=1e-6)}
    with pytest.raises(ConfigError):
        Spending.create(tmp_path / "l", **(sound | wrong))  # type: ignore[arg-type]  # wrong on purpose
    assert list(tmp_path.iterdir()) == []


def test_no_id_and_no_row_is_in_what_is_shown(spending: Spending) -> None:
    assert spending.book().key not in json.dumps(str(spending.shown()))
