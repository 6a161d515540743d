"""Laws of rules: random rules, conditions and gaps, and an oracle in plain Python with None for unknown."""

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgen.constrain import checked, compiled, fields_of
from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import Grid, LevelGrid, grid
from synthgen.encode.typed import level_array, line_array
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError, SchemaError
from synthgen.sample.stream import prepare
from synthgen.schema import Schema
from synthgen.shape import shape_of
from synthgen.tables import conform

Row = dict[str, Any]
Truth = bool | None

COLUMNS: dict[str, dict[str, Any]] = {
    "a": {"type": "integer", "minimum": 0, "maximum": 12},
    "b": {"type": "integer", "minimum": -3, "maximum": 12},
    "p": {"type": "number", "minimum": 0, "maximum": 2, "decimals": 1},
    "t": {"type": "number", "minimum": -5, "maximum": 40, "decimals": 2},
    "c": {"type": "categorical", "values": ["x", "y", "z"]},
    "w": {"type": "categorical", "values": ["k", "l", "m", "n"]},
    "d": {"type": "date", "minimum": "2020-02-20", "maximum": "2020-03-05"},
    "e": {"type": "date", "minimum": "2020-02-25", "maximum": "2020-03-10"},
    "f": {"type": "boolean"},
}
PLACES = {"columns": ["c", "w"], "rows": [["x", "k"], ["x", "l"], ["y", "m"], ["z", "n"], ["z", "k"]]}


def known(*names: str) -> Callable[[Callable[..., Any]], Callable[[Row], Any]]:
    """A rule of these columns, unknown where one is missing."""

    def wrap(rule: Callable[..., Any]) -> Callable[[Row], Any]:
        def asked(row: Row) -> Any:
            values = [row[name] for name in names]
            return None if None in values else rule(*values)

        return asked

    return wrap


def negation(value: Truth) -> Truth:
    return None if value is None else not value


def either(*values: Truth) -> Truth:
    return True if True in values else None if None in values else False


def both(*values: Truth) -> Truth:
    return negation(either(*map(negation, values)))


