import sys

import numpy as np
import pytest

from synthgen.encode.codec import VALUE, Codec, ColumnCodec, singles
from synthgen.encode.grid import OTHER, LevelGrid, grid
from synthgen.errors import ConditionError
from synthgen.schema import Schema
from synthgen.sql.condition import parse_condition
from synthgen.sql.expression import Every

SCHEMA = Schema.model_validate(
    {
        "name": "t",
        "columns": {
            "age": {"type": "integer", "minimum": 17, "maximum": 90},
            "workclass": {"type": "categorical", "values": ["Private", "State-gov", "?"]},
            "hours-per-week": {"type": "integer", "minimum": 1, "maximum": 99},
            "Place of birth": {"type": "categorical", "values": ["x", "y"], "nullable": True},
            "amt": {"type": "number", "minimum": 0.5, "maximum": 30000, "decimals": 2, "scale": "log"},
            "PINCP": {"type": "integer", "minimum": -10, "maximum": 1000, "special": ["N", -1], "nullable": True},
            "fraud": {"type": "boolean", "values": [0, 1]},
            "flag": {"type": "boolean", "nullable": True},
            "grade": {"type": "categorical", "values": [1, 2, 3]},
            "d": {"type": "date", "minimum": "2019-01-01", "maximum": "2019-12-31"},
            "t": {"type": "datetime", "minimum": "2019-01-01T00:00:00", "maximum": "2019-12-31T00:00:00"},
            "job": {"type": "categorical", "discover": True},
        },
    }
)


def _codec() -> Codec:
    pieces = singles(VALUE, np.zeros(1, np.int64), np.zeros(1, np.int64), np.ones(1))
    grids = {name: grid(name, column, ["clerk"] if name == "job" else None) for name, column in SCHEMA.columns.items()}
    return Codec(
        columns={
            name: ColumnCodec(grid=known, pieces=pieces, marginal=np.ones(1), variance=np.ones(1))
            for name, known in grids.items()
        }
    )


CODEC = _codec()


def values(sql: str) -> list[object]:
    """What a condition over one column leaves: levels or units, then sentinels, then None for missing."""
    condition = parse_condition(sql, CODEC, SCHEMA)
    assert condition.rest is None
    ((name, region),) = condition.regions.items()
    known = CODEC.columns[name].grid
    units = np.flatnonzero(region.holds(np.arange(region.units)))
    if isinstance(known, LevelGrid):
        found: list[object] = [known.values[int(unit)] for unit in units]
    else:
        found = known.value_of(units).tolist()
        found += [special for special, chosen in zip(known.special, region.special, strict=True) if chosen]
    return found + [None] * region.missing


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("age > 88", [89, 90]),
        ("age > 88.5", [89, 90]),
        ("89 <= age", [89, 90]),
        ("AGE > 88 AND Age <> 89", [90]),
        ("NOT (age > 18 OR age = 17)", [18]),
        ("age = 17 OR age BETWEEN 89 AND 200", [17, 89, 90]),
        ("age IN (18, 17.0, 3e1, -4, 40.5)", [17, 18, 30]),
        ("age = - -20", [20]),
        ('"hours-per-week" NOT BETWEEN 2 AND 98', [1, 99]),
        ("amt <= .515", [0.5, 0.51]),
        ("amt > 29999.98 ", [29999.99, 30000.0]),
        ("amt IN (0.1, 0.7, 17.29)", [0.7, 17.29]),
        ("workclass IN ('?', 'Private')", ["Private", "?"]),
        ("workclass <> '?' AND NOT workclass = 'Private'", ["State-gov"]),
        ("\"Place of birth\" <> 'x'", ["y"]),
        ('NOT "Place of birth" = \'x\' OR "Place of birth" IS NULL', ["y", None]),
        ('"Place of birth" IS NOT NULL', ["x", "y"]),
        ("fraud = 1", [1]),
        ("fraud = TRUE", [1]),
        ("fraud > 0", [1]),
        ("fraud", [1]),
        ("NOT fraud", [0]),
        ("flag", [True]),
        ("NOT flag", [False]),
        ("flag IS NOT TRUE", [False, None]),
        ("flag IS FALSE", [False]),
        ("NOT (flag IS NOT FALSE)", [False]),
        ("grade >= 2", [2, 3]),
        ("grade = '2' OR grade = 3.0", [2, 3]),
        ("d = '2019-01-02'", [17898]),
        ("d > DATE '2019-12-30'", [18261]),
        ("d < CAST('2019-01-02' AS DATE)", [17897]),
        ("d BETWEEN '2019-01-01 12:00' AND '2019-01-02'", [17898]),
        ("t <= TIMESTAMP '2019-01-01 00:00:01'", [1546300800, 1546300801]),
        ("t = '2019-01-01T00:00:01'", [1546300801]),
        ("job = 'clerk'", ["clerk"]),
        ("job <> 'clerk'", [OTHER]),
    ],
)
def test_a_condition_leaves_just_the_values_for_which_it_is_true(sql: str, expected: list[object]) -> None:
    assert values(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("PINCP = 'N'", ["N"]),
        ("PINCP = -1", [-1, -1]),  # the value that the sentinel spells is the sentinel
        ("PINCP IN ('N', 3)", [3, "N"]),
        ("PINCP < -7", [-10, -9, -8]),
        ("NOT PINCP >= -7", [-10, -9, -8]),
        ("PINCP BETWEEN -3 AND 1", [-3, -2, 0, 1]),
        ("PINCP <= -9 OR PINCP IS NULL", [-10, -9, None]),
        ("PINCP < -8 OR PINCP <> 3 AND PINCP <> -1 AND NOT PINCP > -9 AND NOT PINCP < 2000", [-10, -9]),
        ("NOT (PINCP IS NOT NULL)", [None]),
        ("PINCP NOT IN ('N', -1) AND PINCP > 998", [999, 1000]),
    ],
)
def test_sentinels_are_known_values_without_order(sql: str, expected: list[object]) -> None:
    assert values(sql) == expected


