"""What a rule may say, and the one line for what it may not."""

from typing import Any

import pytest

from synthgen.constrain import PersonRule, RowRule, UniqueRule, compiled, rules_of
from synthgen.errors import SchemaError
from synthgen.schema import Schema

COLUMNS: dict[str, dict[str, Any]] = {
    "a": {"type": "integer", "minimum": 0, "maximum": 100},
    "b": {"type": "number", "minimum": 0, "maximum": 100, "decimals": 2, "nullable": True},
    "t": {"type": "number", "minimum": 0, "maximum": 10_000, "decimals": 2, "nullable": True},
    "d": {"type": "date", "minimum": "2019-01-01", "maximum": "2020-01-01"},
    "at": {"type": "datetime", "minimum": "2019-01-01T00:00:00", "maximum": "2020-01-01T00:00:00"},
    "c": {"type": "categorical", "values": ["x", "y", "z"]},
    "hours-a-week": {"type": "integer", "minimum": 0, "maximum": 99},
    "code": {"type": "categorical", "discover": True},
    "f": {"type": "boolean"},
    "id": {"type": "identifier", "kind": "uuid"},
    "note": {"type": "text"},
    "home": {"type": "point", "latitude": "lat", "longitude": "long", "minimum": [0, 0], "maximum": [9, 9]},
}
TABLES = {"places.csv": {"columns": ["c", "a"], "rows": [["x", "1"], ["y", "2"], ["nowhere", "3"]]}}


def schema(*rules: str, **more: Any) -> Schema:
    return Schema.model_validate(
        {
            "name": "t",
            "privacy": {"unit": "person", "rows_per_unit": 3},
            "columns": COLUMNS,
            "constraints": rules,
            "tables": TABLES,
        }
        | more
    )


@pytest.mark.parametrize(
    "rule",
    [
        "a > 3",
        "a + b * 2 <= t / 3 - 1",
        "ABS(b - t) < 5 OR c = 'x'",
        "ROUND(b, 1) = t",
        "t = CASE WHEN c = 'x' THEN 0 ELSE a END",
        "f = (a >= 18)",
        'sum(a, b, "hours-a-week") = t',
        "COALESCE(b, 0) <= GREATEST(a, t)",
        "YEAR(d) = 2019",
        "at <= d + INTERVAL '3' DAY",
        "HOURS(at - d) < 48",
        "c LIKE 'x%' OR code NOT LIKE '25_'",
        "code <> '250' OR code IN ('1', '2')",
        "a IN (b, 3)",
        "NOT (c = 'x' AND a < 3)",
        "(c, a) IN TABLE 'places.csv'",
        "NOT c IN TABLE 'places.csv'",
    ],
)
def test_a_rule_about_one_row_is_read(rule: str) -> None:
    assert isinstance(rules_of(schema(rule))[0], RowRule)


