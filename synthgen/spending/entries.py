"""What the rows of a ledger say: who it belongs to, and what became of every reservation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from synthgen.errors import ConfigError, LedgerError, ModelFileError
from synthgen.privacy import Budget, Event
from synthgen.privacy.events import from_json
from synthgen.spending.chain import Row, damaged, number_of, parsed
from synthgen.spending.pricing import Price
from synthgen.spending.sketch import Sketch

State = Literal["reserved", "spent", "released"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One reservation and what became of it.

    number  of its row; what `release-reservation` takes
    price   what counts now: of the reservation, then of what was done; nothing once released
    events  what was done, once it is known; None where only a price is
    reason  why it was released
    """

    number: int
    what: str
    by: str
    time: str
    state: State
    reserved: Price
    price: Price
    events: tuple[Event, ...] | None = None
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Is it spent or reserved? Released ones count no more."""
        return self.state != "released"


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """All that the rows say.

    key     of the fingerprint of unit ids
    tables  fingerprints of the tables that were read
    """

    dataset: str
    unit: str
    budget: Budget
    key: str
    entries: Mapping[int, Entry]
    tables: tuple[Sketch, ...]

    def counting(self) -> list[Price]:
        """Prices of what is spent or reserved."""
        return [entry.price for entry in self.entries.values() if entry.counts]

    def spent(self) -> list[Price]:
        """Prices of what is spent."""
        return [entry.price for entry in self.entries.values() if entry.state == "spent"]


NOTHING = Price(mu=0.0, delta=0.0, alone=0.0)


def book(rows: Sequence[Row], *, source: str) -> Book:
    """Read rows whose chain was checked. Raises LedgerError for rows that synthgen does not write."""
    try:
        first = parsed(rows[0])
        entries: dict[int, Entry] = {}
        for row in rows[1:]:
            _follow(entries, row)
        return Book(
            dataset=str(first["dataset"]),
            unit=str(first["unit"]),
            budget=Budget(epsilon=float(first["epsilon"]), delta=float(first["delta"])),
            key=str(first["key"]),
            entries=entries,
            tables=tuple(_tables(rows)),
        )
    except (KeyError, TypeError, ValueError, IndexError, ConfigError, ModelFileError):
        raise damaged(source, "rows that synthgen does not write") from None


def numbered(known: Book, number: int, *, source: str) -> Entry:
    """The entry of that number. Raises LedgerError."""
    if number not in known.entries:
        listed = f"one of {', '.join(map(str, known.entries))}" if known.entries else "a reservation"
        raise LedgerError(f"{source}, reservation {number}", expected=listed, got="none of that number")
    return known.entries[number]


def to_json(price: Price) -> dict[str, Any]:
    """A price as JSON values; null where infinite."""
    values = {"mu": price.mu, "delta": price.delta, "alone": price.alone}
    values |= {} if price.claim is None else {"claim": price.claim}
    return {name: value if value < float("inf") else None for name, value in values.items()}


def _follow(entries: dict[int, Entry], row: Row) -> None:
    body = parsed(row)
    if row.kind == "reserve":
        price = _price(body["price"])
        entries[row.number] = Entry(
            number=row.number,
            what=str(body["what"]),
            by=str(body["by"]),
            time=row.time,
            state="reserved",
            reserved=price,
            price=price,
        )
    elif row.kind == "commit":
        before, events = entries[body["number"]], body["events"]
        known = None if events is None else tuple(map(from_json, events))
        entries[before.number] = replace(before, state="spent", price=_price(body["price"]), events=known)
    elif row.kind == "release":
        before = entries[body["number"]]
        entries[before.number] = replace(before, state="released", price=NOTHING, reason=str(body["reason"]))
    elif row.kind != "table":
        raise ValueError(row.kind)


def _tables(rows: Iterable[Row]) -> Iterable[Sketch]:
    return (Sketch.from_text(parsed(row)["sketch"]) for row in rows if row.kind == "table")


def _price(body: Mapping[str, Any]) -> Price:
    claim = number_of(body, "claim") if "claim" in body else None
    return Price(mu=number_of(body, "mu"), delta=number_of(body, "delta"), alone=number_of(body, "alone"), claim=claim)
