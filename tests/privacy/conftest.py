"""Doubles for noise, and tables whose every count is known."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pytest

from synthgen.privacy import Budget, Entry, Ledger, PrivateTable


def entered(
    columns: Mapping[str, Sequence[int] | Sequence[str]],
    *,
    cells: Mapping[str, int],
    units: Sequence[int] | None = None,
    rows_per_unit: int = 1,
    budget: Budget | None = None,
    noise: object = None,
    batch_rows: int = 7,
) -> PrivateTable:
    """A private table from whole columns, cut into batches; a column of text has an unknown domain."""
    hidden = [name for name, values in columns.items() if any(isinstance(value, str) for value in values)]
    rows = len(next(iter(columns.values())))
    whole = {name: np.array(values, object if name in hidden else np.int64) for name, values in columns.items()}

    def batches() -> Iterator[Entry]:
        for start in range(0, rows, batch_rows):
            part = {name: values[start : start + batch_rows] for name, values in whole.items()}
            dictionaries = {name: sorted(set(part[name])) for name in hidden}
            codes = {
                name: np.array([dictionaries[name].index(value) for value in values]) if name in hidden else values
                for name, values in part.items()
            }
            own = None if units is None else np.array(units[start : start + batch_rows], np.uint64)
            yield Entry(codes=codes, units=own, rows=len(next(iter(part.values()))), dictionaries=dictionaries)

    return PrivateTable.enter(
        batches(),
        cells=cells,
        rows_per_unit=rows_per_unit,
        ledger=Ledger(budget or Budget(epsilon=float("inf"), delta=1e-6)),
        discover=[*hidden, *(name for name in ("job",) if name in columns and name not in hidden)],
        noise=noise,
    )


@pytest.fixture(name="enter")
def _enter() -> Callable[..., PrivateTable]:
    return entered
