"""Expressions over several columns and public tables, against the rows that rejection keeps."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from synthgen.encode.codec import MISSING, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import grid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sample import masks
from synthgen.sample.draw import block_rng, draw_levels
from synthgen.sample.joint import owners
from synthgen.sample.masks import Conditioned, masked
from synthgen.sample.placing import decoded
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema
from synthgen.shape import shape_of
from synthgen.sql import listed
from synthgen.sql.condition import parse_condition
from synthgen.sql.expression import Every, Expression, Missing, Unless, conjuncts
from synthgen.sql.listed import Listed

SCHEMA = Schema.model_validate(
    {
        "name": "t",
        "columns": {
            "job": {"type": "categorical", "values": ["a", "b", "c", "d"]},
            "amt": {"type": "number", "minimum": 0, "maximum": 1000, "decimals": 2},
            "age": {"type": "integer", "minimum": 0, "maximum": 99, "nullable": True},
            "city": {"type": "categorical", "values": ["p", "q", "r", "s", "t"]},
        },
    }
)


def column_codec(name: str, edges: list[int], strides: list[int]) -> ColumnCodec:
    """Two stretches to a level, a share of each in strides; missing last."""
    known = grid(name, SCHEMA.columns[name])
    count = len(edges) - 1
    level = np.arange(count) // 2
    kind, first, width = np.full(count, VALUE), np.array(edges[:-1]), np.diff(edges)
    if known.nullable:
        level, kind = np.append(level, level[-1] + 1), np.append(kind, MISSING)
        first, width, strides = np.append(first, 0), np.append(width, 1), [*strides, 1]
    heavy = np.arange(1.0, len(level) + 1)
    pieces = Pieces(
        level=level,
        mass=heavy / np.bincount(level, weights=heavy)[level],
        kind=kind.astype(np.int8),
        first=first,
        stride=np.array(strides),
        count=-(-width // np.array(strides)),
    )
    levels = int(level[-1]) + 1
    return ColumnCodec(grid=known, pieces=pieces, marginal=np.full(levels, 1 / levels), variance=np.zeros(levels))


CODEC = Codec(
    columns={
        "job": column_codec("job", [0, 1, 2, 3, 4], [1, 1, 1, 1]),
        "amt": column_codec("amt", [0, 100, 5_000, 40_000, 60_000, 90_000, 100_001], [1, 1, 10, 1, 100, 1]),
        "age": column_codec("age", [0, 20, 40, 70, 100], [1, 5, 1, 10]),
        "city": column_codec("city", [0, 1, 2, 3, 4, 5], [1, 1, 1, 1, 1]),
    }
)


def codebook(rows: int, seed: int) -> Codebook:
    """Rows that differ a lot, so that a condition on one column moves the others."""
    rng = np.random.default_rng(seed)
    heads = [rng.dirichlet(np.full(column.levels, 0.3), rows) for column in CODEC.columns.values()]
    return Codebook(
        weights=rng.dirichlet(np.ones(rows)),
        probabilities=np.hstack(heads).astype(np.float32),
        offsets=CODEC.offsets,
    )


BOOK = codebook(12, seed=5)
DRAWN = 400_000


def drawn(found: Conditioned, rows: int, seed: int) -> pa.Table:
    """Independent rows."""
    batches = []
    for number in range(-(-rows // 65_536)):
        rng = block_rng(seed, number)
        _, levels = draw_levels(found.codebook, min(65_536, rows - number * 65_536), rng, independent=True)
        batches.append(decoded(shape_of(SCHEMA), found.codec, levels, rng, independent=True))
    return pa.Table.from_batches(batches)


@pytest.fixture(scope="module")
def everything() -> pa.Table:
    """Rows of the model as it is."""
    return drawn(Conditioned(codebook=BOOK, codec=CODEC, probability=1.0, rest=None), DRAWN, seed=1)


def cells(rows: pa.Table) -> NDArray[np.intp]:
    """Counts of a joint histogram of all four columns."""
    job = np.searchsorted(["a", "b", "c", "d"], rows["job"].to_numpy(zero_copy_only=False).astype(str))
    city = np.searchsorted(["p", "q", "r", "s", "t"], rows["city"].to_numpy(zero_copy_only=False).astype(str))
    amount = np.searchsorted([99.99, 599.99, 900], rows["amt"].to_numpy())
    age = np.searchsorted([20, 40], pc.fill_null(rows["age"], 99).to_numpy(), side="right")
    age = np.where(rows["age"].is_null().to_numpy(), 3, age)
    return np.bincount(((job * 5 + city) * 4 + amount) * 4 + age, minlength=320)


def p_value(one: pa.Table, other: pa.Table) -> float:
    """Of the hypothesis that both tables have one distribution: chi-square over cells that are not nearly empty."""
    counts = np.stack([cells(one), cells(other)])
    rare = counts.sum(axis=0) < 20
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    return float(chi2_contingency(counts[:, counts.sum(axis=0) > 0]).pvalue)


def expression(sql: str) -> tuple[Expression, ...]:
    condition = parse_condition(sql, CODEC, SCHEMA)
    assert condition.rest is not None
    return tuple(conjuncts(condition.rest))


def table(lines: list[tuple[str, ...]], *columns: str, negated: bool = False) -> Listed:
    """Lines of levels and whole numbers; an empty cell is missing."""
    values = np.array([[_value(name, cell) for name, cell in zip(columns, line, strict=True)] for line in lines])
    kind = np.where(np.isnan(values), listed.MISSING, listed.VALUE).astype(np.int8)
    return Listed(
        file="lines.csv",
        columns=columns,
        kind=kind,
        value=np.nan_to_num(values),
        words=((),) * len(columns),
        negated=negated,
    )


def _value(name: str, cell: str) -> float:
    column = SCHEMA.columns[name]
    if not cell:
        return float("nan")
    return float(list(column.values).index(cell)) if hasattr(column, "values") else float(cell)


def text(rows: pa.Table, name: str) -> NDArray[np.str_]:
    return rows[name].to_numpy(zero_copy_only=False).astype(str)


def number(rows: pa.Table, name: str) -> NDArray[np.float64]:
    return rows[name].to_numpy().astype(float)


CONDITIONS = {
    "amt > 517.3 OR job = 'b'": lambda t: (number(t, "amt") > 517.3) | (text(t, "job") == "b"),
    "NOT (job IN ('a', 'c') AND amt < 45) AND NOT (job = 'd' AND city = 'p')": lambda t: (
        ~(np.isin(text(t, "job"), ["a", "c"]) & (number(t, "amt") < 45))
        & ~((text(t, "job") == "d") & (text(t, "city") == "p"))
    ),
    "(age IS NULL OR amt >= 600 OR city IN ('q', 'r')) AND (age > 30 OR job <> 'a')": lambda t: (
        (np.isnan(number(t, "age")) | (number(t, "amt") >= 600) | np.isin(text(t, "city"), ["q", "r"]))
        & ((np.nan_to_num(number(t, "age"), nan=-1) > 30) | (text(t, "job") != "a"))
    ),
}


@pytest.mark.parametrize("sql", CONDITIONS)
def test_rows_under_an_or_are_distributed_like_the_rows_that_rejection_keeps(sql: str, everything: pa.Table) -> None:
    keep = CONDITIONS[sql](everything)
    kept = everything.filter(pa.array(keep))
    found = masked(BOOK, CODEC, expressions=expression(sql))
    assert found.rest is None
    assert abs(found.probability - keep.mean()) < 4 * np.sqrt(found.probability / DRAWN)
    rows = drawn(found, kept.num_rows, seed=2)
    assert CONDITIONS[sql](rows).all()
    assert p_value(rows, kept) > 1e-3
    # Power: boxes that all weigh the same are found out.
    even = replace(found.codebook, weights=np.full(found.codebook.rows, 1 / found.codebook.rows))
    assert p_value(drawn(replace(found, codebook=even), kept.num_rows, seed=2), kept) < 1e-9


LINES = [("a", "p"), ("a", "q"), ("b", "q"), ("c", "r"), ("d", "r"), ("d", "t")]


def is_listed(rows: pa.Table) -> NDArray[np.bool_]:
    return np.isin(np.char.add(text(rows, "job"), text(rows, "city")), [job + city for job, city in LINES])


def test_rows_of_public_combinations_are_distributed_like_the_rows_that_rejection_keeps(everything: pa.Table) -> None:
    keep = is_listed(everything)
    kept = everything.filter(pa.array(keep))
    found = masked(BOOK, CODEC, expressions=[table(LINES, "job", "city")])
    assert abs(found.probability - keep.mean()) < 4 * np.sqrt(found.probability / DRAWN)
    rows = drawn(found, kept.num_rows, seed=3)
    assert is_listed(rows).all()
    assert rows.column_names == list(SCHEMA.columns)
    assert p_value(rows, kept) > 1e-3
    even = replace(found.codebook, weights=np.full(found.codebook.rows, 1 / found.codebook.rows))
    assert p_value(drawn(replace(found, codebook=even), kept.num_rows, seed=3), kept) < 1e-9


def test_combinations_conditions_and_regions_compose(everything: pa.Table) -> None:
    sql = "(city = 'r' OR amt > 300) AND (job <> 'a' OR age IS NULL OR city = 'q')"

    def test(t: pa.Table) -> NDArray[np.bool_]:
        first = (text(t, "city") == "r") | (number(t, "amt") > 300)
        second = (text(t, "job") != "a") | np.isnan(number(t, "age")) | (text(t, "city") == "q")
        return is_listed(t) & first & second & (text(t, "city") != "t")

    keep = test(everything)
    kept = everything.filter(pa.array(keep))
    terms = (*expression(sql), _fact("city <> 't'"))
    found = masked(BOOK, CODEC, expressions=(*terms, table(LINES, "job", "city")))
    assert found.rest is None
    assert set(owners(found.codec)) == set(SCHEMA.columns)
    assert abs(found.probability - keep.mean()) < 4 * np.sqrt(found.probability / DRAWN)
    rows = drawn(found, kept.num_rows, seed=4)
    assert test(rows).all()
    assert p_value(rows, kept) > 1e-3


def _fact(sql: str) -> Expression:
    """A condition on one column as an expression, by joining it to a term on two."""
    condition = parse_condition(f"({sql}) OR (age > 200 AND amt > 2000)", CODEC, SCHEMA)
    assert condition.rest is not None
    return condition.rest


def test_lines_on_a_line_take_the_place_of_each_value_in_its_level(everything: pa.Table) -> None:
    lines = [("a", "10"), ("b", "10"), ("b", "20"), ("c", "35"), ("c", "44"), ("d", "70"), ("a", "90")]
    keep = np.zeros(everything.num_rows, np.bool_)
    for job, age in lines:
        keep |= (text(everything, "job") == job) & (number(everything, "age") == float(age))
    kept = everything.filter(pa.array(keep))
    found = masked(BOOK, CODEC, expressions=[table(lines, "job", "age")])
    assert abs(found.probability - keep.mean()) < 4 * np.sqrt(found.probability / DRAWN)
    rows = drawn(found, kept.num_rows, seed=5)
    assert set(zip(text(rows, "job"), rows["age"].to_pylist(), strict=True)) <= {(job, int(age)) for job, age in lines}
    assert p_value(rows, kept) > 1e-3


@pytest.mark.parametrize("certainly", [True, False])
def test_a_line_that_lacks_what_may_be_missing(everything: pa.Table, certainly: bool) -> None:
    """A missing age is a line's own, or where only rows that are certainly outside are ruled out, any line's."""
    lines = [("a", "10"), ("b", "20"), ("c", ""), ("c", "44")]
    jobs = ["c"] if certainly else ["a", "b", "c"]
    keep = np.isin(text(everything, "job"), jobs) & np.isnan(number(everything, "age"))
    for job, age in [("a", 10), ("b", 20), ("c", 44)]:
        keep |= (text(everything, "job") == job) & (number(everything, "age") == age)
    kept = everything.filter(pa.array(keep))
    fact = table(lines, "job", "age") if certainly else Unless(fact=table(lines, "job", "age", negated=True))
    found = masked(BOOK, CODEC, expressions=[fact])
    assert found.rest is None
    assert abs(found.probability - keep.mean()) < 4 * np.sqrt(found.probability / DRAWN)
    assert p_value(drawn(found, kept.num_rows, seed=6), kept) > 1e-3


def test_a_comparison_of_two_columns_is_left_to_be_filtered() -> None:
    terms = expression("amt < age AND (job = 'a' OR amt > 10)")
    found = masked(BOOK, CODEC, expressions=terms)
    assert found.rest == terms[0]
    two = expression("(amt < age OR job = 'b') AND (amt <> age OR city = 'p')")
    assert masked(BOOK, CODEC, expressions=two).rest == Every(terms=two)


def test_boxes_that_would_take_too_much_memory_are_left_to_be_filtered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "MOST_PROBABILITIES", 100)
    terms = expression("job = 'a' OR amt > 10")
    found = masked(BOOK, CODEC, expressions=terms)
    assert found.rest == terms[0]
    assert found.codebook.probabilities == pytest.approx(BOOK.probabilities, abs=1e-6)


def test_what_cannot_happen_is_refused_with_its_subject() -> None:
    with pytest.raises(ConditionError, match="rules on age") as refused:
        masked(
            BOOK,
            CODEC,
            expressions=[Every(terms=(Missing(column="age"), Missing(column="age", negated=True)))],
            subject="rules",
        )
    assert refused.value.probability == 0.0
    gone = replace(BOOK, probabilities=np.where(np.arange(BOOK.offsets[-1]) == 0, 0, BOOK.probabilities))
    with pytest.raises(ConditionError, match="rules on job, city"):
        masked(gone, CODEC, expressions=[table([("a", "p")], "job", "city")], subject="rules")


def test_a_filtered_rest_tells_its_acceptance() -> None:
    draws: Draws = prepare(SCHEMA, CODEC, BOOK, rows=5_000, where="amt > 517.3 AND (age > amt OR job = 'b')")
    assert draws.acceptance is not None
    assert 0 < draws.acceptance < 1
    rows = pa.Table.from_batches(draws.batches())
    assert rows.num_rows == 5_000
    assert ((number(rows, "amt") > 517.3) & (text(rows, "job") == "b")).all()
