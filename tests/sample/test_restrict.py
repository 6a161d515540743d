from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from synthgen.encode.codec import MISSING, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import LevelGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError
from synthgen.sample.masks import condition_codebook
from synthgen.sample.restrict import restrict
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema
from synthgen.sql.condition import parse_condition

SCHEMA = Schema.model_validate(
    {
        "name": "t",
        "columns": {
            "job": {"type": "categorical", "values": ["a", "b", "c", "d"]},
            "amt": {"type": "number", "minimum": 0, "maximum": 1000, "decimals": 2},
            "age": {"type": "integer", "minimum": 0, "maximum": 99, "nullable": True},
            "share": {"type": "number", "minimum": 0, "maximum": 1},
        },
    }
)
WHERE = "amt > 517.3 AND (age BETWEEN 18 AND 45 OR age IS NULL) AND job <> 'b' AND NOT share < 0.25"


def column_codec(name: str, edges: list[int], strides: list[int]) -> ColumnCodec:
    """Two stretches to a level, a share of each in strides; missing last."""
    known = grid(name, SCHEMA.columns[name])
    count = len(edges) - 1
    level = np.arange(count) // 2
    kind, first, width = np.full(count, VALUE), np.array(edges[:-1]), np.diff(edges)
    if known.nullable:
        level, kind = np.append(level, level[-1] + 1), np.append(kind, MISSING)
        first, width, strides = np.append(first, 0), np.append(width, 1), [*strides, 1]
    pieces = Pieces(
        level=level,
        mass=1.0 / np.bincount(level)[level],
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
        "share": column_codec("share", [0, 2**38, 2**39, 2**40], [1, 1, 1]),
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


def table(draws: Draws) -> pa.Table:
    return pa.Table.from_batches(draws.batches())


def rejected(rows: int, seed: int) -> pa.Table:
    """Rows of the unconditioned model that satisfy WHERE, found without any of the code under test."""
    drawn = table(prepare(SCHEMA, CODEC, BOOK, rows=rows, seed=seed, iid=True))
    ages = pc.fill_null(pc.and_(pc.greater_equal(drawn["age"], 18), pc.less_equal(drawn["age"], 45)), fill_value=True)
    keep = pc.and_(pc.greater(drawn["amt"], 517.3), pc.not_equal(drawn["job"], "b"))
    return drawn.filter(pc.and_(pc.and_(keep, ages), pc.greater_equal(drawn["share"], 0.25)))


def cells(rows: pa.Table) -> NDArray[np.intp]:
    """Counts of a joint histogram of all four columns."""
    job = np.searchsorted(["a", "c", "d"], rows["job"].to_numpy(zero_copy_only=False).astype(str))
    amount = np.searchsorted([599.99, 700, 900, 950], rows["amt"].to_numpy())
    age = np.searchsorted([20, 30, 40], pc.fill_null(rows["age"], 99).to_numpy(), side="right")
    age = np.where(rows["age"].is_null().to_numpy(), 4, age)
    share = (rows["share"].to_numpy() > 0.5).astype(np.int64)
    return np.bincount(((job * 5 + amount) * 5 + age) * 2 + share, minlength=150)


def p_value(one: pa.Table, other: pa.Table) -> float:
    """Of the hypothesis that both tables have one distribution: chi-square over cells that are not nearly empty."""
    counts = np.stack([cells(one), cells(other)])
    rare = counts.sum(axis=0) < 20
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    return float(chi2_contingency(counts[:, counts.sum(axis=0) > 0]).pvalue)


def test_conditional_rows_are_distributed_like_the_rows_that_rejection_keeps() -> None:
    kept = rejected(1_500_000, seed=1)
    assert kept.num_rows > 30_000, "too few for the test to see anything"
    draws = prepare(SCHEMA, CODEC, BOOK, rows=kept.num_rows, seed=2, where=WHERE, iid=True)
    assert abs(draws.probability - kept.num_rows / 1_500_000) < 4 * np.sqrt(draws.probability / 1_500_000)
    assert p_value(table(draws), kept) > 1e-3
    # Power: a model that masks levels but does not weigh the codebook rows again is found out, and so is one that
    # takes a level of which a part is left for a whole one.
    assert np.allclose(by_hand().probabilities, draws.codebook.probabilities, atol=1e-6)
    for wrong in (by_hand(weigh=False), by_hand(share=False)):
        assert p_value(table(replace(draws, codebook=wrong)), kept) < 1e-9


def by_hand(*, weigh: bool = True, share: bool = True) -> Codebook:
    """The codebook given WHERE, rightly or with one of the two mistakes."""
    weights, heads = BOOK.weights, []
    regions = parse_condition(WHERE, CODEC, SCHEMA).regions
    for index, (name, column) in enumerate(CODEC.columns.items()):
        factor = restrict(column, regions[name])[1]
        head = BOOK.head(index) * (factor if share else factor > 0)
        weights = weights * (head.sum(axis=1) if weigh else head.sum(axis=1) > 0)
        heads.append(head / np.maximum(head.sum(axis=1, keepdims=True), 1e-300))
    kept = weights > 0
    probabilities = np.hstack(heads)[kept].astype(np.float32)
    return replace(BOOK, weights=weights[kept] / weights.sum(), probabilities=probabilities)


def test_a_condition_leaves_the_other_columns_codes_alone_and_drops_rows_that_cannot_satisfy_it() -> None:
    heads = np.array([[1, 0, 0.5, 0.5], [0.5, 0.5, 1, 0]], np.float32)
    columns = {name: replace(column_codec("job", [0, 1, 2, 3, 4], [1] * 4)) for name in ("job", "other")}
    schema = Schema.model_construct(name="t", columns=dict.fromkeys(columns, SCHEMA.columns["job"]))
    book = Codebook(weights=np.array([0.2, 0.8]), probabilities=heads, offsets=np.array([0, 2, 4]))
    codec = Codec(columns=columns)
    found = condition_codebook(book, codec, parse_condition("job IN ('c', 'd')", codec, schema))
    assert found.probability == pytest.approx(0.4)
    assert found.codebook.weights.tolist() == [1.0]
    assert found.codebook.probabilities.tolist() == [[0, 1, 1, 0]]
    found = condition_codebook(book, codec, parse_condition("job = 'a'", codec, schema))
    assert found.probability == pytest.approx(0.2 * 0.5 + 0.8 * 0.25)
    assert found.codebook.weights == pytest.approx([1 / 3, 2 / 3])
    assert found.codec.columns["other"] is codec.columns["other"]


def test_a_condition_that_everything_satisfies_changes_nothing() -> None:
    found = condition_codebook(BOOK, CODEC, parse_condition("amt >= 0 AND job IN ('a', 'b', 'c', 'd')", CODEC, SCHEMA))
    assert found.probability == pytest.approx(1.0)
    assert found.codebook.weights == pytest.approx(BOOK.weights)
    assert np.allclose(found.codebook.probabilities, BOOK.probabilities, atol=1e-6)


@pytest.mark.parametrize(
    ("sql", "subject"),
    [
        ("age > 200", "condition on age"),
        ("age > 40 AND age < 20", "condition on age"),
        ("job IS NULL", "condition on job"),
        ("age = 40.5", "condition on age"),
    ],
)
def test_a_condition_that_no_value_of_the_schema_satisfies_is_refused_with_probability_0(
    sql: str, subject: str
) -> None:
    with pytest.raises(ConditionError) as refused:
        condition_codebook(BOOK, CODEC, parse_condition(sql, CODEC, SCHEMA))
    assert refused.value.subject == subject
    assert refused.value.probability == 0.0


def test_a_condition_that_the_model_gives_no_probability_is_refused_with_it() -> None:
    heads = np.zeros((1, int(CODEC.offsets[-1])), np.float32)
    heads[0, CODEC.offsets[:-1]] = 1.0
    heads[0, CODEC.offsets[1]] = 1e-14  # amounts below 50
    heads[0, CODEC.offsets[1] + 1] = 1.0
    book = Codebook(weights=np.ones(1), probabilities=heads, offsets=CODEC.offsets)
    for sql, probability in (("job = 'c'", 0.0), ("amt < 1", 5e-15)):
        with pytest.raises(ConditionError, match="probability") as refused:
            condition_codebook(book, CODEC, parse_condition(sql, CODEC, SCHEMA))
        assert refused.value.probability == pytest.approx(probability)
        assert "\n" not in str(refused.value)


def test_conditions_are_exact_inside_a_level() -> None:
    draws = prepare(SCHEMA, CODEC, BOOK, rows=5_000, where="amt > 517.3 AND amt <= 517.33")
    assert set(table(draws)["amt"].to_pylist()) == {517.31, 517.32, 517.33}


def test_a_level_that_keeps_nothing_draws_what_satisfies_the_condition_all_the_same() -> None:
    region = parse_condition("amt > 950", CODEC, SCHEMA).regions["amt"]
    codec, factor = restrict(CODEC.columns["amt"], region)
    assert factor.tolist()[:2] == [0, 0]
    kind, unit = codec.draw(np.zeros(100, np.int64), np.linspace(0, 0.999, 100))
    assert (kind == VALUE).all()
    assert (unit > 95_000).all()


def test_many_intervals_cut_many_pieces_at_once() -> None:
    known = grid("age", SCHEMA.columns["age"])
    assert not isinstance(known, LevelGrid)
    odd = ", ".join(str(value) for value in range(1, 100, 2))
    region = parse_condition(f"age IN ({odd})", CODEC, SCHEMA).regions["age"]
    codec, factor = restrict(CODEC.columns["age"], region)
    # 0..19 every unit: half. 20, 25, ... 35 in strides of 5: half. 40..69: half. 70, 80, 90: none. Missing: none.
    assert factor == pytest.approx([0.5, 0.25, 0.0])
    assert (codec.pieces.first % 2 == 1).all()


def test_pieces_without_mass_are_no_part_of_what_is_left() -> None:
    codec = CODEC.columns["job"]
    mass = codec.pieces.mass.copy()
    mass[:2] = 0.0, 1.0  # the level of a and b is all b
    codec = replace(codec, pieces=replace(codec.pieces, mass=mass))
    cut, factor = restrict(codec, parse_condition("job IN ('a', 'c')", CODEC, SCHEMA).regions["job"])
    assert factor.tolist() == [0.0, 0.5]
    assert (cut.pieces.mass > 0).all()
    assert set(cut.draw(np.zeros(50, np.int64), np.linspace(0, 0.99, 50))[1].tolist()) == {2}
