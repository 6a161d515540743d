"""The last step before the door: values to cells, persons to hashes that nobody can guess."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from synthgen.encode.enter import cells_of, entries, hashed
from synthgen.encode.grid import grids
from synthgen.encode.oneway import asks_rounding, rounding_name
from synthgen.privacy import Entry
from synthgen.schema import Schema
from synthgen.tables import conform


def entered(schema: Schema, batches: Sequence[dict[str, list[object]]]) -> list[Entry]:
    lines = grids(schema, discovered={})
    return list(entries([conform(pa.RecordBatch.from_pydict(batch), schema) for batch in batches], lines))


def test_every_kind_of_column_enters_as_cells_of_its_grid(schema: Schema) -> None:
    every = grids(schema, discovered={})
    cells = cells_of(schema, every)
    assert cells["x"] == every["x"].cells
    assert set(cells) == {"x"} | ({rounding_name("x")} if asks_rounding(every["x"]) else set())


PERSONS = Schema(
    name="t",
    privacy={"unit": "person", "rows_per_unit": 2},
    columns={"x": {"type": "categorical", "values": ["a", "b"], "nullable": True}},
)


def test_a_person_has_one_hash_in_every_batch_and_another_in_every_run() -> None:
    batches = [{"person": ["Ann", "Bob", "Ann"], "x": ["a", "b", None]}, {"person": ["Bob", "Ann"], "x": ["a", "a"]}]
    first, second = entered(PERSONS, batches), entered(PERSONS, batches)
    ann, bob = first[0].units[:2]
    assert [entry.units.tolist() for entry in first] == [[ann, bob, ann], [bob, ann]]
    assert ann != bob
    assert first[0].units.dtype == np.uint64
    assert ann != second[0].units[0]
    assert [entry.codes["x"].tolist() for entry in first] == [[0, 1, 2], [0, 0]]


def test_an_empty_batch_enters_too() -> None:
    nobody = pa.RecordBatch.from_pydict({"person": pa.array([], pa.string()), "x": pa.array([], pa.string())})
    (entry,) = entries([conform(nobody, PERSONS)], grids(PERSONS, discovered={}))
    assert entry.rows == 0
    assert len(entry.units) == len(entry.codes["x"]) == 0


def test_rows_without_a_unit_column_have_none() -> None:
    schema = Schema(name="t", columns={"x": {"type": "boolean"}})
    (entry,) = entered(schema, [{"x": [True, False]}])
    assert entry.units is None


def test_a_column_to_discover_enters_with_the_batch_s_own_spellings() -> None:
    schema = Schema(name="t", columns={"job": {"type": "categorical", "discover": True, "nullable": True}})
    batch = conform(pa.RecordBatch.from_pydict({"job": ["cook", None, "smith", "cook"]}), schema)
    (entry,) = entries([batch], {})
    words = entry.dictionaries["job"]
    assert sorted(words) == ["cook", "smith"]
    named = [words[code] if code < len(words) else None for code in entry.codes["job"]]
    assert named == ["cook", None, "smith", "cook"]
    assert cells_of(schema, {}) == {"job": 1}
    assert "cook" not in repr(entry)


def test_rows_without_a_unit_are_one_unit_together_and_stop_nothing() -> None:
    """Under `on_violation: error` they come this far, and the table is refused once it was read."""
    found = hashed(pa.array(["a", None, "b", None, "a"]), "0123456789abcdef")
    assert found is not None
    assert len(set(found.tolist())) == 3
    assert found[1] == found[3]
    assert found[0] == found[4]
