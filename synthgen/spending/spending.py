"""The ledger as others use it: reserve before rows are read, commit when it is known what was done.

>>> import tempfile
>>> from synthgen.privacy import Gaussian, Part
>>> folder = tempfile.TemporaryDirectory()
>>> spending = Spending.create(f"{folder.name}/adult.ledger", dataset="adult", budget=Budget(epsilon=10, delta=1e-6))
>>> counts = [Gaussian(what="counts", parts=(Part(name="age", cells=74, sigma=4.24, sensitivity=1.0),))]
>>> reservation = spending.reserve(counts, what="a paid histogram of age")
>>> # ... rows are read, noise is added ...
>>> reservation.commit(counts)
>>> told = spending.shown()
>>> round(told.spent, 2), told.reserved
(1.0, 0.0)
>>> folder.cleanup()
"""

from __future__ import annotations

import datetime as dt
import getpass
import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from synthgen.errors import ConfigError, LedgerError, SpentError
from synthgen.privacy import Budget, Event
from synthgen.privacy.accounting import Totals, totals
from synthgen.privacy.events import to_json as event_json
from synthgen.spending import entries, store
from synthgen.spending.capped import Capped
from synthgen.spending.chain import Head, Row
from synthgen.spending.entries import Book, Entry, book, numbered
from synthgen.spending.pricing import POOL, Cost, Price, composed, left, priced, rounded_down
from synthgen.spending.sketch import Sketch
from synthgen.spending.statement import Statement, statement

ROW = "row"
"""The unit where every row is one."""
FORMAT = 1
_MOST_TEXT = 500

Clock = Callable[[], dt.datetime]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """The ledger of one data set: a file, opened and checked anew at every call.

    path   of the SQLite file; its witness `PATH.head` lies beside it
    clock  tells the time that rows carry, for people; nothing is decided by it
    """

    path: Path
    clock: Clock = field(default=_now, repr=False)

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        dataset: str,
        budget: Budget,
        unit: str = ROW,
        by: str | None = None,
        clock: Clock = _now,
    ) -> Self:
        """Make the ledger of a data set: `budget` for all that is ever learnt about one `unit` of it.

        Raises ConfigError for an infinite epsilon, an empty name, or a file that exists, and LedgerError.
        """
        if not budget.is_private:
            raise ConfigError(
                "epsilon of a ledger", expected="a finite number", got="inf", fix="choose what may be spent"
            )
        body = {
            "format": FORMAT,
            "dataset": _words("dataset", dataset),
            "unit": _words("unit", unit),
            "epsilon": budget.epsilon,
            "delta": budget.delta,
            "key": secrets.token_hex(16),
            "by": _user(by),
        }
        store.create(Path(path), time=_stamp(clock), body=body)
        return cls(path=Path(path), clock=clock)

    @classmethod
    def open(cls, path: str | Path, *, seen: Head | None = None, clock: Clock = _now) -> Self:
        """The ledger at `path`, checked: its chain, its triggers, its witness and, if given, a head `seen` earlier.

        Raises LedgerError for a file that is missing, no ledger, damaged, cut or rewritten.
        """
        spending = cls(path=Path(path), clock=clock)
        rows, _ = store.read(spending.path)
        if seen is not None:
            store.require_seen(rows, seen, source=str(path), by="a receipt")
        book(rows, source=str(path))
        return spending

    def has_seen(self, head: Head) -> bool:
        """Do its rows lead through `head`, as those of the ledger do whose receipt it is? Raises LedgerError."""
        rows, _ = store.read(self.path)
        return 1 <= head.count <= len(rows) and rows[head.count - 1].hash == head.hash

    def book(self) -> Book:
        """All that its rows say. Raises LedgerError."""
        return book(store.read(self.path)[0], source=str(self.path))

    def shown(self) -> Statement:
        """Spent, reserved and left, by entry and composed. Raises LedgerError."""
        rows, head = store.read(self.path)
        return statement(book(rows, source=str(self.path)), rows, head)

    def left(self, delta: float | None = None, *, fits: int = 1) -> float:
        """The largest epsilon, at `delta` (None: the ledger's), that a new fit may use, or each of so many alike.

        Raises ConfigError for a delta that is none, and LedgerError.
        """
        known = self.book()
        at = Budget(epsilon=1.0, delta=known.budget.delta if delta is None else delta).delta
        return left(known.counting(), known.budget, at, fits=fits)

    def reserve(self, cost: Cost, *, what: str, by: str | None = None, unit: str | None = None) -> Reservation:
        """Set aside what `cost` may come to at most; on the disk when this returns. Comes before a row is read.

        `cost` is what will be charged: events; the totals of events whose details are not known yet; or a Budget where
        only (epsilon, delta) is known. The last is taken as randomised response, the worst mechanism of that promise:
        several times what noisy counts of the same epsilon cost. `unit` is what the cost protects; None: the ledger's.

        Raises SpentError where too little is left, LedgerError for another unit or a ledger that cannot be written.
        """
        known = self.book()
        price = self._price(known, cost, unit)
        body = {"what": _words("what", what), "by": _user(by), "price": entries.to_json(price)}

        def decide(rows: Sequence[Row]) -> store.Write:
            _require_room(book(rows, source=str(self.path)), price, source=str(self.path))
            return "reserve", body

        row, head = store.append(self.path, decide, time=_stamp(self.clock))
        return Reservation(
            spending=self, number=row.number, dataset=known.dataset, price=price, cap=_cap(cost), head=head
        )

    def check(self, cost: Cost, *, unit: str | None = None) -> None:
        """Raise what `reserve` would raise now, and write nothing."""
        known = self.book()
        _require_room(known, self._price(known, cost, unit), source=str(self.path))

    def _price(self, known: Book, cost: Cost, unit: str | None) -> Price:
        if unit is not None and unit != known.unit:
            fix = "protect the ledger's unit: promises about different units do not add up"
            raise LedgerError(str(self.path), expected=f"the unit {known.unit}", got=unit, fix=fix)
        return priced(cost, known.budget)

    def commit(self, number: int, events: Sequence[Event] | None = None) -> Head:
        """Say what was done under a reservation: `events`, or all that was reserved. Returns a receipt.

        Never refused for what it costs: it was spent. That holds for a reservation which somebody has released
        meanwhile, too. Raises LedgerError for a number that is none or is spent already; then the reservation stays.
        """
        prices = {} if events is None else {"done": priced(tuple(events), self.book().budget)}

        def decide(rows: Sequence[Row]) -> store.Write:
            entry = numbered(book(rows, source=str(self.path)), number, source=str(self.path))
            _require(entry, entry.state != "spent", source=str(self.path))
            told = None if events is None else [event_json(event) for event in events]
            price = prices.get("done", entry.reserved)
            return "commit", {"number": number, "price": entries.to_json(price), "events": told}

        return store.append(self.path, decide, time=_stamp(self.clock))[1]

    def release(self, number: int, *, reason: str, by: str | None = None) -> Head:
        """Give back a reservation under which nothing was learnt; the reason stays in the chain for ever.

        Raises ConfigError without a reason, and LedgerError where nothing is reserved under that number.
        """
        if not reason.strip():
            fix = "say why nothing was learnt under it: it stays in the ledger"
            raise ConfigError("reason", expected="a sentence", got="none", fix=fix)
        body = {"number": number, "reason": _words("reason", reason), "by": _user(by)}

        def decide(rows: Sequence[Row]) -> store.Write:
            entry = numbered(book(rows, source=str(self.path)), number, source=str(self.path))
            _require(entry, entry.state == "reserved", source=str(self.path))
            return "release", body

        return store.append(self.path, decide, time=_stamp(self.clock))[1]

    def remember(self, table: Sketch) -> None:
        """Keep the fingerprint of a table that was read, unless it is known already. Raises LedgerError."""
        if table not in self.book().tables:
            body = {"sketch": table.to_text()}
            store.append(self.path, lambda _: ("table", body), time=_stamp(self.clock))


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """What was set aside; it stays so until it is committed, whatever becomes of the process.

    cap   totals that the events may come to; None where only a price is known
    head  a receipt
    """

    spending: Spending
    number: int
    dataset: str
    price: Price
    cap: Totals | None
    head: Head

    def ledger(self, budget: Budget) -> Capped:
        """A ledger for one run of this budget that refuses what was not reserved, before it is computed."""
        if self.cap is None:
            raise ValueError("only a reservation of events or totals has a ledger")
        return Capped(budget, cap=self.cap)

    def commit(self, events: Sequence[Event] | None = None) -> None:
        """Say what was done: these events, or, with None, all that was reserved. Raises LedgerError."""
        self.spending.commit(self.number, events)

    def release(self, reason: str) -> None:
        """Give it back: nothing was learnt. Raises LedgerError."""
        self.spending.release(self.number, reason=reason)


