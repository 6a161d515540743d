"""Partial rows completed: given cells stay, the others follow the model given them, and the rules hold."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from synthgen.encode.codec import MISSING, SPECIAL, VALUE, Codec, ColumnCodec, Pieces
from synthgen.encode.grid import LevelGrid, grid
from synthgen.engine.codebook import Codebook
from synthgen.errors import ConditionError, ConfigError, TableError, ViolationError
from synthgen.sample.complete import completed
from synthgen.sample.stream import Draws, prepare
from synthgen.schema import Schema
from synthgen.shape import shape_of
from synthgen.tables import open_table

COLUMNS: dict[str, Any] = {
    "job": {"type": "categorical", "values": ["a", "b", "c"]},
    "city": {"type": "categorical", "values": ["p", "q", "r", "s"]},
    "fraud": {"type": "boolean", "values": [0, 1]},
    "amt": {"type": "number", "minimum": 0, "maximum": 1000, "decimals": 2, "nullable": True, "null_values": ["?"]},
    "age": {"type": "integer", "minimum": 0, "maximum": 99, "special": [-1]},
    "day": {"type": "date", "minimum": "2020-01-01", "maximum": "2020-12-31"},
    "id": {"type": "identifier", "kind": "uuid"},
}


def column_codec(schema: Schema, name: str, levels: int) -> ColumnCodec:
    known = grid(name, schema.columns[name])
    units = known.value_cells if isinstance(known, LevelGrid) else known.units
    edges = np.linspace(0, units, min(levels, units) + 1).astype(np.int64)
    kind = np.full(len(edges) - 1, VALUE)
    first, count = edges[:-1], np.diff(edges)
    for extra in [*([SPECIAL] * len(getattr(known, "special", ()))), *([MISSING] * known.nullable)]:
        kind, first, count = np.append(kind, extra), np.append(first, 0), np.append(count, 1)
    pieces = Pieces(
        level=np.arange(len(kind)),
        mass=np.ones(len(kind)),
        kind=kind.astype(np.int8),
        first=first,
        stride=np.ones(len(kind), np.int64),
        count=count,
    )
    even = np.full(len(kind), 1 / len(kind))
    return ColumnCodec(grid=known, pieces=pieces, marginal=even, variance=np.zeros(len(kind)))


def model(*constraints: str, **more: Any) -> Draws:
    """A mixture that ties its columns together, over these columns and more."""
    schema = Schema.model_validate({"name": "t", "columns": COLUMNS | more, "constraints": list(constraints)})
    modelled = shape_of(schema).modelled
    codec = Codec(columns={name: column_codec(modelled, name, 6) for name in modelled.columns})
    rng = np.random.default_rng(3)
    heads = [rng.dirichlet(np.full(column.levels, 0.4), 20) for column in codec.columns.values()]
    book = Codebook(
        weights=rng.dirichlet(np.ones(20)), probabilities=np.hstack(heads).astype(np.float32), offsets=codec.offsets
    )
    return prepare(schema, codec, book, rows=10, seed=5, iid=True)


BASE = model()


def done(rows: pd.DataFrame | pa.Table | Path, base: Draws = BASE, *, as_text: bool = False) -> pa.Table:
    found = completed(open_table(rows), base, as_text=as_text)
    return pa.Table.from_batches(found.batches(), schema=found.schema)


def binned(rows: pa.Table) -> NDArray[np.intp]:
    """Counts of a joint histogram."""
    city = np.searchsorted(["p", "q", "r", "s"], rows["city"].to_numpy(zero_copy_only=False).astype(str))
    amount = np.searchsorted([166, 333, 500, 700], rows["amt"].to_numpy())
    age = np.searchsorted([0, 30, 60], rows["age"].to_numpy(), side="right")
    return np.bincount((city * 5 + amount) * 4 + age, minlength=80)


def p_value(one: pa.Table, other: pa.Table) -> float:
    counts = np.stack([binned(one), binned(other)])
    rare = counts.sum(axis=0) < 20
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    return float(chi2_contingency(counts[:, counts.sum(axis=0) > 0]).pvalue)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"job": "a"}, "job = 'a'"),
        ({"fraud": 1, "day": dt.date(2020, 3, 1)}, "fraud = 1 AND day = '2020-03-01'"),
        ({"job": "c", "fraud": 0, "day": dt.date(2020, 12, 31)}, "job = 'c' AND fraud = 0 AND day = '2020-12-31'"),
    ],
)
def test_completed_cells_follow_the_model_given_the_known_ones(given: dict[str, Any], where: str) -> None:
    rows = 30_000
    found = done(pa.table({name: pa.array([value] * rows) for name, value in given.items()}))
    draws = prepare(
        BASE.shape.table, BASE.codec, BASE.codebook, rows=rows, seed=9, where=f"({where}) AND amt IS NOT NULL", iid=True
    )
    expected = pa.Table.from_batches(draws.batches())
    for name, value in given.items():
        assert set(found[name].to_pylist()) == {value}
    assert p_value(found, expected) > 1e-3
    # Power: rows that know nothing are found out.
    assert p_value(done(pa.table({"job": pa.nulls(rows, pa.string())})), expected) < 1e-9


def test_given_cells_come_back_untouched_whatever_the_pattern() -> None:
    rng = np.random.default_rng(1)
    whole = prepare(BASE.shape.table, BASE.codec, BASE.codebook, rows=5000, seed=1, iid=True)
    rows = pa.Table.from_batches(whole.batches()).to_pandas()
    holes = pd.DataFrame({name: rng.random(5000) < 0.5 for name in rows})
    partial = rows.astype(object).mask(holes)
    found = done(partial).to_pandas()
    assert list(found) == list(COLUMNS)
    assert not found.isna().any().any(), "what is completed is not missing"
    for name in rows:
        kept = ~holes[name] & rows[name].notna()
        assert (found[name][kept] == rows[name][kept]).all()


def test_a_csv_file_keeps_its_spelling(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("note,age,amt,job,id\nx,007,,a,\ny,,1.50,,mine\nz,-1,?,b,\n")
    found = done(path, as_text=True)
    assert found.column_names == [*COLUMNS, "note"]
    assert found["note"].to_pylist() == ["x", "y", "z"]
    assert [found["age"][0].as_py(), found["amt"][1].as_py(), found["id"][1].as_py()] == ["007", "1.50", "mine"]
    assert [found["age"][2].as_py(), found["amt"][2].as_py()] == ["-1", "?"]
    assert found["amt"][0].as_py() not in {None, ""}
    assert len(set(found["id"].to_pylist())) == 3
    typed = done(path)
    assert typed["age"].to_pylist()[::2] == [7, -1]
    assert typed["amt"].to_pylist()[1:] == [1.5, None]


def test_the_same_seed_completes_alike() -> None:
    rows = pa.table({"job": ["a", "b", None] * 50})
    assert done(rows).equals(done(rows))
    assert not done(rows).equals(done(rows, replace(BASE, seed=6)))


def test_values_that_the_model_has_never_seen_are_completed_all_the_same() -> None:
    """A level without mass, and a stretch of the line that the model left out."""
    pieces = BASE.codec.columns["amt"].pieces
    amounts = replace(BASE.codec.columns["amt"], pieces=replace(pieces, count=np.maximum(pieces.count // 2, 1)))
    gap = replace(BASE, codec=Codec(columns=dict(BASE.codec.columns) | {"amt": amounts}))
    found = done(pa.table({"amt": [99.0, 999.99]}), gap)
    assert found["amt"].to_pylist() == [99.0, 999.99]
    heads = BASE.codebook.probabilities.copy()
    heads[:, BASE.codec.span("job").start] = 0
    never = replace(BASE, codebook=replace(BASE.codebook, probabilities=heads))
    assert done(pa.table({"job": ["a"] * 5}), never)["job"].to_pylist() == ["a"] * 5


def test_forbidden_combinations_hold_in_completed_rows() -> None:
    rules = "NOT (job = 'a' AND city IN ('p', 'q')) AND NOT (job = 'b' AND city <> 'p')"
    base = model(rules)
    found = done(pa.table({"job": ["a"] * 500 + ["b"] * 500 + [None] * 500}), base).to_pandas()
    assert set(found["city"][:500]) == {"r", "s"}
    assert set(found["city"][500:1000]) == {"p"}
    assert set(found["job"][1000:]) == {"a", "b", "c"}
    with pytest.raises(ConditionError, match="job = 'b'"):
        done(pa.table({"job": ["b"], "city": ["q"]}), base)


def test_computed_columns_and_bounded_pairs_hold_in_completed_rows() -> None:
    more = {
        "fee": {"type": "number", "minimum": 0, "maximum": 100, "decimals": 2},
        "total": {"type": "number", "minimum": 0, "maximum": 1100, "decimals": 2, "nullable": True},
        "out": {"type": "date", "minimum": "2020-01-01", "maximum": "2021-12-31"},
    }
    base = model("total = amt + fee", "out >= day", **more)
    days = [dt.date(2020, 5, 1), None]
    outs = [None, dt.date(2020, 6, 1)]
    rows = pa.table({"amt": [10.0, 20.5] * 200, "day": days * 200, "out": outs * 200})
    found = done(rows, base).to_pandas()
    assert np.allclose(found["total"], found["amt"] + found["fee"])
    assert (found["out"] >= found["day"]).all()
    assert set(found["day"][::2]) == {days[0]}
    assert set(found["out"][1::2]) == {outs[1]}


def test_rows_that_make_no_sense_are_refused_in_one_line() -> None:
    with pytest.raises(ViolationError, match=r"age \(above maximum: 1\)"):
        done(pa.table({"age": [5, 200]}))
    with pytest.raises(TableError, match="columns of t, got none"):
        done(pa.table({"shoe": [5]}))
    with pytest.raises(ViolationError, match="unknown level"):
        done(pa.table({"job": ["z"]}))
    with pytest.raises(ConfigError, match="a row a person"):
        completed(open_table(pa.table({"job": ["a"]})), replace(BASE, persons=object()), as_text=False)  # type: ignore[arg-type]  # refused unread
