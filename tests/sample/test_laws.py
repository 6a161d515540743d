"""Laws of conditions: random columns, random conditions, and an oracle in plain Python with None for unknown."""

import datetime as dt
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import Grid, LevelGrid, LineGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sample.decode import decode_column
from synthgen.sample.masks import RAREST, condition_codebook
from synthgen.sample.restrict import restrict
from synthgen.schema import Column, Date, DateTime, Integer, Number, Schema
from synthgen.sql.condition import Condition, parse_condition
from synthgen.sql.region import Region
from synthgen.sql.residual import satisfied

Cell = tuple[int, int]
"""Kind and unit."""
Truth = bool | None
Oracle = Callable[[Cell], Truth]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - schema moments carry no zone

BOUNDS: dict[str, list[dict[str, Any]]] = {
    "categorical": [
        {"values": ["Private", "it's", "?", "a b", "10th"]},
        {"values": [3, 1, 2, 10]},
        {"values": ["x", 1, True]},
    ],
    "boolean": [{}, {"values": [0, 1]}, {"values": ["No", "Yes"]}],
    "integer": [
        {"minimum": -3, "maximum": 25},
        {"minimum": 7, "maximum": 7},
        {"minimum": -(2**53), "maximum": 2**53},
        {"minimum": 0, "maximum": 1_500_000, "scale": "log"},
    ],
    "number": [
        {"minimum": -0.3, "maximum": 2.1, "decimals": 1},
        {"minimum": 0.5, "maximum": 30_000, "decimals": 2, "scale": "log"},
        {"minimum": -3, "maximum": 20, "decimals": 0},
        {"minimum": -1.1, "maximum": 1e-3},
        {"minimum": 0, "maximum": 1e9, "scale": "log"},
        {"minimum": 0.1, "maximum": 0.1},
    ],
    "date": [{"minimum": "1969-12-20", "maximum": "1970-01-20"}],
    "datetime": [
        {"minimum": "2019-02-28T23:00:00", "maximum": "2020-03-01T00:00:00"},
        {"minimum": "1969-12-31T23:59:50", "maximum": "1970-01-01T00:00:20"},
    ],
}
SPECIALS: dict[str, list[list[Any]]] = {
    "integer": [[], ["N"], [-1], ["N", 5, -1.0], ["-1"]],
    "number": [[], ["N"], [-1], ["N", 0.5], ["0.5"]],
    "date": [[], ["never", "1970-01-01"], [0]],
    "datetime": [[], ["never", "2019-03-01T00:00:00", "1970-01-01"]],
}


@st.composite
def columns(draw: st.DrawFn, *, small: bool = False) -> Column:
    kind = draw(st.sampled_from(sorted(BOUNDS)))
    bounds = draw(st.sampled_from([bounds for bounds in BOUNDS[kind] if not small or _is_small(kind, bounds)]))
    extra = {"special": draw(st.sampled_from(SPECIALS[kind]))} if kind in SPECIALS else {}
    column = {"type": kind, "nullable": draw(st.booleans()), **bounds, **extra}
    return Schema.model_validate({"name": "t", "columns": {"c": column}}).columns["c"]


def _is_small(kind: str, bounds: dict[str, Any]) -> bool:
    return (
        len(
            _units(
                grid("c", Schema.model_validate({"name": "t", "columns": {"c": {"type": kind, **bounds}}}).columns["c"])
            )
        )
        <= 40
    )


def _units(of: Grid) -> range:
    return range(of.value_cells if isinstance(of, LevelGrid) else of.units)


