"""Noisy one-way counts to levels: laws for every kind of column, with noise and without."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, ColumnCodec
from synthgen.encode.grid import Grid, LevelGrid, grid
from synthgen.encode.levels import FEW_VALUES, Encoding, Resolution, column_levels, encoding
from synthgen.encode.oneway import OneWay
from synthgen.schema import Schema
from synthgen.tables.conform import Values

ROWS = 3000
NOISE = {"exact": np.inf, "some noise": 0.1, "much noise": 0.0005}
Ask = Callable[..., Any]


def some_values(cells: Grid, rng: np.random.Generator, rows: int = ROWS) -> Values:
    """Values of a skewed column: a heavy one, a crowd near the lower bound, the rest anywhere; sentinels, missing."""
    units = cells.value_cells if isinstance(cells, LevelGrid) else cells.units
    unit = np.where(rng.random(rows) < 0.5, (units * rng.random(rows) ** 6).astype(np.int64), units // 3)
    unit = np.where(rng.random(rows) < 0.1, rng.integers(0, max(units, 1), rows), unit)
    special = np.full(rows, -1, np.int16)
    if not isinstance(cells, LevelGrid) and cells.special:
        special = rng.integers(-4, len(cells.special), rows).clip(-1).astype(np.int16)
    data = unit if isinstance(cells, LevelGrid) else cells.value_of(unit)
    null = (rng.random(rows) < (0.07 if units else 1.0)) & cells.nullable
    return Values(data=data, null=null, special=special)


def decoded(cells: Grid, kind: np.ndarray, unit: np.ndarray) -> Values:
    """What was drawn, as if it had been read."""
    inside = np.where(kind == VALUE, unit, 0)
    return Values(
        data=inside if isinstance(cells, LevelGrid) else cells.value_of(inside),
        null=kind == MISSING,
        special=np.where(kind == SPECIAL, unit, -1).astype(np.int16),
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A column, the cells of its rows, what was measured, and the levels made of it."""

    grid: Grid
    cell: np.ndarray
    one: OneWay
    encoding: Encoding

    @property
    def codec(self) -> ColumnCodec:
        return self.encoding.codec.columns["x"]

    @property
    def level_of(self) -> np.ndarray:
        return self.encoding.level_of["x"]


@pytest.fixture(scope="module", params=NOISE)
def case(request: pytest.FixtureRequest, schema: Schema, ask: Ask) -> Case:
    """Every kind of column at every noise."""
    values = some_values(grid("x", schema.columns["x"]), np.random.default_rng(11))
    found = ask({"x": values}, schema, rho=NOISE[request.param])
    return Case(
        grid=found.grids["x"],
        cell=found.grids["x"].encode(values),
        one=found.known["x"],
        encoding=encoding(found.grids, found.known, rows=ROWS, resolution=Resolution(numeric=16, most=30)),
    )


def test_every_cell_has_a_level_and_every_level_a_cell(case: Case) -> None:
    assert len(case.level_of) == case.grid.cells
    np.testing.assert_array_equal(np.unique(case.level_of), np.arange(case.codec.levels))


def test_levels_of_a_line_are_in_order_and_what_is_outside_stands_alone(case: Case) -> None:
    if isinstance(case.grid, LevelGrid):
        if case.grid.nullable:
            assert (case.level_of == case.level_of[-1]).sum() == 1
        return
    assert (np.diff(case.level_of[: case.grid.value_cells]) >= 0).all()
    outside = case.level_of[case.grid.value_cells :]
    np.testing.assert_array_equal(outside, np.arange(case.codec.levels - len(outside), case.codec.levels))


def test_shares_of_levels_and_masses_of_pieces_sum_to_one(case: Case) -> None:
    codec, pieces = case.codec, case.codec.pieces
    assert codec.marginal.sum() == pytest.approx(1)
    assert (codec.marginal >= 0).all()
    assert (pieces.mass > 0).all()
    assert (pieces.count >= 1).all()
    np.testing.assert_array_equal(np.unique(pieces.level), np.arange(codec.levels))
    assert (np.diff(pieces.level) >= 0).all()
    np.testing.assert_allclose(np.bincount(pieces.level, weights=pieces.mass), 1.0)


def test_what_is_drawn_from_a_level_belongs_to_it(case: Case) -> None:
    """encode(decode(level)) = level, from one end of each level to the other."""
    u = np.concatenate([[0.0, 0.5, 1 - 2**-53], np.random.default_rng(2).random(200)])
    level = np.repeat(np.arange(case.codec.levels), len(u))
    kind, unit = case.codec.draw(level, np.tile(u, case.codec.levels))
    cell = case.grid.encode(decoded(case.grid, kind, unit))
    np.testing.assert_array_equal(case.level_of[cell], level)


def test_without_noise_the_shares_are_those_of_the_rows(case: Case) -> None:
    rows = np.bincount(case.level_of[case.cell], minlength=case.codec.levels)
    if case.one.sigma == 0:
        np.testing.assert_allclose(case.codec.marginal, rows / ROWS)
        assert (case.codec.variance == 0).all()
    else:
        assert (case.codec.variance > 0).all()


