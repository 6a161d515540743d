"""One-way histograms through the door: exact without privacy, within their share of the budget with it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.encode.grid import LineGrid
from synthgen.encode.oneway import (
    DIGITS,
    PASSES,
    ZEROS,
    OneWay,
    digits_of,
    row_count,
    weight,
    zeros_of,
)
from synthgen.privacy import sigma_for
from synthgen.schema import Schema

Ask = Callable[..., Any]
LONG = {
    "linear": {"type": "integer", "minimum": 0, "maximum": 10**7},
    "log": {"type": "integer", "minimum": 0, "maximum": 10**7, "scale": "log"},
    "continuous": {"type": "number", "minimum": 0, "maximum": 10**7},
    "full": {"type": "integer", "minimum": 0, "maximum": 10**5},
}


def table(values: np.ndarray, kind: dict[str, Any]) -> tuple[pa.RecordBatch, Schema]:
    return pa.RecordBatch.from_pydict({"x": values.tolist()}), Schema(name="t", columns={"x": kind})


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("seed", range(3))
def test_exact_counts_are_the_histogram(ask: Ask, kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.minimum(rng.lognormal(6, 2, 3000), 10**5).astype(np.int64)
    found = ask(*table(values, LONG[kind]), leaves=64)
    grid, one = found.grids["x"], found.known["x"]
    expected, _ = np.histogram(grid.unit_of(values), one.edges)
    np.testing.assert_array_equal(one.counts, expected)
    assert one.sigma == 0
    assert one.total == len(values)


@pytest.mark.parametrize("kind", ["linear", "continuous", "full"])
def test_stretches_are_cut_finer_where_the_rows_are(ask: Ask, kind: str) -> None:
    """Two rows in three lie between 50,000 and 60,000."""
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.integers(50_000, 60_000, 6000), rng.integers(0, 10**5, 3000)])
    found = ask(*table(values, LONG[kind]))
    one, units = found.known["x"], found.grids["x"].unit_of(values)
    stretches = np.histogram(units, np.linspace(0, found.grids["x"].units, 257))[0]
    assert one.counts.max() < stretches.max() / 4
    assert len(one.counts) < 256 + 3 * 256


def test_the_bounds_stand_alone(ask: Ask) -> None:
    for kind in LONG.values():
        edges = ask(*table(np.arange(0, 10**5, 10), kind)).known["x"].edges
        first, last = edges[1] - edges[0], edges[-1] - edges[-2]
        assert first * 1000 < edges[-1]
        assert last * 1000 < edges[-1]


def test_levels_and_missing_are_counted_cell_by_cell(ask: Ask) -> None:
    schema = Schema(
        name="t",
        columns={
            "job": {"type": "categorical", "values": ["a", "b", "c"], "nullable": True},
            "age": {"type": "integer", "minimum": 0, "maximum": 3, "special": [-1], "nullable": True},
        },
    )
    rows = pa.RecordBatch.from_pydict({"job": ["a", "a", None, "c"], "age": [3, None, -1, -1]})
    known = ask(rows, schema).known
    assert known["job"].edges is None
    assert (known["job"].counts.tolist(), known["job"].outside.tolist()) == ([2, 0, 1], [1])
    assert (known["age"].counts.tolist(), known["age"].outside.tolist()) == ([0, 0, 0, 1], [2, 1])


@pytest.mark.parametrize("rho", [0.01, 0.2])
def test_the_histograms_cost_their_share_and_no_more(ask: Ask, rho: float) -> None:
    """Every kind of column at once: short lines, long ones with a second pass, atoms and rounding."""
    columns = LONG | {"job": {"type": "categorical", "values": ["a", "b"]}, "age": LONG["full"] | {"maximum": 90}}
    schema = Schema(name="t", columns=columns)
    rng = np.random.default_rng(0)
    numbers = dict.fromkeys(LONG, rng.integers(0, 10**5, 500).tolist())
    rows = pa.RecordBatch.from_pydict(numbers | {"job": ["a"] * 500, "age": [30] * 500})
    spent = sum(event.mu**2 / 2 for event in ask(rows, schema, rho=rho).ledger.events)
    assert spent == pytest.approx(rho, rel=1e-9)


def test_noisy_counts_are_unbiased_and_as_noisy_as_they_say(ask: Ask) -> None:
    """1500 empty bins: their mean square is within 5 standard errors (18 %) of what is declared."""
    values = np.repeat([5, 50_000, 99_999], [200, 900, 400])
    found = [ask(*table(values, LONG["linear"]), rho=0.05).known["x"] for _ in range(30)]
    totals = np.array([one.total for one in found])
    edges = np.array([len(one.counts) for one in found])
    sigma = found[0].sigma
    assert abs(totals.mean() - 1500) < 5 * sigma * np.sqrt(edges.mean() / 30)
    empty = np.concatenate([one.counts[one.edges[:-1] > 10**6][:50] for one in found])
    # bins that were not cut are counted twice, in halves of the budget: as one count with all of it
    ratio = (empty**2).mean() / sigma**2
    assert 0.85 < ratio < 1.18


def test_pooling_keeps_the_better_of_both_counts(ask: Ask) -> None:
    """The sum over a stretch that was cut is as good as the first pass alone; its pieces' would be 4 times as noisy."""
    values = np.full(3000, 777_777)
    sums = []
    for _ in range(40):
        found = ask(*table(values, LONG["linear"]), rho=0.05)
        one = found.known["x"]
        narrow = np.diff(one.edges) < np.median(np.diff(one.edges)) / 2
        inside = narrow & (np.abs(one.edges[:-1] - 777_777) < 400_000)
        assert inside.sum() > 16
        sums.append(one.counts[inside].sum())
    noise = sigma_for(0.05 * PASSES[0] / weight(found.grids["x"]), 1.0)
    assert abs(np.mean(sums) - 3000) < 5 * noise / np.sqrt(40)
    assert 0.5 * noise < np.std(sums) < 1.5 * noise


