"""A model given its rules: what is masked, what it keeps of the model, what is refused, and what is drawn."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synthgen.constrain import fields_of, verify
from synthgen.encode.codec import MISSING, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import LevelGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError, ConfigError, ViolationError
from synthgen.sample.joint import flat
from synthgen.sample.ruled import ruled
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema
from synthgen.shape import shape_of

COLUMNS: dict[str, Any] = {
    "a": {"type": "integer", "minimum": 0, "maximum": 19},
    "b": {"type": "integer", "minimum": 0, "maximum": 19},
    "c": {"type": "categorical", "values": ["x", "y", "z"], "nullable": True},
    "w": {"type": "categorical", "values": ["k", "l", "m"]},
    "t": {"type": "integer", "minimum": 0, "maximum": 40},
}
TABLES = {"places.csv": {"columns": ["c", "w"], "rows": [["x", "k"], ["y", "l"], ["y", "m"]]}}


def schema(*rules: str) -> Schema:
    return Schema.model_validate({"name": "t", "columns": COLUMNS, "constraints": rules, "tables": TABLES})


def model(described: Schema, *, levels: int = 99) -> tuple[Codec, Codebook]:
    """Four codebook rows over what is learned, a level for each value or for a stretch of them."""
    rng = np.random.default_rng(5)
    columns = {}
    for name, column in shape_of(described).modelled.columns.items():
        cells = grid(name, column)
        units = cells.value_cells if isinstance(cells, LevelGrid) else cells.units
        cuts = np.unique(np.linspace(0, units, min(units, levels) + 1).astype(np.int64))
        size = len(cuts) - 1 + cells.nullable
        pieces = Pieces(
            level=np.arange(size),
            mass=np.ones(size),
            kind=np.array([VALUE] * (len(cuts) - 1) + [MISSING] * cells.nullable, np.int8),
            first=np.append(cuts[:-1], [0] * cells.nullable).astype(np.int64),
            stride=np.ones(size, np.int64),
            count=np.append(np.diff(cuts), [1] * cells.nullable).astype(np.int64),
        )
        share = np.full(size, 1 / size)
        columns[name] = ColumnCodec(grid=cells, pieces=pieces, marginal=share, variance=share)
    codec = Codec(columns=columns)
    heads = np.concatenate([rng.dirichlet(np.ones(one.levels), 4) for one in columns.values()], axis=1)
    return codec, Codebook(weights=np.full(4, 0.25), probabilities=heads.astype(np.float32), offsets=codec.offsets)


def draws(described: Schema, rows: int = 500, **more: Any) -> Draws:
    return prepare(described, *model(described), rows=rows, **more)


def table(sample: Draws, **more: Any) -> pd.DataFrame:
    return pa.Table.from_batches(sample.batches(**more)).to_pandas()


MASKED = [
    "NOT (c = 'x' AND a < 5)",
    "(c, w) IN TABLE 'places.csv'",
    "a >= 3 OR b < 7",
    "c = 'x' OR w <> 'k' OR a + 0 < 0",
]


@pytest.mark.parametrize("rules", [MASKED[:1], MASKED[1:2], MASKED[:3]], ids=["forbidden", "table", "all"])
@pytest.mark.parametrize("levels", [99, 4])
def test_a_mask_rejects_nothing_and_leaves_every_column_as_it_was(rules: list[str], levels: int) -> None:
    described = schema(*rules)
    codec, book = model(described, levels=levels)
    found = ruled(book, codec, shape_of(described))
    assert not found.is_open
    assert 0 < found.probability < 1
    sample = prepare(described, codec, book, rows=60_000, seed=1, iid=True)
    assert sample.acceptance is None
    drawn = table(sample)
    for name in ("a", "b", "w"):
        cuts = codec.columns[name].pieces
        wanted = book.weights @ book.head(codec.names.index(name))
        values = drawn[name].map({"k": 0, "l": 1, "m": 2}) if name == "w" else drawn[name]
        level = np.searchsorted(cuts.first, values, side="right") - 1
        share = np.bincount(level, minlength=len(wanted)) / len(drawn)
        allowed = share > 0
        if "IN TABLE" not in str(rules):
            assert np.abs(share - wanted)[allowed].max() < 0.02, name


def test_without_rules_the_model_is_untouched() -> None:
    described = schema()
    codec, book = model(described)
    found = ruled(book, codec, shape_of(described))
    assert found.codebook is book
    assert found.codec is codec
    assert found.kept is None


def test_rows_are_the_same_whatever_the_batch() -> None:
    described = schema("t = a + b", "a <= b", "a <> 7")
    sample = draws(described, 700, seed=3)
    assert sample.acceptance is not None
    whole = table(sample)
    pd.testing.assert_frame_equal(whole, table(sample, batch_rows=64))
    assert len(whole) == 700
    assert (whole.t == whole.a + whole.b).all()
    assert (whole.a <= whole.b).all()


def test_a_small_sample_is_balanced_although_some_rows_are_drawn_again() -> None:
    assert draws(schema("a <> b"), 300).is_balanced
    assert not draws(schema("a <> b"), 300, where="a < 5 OR b = t").is_balanced


def test_conditions_may_name_columns_that_are_computed_or_counted() -> None:
    described = schema("t = a + b", "a <= b")
    drawn = table(draws(described, 200, where="t > 20 AND b < 15"))
    assert len(drawn) == 200
    assert (drawn.t > 20).all()
    assert (drawn.b < 15).all()


def test_a_rule_that_hardly_a_row_keeps_is_refused_and_named() -> None:
    described = schema("a <> 3", "a * a * a * a = b * b * b + 6859 * t + 1")
    with pytest.raises(
        ConditionError, match=r"expected at least 0\.01 % of the rows drawn to pass, got .* alone keeps"
    ):
        draws(described)


def test_a_condition_that_contradicts_a_rule_names_it() -> None:
    with pytest.raises(ConditionError, match="the rule 'a <= b' contradict each other"):
        draws(schema("a <> 3", "a <= b"), where="a > 12 AND b < 4")
    with pytest.raises(ConditionError, match=r"the rule 't = a \+ b' contradict each other"):
        draws(schema("t = a + b"), where="t > 30 AND a < 4")


def test_no_two_rows_are_alike_where_a_rule_says_so() -> None:
    described = schema("unique(a, b)", "a <> b")
    drawn = table(draws(described, 350))
    assert len(drawn.drop_duplicates(["a", "b"])) == len(drawn) == 350
    with pytest.raises(ConfigError, match="expected at most 400 rows, for there are no more different ones, got 401"):
        draws(described, 401)
    with pytest.raises(ConfigError, match="expected rows that are like none before"):
        table(draws(described, 390))  # 380 pairs differ


def test_rows_in_which_a_value_is_missing_are_like_no_other() -> None:
    drawn = table(draws(schema("unique(c)"), 40))
    assert drawn.c.dropna().is_unique
    assert drawn.c.isna().sum() >= 37


def test_what_is_written_is_read_again_and_every_rule_looked_at() -> None:
    described = schema("a <= b", "t = a + b")
    rules, fields = shape_of(described).rules.row_rules, fields_of(described)
    batch = next(draws(described).batches())
    verify(batch, rules, fields, described)
    wrong = batch.set_column(batch.schema.get_field_index("t"), "t", pa.array([0] * batch.num_rows))
    with pytest.raises(ViolationError, match="constraint") as raised:
        verify(wrong, rules, fields, described)
    assert ("constraint", "t = a + b") in raised.value.counts
    outside = batch.set_column(0, "a", pa.array([77] * batch.num_rows))
    with pytest.raises(ViolationError, match="above maximum"):
        verify(outside, rules, fields, described)


def test_the_columns_of_a_table_are_drawn_as_one_and_gaps_stay_possible() -> None:
    described = schema("(c, w) IN TABLE 'places.csv'")
    codec, book = model(described)
    sample = prepare(described, codec, book, rows=2000)
    assert set(flat(sample.codec).columns) == set(codec.columns)
    drawn = table(sample)
    pairs = set(drawn.dropna(subset=["c"])[["c", "w"]].itertuples(index=False, name=None))
    assert pairs == {("x", "k"), ("y", "l"), ("y", "m")}
    assert drawn.c.isna().any()
