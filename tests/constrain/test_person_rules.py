"""Rules over the rows of one person: what may be said, and of which columns."""

from typing import Any

import pytest

from synthgen.constrain import PersonRule, rules_of
from synthgen.errors import SchemaError
from synthgen.schema import Schema

COLUMNS = {
    "sex": {"type": "categorical", "values": ["F", "M"]},
    "age": {"type": "integer", "minimum": 0, "maximum": 120},
    "code": {"type": "integer", "minimum": 0, "maximum": 120, "special": ["N"]},
    "day": {"type": "date", "minimum": "2020-01-01", "maximum": "2020-12-31"},
    "who": {"type": "identifier", "kind": "uuid"},
}


def read(sql: str, **privacy: Any) -> PersonRule:
    schema = Schema(name="t", privacy={"unit": "id", "rows_per_unit": 4} | privacy, columns=COLUMNS, constraints=[sql])
    (rule,) = rules_of(schema)
    assert isinstance(rule, PersonRule)
    return rule


@pytest.mark.parametrize(
    ("sql", "kind", "columns"),
    [
        ("constant(sex) per person", "constant", ("sex",)),
        ("CONSTANT (sex, age) PER PERSON", "constant", ("sex", "age")),
        ("monotone(day) per person", "monotone", ("day",)),
        ("advances(age, day) per person", "advances", ("age", "day")),
    ],
)
def test_a_rule_over_persons_says_what_and_of_which_columns(sql: str, kind: str, columns: tuple[str, ...]) -> None:
    rule = read(sql)
    assert (rule.kind, rule.columns) == (kind, columns)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("monotone(sex) per person", "an order"),
        ("monotone(code) per person", "an order"),
        ("advances(age) per person", "an integer and a date"),
        ("advances(day, age) per person", "an integer and a date"),
        ("advances(code, day) per person", "an integer and a date"),
        ("advances(age, day)", "per person"),
        ("constant(who) per person", "identifier"),
        ("constant(height) per person", "height"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_number(sql: str, words: str) -> None:
    with pytest.raises(SchemaError, match=words) as error:
        read(sql)
    assert error.value.subject.startswith("constraint 1")


def test_rules_over_persons_need_persons() -> None:
    with pytest.raises(SchemaError, match=r"privacy\.unit"):
        read("constant(sex) per person", unit="row", rows_per_unit=1)
