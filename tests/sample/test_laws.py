"""Laws of conditions: random columns and conditions, held against the oracle of `cases`."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec
from synthgen.encode.grid import LineGrid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sample.decode import decode_column
from synthgen.sample.masks import RAREST, condition_codebook
from synthgen.sample.restrict import restrict
from synthgen.schema import Schema
from synthgen.sql.condition import parse_condition
from synthgen.sql.region import Region
from synthgen.sql.residual import satisfied
from tests.sample.cases import Case, Cell, cases, units_of


def cells_of(case: Case, region: Region) -> list[Cell]:
    """Cells of every kind: at both sides of each boundary, spread over the line, sentinels, missing."""
    units = len(units_of(case.sample.known))
    near = {int(unit) + shift for unit in (*region.low, *region.high) for shift in (-2, -1, 0, 1)}
    spread = {0, units - 1, units // 2} | {units * k // 17 for k in range(17)}
    shared = set()
    if isinstance(case.sample.known, LineGrid):
        numbers = [case.sample.number(index) for index in range(len(case.sample.known.special))]
        inside = [
            (n - float(case.sample.known.origin)) / float(case.sample.known.step) for n in numbers if n is not None
        ]
        shared = {round(unit) + shift for unit in inside for shift in (-1, 0, 1)}
    values = [(VALUE, unit) for unit in sorted(near | spread | shared) if 0 <= unit < units]
    specials = [(SPECIAL, index) for index in range(len(region.special))]
    return values + specials + [(MISSING, 0)] * case.sample.known.nullable


def inside(region: Region, cells: Sequence[Cell]) -> list[bool]:
    """What the region says of cells."""
    return [
        region.missing
        if kind == MISSING
        else bool(region.special[unit] if kind == SPECIAL else region.holds(np.array(unit)))
        for kind, unit in cells
    ]


def arrays(cells: Sequence[Cell]) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    return np.array([kind for kind, _ in cells], np.int8), np.array([unit for _, unit in cells], np.int64)


@given(cases())
def test_a_region_holds_exactly_the_cells_for_which_the_condition_is_true(case: Case) -> None:
    region = case.region()
    cells = cells_of(case, region)
    assert inside(region, cells) == [case.oracle(cell) is True for cell in cells]


@given(cases())
def test_the_residual_says_of_decoded_values_what_the_region_says_of_their_units(case: Case) -> None:
    # a detour over a second column sends the condition to the rest
    condition = case.parse(f"({case.sql}) AND switch OR ({case.sql}) AND NOT switch")
    assert condition.rest is not None
    cells = cells_of(case, case.region())
    column = decode_column(case.codec, case.sample.column, *arrays(cells))
    batch = pa.record_batch({case.sample.name: column, "switch": pa.array([True] * len(cells))})
    assert satisfied(condition, batch).tolist() == [case.oracle(cell) is True for cell in cells]
    assert inside(condition.regions[case.sample.name], cells) == inside(case.region(), cells)


@given(cases(), st.integers(0, 2**32))
def test_every_draw_from_a_restricted_codec_satisfies_the_condition(case: Case, seed: int) -> None:
    codec, factor = restrict(case.codec, case.region())
    rng = np.random.default_rng(seed)
    level = np.repeat(np.arange(codec.levels), 20)  # levels that keep nothing too
    kind, unit = codec.draw(level, np.concatenate([rng.random(len(level) - 2), [0.0, np.nextafter(1, 0)]]))
    if factor.any():
        assert all(case.oracle(cell) is True for cell in zip(kind.tolist(), unit.tolist(), strict=True))
    assert np.allclose(np.bincount(codec.pieces.level, weights=codec.pieces.mass), 1.0)
    assert (codec.pieces.level == np.sort(codec.pieces.level)).all()
    assert (codec.pieces.count >= 1).all()


@given(cases())
def test_the_factor_of_a_level_is_the_share_of_its_mass_that_satisfies_the_condition(case: Case) -> None:
    region, pieces = case.region(), case.codec.pieces
    expected = np.zeros(case.codec.levels)
    for level, mass, kind, first, stride, count in zip(
        *(getattr(pieces, f).tolist() for f in pieces.__slots__), strict=True
    ):
        if kind == VALUE:
            every = range(first, first + stride * count, stride)
            kept = sum(_within(every, int(low), int(high)) for low, high in zip(region.low, region.high, strict=True))
        else:
            kept = int(inside(region, [(kind, first)])[0])
        expected[level] += mass * kept / count
    codec, factor = restrict(case.codec, region)
    assert np.allclose(factor, expected, rtol=1e-9, atol=1e-15)
    assert ((factor == 0) == (expected == 0)).all()
    if factor.any():
        share = case.codec.marginal * factor
        assert np.allclose(codec.marginal, share / share.sum())


def _within(every: range, low: int, high: int) -> int:
    """How many members of a range lie in low .. high - 1."""
    below = [max(0, min(len(every), -(-(bound - every.start) // every.step))) for bound in (low, high)]
    return below[1] - below[0]


@given(st.tuples(cases(small=True, name="a"), cases(small=True, name="b")), st.integers(0, 2**32), st.integers(1, 4))
def test_conditioning_is_exact_by_enumeration(two: tuple[Case, Case], seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    levels = [case.codec.levels for case in two]
    heads = [rng.dirichlet(np.full(width, 0.5), rows).astype(np.float32) for width in levels]
    offsets = np.concatenate([[0], np.cumsum(levels)])
    book = Codebook(weights=rng.dirichlet(np.ones(rows)), probabilities=np.hstack(heads), offsets=offsets)
    codec = Codec(columns={case.sample.name: case.codec for case in two})
    schema = Schema.model_construct(name="t", columns={case.sample.name: case.sample.column for case in two})
    condition = parse_condition(f"({two[0].sql}) AND ({two[1].sql})", codec, schema)
    assert condition.rest is None
    joint = _joint(book, codec)
    true = {cells: all(case.oracle(cell) is True for case, cell in zip(two, cells, strict=True)) for cells in joint}
    probability = sum(share for cells, share in joint.items() if true[cells])
    if probability < RAREST:
        with pytest.raises(ConditionError) as refused:
            condition_codebook(book, codec, condition)
        assert refused.value.probability == pytest.approx(probability)
        return
    found = condition_codebook(book, codec, condition)
    assert math.isclose(found.probability, probability, rel_tol=1e-6)
    after = _joint(found.codebook, found.codec)
    assert all(true[cells] for cells, share in after.items() if share > 0)
    for cells in joint:
        expected = joint[cells] / probability if true[cells] else 0.0
        assert math.isclose(after.get(cells, 0.0), expected, rel_tol=1e-4, abs_tol=1e-6)


def _joint(book: Codebook, codec: Codec) -> dict[tuple[Cell, ...], float]:
    """Probability of every pair of cells, by enumeration."""
    parts = []
    for index, column in enumerate(codec.columns.values()):
        share: dict[Cell, NDArray[np.float64]] = {}
        pieces = column.pieces
        for at in range(len(pieces.level)):
            each = book.head(index)[:, pieces.level[at]] * pieces.mass[at] / pieces.count[at]
            for step in range(pieces.count[at]):
                cell = int(pieces.kind[at]), int(pieces.first[at] + step * pieces.stride[at])
                share[cell] = share.get(cell, 0.0) + each
        parts.append(share)
    return {
        (one, other): float(book.weights @ (parts[0][one] * parts[1][other]))
        for one, other in itertools.product(*parts)
    }