def test_rules_about_several_rows_are_read() -> None:
    unique, constant, monotone = rules_of(
        schema("unique(a, c)", "CONSTANT(c, f) per person", 'monotone("d") PER PERSON')
    )
    assert unique == UniqueRule(number=1, sql="unique(a, c)", columns=("a", "c"))
    assert isinstance(constant, PersonRule)
    assert isinstance(monotone, PersonRule)
    assert (constant.kind, constant.columns, monotone.kind, monotone.columns) == (
        "constant",
        ("c", "f"),
        "monotone",
        ("d",),
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "text that is not empty"),
        ("a > ", "constraint 1, a >:"),
        ("q > 3", "expected a column of the schema, got 'q'"),
        ("c > 'y'", "on c: expected =, <>, IN or NOT IN, for its levels have no order, got > 'y'"),
        ("c = 'w'", "name one of its levels"),
        ("a + d > 3", "expected two values of like types, got a day and a number"),
        ("d * 2 > 3", "expected arithmetic that makes sense, got a day * a number"),
        ("at - d < 3", "a span in days is DAYS(...)"),
        ("a", "compare it"),
        ("a = 3; b = 4", "a semicolon"),
        ("hours-a-week > 3", 'put double quotes around it: "hours-a-week"'),
        (
            "id = 3",
            "expected columns that are learned, got id, an identifier; its own unique: true is the rule for that",
        ),
        ("unique(id)", "got id, an identifier"),
        ("note = 'x'", "got note, left out (type: text)"),
        ("lat > 3", "got lat, a point"),
        ("constant(c)", "write constant(...) per person"),
        ("unique(a) per person", "unique(...) is about all rows"),
        ("unique(a + 1)", "got a + 1"),
        ("(c, a) IN TABLE 'other.csv'", "on other.csv: expected a public table beside the schema, got none"),
        ("(c, t) IN TABLE 'places.csv'", "on places.csv: expected a column 't', got the columns c, a"),
        ("(c, c) IN TABLE 'places.csv'", "expected each column once"),
        ("f() > 1", "got F()"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(rule: str, message: str) -> None:
    with pytest.raises(SchemaError, match=r"^constraint") as raised:
        rules_of(schema(rule)) if rule else rules_of(schema().model_copy(update={"constraints": (" ",)}))
    if rule:
        assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_rules_per_person_need_persons() -> None:
    with pytest.raises(SchemaError, match=r"set privacy\.unit to the column that names the person"):
        rules_of(schema("constant(c) per person", privacy={"unit": "row"}))


def test_a_table_without_a_line_that_the_schema_allows_is_refused() -> None:
    tables = {"places.csv": {"columns": ["c"], "rows": [["nowhere"], ["elsewhere"]]}}
    with pytest.raises(SchemaError, match="expected a line that the schema allows, got none"):
        rules_of(schema("c IN TABLE 'places.csv'", tables=tables))


def test_a_table_with_what_is_no_number_is_refused() -> None:
    tables = {"places.csv": {"columns": ["a"], "rows": [["1"], ["many"]]}}
    with pytest.raises(
        SchemaError, match=r"value 2 of a: expected a value as a integer column has it, got not a number"
    ):
        rules_of(schema("a IN TABLE 'places.csv'", tables=tables))


@pytest.mark.parametrize(
    ("rules", "way"),
    [
        (["t = a * b"], "computed"),
        (["d <= d"], None),
        (["at >= d"], "difference"),
        (["at - d >= INTERVAL '2' HOUR"], "difference"),
        (["b <= t"], "difference"),
        (["t - 2 * a BETWEEN 0 AND 5"], "difference"),
        (["c = 'x' OR a < 5"], "mask"),
        (["(c, a) IN TABLE 'places.csv'"], "mask"),
        (["code LIKE '25%' OR f"], "mask"),
        (['a <> "hours-a-week"'], "rejection"),
        (["a * b < 50"], "rejection"),
        (["unique(a)"], "no row twice"),
        (["constant(c) per person"], "by person"),
    ],
)
def test_each_rule_goes_its_way(rules: list[str], way: str | None) -> None:
    if way is None:
        with pytest.raises(SchemaError, match="expected two columns, got one"):
            compiled(schema(*rules))
        return
    assert compiled(schema(*rules)).ways == {1: way}


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (["a > 50", "a < 20"], ["'a > 50'", "'a < 20'"]),
        (['a > "hours-a-week"', 'a < "hours-a-week"', "a > 1"], ["'a > \"hours-a-week\"'", "'a < \"hours-a-week\"'"]),
        (["c <> 'x'", "NOT (c = 'y' OR c = 'z')"], ["'c <> 'x''", "'NOT (c = 'y' OR c = 'z')'"]),
        (["(c, a) IN TABLE 'places.csv'", "a > 2"], ["IN TABLE", "'a > 2'"]),
        (['a = "hours-a-week" + 1', '"hours-a-week" = a - 1'], ["a cycle", "'a = ", '\'"hours-a-week" = ']),
        (["t = a * 2", "a = t + 1"], ["a cycle: ", " needs "]),
    ],
)
def test_rules_that_contradict_each_other_are_named(rules: list[str], named: list[str]) -> None:
    with pytest.raises(SchemaError) as raised:
        compiled(schema(*rules))
    assert all(name in str(raised.value) for name in named), str(raised.value)
    assert "a > 1" not in str(raised.value)


@pytest.mark.parametrize(
    "rule", ["a > 200", "a < 0", "d > '2021-01-01'", 'a > "hours-a-week" + 100', "c <> 'x' AND c = 'x'"]
)
def test_a_rule_that_no_row_can_keep_is_refused(rule: str) -> None:
    with pytest.raises(SchemaError, match="expected a rule that some row can keep, got none"):
        compiled(schema(rule))


def test_what_is_missing_keeps_a_rule() -> None:
    """As in SQL's CHECK, so two rules that no number meets leave a column that may be missing."""
    assert compiled(schema("t > 5", "t < 3")).ways == {1: "mask", 2: "mask"}
