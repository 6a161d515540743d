"""Fingerprints: which ledgers know a table's units, and nothing that a stranger could read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from synthgen import Budget, Schema
from synthgen.encode.fingerprint import Watch, siphash, units
from synthgen.spending import Sketch, Sketcher, Spending
from synthgen.spending.sketch import KEPT
from synthgen.tables.conform import Conformed, conform

KEY = "00112233445566778899aabbccddeeff"
BY_ROW = Schema(
    name="t",
    columns={
        "age": {"type": "integer", "minimum": 0, "maximum": 10**6, "nullable": True, "special": [-1]},
        "paid": {"type": "number", "minimum": 0, "maximum": 900, "decimals": 2},
        "city": {"type": "categorical", "discover": True},
        "at": {"type": "date", "minimum": "2000-01-01", "maximum": "2030-01-01"},
    },
)
BY_ID = BY_ROW.model_copy(update={"privacy": BY_ROW.privacy.model_copy(update={"unit": "pid", "rows_per_unit": 2})})


def table(first: int, last: int) -> pa.Table:
    ids = np.arange(first, last)
    return pa.table(
        {
            "pid": [f"P{number}" for number in ids],
            "age": [None if number % 7 == 0 else -1 if number % 11 == 0 else int(number) for number in ids],
            "paid": ids / 100,
            "city": [f"city {number % 50}" for number in ids],
            "at": ["2020-02-29"] * len(ids),
        }
    )


def batches(rows: pa.Table, schema: Schema) -> Iterator[Conformed]:
    yield from (conform(batch, schema) for batch in rows.to_batches(max_chunksize=137))


def sketch(rows: pa.Table, schema: Schema, key: str = KEY) -> Sketch:
    sketcher = Sketcher()
    for batch in batches(rows, schema):
        sketcher.add(units(batch, key))
    return sketcher.sketch()


@pytest.mark.parametrize("schema", [BY_ROW, BY_ID], ids=["rows", "ids"])
def test_a_table_is_known_again_in_any_order_and_any_batches(schema: Schema) -> None:
    rows = table(0, 900)
    shuffled = rows.take(np.random.default_rng(3).permutation(900))
    assert sketch(rows, schema) == sketch(shuffled, schema)
    assert sketch(shuffled, schema).known_to(sketch(rows, schema)) == "the same units"


@pytest.mark.parametrize("schema", [BY_ROW, BY_ID], ids=["rows", "ids"])
@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(0, 20_000, "the same units"), (2000, 9000, "most of its units"), (19_000, 30_000, "some of its units")],
)
def test_an_overlap_is_told(schema: Schema, first: int, last: int, said: str) -> None:
    assert sketch(table(first, last), schema).known_to(sketch(table(0, 20_000), schema)) == said


@pytest.mark.parametrize("schema", [BY_ROW, BY_ID], ids=["rows", "ids"])
def test_strangers_are_told_apart(schema: Schema) -> None:
    assert sketch(table(20_000, 40_000), schema).known_to(sketch(table(0, 20_000), schema)) == "none of its units"


def test_under_another_key_the_same_table_looks_like_another() -> None:
    for schema in (BY_ROW, BY_ID):
        other = sketch(table(0, 900), schema, KEY[::-1])
        assert other.known_to(sketch(table(0, 900), schema)) == "none of its units"


def test_one_value_of_a_row_makes_it_another() -> None:
    rows = table(1, 2)
    changed = [rows.set_column(1, "age", pa.array([value], pa.int64())) for value in (None, -1, 2)] + [
        rows.set_column(2, "paid", pa.array([0.02])),
        rows.set_column(3, "city", pa.array(["city 2"])),
    ]
    seen = [sketch(each, BY_ROW).hashes[0] for each in (rows, *changed)]
    assert len(set(seen)) == len(seen)


def test_a_sketch_is_small_and_survives_its_text() -> None:
    known = sketch(table(0, 20_000), BY_ID)
    assert len(known.hashes) == KEPT
    assert Sketch.from_text(known.to_text()) == known


def test_hashes_look_random() -> None:
    hashes = siphash([np.arange(4096, dtype=np.uint64)], KEY)
    assert len(np.unique(hashes)) == 4096
    bits = (hashes[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert abs(bits.mean(axis=0) - 0.5).max() < 0.05


def watched(spending: Spending, rows: pa.Table) -> Watch:
    watch = Watch(spending)
    for batch in batches(rows, BY_ID):
        watch.see(batch)
    return watch


@pytest.fixture
def ledgers(tmp_path: Path) -> tuple[Spending, Spending]:
    """Of two data sets, the first of which has seen people 0 to 499."""
    budget = Budget(epsilon=9, delta=1e-6)
    first, second = (
        Spending.create(tmp_path / f"{name}.ledger", dataset=name, budget=budget, unit="pid") for name in "ab"
    )
    first.remember(watched(first, table(0, 500)).sketch())
    return first, second


def test_a_ledger_knows_its_own_table_and_says_nothing(ledgers: tuple[Spending, Spending]) -> None:
    assert watched(ledgers[0], table(0, 500)).warnings() == ()
    assert watched(ledgers[0], table(400, 900)).warnings() == ()  # it grew


def test_a_table_of_strangers_may_be_the_wrong_one(ledgers: tuple[Spending, Spending]) -> None:
    (said,) = watched(ledgers[0], table(500, 900)).warnings()
    assert "is it the right one" in said


def test_units_that_another_ledger_beside_it_knows_are_warned_of(ledgers: tuple[Spending, Spending]) -> None:
    (said,) = watched(ledgers[1], table(480, 900)).warnings()
    assert "some of its units in common with a" in said
    assert not any(character in said for character in ("P480", "20 "))  # no id, no number of units
    assert watched(ledgers[1], table(500, 900)).warnings() == ()


def test_other_files_beside_a_ledger_do_not_matter(ledgers: tuple[Spending, Spending]) -> None:
    (ledgers[0].path.parent / "notes.ledger").write_text("not a ledger")
    assert watched(ledgers[0], table(0, 500)).warnings() == ()