def test_a_sentinel_differs_from_every_number_but_its_own() -> None:
    assert values("PINCP <> 5")[-2:] == ["N", -1]
    assert values("PINCP <> -1")[-2:] == [1000, "N"]
    assert -1 not in values("PINCP <> -1")


def test_terms_over_one_column_become_regions_and_the_others_are_left() -> None:
    sql = 'age > 30 AND (age < 40 OR age = 50) AND amt > 3 AND (fraud = 1 OR grade = 2) AND age > "hours-per-week"'
    condition = parse_condition(sql, CODEC, SCHEMA)
    assert condition.sql == sql
    assert set(condition.regions) == {"age", "amt"}
    assert condition.regions["age"].high.tolist() == [23, 34]
    assert isinstance(condition.rest, Every)
    assert len(condition.rest.terms) == 2


def test_not_reaches_into_an_or_so_that_its_terms_become_regions() -> None:
    condition = parse_condition("NOT (age < 30 OR fraud = 1 OR NOT amt > 3)", CODEC, SCHEMA)
    assert set(condition.regions) == {"age", "fraud", "amt"}
    assert condition.rest is None


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("", "nothing"),
        ("   \n", "nothing"),
        ("age >", "character"),
        ("age = 'x", "quote"),
        ("age > 3 AND", "character"),
        ("age > 3)", "character"),
        ("age = 17 b", "character"),
        ("SELECT 1", "SELECT"),
        ("SELECT age FROM t WHERE age > 3", "SELECT"),
        ("DROP TABLE t", "DROP"),
        ("age > 3; DROP TABLE t", "semicolon"),
        ("age > 3;", "semicolon"),
        ("age > 3 -- AND fraud = 1", "comment"),
        ("age > 3 /* AND fraud = 1 */", "comment"),
        ("-- age", "comment|nothing|character"),
        ("age IN (SELECT 1)", "SELECT"),
        ("EXISTS (SELECT 1)", "EXISTS"),
        ("age > (SELECT 1)", "SELECT"),
        ("LOWER(workclass) = 'x'", "LOWER"),
        ("age + 1 > 3", r"age \+ 1"),
        ("age > 2 * 3", r"2 \* 3"),
        ("age > amt - 1", "amt - 1"),
        ("workclass LIKE 'P%'", "LIKE"),
        ("CASE WHEN fraud THEN flag END", "CASE"),
        ("age BETWEEN SYMMETRIC 90 AND 17", "BETWEEN"),
        ("age BETWEEN 1 AND grade + 1", "grade"),
        ("workclass IN ()", r"IN \(\)"),
        ("workclass IN ('?', NULL)", "IS NULL"),
        ("age = NULL", "IS NULL"),
        ("age <> NULL", "IS NULL"),
        ("age IS 3", "write = instead of IS"),
        ("TRUE", "TRUE"),
        ("1 = 1", "got 1"),
        ("age", "age alone"),
        ("NOT workclass", "workclass alone"),
        ("t.age > 3", "t.age"),
        ("age = 17 = 1", "age = 17"),
        ("(age = 17) IS TRUE", "age = 17"),
        ("age = ?", r"got \?"),
        ("age = :x", ":x"),
        ("* = 3", r"\*"),
        ("age[0] = 3", "age"),
        ("age::text = '3'", "CAST"),
        ("age || 'x' = '3'", "age"),
        ("d > CURRENT_DATE", "CURRENT_DATE"),
        ("d > TIMESTAMPTZ '2019-01-01'", "TIMESTAMPTZ"),
        ("age IS DISTINCT FROM 3", "DISTINCT"),
        ("(age, amt) = (1, 2)", "age, amt"),
        ("age = -'x'", "literal"),
        ("age = age", "two columns"),
        ("x" * 200_000, "at most"),
    ],
)
def test_anything_but_a_condition_is_refused_in_one_line(sql: str, word: str) -> None:
    with pytest.raises(ConditionError, match=word) as refused:
        parse_condition(sql, CODEC, SCHEMA)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300
    assert refused.value.expected