def in_places(row: Row) -> Truth:
    """SQL's IN over rows: unknown where what is missing could still make a line."""
    lines = [
        both(*(None if row[name] is None else row[name] == cell for name, cell in zip("cw", line, strict=True)))
        for line in PLACES["rows"]
    ]
    return either(*lines)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A rule as text and as a function; `makes` is the column that it computes, with its value."""

    sql: str
    oracle: Callable[[Row], Truth]
    makes: tuple[str, Callable[[Row], Any]] | None = None


def computed(column: str, term: str, value: Callable[[Row], Any]) -> Case:
    def holds(row: Row) -> Truth:
        right = value(row)
        return None if right is None or row[column] is None else row[column] == right

    return Case(sql=f"{column} = {term}", oracle=holds, makes=(column, value))


day = dt.timedelta(days=1)
RULES = [
    Case(sql="e >= d", oracle=known("e", "d")(lambda e, d: e >= d)),
    Case(sql="e > d", oracle=known("e", "d")(lambda e, d: e > d)),
    Case(sql="e - d <= 6", oracle=known("e", "d")(lambda e, d: e - d <= 6 * day)),
    Case(sql="d < e - 2", oracle=known("e", "d")(lambda e, d: d < e - 2 * day)),
    Case(sql="a <= b", oracle=known("a", "b")(lambda a, b: a <= b)),
    Case(sql="b - 2 * a BETWEEN -9 AND 4", oracle=known("a", "b")(lambda a, b: -9 <= b - 2 * a <= 4)),
    Case(sql="t > a", oracle=known("t", "a")(lambda t, a: t > a)),
    Case(
        sql="t >= p AND a < 11",
        oracle=lambda r: both(known("t", "p")(lambda t, p: t >= p)(r), known("a")(lambda a: a < 11)(r)),
    ),
    Case(sql="a <> b", oracle=known("a", "b")(lambda a, b: a != b)),
    Case(
        sql="NOT (c = 'x' AND a < 5)",
        oracle=lambda r: negation(both(known("c")(lambda c: c == "x")(r), known("a")(lambda a: a < 5)(r))),
    ),
    Case(
        sql="c = 'y' OR p IS NULL OR a + b > 6",
        oracle=lambda r: either(
            known("c")(lambda c: c == "y")(r), r["p"] is None, known("a", "b")(lambda a, b: a + b > 6)(r)
        ),
    ),
    Case(sql="(c, w) IN TABLE 'places.csv'", oracle=in_places),
    Case(sql="NOT (c, w) IN TABLE 'places.csv'", oracle=lambda r: negation(in_places(r))),
    Case(
        sql="w LIKE 'k%' OR c <> 'z'",
        oracle=lambda r: either(known("w")(lambda w: w.startswith("k"))(r), known("c")(lambda c: c != "z")(r)),
    ),
    computed("t", "a * p + 1", known("a", "p")(lambda a, p: round(a * p + 1, 2))),
    computed("t", "sum(a, b)", known("a", "b")(lambda a, b: float(a + b))),
    computed("f", "(a >= 6)", known("a")(lambda a: a >= 6)),
    computed("b", "CASE WHEN c = 'x' THEN a ELSE 3 END", lambda r: r["a"] if r["c"] == "x" else 3),
    computed("e", "d + 4", known("d")(lambda d: d + 4 * day)),
    computed("a", "DAY(d)", known("d")(lambda d: d.day)),
]
CONDITIONS = [
    None,
    Case(sql="a > 3", oracle=known("a")(lambda a: a > 3)),
    Case(
        sql="t < 12 AND c IN ('x', 'z')",
        oracle=lambda r: both(known("t")(lambda t: t < 12)(r), known("c")(lambda c: c in {"x", "z"})(r)),
    ),
    Case(sql="e IS NULL OR b < 4", oracle=lambda r: either(r["e"] is None, known("b")(lambda b: b < 4)(r))),
    Case(sql="e > '2020-03-01'", oracle=known("e")(lambda e: e > dt.date(2020, 3, 1))),
    Case(sql="a >= b", oracle=known("a", "b")(lambda a, b: a >= b)),
]


def schema_of(rules: Sequence[Case], nullable: frozenset[str]) -> Schema:
    columns = {name: {**column, "nullable": name in nullable} for name, column in COLUMNS.items()}
    return Schema.model_validate(
        {
            "name": "t",
            "on_violation": "drop",
            "columns": columns,
            "constraints": [rule.sql for rule in rules],
            "tables": {"places.csv": PLACES},
        }
    )


def codec_of(cells: Grid) -> ColumnCodec:
    """A level for each unit or, where they are many, for stretches of units; then sentinels and missing."""
    units = cells.value_cells if isinstance(cells, LevelGrid) else cells.units
    cuts = np.unique(np.linspace(0, units, min(units, 24) + 1).astype(np.int64))
    specials = 0 if isinstance(cells, LevelGrid) else len(cells.special)
    kind = [VALUE] * (len(cuts) - 1) + [SPECIAL] * specials + [MISSING] * cells.nullable
    levels = len(kind)
    marginal = np.full(levels, 1 / levels)
    pieces = Pieces(
        level=np.arange(levels),
        mass=np.ones(levels),
        kind=np.array(kind, np.int8),
        first=np.array([*cuts[:-1], *range(specials), *([0] * cells.nullable)], np.int64),
        stride=np.ones(levels, np.int64),
        count=np.array([*np.diff(cuts), *([1] * (specials + cells.nullable))], np.int64),
    )
    return ColumnCodec(grid=cells, pieces=pieces, marginal=marginal, variance=marginal)


def model_of(modelled: Schema, seed: int) -> tuple[Codec, Codebook]:
    rng = np.random.default_rng(seed)
    codec = Codec(columns={name: codec_of(grid(name, column)) for name, column in modelled.columns.items()})
    heads = [0.5 / one.levels + 0.5 * rng.dirichlet(np.ones(one.levels), 3) for one in codec.columns.values()]
    book = Codebook(
        weights=np.array([0.5, 0.3, 0.2]),
        probabilities=np.concatenate(heads, axis=1).astype(np.float32),
        offsets=codec.offsets,
    )
    return codec, book


def random_rows(schema: Schema, rules: Sequence[Case], count: int, seed: int) -> list[Row]:
    """Rows of the schema's domain, computed columns as their rules say; None where that is outside of it."""
    dice = random.Random(seed)  # noqa: S311 - draws rows of a test
    whole = {name: list(_domain(name)) for name in COLUMNS}
    rows = []
    for _ in range(count):
        row = {
            name: None if schema.columns[name].nullable and dice.random() < 0.2 else dice.choice(values)
            for name, values in whole.items()
        }
        for rule in [*rules] * len(rules):  # what is made of what is made comes right by the last turn
            if rule.makes is not None:
                value = rule.makes[1](row)
                row[rule.makes[0]] = row[rule.makes[0]] if value is None else value
        rows.append(row)
    return rows


def _domain(name: str) -> list[Any]:
    column = COLUMNS[name]
    if column["type"] == "boolean":
        return [False, True]
    if "values" in column:
        return list(column["values"])
    if column["type"] == "date":
        low, high = (dt.date.fromisoformat(column[key]) for key in ("minimum", "maximum"))
        return [low + day * step for step in range((high - low).days + 1)]
    scale = 10 ** column.get("decimals", 0)
    numbers = range(column["minimum"] * scale, column["maximum"] * scale + 1)
    return [number / scale if scale > 1 else number for number in numbers]