def test_with_noise_the_shares_are_as_wrong_as_they_say(case: Case) -> None:
    """Projection and shrinkage only help: six standard deviations and the mass that they move."""
    rows = np.bincount(case.level_of[case.cell], minlength=case.codec.levels)
    gap = np.abs(case.codec.marginal - rows / ROWS)
    moved = 3 * case.one.sigma * np.sqrt(len(case.one.counts)) / ROWS
    assert (gap <= 6 * np.sqrt(case.codec.variance) + moved + 1e-9).all()


def test_without_noise_what_is_drawn_has_the_counted_histogram(case: Case) -> None:
    """Shares of levels times masses of pieces, bin by bin."""
    pieces, one = case.codec.pieces, case.one
    if one.sigma or one.edges is None:
        return
    mass = np.where(pieces.kind == VALUE, case.codec.marginal[pieces.level] * pieces.mass, 0.0)
    last = pieces.first + (pieces.count - 1) * pieces.stride
    here, there = (np.searchsorted(one.edges, unit, side="right") - 1 for unit in (pieces.first, last))
    np.testing.assert_array_equal(here[pieces.kind == VALUE], there[pieces.kind == VALUE])
    np.testing.assert_allclose(
        np.bincount(here, weights=mass, minlength=len(one.counts)), one.counts / ROWS, atol=1e-12
    )


def levels_of(cells: Grid, counts: np.ndarray, sigma: float, *, outside: tuple[float, ...] = (), **options: Any) -> Any:
    """Levels of a column from counts that are given, a bin a cell."""
    resolution = options.pop("resolution", Resolution(numeric=20))
    edges = None if isinstance(cells, LevelGrid) else cells.edges
    one = OneWay(
        edges=edges,
        counts=counts,
        outside=np.array(outside),
        sigma=sigma,
        atoms=options.pop("atoms", {}),
        rounding=None,
    )
    return column_levels(cells, one, rows=float(counts.sum() + sum(outside)), resolution=resolution)


LETTERS = LevelGrid(name="x", values=tuple(range(40)), nullable=True)


def test_categories_below_their_noise_share_a_level() -> None:
    counts = np.full(40, 5.0)
    counts[[3, 17, 30]] = [900.0, 500.0, 200.0]
    codec, level_of = levels_of(LETTERS, counts, 4.0, outside=(50.0,))
    assert codec.levels == 5  # three categories, the others, missing
    assert len({level_of[3], level_of[17], level_of[30], level_of[0], level_of[40]}) == 5
    others = np.setdiff1d(np.arange(40), [3, 17, 30])
    assert len(set(level_of[others])) == 1
    shares = codec.pieces.mass[codec.pieces.level == level_of[0]]
    assert len(shares) == 37


def test_categories_without_noise_keep_a_level_each_up_to_the_cap() -> None:
    counts = np.arange(40.0)
    assert levels_of(LETTERS, counts, 0.0, outside=(1.0,))[0].levels == 41
    codec, level_of = levels_of(LETTERS, counts, 0.0, outside=(1.0,), resolution=Resolution(numeric=20, most=10))
    assert codec.levels == 11
    assert len(set(level_of[31:40])) == 9  # the heaviest
    assert len(set(level_of[:31])) == 1


def test_a_category_that_nobody_has_is_never_drawn() -> None:
    """Even at the end of its level, where rounding could tip a draw into it."""
    counts = np.zeros(40)
    counts[:5] = [3, 3, 3, 1, 70]
    codec, level_of = levels_of(LETTERS, counts, 0.0, outside=(0.0,), resolution=Resolution(numeric=20, most=3))
    together = level_of[39]
    _, drawn = codec.draw(np.full(3, together), np.array([0.0, 1 - 2**-53, 1.0]))
    assert (counts[drawn] > 0).all()
    assert (counts[codec.pieces.first[codec.pieces.level == together]] > 0).all()


def line(maximum: int, **more: Any) -> Grid:
    return grid(
        "x", Schema(name="t", columns={"x": {"type": "integer", "minimum": 0, "maximum": maximum, **more}}).columns["x"]
    )


def test_a_line_of_few_values_has_a_level_for_each_that_somebody_has() -> None:
    counts = np.array([5.0, 0.0, 3.0, 1.0, 0.0, 0.0, 9.0, 2.0])
    assert len(counts) <= FEW_VALUES
    codec, level_of = levels_of(line(7), counts, 0.0)
    assert len(set(level_of[[0, 2, 3, 6, 7]])) == 5
    np.testing.assert_allclose(codec.marginal[level_of[[0, 2, 3, 6, 7]]], np.array([5, 3, 1, 9, 2]) / 20)


@pytest.mark.parametrize("sigma", [0.0, 5.0])
def test_a_single_heavy_value_stands_alone(sigma: float) -> None:
    counts = np.full(101, 20.0)
    counts[40] = 1500.0
    codec, level_of = levels_of(line(100), counts, sigma)
    assert (level_of == level_of[40]).sum() == 1
    assert codec.marginal[level_of[40]] == pytest.approx(1500 / counts.sum(), rel=0.05)


