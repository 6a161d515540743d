"""One column of every kind, rows for them, and the door that they pass."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from synthgen.encode.enter import cells_of, entries
from synthgen.encode.grid import Grid, grids
from synthgen.encode.oneway import OneWay, measure
from synthgen.privacy import Budget, Ledger, PrivateTable
from synthgen.schema import Column, Schema
from synthgen.tables import Conformed, conform
from synthgen.tables.conform import Values

COLUMNS = {
    "categories": {"type": "categorical", "values": ["a", "b", "c", "d"]},
    "categories or missing": {"type": "categorical", "values": [*range(40)], "nullable": True},
    "boolean": {"type": "boolean"},
    "few whole numbers": {"type": "integer", "minimum": -3, "maximum": 12, "special": ["N", 99], "nullable": True},
    "some whole numbers": {"type": "integer", "minimum": 0, "maximum": 120},
    "many whole numbers": {"type": "integer", "minimum": 0, "maximum": 60_000, "special": [-1]},
    "whole numbers beyond counting": {"type": "integer", "minimum": -5_000_000, "maximum": 10_000_000},
    "whole numbers on a log scale": {"type": "integer", "minimum": 0, "maximum": 10**9, "scale": "log"},
    "prices": {"type": "number", "minimum": 0.5, "maximum": 99.95, "decimals": 2, "nullable": True},
    "long prices": {"type": "number", "minimum": -1e5, "maximum": 1e6, "decimals": 2, "scale": "log"},
    "continuous": {"type": "number", "minimum": -1.5, "maximum": 2.5, "special": [-9]},
    "continuous on a log scale": {"type": "number", "minimum": 0, "maximum": 1e7, "scale": "log", "nullable": True},
    "days": {"type": "date", "minimum": "1950-01-01", "maximum": "2020-12-31"},
    "moments": {"type": "datetime", "minimum": "2019-01-01T00:00:00", "maximum": "2019-12-31T23:59:59"},
    "instants": {
        "type": "datetime", "timezone": "Europe/Berlin", "minimum": "2019-10-27T02:30:00", "maximum": "2019-10-28"
    },
    "times": {"type": "time", "minimum": "06:00", "special": ["never"], "nullable": True},
    "times to the minute": {"type": "time", "format": "23:59"},
    "durations": {"type": "duration", "unit": "minutes", "minimum": -60, "maximum": 1440},
    "levels in an order": {"type": "categorical", "values": [*range(40)], "ordered": True, "nullable": True},
    "codes": {
        "type": "categorical", "values": [f"{n:03d}" for n in range(400)], "hierarchy": "prefix", "nullable": True
    },
    "many names": {"type": "categorical", "values": [f"n{n}" for n in range(300)]},
    "always missing": {"type": "categorical", "values": [], "nullable": True},
}  # fmt: skip


@pytest.fixture(scope="session", params=COLUMNS)
def schema(request: pytest.FixtureRequest) -> Schema:
    """A table of one column, of each kind in turn."""
    return Schema(name="t", columns={"x": COLUMNS[request.param]})


@pytest.fixture(scope="session")
def column(schema: Schema) -> Column:
    """That column."""
    return schema.columns["x"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the door answered about a table, and what it cost."""

    grids: dict[str, Grid]
    known: dict[str, OneWay]
    ledger: Ledger


def asked(
    rows: pa.RecordBatch | Mapping[str, Values], schema: Schema, *, rho: float = np.inf, leaves: int = 256
) -> Asked:
    """The noisy one-way histograms of a table's columns; without a rho they are exact."""
    ledger, every = (
        Ledger(Budget(epsilon=np.inf if np.isinf(rho) else 1000.0, delta=1e-6)),
        grids(schema, discovered={}),
    )
    conformed = conform(rows, schema) if isinstance(rows, pa.RecordBatch) else already(rows)
    assert not conformed.violations
    table = PrivateTable.enter(
        entries([conformed], every), cells=cells_of(schema, every), rows_per_unit=1, ledger=ledger
    )
    known = measure(table, every, rho=rho, sensitivity=1, rows=float(conformed.rows), leaves=leaves)
    return Asked(grids=every, known=known, ledger=ledger)


def already(columns: Mapping[str, Values]) -> Conformed:
    """A batch that was conformed elsewhere."""
    rows = len(next(iter(columns.values())).data)
    return Conformed(rows=rows, columns=dict(columns), unit=None, violations=Counter(), quarantined=0, read=rows)


@pytest.fixture(scope="session")
def ask() -> Callable[..., Asked]:
    """`ask(rows, schema, rho=...)`: see `asked`."""
    return asked