def test_single_heavy_values_are_found_and_nothing_else_is(ask: Ask) -> None:
    rng = np.random.default_rng(5)
    values = np.concatenate([np.full(2000, 20_000), np.full(900, 40_000), rng.integers(0, 10**5, 3000)])
    for rho in (np.inf, 0.05):
        atoms = ask(*table(values, LONG["full"]), rho=rho).known["x"].atoms
        assert {20_000, 40_000} <= set(atoms)
        assert len(atoms) <= (3 if np.isfinite(rho) else 2)  # 100,000 noises beat the threshold once in 100 fits
        assert atoms[20_000] == pytest.approx(2000, abs=120)


def test_rounding_is_measured_by_number_of_digits(ask: Ask) -> None:
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.integers(1000, 10_000, 2000) // 100 * 100, rng.integers(10, 100, 1000)])
    for rho in (np.inf, 0.1):
        rounding = ask(*table(values, LONG["linear"]), rho=rho).known["x"].rounding
        assert rounding.shape == (DIGITS, ZEROS)
        np.testing.assert_allclose(rounding.sum(axis=1), 1.0)
        assert rounding[3, 2:].sum() > 0.9  # four digits end in 00
        assert rounding[1, 0] > 0.8  # two digits are not rounded
        assert rounding[7, 0] == 1.0 or np.isfinite(rho)  # eight digits: nobody had them, but noise may


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_digits_and_trailing_zeros_are_those_of_the_written_number(numbers: list[int]) -> None:
    steps = np.array(numbers, np.int64)
    written = [str(number) for number in numbers]
    assert digits_of(steps).tolist() == [min(len(text), DIGITS) - 1 for text in written]
    zeros = [0 if text == "0" else min(len(text) - len(text.rstrip("0")), ZEROS - 1) for text in written]
    assert zeros_of(steps).tolist() == zeros


def oneway(total: float, *, cells: int, sigma: float) -> OneWay:
    counts = np.full(cells, total / cells)
    return OneWay(edges=None, counts=counts, outside=np.zeros(0), sigma=sigma, atoms={}, rounding=None)


def test_the_row_count_trusts_the_least_noisy_total_most() -> None:
    known = {"a": oneway(1000, cells=2, sigma=1.0), "b": oneway(2000, cells=200, sigma=10.0)}
    weights = np.array([1 / 2, 1 / 20_000])
    assert row_count(known) == pytest.approx((weights @ [1000, 2000]) / weights.sum())
    assert row_count({"a": oneway(30, cells=2, sigma=0.0)}) == 30
    assert row_count({"a": oneway(-30, cells=2, sigma=1.0)}) == 1


def test_the_cells_of_a_long_line_are_not_counted_one_by_one(ask: Ask) -> None:
    found = ask(*table(np.arange(100), LONG["linear"]), rho=0.1)
    assert isinstance(found.grids["x"], LineGrid)
    assert len(found.known["x"].counts) < 2000 < found.grids["x"].value_cells