def test_what_nobody_has_is_no_level_of_its_own() -> None:
    """All rows in one bin: it stands alone, and so do the two stretches beside it."""
    counts = np.zeros(101)
    counts[40] = 200.0
    assert levels_of(line(100), counts, 0.0)[0].levels == 3


def test_an_atom_is_cut_out_of_its_bin() -> None:
    """4000 units in 40 bins; the atom's rows leave its bin, and its neighbours share the rest."""
    cells = line(3999)
    edges = np.arange(0, 4001, 100)
    counts = np.full(40, 100.0)
    counts[12] += 2000.0
    one = OneWay(edges=edges, counts=counts, outside=np.zeros(0), sigma=0.0, atoms={1234: 2003.0}, rounding=None)
    codec, level_of = column_levels(cells, one, rows=6000.0, resolution=Resolution(numeric=20))
    assert (level_of == level_of[1234]).sum() == 1
    assert codec.marginal[level_of[1234]] == pytest.approx(2003 / 6000, abs=1e-3)
    nearby = codec.marginal[np.unique(level_of[1200:1300])].sum()
    assert nearby < 0.45


def test_levels_hold_about_the_same_number_of_rows() -> None:
    counts = np.linspace(1.0, 9.0, 1000)
    codec, _ = levels_of(line(999), counts, 0.0)
    assert codec.levels == pytest.approx(20, abs=1)
    assert codec.marginal.max() < 1.5 / 20


def test_companded_levels_are_finer_in_the_tail() -> None:
    counts = 1000 * np.exp(-np.arange(1000) / 100.0)
    tail = counts < 0.01 * counts.max()
    even, companded = (
        levels_of(line(999), counts, 0.0, resolution=Resolution(numeric=20, compand=share))[1] for share in (0.0, 0.8)
    )
    assert len(np.unique(companded[tail])) > len(np.unique(even[tail]))


def test_levels_stand_above_their_noise() -> None:
    rng = np.random.default_rng(6)
    for sigma in (1.0, 10.0, 100.0):
        counts = np.full(200, 30.0) + rng.normal(0, sigma, 200)
        codec, _ = levels_of(line(199), counts, sigma)
        assert (codec.marginal * 6000 > 1.5 * sigma).all()


def test_the_void_under_wide_bounds_stays_empty(ask: Ask) -> None:
    """5,000 rows between 1,000 and 2,000 of ten million: noise must not scatter them over the line."""
    schema = Schema(name="t", columns={"x": {"type": "integer", "minimum": 0, "maximum": 10**7}})
    rng = np.random.default_rng(0)
    data = rng.integers(1000, 2000, 5000)
    values = Values(data=data, null=np.zeros(5000, np.bool_), special=np.full(5000, -1, np.int16))
    found = ask({"x": values}, schema, rho=0.01)
    codec = encoding(found.grids, found.known, rows=5000, resolution=Resolution(numeric=16)).codec.columns["x"]
    drawn = codec.draw(rng.choice(codec.levels, 5000, p=codec.marginal), rng.random(5000))[1]
    assert (drawn < 10**5).mean() > 0.95


def test_people_s_rounding_is_drawn_as_it_was_measured(ask: Ask) -> None:
    schema = Schema(name="t", columns={"x": {"type": "integer", "minimum": -1_000_000, "maximum": 1_000_000}})
    rng = np.random.default_rng(0)
    data = rng.integers(-500_000, 900_000, ROWS)
    data[: ROWS // 2] = data[: ROWS // 2] // 1000 * 1000
    values = Values(data=data, null=np.zeros(ROWS, np.bool_), special=np.full(ROWS, -1, np.int16))
    for rho in (np.inf, 0.2):
        found = ask({"x": values}, schema, rho=rho)
        codec = encoding(found.grids, found.known, rows=ROWS, resolution=Resolution(numeric=16)).codec.columns["x"]
        kind, unit = codec.draw(rng.choice(codec.levels, ROWS, p=codec.marginal), rng.random(ROWS))
        drawn = found.grids["x"].value_of(unit)
        assert (kind == VALUE).all()
        assert (drawn % 1000 == 0).mean() == pytest.approx((data % 1000 == 0).mean(), abs=0.05)


def test_levels_in_an_order_are_told_apart_in_runs_of_neighbours(ask: Ask) -> None:
    schema = Schema(name="t", columns={"x": {"type": "categorical", "values": [*range(60)], "ordered": True}})
    values = some_values(grid("x", schema.columns["x"]), np.random.default_rng(5))
    found = ask({"x": values}, schema, rho=0.02)
    made = encoding(found.grids, found.known, rows=ROWS, resolution=Resolution(numeric=16, most=30))
    level_of, codec = made.level_of["x"], made.codec.columns["x"]
    assert (np.diff(level_of) >= 0).all()
    assert 3 < codec.levels <= 30
    assert codec.is_line