@pytest.mark.parametrize(
    ("sql", "fix"),
    [
        ("ag > 3", "did you mean 'age'?"),
        ("workclas = 'Private'", "did you mean 'workclass'?"),
        ("zzzzzz = 3", "there is age, workclass, hours-per-week"),
        ('"AGE" > 3', "did you mean 'age'?"),
        ('workclass = "Private"', "put single quotes around text: 'Private'"),
        ("Private = workclass", "put single quotes around text: 'Private'"),
        ("PINCP = N", "put single quotes around text: 'N'"),
        ("hours-per-week = 40", 'put double quotes around it: "hours-per-week"'),
        ("40 < Hours-per-week", 'put double quotes around it: "hours-per-week"'),
        ("age > hours-per-week", 'put double quotes around it: "hours-per-week"'),
        ("age > 3 AND Place of birth = 'x'", 'put double quotes around it: "Place of birth"'),
    ],
)
def test_an_unknown_column_is_refused_with_the_likely_fix(sql: str, fix: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse_condition(sql, CODEC, SCHEMA)
    assert refused.value.fix.startswith(fix)


@pytest.mark.parametrize(
    ("sql", "subject", "expected"),
    [
        ("age = 'x'", "condition on age", "a number"),
        ("age = '40'", "condition on age", "a number"),
        ("age > TRUE", "condition on age", "a number"),
        ("age = DATE '2019-01-01'", "condition on age", "a number"),
        ("PINCP = 'M'", "condition on PINCP", "a number or one of 'N', -1"),
        ("PINCP > 'N'", "condition on PINCP", "a number"),
        ("workclass > 3", "condition on workclass", "=, <>, IN or NOT IN"),
        ("workclass BETWEEN 'A' AND 'Z'", "condition on workclass", "=, <>, IN or NOT IN"),
        ("workclass = 3", "condition on workclass", "'Private', 'State-gov', '?'"),
        ("flag > 0", "condition on flag", "=, <>, IN or NOT IN"),
        ("grade < 'x'", "condition on grade", "a number"),
        ("d > 3", "condition on d", "a day"),
        ("d = '2019-02-30'", "condition on d", "a day"),
        ("t = 'noon'", "condition on t", "a moment"),
        ("t > '2019-01-01T00:00:00Z'", "condition on t", "a moment"),
        ("age > d", "condition on age and d", "like types"),
        ("age = workclass", "condition on age and workclass", "like types"),
        ("workclass = fraud", "condition on workclass and fraud", "a level in common"),
        ("grade < fraud", "condition on grade and fraud", "= or <>"),
    ],
)
def test_unlike_types_are_refused(sql: str, subject: str, expected: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse_condition(sql, CODEC, SCHEMA)
    assert refused.value.subject == subject
    assert expected in refused.value.expected


@pytest.mark.parametrize(("level", "fix"), [("Privat", "did you mean 'Private'?"), ("zzz", "name one of its levels")])
def test_an_unknown_level_is_refused_with_the_closest(level: str, fix: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse_condition(f"workclass IN ('?', '{level}')", CODEC, SCHEMA)
    assert refused.value.fix == fix


@pytest.mark.parametrize("sql", ["(" * 3000 + "age = 17" + ")" * 3000, "NOT " * 3000 + "age = 17"])
def test_deep_nesting_is_refused_and_exhausts_nothing(sql: str) -> None:
    limit = sys.getrecursionlimit()
    with pytest.raises(ConditionError, match="nesting"):
        parse_condition(sql, CODEC, SCHEMA)
    assert sys.getrecursionlimit() == limit


def test_thousands_of_terms_side_by_side_are_no_nesting() -> None:
    assert values(" OR ".join(f"age = {17 + number % 3}" for number in range(5_000))) == [17, 18, 19]
    listed = ", ".join(f"{number / 100}" for number in range(10_000))
    assert len(values(f"amt IN ({listed})")) == 9_950


@pytest.mark.parametrize("sql", ["amt < 1e999", "amt > -1e400", "amt <> 1e99999999999999999999", "amt > 1e-9999999"])
def test_enormous_literals_are_numbers_like_others(sql: str) -> None:
    assert len(values(sql)) == 2_999_951