def is_inside(row: Row, schema: Schema) -> bool:
    """Whether every value is one that the schema allows."""
    return all(
        schema.columns[name].nullable if value is None else value in _DOMAINS[name] for name, value in row.items()
    )


def leans_on_nothing(row: Row, rules: Sequence[Case]) -> bool:
    """Whether something is made of a column that itself is made of nothing known: both come back as missing."""
    made = [rule.makes for rule in rules if rule.makes is not None]
    blank = row | {name: None for name, value_of in made if value_of(row) is None}
    return any(value_of(blank) != value_of(row) for _, value_of in made)


_DOMAINS = {name: frozenset(_domain(name)) for name in COLUMNS}
few_rules = st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique_by=lambda rule: rule.sql)
gaps = st.frozensets(st.sampled_from(sorted(COLUMNS)), max_size=5)


@settings(max_examples=20)
@given(few_rules, gaps, st.sampled_from(CONDITIONS), st.integers(0, 2**32))
def test_no_row_breaks_a_rule_or_a_condition_and_nothing_that_rows_can_meet_is_refused(
    rules: list[Case], nullable: frozenset[str], where: Case | None, seed: int
) -> None:
    schema = schema_of(rules, nullable)
    asked = [*rules, *([where] if where else [])]

    def wanted(row: Row) -> bool:
        told = where is None or where.oracle(row) is True
        return told and is_inside(row, schema) and all(rule.oracle(row) is not False for rule in rules)

    try:
        shape = shape_of(schema)
        codec, book = model_of(shape.modelled, seed)
        draws = prepare(schema, codec, book, rows=60, seed=seed, where=where.sql if where else None)
        drawn = pa.Table.from_batches(draws.batches()).to_pylist()
    except (SchemaError, ConditionError):
        rows = random_rows(schema, rules, 3000, seed)
        assert sum(map(wanted, rows)) < 30, [case.sql for case in asked]
        return
    assert len(drawn) == 60
    broken = [row for row in drawn if not wanted(row)]
    assert broken == [], [case.sql for case in asked]


@settings(max_examples=40)
@given(few_rules, gaps, st.integers(0, 2**32))
def test_private_rows_are_judged_as_sql_judges_them(rules: list[Case], nullable: frozenset[str], seed: int) -> None:
    schema = schema_of(rules, nullable)
    try:
        known_rules = compiled(schema).row_rules
    except SchemaError:
        return  # they contradict one another
    rows = random_rows(schema, [], 60, seed)
    names = list(COLUMNS)
    arrays = {name: pa.array([row[name] for row in rows]) for name in names}
    found = checked(conform(pa.RecordBatch.from_pydict(arrays), schema), known_rules, fields_of(schema), "drop")
    sound = [all(rule.oracle(row) is not False for rule in rules) for row in rows]
    assert found.rows == sum(sound)
    assert found.quarantined == 60 - sum(sound)


@settings(max_examples=40)
@given(few_rules, gaps, st.integers(0, 2**32))
def test_a_row_that_keeps_the_rules_comes_back_from_what_is_learned(
    rules: list[Case], nullable: frozenset[str], seed: int
) -> None:
    """Nothing is lost on the way in: the modelled columns of a row say what the row was."""
    schema = schema_of(rules, nullable)
    try:
        shape = shape_of(schema)
    except SchemaError:
        return
    rows = [
        row
        for row in random_rows(schema, rules, 300, seed)
        if is_inside(row, schema) and all(rule.oracle(row) is not False for rule in rules)
        if not leans_on_nothing(row, rules)
    ]
    if not rows:
        return
    batch = pa.RecordBatch.from_pydict({name: pa.array([row[name] for row in rows]) for name in COLUMNS})
    inside = shape.inward(conform(batch, schema))
    grids = {name: grid(name, column) for name, column in shape.modelled.columns.items()}
    cells = {name: grids[name].encode(values) for name, values in inside.columns.items()}
    assert all((cell >= 0).all() and (cell < grids[name].cells).all() for name, cell in cells.items())
    back = conform(shape.outward(_written(shape.modelled, inside.columns), np.random.default_rng(0)), schema)
    for name in COLUMNS:
        was, now = conform(batch, schema).columns[name], back.columns[name]
        unknown = np.zeros(len(rows), bool)
        for rule in rules:
            if rule.makes is not None and rule.makes[0] == name:
                unknown |= np.array([rule.makes[1](row) is None for row in rows])
        same = (was.null == now.null) & (was.null | (was.data == now.data))
        assert (same | unknown).all(), name
    assert not back.violations


def _written(modelled: Schema, columns: Any) -> pa.RecordBatch:
    arrays = {}
    for name, values in columns.items():
        column = modelled.columns[name]
        if getattr(column, "values", None) is not None:
            arrays[name] = level_array(column.values).take(pa.array(values.data, mask=values.null))
        else:
            arrays[name] = line_array(values.data, column, values.null)
    return pa.RecordBatch.from_pydict(arrays)
