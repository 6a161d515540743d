"""Persons from a fit to a table: rows on demand, the same whatever the batches."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from synthgen import fit
from synthgen.errors import SchemaError
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.sample.draw import BLOCK
from synthgen.schema import Schema

pytestmark = pytest.mark.usefixtures("few_steps")

SCHEMA = Schema(
    name="stays",
    privacy={"unit": "patient", "rows_per_unit": 3},
    columns={
        "name": {"type": "identifier", "kind": "full_name", "agrees": {"gender": "sex"}},
        "sex": {"type": "categorical", "values": ["F", "M"]},
        "ward": {"type": "categorical", "values": ["a", "b", "c", "d"]},
        "visit": {"type": "date", "minimum": "2020-01-01", "maximum": "2020-12-31"},
        "stay": {"type": "identifier", "pattern": "S[0-9]{9}", "unique": True},
    },
)


def private_rows(persons: int = 2000) -> pa.Table:
    """Half of the persons have one row, the others two to six; sex stays, wards mostly do, days do not."""
    rng = np.random.default_rng(0)
    rows = np.where(rng.random(persons) < 0.5, 1, rng.integers(2, 7, persons))
    who = np.repeat(np.arange(persons), rows)
    home = rng.integers(0, 4, persons)[who]
    ward = np.where(rng.random(len(who)) < 0.8, home, rng.integers(0, 4, len(who)))
    return pa.table(
        {
            "name": pa.repeat("Ann Example", len(who)),
            "patient": who,
            "sex": np.array(["F", "M"])[rng.integers(0, 2, persons)[who]],
            "ward": np.array(list("abcd"))[ward],
            "visit": pa.array(18_262 + rng.integers(0, 366, len(who)), pa.int32()).cast(pa.date32()),
            "stay": pa.repeat("S000000000", len(who)),
        }
    )


@pytest.fixture(scope="module")
def model(few_steps: None) -> Model:  # noqa: ARG001 - asked for, so that it comes first
    return fit(private_rows(), SCHEMA, epsilon=math.inf, no_privacy=True, device="cpu").model


def drawn(model: Model, n: int | None, *, batch_rows: int = BLOCK, **request: Any) -> pa.Table:
    ready = draws(model, n, **request)
    return pa.Table.from_batches(ready.batches(batch_rows=batch_rows), schema=ready.schema)


def sizes(table: pa.Table) -> np.ndarray:
    return np.bincount(table.group_by("patient").aggregate([("patient", "count")])["patient_count"].to_numpy())


def constant(table: pa.Table, name: str) -> bool:
    counts = table.group_by("patient").aggregate([(name, "count_distinct")])
    return bool(pc.max(counts[f"{name}_count_distinct"]).as_py() == 1)


def test_a_table_has_as_many_rows_as_the_private_one_also_those_that_were_not_used(model: Model) -> None:
    """A row count is the sum over persons; bounding leaves three of each, sizes say how many there were."""
    assert model.rows == pytest.approx(private_rows().num_rows, rel=0.01)


def test_persons_have_as_many_rows_as_real_ones(model: Model) -> None:
    table = drawn(model, None)
    assert table.schema.names == ["patient", "name", "sex", "ward", "visit", "stay"]
    real = sizes(private_rows())
    found = sizes(table)[: len(real)]
    assert found / found.sum() == pytest.approx(real / real.sum(), abs=0.01)


def test_what_stays_for_a_person_stays_and_identities_with_it(model: Model) -> None:
    table = drawn(model, 5000)
    assert constant(table, "sex")
    assert constant(table, "name")
    assert not constant(table, "ward")
    assert not constant(table, "visit")
    assert pc.count_distinct(table["stay"]).as_py() == 5000


def test_two_rows_of_a_person_are_alike_as_often_as_real_ones(model: Model) -> None:
    def agreement(table: pa.Table) -> float:
        order = np.argsort(table["patient"].to_numpy(), kind="stable")
        who, ward = table["patient"].to_numpy()[order], np.array(table["ward"].to_pylist())[order]
        return float((ward[1:] == ward[:-1])[who[1:] == who[:-1]].mean())

    assert agreement(drawn(model, 20_000)) == pytest.approx(agreement(private_rows()), abs=0.05)


@pytest.mark.parametrize("where", [None, "sex = 'F'", "ward IN ('a', 'b') AND visit > DATE '2020-06-01'"])
def test_the_same_seed_gives_the_same_rows_whatever_the_batches(model: Model, where: str | None) -> None:
    rows = BLOCK + 1000 if where is None else 3000
    whole = drawn(model, rows, seed=4, where=where)
    assert whole.num_rows == rows
    assert whole.equals(drawn(model, rows, seed=4, where=where, batch_rows=777).combine_chunks())
    assert not whole.equals(drawn(model, rows, seed=5, where=where))


def test_persons_of_different_blocks_are_different_persons(model: Model) -> None:
    table = drawn(model, 2 * BLOCK, iid=True)
    first, second = (set(table["patient"].slice(start, BLOCK).to_pylist()) for start in (0, BLOCK))
    assert not first & second
    assert first | second == set(range(1, len(first) + len(second) + 1))
    assert pc.count_distinct(table["stay"]).as_py() == 2 * BLOCK


def test_a_condition_holds_in_all_rows_and_takes_its_share_of_each_person_s(model: Model) -> None:
    """Sex stays, so women have all their rows; days do not, so few of a person's lie in January."""
    women, january = (drawn(model, 4000, where=where) for where in ("sex = 'F'", "visit <= DATE '2020-01-31'"))
    assert pc.unique(women["sex"]).to_pylist() == ["F"]
    assert pc.max(january["visit"]).as_py().isoformat() <= "2020-01-31"
    usual = 5000 / sizes(drawn(model, 5000)).sum()
    assert 4000 / sizes(women).sum() == pytest.approx(usual, rel=0.05)
    assert 1 < 4000 / sizes(january).sum() < 1.3


def test_identifiers_that_so_many_rows_cannot_have_are_refused_before_any_is_drawn(model: Model) -> None:
    with pytest.raises(SchemaError, match=r"columns\.stay\.unique"):
        draws(model, 10**10)


def test_where_each_person_has_one_row_there_is_no_number() -> None:
    schema = SCHEMA.model_copy(update={"privacy": SCHEMA.privacy.model_copy(update={"rows_per_unit": 1})})
    one = fit(private_rows(300), schema, epsilon=math.inf, no_privacy=True, device="cpu").model
    assert one.people is None
    table = drawn(one, 500)
    assert table.schema.names == ["name", "sex", "ward", "visit", "stay"]
    assert pc.count_distinct(table["name"]).as_py() > 400