def _require_room(known: Book, price: Price, *, source: str) -> None:
    counting, budget = known.counting(), known.budget
    after = composed([*counting, price], budget)
    if after <= budget.epsilon:  # a price that is no number is refused too
        return
    free, deltas = left(counting, budget, budget.delta), math.fsum(each.delta for each in (*counting, price))
    got = f"{after:.4g} with this reservation" if math.isfinite(after) else "a reservation without a price"
    fix = (
        f"a fit may still use epsilon {rounded_down(free):g}"
        if free
        else "nothing is left: no row of this data set may be read"
    )
    if math.isinf(after) and price.mu < math.inf:
        got = f"{deltas:.3g} of delta for what may fail, beside the {POOL * budget.delta:.3g} that is set aside for it"
        fix = "take a smaller --delta for this run, or discover no values"
    expected = f"all of {known.dataset} within epsilon {budget.epsilon:g} at delta {budget.delta:g}"
    raise SpentError(source, expected=expected, got=got, fix=fix, left=free, after=after)


def _require(entry: Entry, fits: bool, *, source: str) -> None:  # noqa: FBT001  (a condition)
    if not fits:
        raise LedgerError(
            f"{source}, reservation {entry.number}", expected="one that is open", got=f"one {entry.state}"
        )


def _cap(cost: Cost) -> Totals | None:
    match cost:
        case Budget() | Price():
            return None
        case Totals():
            return cost
    return totals(cost)


def _words(name: str, text: str) -> str:
    """Text for a row. Raises ConfigError for none, or too much of it."""
    if not 0 < len(text.strip()) <= _MOST_TEXT or not text.isprintable():
        raise ConfigError(name, expected=f"1 to {_MOST_TEXT} printable letters", got=f"{len(text)} letters")
    return text.strip()


def _user(by: str | None) -> str:
    if by is not None:
        return _words("by", by)
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without accounts
        return "unknown"


def _stamp(clock: Clock) -> str:
    return clock().astimezone(dt.UTC).isoformat(timespec="seconds")
