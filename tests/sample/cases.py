"""Random columns with their codecs, random conditions, and an oracle in plain Python with None for unknown."""

import datetime as dt
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from synthgen.encode.codec import MISSING, SPECIAL, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import Grid, LevelGrid, LineGrid, grid
from synthgen.schema import Column, Date, DateTime, Integer, Number, Schema
from synthgen.schema.lines import EPOCH
from synthgen.sql.condition import Condition, parse_condition
from synthgen.sql.region import Region

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
            units_of(
                grid("c", Schema.model_validate({"name": "t", "columns": {"c": {"type": kind, **bounds}}}).columns["c"])
            )
        )
        <= 40
    )


def units_of(of: Grid) -> range:
    return range(of.value_cells if isinstance(of, LevelGrid) else of.units)


@st.composite
def codecs(draw: st.DrawFn, column: Column) -> ColumnCodec:
    """Levels at random: stretches of the line (some of them in strides), sentinels, missing."""
    known = grid("c", column)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    units = len(units_of(known))
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
