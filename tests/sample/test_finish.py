"""From a sampled block to rows of the table: rules over persons, identifiers, and the person's own column."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgen.constrain import PersonRule
from synthgen.errors import TableError
from synthgen.sample.finish import PERSON, Place, check_rules, constant_columns, finished, with_persons
from synthgen.schema import Schema


def rule(kind: Any, *columns: str) -> PersonRule:
    return PersonRule(number=1, sql=f"{kind}({', '.join(columns)}) per person", kind=kind, columns=columns)


def batch_of(**columns: list[Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()})


PERSONS = st.lists(st.integers(1, 5), min_size=1, max_size=8)


@given(PERSONS, st.data())
def test_rules_over_persons_hold_whatever_was_drawn(sizes: list[int], data: st.DataObject) -> None:
    person = np.repeat(np.arange(len(sizes)), sizes)
    values = st.lists(st.none() | st.integers(0, 3), min_size=len(person), max_size=len(person))
    batch = batch_of(day=data.draw(values), weight=data.draw(values), sex=data.draw(values))
    batch = batch.cast(pa.schema([(name, pa.int64()) for name in batch.schema.names]))
    rules = [rule("monotone", "day"), rule("constant", "sex"), rule("monotone", "weight")]
    found = with_persons(batch, person, {}, rules=rules, constant=["sex"])
    check_rules(found, rules)
    assert found.column(PERSON).to_pylist() == person.tolist()
    for name in ("day", "weight"):
        assert sorted(map(str, found.column(name).to_pylist())) == sorted(map(str, batch.column(name).to_pylist()))
    for number in range(len(sizes)):
        own = [value for value, owner in zip(found.column("day").to_pylist(), person, strict=True) if owner == number]
        known = [value for value in own if value is not None]
        assert known == sorted(known)


def test_rows_are_put_in_order_whole() -> None:
    batch = batch_of(day=[3, 1, 2, 9, 8], note=["c", "a", "b", "z", "y"])
    found = with_persons(batch, np.array([0, 0, 0, 1, 1]), {}, rules=[rule("monotone", "day")])
    assert found.column("day").to_pylist() == [1, 2, 3, 8, 9]
    assert found.column("note").to_pylist() == ["a", "b", "c", "y", "z"]


def test_a_row_takes_the_value_of_the_row_it_is_told() -> None:
    batch = batch_of(a=["p", "q", "r"], b=[1, 2, 3])
    found = with_persons(batch, np.array([0, 0, 1]), {"a": np.array([0, 0, 2])})
    assert found.column("a").to_pylist() == ["p", "p", "r"]
    assert found.column("b").to_pylist() == [1, 2, 3]


@given(PERSONS, st.data())
def test_ages_advance_with_the_days_by_one_birthday_a_person(sizes: list[int], data: st.DataObject) -> None:
    person = np.repeat(np.arange(len(sizes)), sizes)
    several = {"min_size": len(person), "max_size": len(person)}
    ages = data.draw(st.lists(st.none() | st.integers(0, 90), **several))
    days = data.draw(st.lists(st.none() | st.integers(18_000, 22_000), **several))
    batch = pa.RecordBatch.from_arrays(
        [pa.array(ages, pa.int64()), pa.array(days, pa.int32()).cast(pa.date32())], names=["age", "day"]
    )
    rules = [rule("advances", "age", "day")]
    found = with_persons(batch, person, {}, rules=rules)
    check_rules(found, rules)
    aged = found.column("age").to_pylist()
    known = [i for i in range(len(person)) if ages[i] is not None and days[i] is not None]
    assert [age for i, age in enumerate(aged) if i not in known] == [a for i, a in enumerate(ages) if i not in known]
    for number in set(person[known]):
        own = [i for i in known if person[i] == number]
        assert aged[own[0]] == ages[own[0]]
        order = sorted(own, key=lambda i: days[i])
        assert [aged[i] for i in order] == sorted(aged[i] for i in order)


def test_an_age_that_no_birthday_explains_is_an_error() -> None:
    day = pa.array([0, 400, 30], pa.int32()).cast(pa.date32())
    broken = rule("advances", "age", "day")
    for ages, fails in (([40, 41, 9], False), ([40, 40, 9], True), ([40, 45, 50], True), ([40, None, 9], False)):
        batch = pa.RecordBatch.from_arrays(
            [pa.array([*ages, 0, 99]), pa.concat_arrays([day, day.slice(0, 2)]), pa.array([0, 0, 1, 2, 3])],
            names=["age", "day", PERSON],
        )
        if not fails:
            check_rules(batch, [broken])
            continue
        with pytest.raises(TableError, match="advances"):
            check_rules(batch, [broken])


BROKEN = {
    "a value that changes": (rule("constant", "x"), [1, 2, 5]),
    "a value that is missing once": (rule("constant", "x"), [1, None, 5]),
    "a value that falls": (rule("monotone", "x"), [2, 1, 5]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_an_error_that_shows_no_value(name: str) -> None:
    broken, values = BROKEN[name]
    batch = batch_of(x=values, **{PERSON: [0, 0, 1]})
    with pytest.raises(TableError) as error:
        check_rules(batch, [broken])
    assert error.value.subject == f"rule {broken.sql}"
    kept = batch_of(x=[1, 1, 0], **{PERSON: [0, 0, 1]})
    check_rules(kept, [broken])


def test_missing_values_are_passed_over_by_monotone() -> None:
    check_rules(batch_of(x=[1, None, 1, 2, None, 0], **{PERSON: [0, 0, 0, 0, 1, 1]}), [rule("monotone", "x")])


SCHEMA = Schema(
    name="t",
    privacy={"unit": "who", "rows_per_unit": 5},
    columns={
        "name": {"type": "identifier", "kind": "full_name", "agrees": {"gender": "sex"}},
        "sex": {"type": "categorical", "values": ["F", "M"]},
        "mail": {"type": "identifier", "kind": "email", "unique": True},
        "stay": {"type": "identifier", "pattern": "S-[0-9]{8}", "unique": True},
        "note": {"type": "text"},
    },
)


def test_what_identities_agree_with_is_constant_without_a_rule() -> None:
    assert constant_columns(SCHEMA, [rule("constant", "note", "sex")]) == ("note", "sex")
    assert constant_columns(SCHEMA, [rule("monotone", "note")]) == ("sex",)


def test_identifiers_stand_in_the_schema_s_order_and_belong_to_persons() -> None:
    batch = batch_of(sex=["F", "F", "M", "M", "M"], **{PERSON: [4, 4, 7, 9, 9]})
    table, after = finished(batch, SCHEMA, seed=3, before=Place(rows=100, persons=40))
    assert table.schema.names == ["who", "name", "sex", "mail", "stay"]
    assert table.column("who").to_pylist() == [41, 41, 42, 43, 43]
    assert after == Place(rows=105, persons=43)
    for name in ("name", "mail"):
        values = table.column(name).to_pylist()
        assert values[0] == values[1]
        assert values[3] == values[4]
    assert len(set(table.column("mail").to_pylist())) == 3
    assert len(set(table.column("stay").to_pylist())) == 5


def test_a_block_may_be_cut_anywhere() -> None:
    whole = batch_of(sex=["F", "F", "M", "M", "F"], **{PERSON: [0, 0, 1, 2, 3]})
    expected, end = finished(whole, SCHEMA, seed=3, before=Place(rows=0, persons=0))
    one, middle = finished(whole.slice(0, 3), SCHEMA, seed=3, before=Place(rows=0, persons=0))
    two, last = finished(whole.slice(3), SCHEMA, seed=3, before=middle)
    assert pa.Table.from_batches([one, two]).combine_chunks() == pa.Table.from_batches([expected]).combine_chunks()
    assert last == end


def test_where_rows_are_persons_each_has_an_identity_and_no_number() -> None:
    schema = SCHEMA.model_copy(update={"privacy": Schema(name="t", columns=SCHEMA.columns).privacy})
    table, after = finished(batch_of(sex=["F", "M"]), schema, seed=3, before=Place(rows=5, persons=5))
    assert table.schema.names == ["name", "sex", "mail", "stay"]
    assert len(set(table.column("mail").to_pylist())) == 2
    assert after == Place(rows=7, persons=7)


def test_a_person_s_own_column_that_the_schema_describes_is_made_as_it_says() -> None:
    columns = {"who": {"type": "identifier", "pattern": "P-[0-9]{6}"}, "age": {"type": "integer"}}
    schema = Schema(name="t", privacy={"unit": "who", "rows_per_unit": 5}, columns=columns)
    table, _ = finished(batch_of(age=[1, 2, 3], **{PERSON: [0, 0, 1]}), schema, seed=1, before=Place(rows=0, persons=0))
    who = table.column("who").to_pylist()
    assert table.schema.names == ["who", "age"]
    assert who[0] == who[1] != who[2]
    assert who[0].startswith("P-")


def test_an_empty_block_has_the_same_columns() -> None:
    batch = pa.RecordBatch.from_pydict({"sex": pa.array([], pa.string()), PERSON: pa.array([], pa.int64())})
    table, after = finished(batch, SCHEMA, seed=3, before=Place(rows=9, persons=4))
    assert table.schema.names == ["who", "name", "sex", "mail", "stay"]
    assert after == Place(rows=9, persons=4)


def test_both_columns_of_a_point_stand_where_the_schema_has_the_point() -> None:
    corners = {"minimum": [40, -80], "maximum": [45, -70]}
    columns = {
        "id": {"type": "identifier", "kind": "sequence"},
        "home": {"type": "point", "latitude": "lat", "longitude": "long"} | corners,
        "age": {"type": "integer", "minimum": 0, "maximum": 99},
    }
    batch = batch_of(age=[30], lat=[41.5], long=[-75.25])
    found, _ = finished(batch, Schema(name="t", columns=columns), seed=0, before=Place(rows=0, persons=0))
    assert found.schema.names == ["id", "lat", "long", "age"]
