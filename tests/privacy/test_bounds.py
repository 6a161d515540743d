"""Ends of a line by two noisy histograms: right where rows are many, silent about one person, two releases always."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.privacy import Budget, Ends, Entry, Ledger, Marks, OverBudgetError, PrivateTable, find_ends

Enter = Callable[..., PrivateTable]
MARKS = Marks(coarse=np.arange(0, 161, 16))
"""Ten coarse bins of sixteen cells."""
PRIVATE = Budget(epsilon=1000, delta=1e-6)
CELLS = {"pay": 161, "age": 161}


class Steady:
    """No noise at all, or the same everywhere; counts the questions."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.sizes: list[int] = []

    def __call__(self, counts: np.ndarray, sigma: float) -> np.ndarray:
        self.sizes.append(len(counts))
        return counts + self.offset


def ends_of(enter: Enter, cells: Sequence[int], *, rho: float = 0.05, noise: Any = None) -> Ends:
    table = enter({"pay": list(cells)}, cells={"pay": 161}, budget=PRIVATE, noise=noise)
    return find_ends(table, {"pay": MARKS}, rho=rho)["pay"]


@pytest.mark.parametrize("rho", [np.inf, 0.05])
def test_ends_are_found_to_the_cell_where_rows_are_many(enter: Enter, rho: float) -> None:
    cells = np.random.default_rng(3).integers(37, 101, 20_000)
    budget = Budget(epsilon=np.inf, delta=1e-6) if np.isinf(rho) else PRIVATE
    table = enter({"pay": cells.tolist()}, cells={"pay": 161}, budget=budget, noise=Steady(), batch_rows=4096)
    found = find_ends(table, {"pay": MARKS}, rho=rho)["pay"]
    assert (found.first, found.last, found.sure) == (37, 100, True)


@given(low=st.integers(0, 159), width=st.integers(0, 159), rows=st.integers(1, 500), missing=st.integers(0, 50))
def test_without_noise_the_ends_enclose_every_row_but_a_few(low: int, width: int, rows: int, missing: int) -> None:
    """What is cut off at either end are fewer rows than the thresholds."""
    cells = np.linspace(low, min(low + width, 159), rows).round().astype(int)
    entry = Entry(codes={"pay": np.append(cells, np.full(missing, 160))}, units=None, rows=rows + missing)
    ledger = Ledger(PRIVATE)
    table = PrivateTable.enter([entry], cells={"pay": 161}, rows_per_unit=1, ledger=ledger, noise=Steady())
    found = find_ends(table, {"pay": MARKS}, rho=1.0)["pay"]
    assert 0 <= found.first <= found.last <= 159
    if found.sure:
        sigma = ledger.events[0].parts[0].sigma
        lost = max((cells < found.first).sum(), (cells > found.last).sum())
        assert lost < 10 * 4 * sigma + 4 * 5 * sigma


def test_one_row_far_out_moves_nothing(enter: Enter) -> None:
    crowd = list(np.arange(64, 96)) * 40
    assert ends_of(enter, crowd, noise=Steady()) == ends_of(enter, [*crowd, 3, 158], noise=Steady())


def test_a_table_of_nobody_is_bounded_too_and_says_that_it_is_a_guess(enter: Enter) -> None:
    found = ends_of(enter, [160] * 50, noise=Steady())  # missing, all of them
    assert 0 <= found.first <= found.last < 160
    assert not found.sure


@pytest.mark.parametrize("cells", [[], [5], [160] * 40, [0, 159] * 500, [80] * 10_000, list(range(160)) * 30])
def test_two_questions_are_asked_whatever_the_rows(enter: Enter, cells: list[int]) -> None:
    noise = Steady()
    ends_of(enter, cells, noise=noise)
    assert len(noise.sizes) == 2
    assert noise.sizes[0] == 11


def test_noise_alone_moves_an_end_outwards_seldom(enter: Enter) -> None:
    """200 tables. Further than to the bins beside the one that holds all the rows: some 0.2 + 1.8 are expected."""
    found = [ends_of(enter, [71] * 3000, rho=0.001) for _ in range(200)]
    assert sum(own.first < 48 or own.last >= 96 for own in found) < 15
    assert sum(own.first < 64 or own.last >= 80 for own in found) < 70


def test_it_is_paid_for_before_a_row_is_looked_at(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    table = enter({"pay": [1] * 50}, cells={"pay": 161}, budget=Budget(epsilon=0.01, delta=1e-6))
    monkeypatch.setattr(PrivateTable, "_histogram", lambda *_: pytest.fail("looked"))
    with pytest.raises(OverBudgetError):
        find_ends(table, {"pay": MARKS}, rho=1.0)


@pytest.mark.parametrize("per_unit", [1, 7])
def test_all_columns_together_cost_what_they_were_given(enter: Enter, per_unit: int) -> None:
    table = enter(
        {"pay": [1] * 50, "age": [2] * 50},
        cells=CELLS,
        units=list(range(50)),
        rows_per_unit=per_unit,
        budget=PRIVATE,
    )
    find_ends(table, {"pay": MARKS, "age": MARKS}, rho=0.02)
    events = table._ledger.events
    assert [event.what for event in events] == ["bounds, coarse", "bounds, fine"]
    assert sum(event.mu**2 for event in events) / 2 == pytest.approx(0.02)
    assert {part.sensitivity for event in events for part in event.parts} == {per_unit}


def test_no_column_costs_nothing(enter: Enter) -> None:
    table = enter({"pay": [1]}, cells={"pay": 161}, budget=PRIVATE)
    assert find_ends(table, {}, rho=1.0) == {}
    assert table._ledger.events == ()
