"""The ledger of a data set: what all fits, metrics, audits and tunings together may learn about one unit.

    reserve -> (rows are read, noise is added) -> commit

chain      rows that each carry the hash of the one before
store      the SQLite file that holds them: append-only, one writer at a time
witness    a second file that remembers the last row, so that a cut tail is seen
entries    what the rows say: who reserved, spent, released
pricing    what that costs together, and what is left
sketch     a keyed fingerprint of the unit ids
spending   the ledger, as others use it

Nothing here reads a private row. The file stays inside, as the rows do: it holds the key of the fingerprint.
"""

from synthgen.spending.chain import Head
from synthgen.spending.entries import Entry, State
from synthgen.spending.pricing import Cost, Price
from synthgen.spending.receipt import Receipt
from synthgen.spending.sketch import Sketch, Sketcher
from synthgen.spending.spending import Reservation, Spending
from synthgen.spending.statement import Statement

__all__ = [
    "Cost",
    "Entry",
    "Head",
    "Price",
    "Receipt",
    "Reservation",
    "Sketch",
    "Sketcher",
    "Spending",
    "State",
    "Statement",
]