@st.composite
def codecs(draw: st.DrawFn, column: Column) -> ColumnCodec:
    """Levels at random: stretches of the line (some of them in strides), sentinels, missing."""
    known = grid("c", column)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    units = len(_units(known))
    cuts = np.unique(np.concatenate([[0, units], rng.integers(0, units + 1, 6)]))
    stride = np.where(rng.random(len(cuts) - 1) < 0.3, 10, 1)
    first, width = cuts[:-1], np.diff(cuts)
    level = np.cumsum(np.append(False, rng.random(len(width) - 1) < 0.5))
    kind = np.zeros(len(width), np.int8)
    if isinstance(known, LevelGrid):
        first, level = np.arange(units), np.sort(rng.integers(0, 3, units))
        level = np.unique(level, return_inverse=True)[1]
        stride, width, kind = np.ones(units, np.int64), np.ones(units, np.int64), np.zeros(units, np.int8)
    extra = [(SPECIAL, index) for index in range(len(getattr(known, "special", ())))] + [(MISSING, 0)] * known.nullable
    cells = np.array(extra, np.int64).reshape(-1, 2)
    level = np.concatenate([level, level.max() + 1 + np.arange(len(cells))])
    mass = rng.random(len(level)) + 0.01
    pieces = Pieces(
        level=level.astype(np.int64),
        mass=mass / np.bincount(level, weights=mass)[level],
        kind=np.concatenate([kind, cells[:, 0]]).astype(np.int8),
        first=np.concatenate([first, cells[:, 1]]).astype(np.int64),
        stride=np.concatenate([stride, np.ones(len(cells), np.int64)]),
        count=np.concatenate([-(-width // stride), np.ones(len(cells), np.int64)]),
    )
    marginal = rng.dirichlet(np.ones(level.max() + 1))
    return ColumnCodec(grid=known, pieces=pieces, marginal=marginal, variance=marginal * 0.01)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A column, and what the oracle knows of a cell: None, ("sentinel", spelling, number or None) or the value."""

    name: str
    column: Column
    known: Grid

    def value(self, cell: Cell) -> Any:
        kind, unit = cell
        if kind == MISSING:
            return None
        if isinstance(self.known, LevelGrid):
            return self.known.values[unit]
        if kind == SPECIAL:
            return "sentinel", unit
        value = float(self.known.value_of(np.array([unit]))[0])
        shared = [index for index in range(len(self.known.special)) if self.number(index) == value]
        return ("sentinel", shared[0]) if shared else value

    def number(self, index: int) -> float | None:
        """The number that a sentinel spells."""
        assert isinstance(self.known, LineGrid)
        special = self.known.special[index]
        if isinstance(self.column, Integer | Number):
            return None if special == "N" else float(special)
        if special in {"never", 0}:
            return None
        moment = dt.datetime.fromisoformat(str(special))
        return (moment - EPOCH).total_seconds() / (86_400 if isinstance(self.column, Date) else 1)

    def written(self, number: float) -> tuple[str, float]:
        """A literal near a number, and what it means."""
        if isinstance(self.column, Date):
            return f"'{EPOCH.date() + dt.timedelta(days=round(number))}'", round(number)
        if isinstance(self.column, DateTime):
            return f"TIMESTAMP '{EPOCH + dt.timedelta(seconds=round(number))}'", round(number)
        return (repr(number), number) if number != int(number) or abs(number) > 1e15 else (str(int(number)), number)


@st.composite
def atoms(draw: st.DrawFn, sample: Sample) -> tuple[str, Oracle]:
    """A comparison as SQL and as a function of a cell."""
    name = f'"{sample.name}"'
    form = draw(st.sampled_from(["compare", "compare", "mirrored", "in", "not in", "between", "null", "not null"]))
    if form in {"null", "not null"}:
        wanted = form == "null"
        return f"{name} IS {'' if wanted else 'NOT '}NULL", lambda cell: (sample.value(cell) is None) == wanted
    if isinstance(sample.known, LevelGrid):
        return draw(_level_atoms(sample, name, form))
    return draw(_line_atoms(sample, name, form))


@st.composite
def _level_atoms(draw: st.DrawFn, sample: Sample, name: str, form: str) -> tuple[str, Oracle]:
    assert isinstance(sample.known, LevelGrid)
    levels = draw(st.lists(st.sampled_from(sample.known.values), min_size=1, max_size=3))
    if form in {"in", "not in"}:
        listed = ", ".join(map(_literal, levels))
        return f"{name} {form.upper()} ({listed})", _known(
            sample, lambda value: _among(value, levels) == (form == "in")
        )
    numeric = all(not isinstance(level, bool | str) for level in sample.known.values)
    sign = draw(st.sampled_from(sorted(OPERATORS) if numeric else ["=", "<>", "!="]))
    if sign in {"=", "<>", "!="}:
        test = _known(sample, lambda value: _among(value, levels[:1]) == (sign == "="))
    else:
        test = _known(sample, lambda value: OPERATORS[sign](value, levels[0]))
    return f"{name} {sign} {_literal(levels[0])}", test


@st.composite
def _line_atoms(draw: st.DrawFn, sample: Sample, name: str, form: str) -> tuple[str, Oracle]:
    literals = [draw(_near(sample)) for _ in range(3)]
    texts, numbers = [text for text, _ in literals], [number for _, number in literals]
    if form in {"in", "not in"}:
        test = _known(sample, lambda value: any(_same(sample, value, number) for number in numbers) == (form == "in"))
        return f"{name} {form.upper()} ({', '.join(texts)})", test
    if form == "between" and not any(isinstance(number, str) for number in numbers[:2]):
        low, high = numbers[:2]
        test = _ordered(sample, lambda value: low <= value <= high)
        return f"{name} BETWEEN {texts[0]} AND {texts[1]}", test
    sign = draw(st.sampled_from(sorted(OPERATORS) if not isinstance(numbers[0], str) else ["=", "<>"]))
    if sign in {"=", "<>", "!="}:
        test = _known(sample, lambda value: _same(sample, value, numbers[0]) == (sign == "="))
    else:
        test = _ordered(sample, lambda value: OPERATORS[sign](value, numbers[0]))
    mirrored = sign.translate(str.maketrans("<>", "><")) if sign not in {"<>", "!="} else sign
    return (f"{texts[0]} {mirrored} {name}" if form == "mirrored" else f"{name} {sign} {texts[0]}"), test


@st.composite
def _near(draw: st.DrawFn, sample: Sample) -> tuple[str, Any]:
    """A literal on, beside or between values of the line, beyond its bounds, or a sentinel that is no number."""
    assert isinstance(sample.known, LineGrid)
    words = [special for special in sample.known.special if special in {"N", "never"}]
    if words and draw(st.integers(0, 4)) == 0:
        return f"'{words[0]}'", words[0]
    units = sample.known.units
    unit = draw(st.one_of(st.integers(0, units - 1), st.sampled_from([0, units - 1]), st.just(units // 2)))
    value = float(sample.known.value_of(np.array([unit]))[0])
    step = float(sample.known.step)
    shift = draw(
        st.sampled_from([0.0, 0.0, 0.5 * step, step, -step, -0.3 * step, 2.0 * step * units, -3.0 * step * units])
    )
    nudge = draw(st.sampled_from([None, None, math.inf, -math.inf]))
    number = value + shift if nudge is None else math.nextafter(value + shift, nudge)
    return sample.written(number)


def _literal(level: object) -> str:
    return "'" + level.replace("'", "''") + "'" if isinstance(level, str) else str(level).upper()


def _among(value: Any, levels: Sequence[Any]) -> bool:
    return any(type(value) is type(level) and value == level for level in levels)


def _same(sample: Sample, value: Any, literal: Any) -> bool:
    """Does a known value equal a literal?"""
    assert isinstance(sample.known, LineGrid)
    if isinstance(value, tuple):
        index: int = value[1]
        return bool(literal == (sample.known.special[index] if isinstance(literal, str) else sample.number(index)))
    return not isinstance(literal, str) and bool(value == literal)


def _known(sample: Sample, test: Callable[[Any], bool]) -> Oracle:
    return lambda cell: None if sample.value(cell) is None else test(sample.value(cell))


def _ordered(sample: Sample, test: Callable[[Any], bool]) -> Oracle:
    """Sentinels have no order: unknown."""
    return lambda cell: None if isinstance(sample.value(cell), tuple | None) else test(sample.value(cell))


def _not(test: Oracle) -> Oracle:
    return lambda cell: None if (truth := test(cell)) is None else not truth


def _both(left: Oracle, right: Oracle) -> Oracle:
    def test(cell: Cell) -> Truth:
        truths = left(cell), right(cell)
        return False if False in truths else None if None in truths else True

    return test


def conditions(sample: Sample) -> st.SearchStrategy[tuple[str, Oracle]]:
    """Conditions over one column, nested a little."""

    def grow(inner: st.SearchStrategy[tuple[str, Oracle]]) -> st.SearchStrategy[tuple[str, Oracle]]:
        pairs = st.tuples(inner, inner)
        return st.one_of(
            inner.map(lambda one: (f"NOT ({one[0]})", _not(one[1]))),
            pairs.map(lambda two: (f"({two[0][0]}) AND {two[1][0]}", _both(two[0][1], two[1][1]))),
            pairs.map(lambda two: (f"({two[0][0]} OR {two[1][0]})", _not(_both(_not(two[0][1]), _not(two[1][1]))))),
        )

    return st.recursive(atoms(sample), grow, max_leaves=4)


@dataclass(frozen=True, kw_only=True)
class Case:
    sample: Sample
    codec: ColumnCodec
    sql: str
    oracle: Oracle

    @property
    def schema(self) -> Schema:
        switch = Schema.model_validate({"name": "t", "columns": {"s": {"type": "boolean"}}}).columns["s"]
        return Schema.model_construct(name="t", columns={self.sample.name: self.sample.column, "switch": switch})

    def parse(self, sql: str) -> Condition:
        switch = ColumnCodec(
            grid=grid("switch", self.schema.columns["switch"]),
            pieces=self.codec.pieces,
            marginal=self.codec.marginal,
            variance=self.codec.variance,
        )
        return parse_condition(sql, Codec(columns={self.sample.name: self.codec, "switch": switch}), self.schema)

    def region(self) -> Region:
        return self.parse(self.sql).regions[self.sample.name]


@st.composite
def cases(draw: st.DrawFn, *, small: bool = False, name: str = "a-b") -> Case:
    column = draw(columns(small=small))
    sample = Sample(name=name, column=column, known=grid(name, column))
    sql, oracle = draw(conditions(sample))
    return Case(sample=sample, codec=draw(codecs(column)), sql=sql, oracle=oracle)


def cells_of(case: Case, region: Region) -> list[Cell]:
    """Cells of every kind: at both sides of each boundary, spread over the line, sentinels, missing."""
    units = len(_units(case.sample.known))
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
