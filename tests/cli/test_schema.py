"""`synthgen schema check`: counts by column and rule, never a value."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
SCHEMA = """\
name: people
privacy: {unit: id, rows_per_unit: 2}
columns:
  age: {type: integer, minimum: 0, maximum: 120, special: [-1]}
  city: {type: categorical, values: [Oslo, Rome], nullable: true}
  found: {type: categorical, discover: true}
"""


@pytest.fixture
def schema(here: Path) -> Path:
    (here / "people.yaml").write_text(SCHEMA)
    (here / "good.csv").write_text("id,age,city,found\n1,30,Oslo,x\n2,-1,,y\n")
    (here / "bad.csv").write_text("id,age,city,found\n1,4711,Oslo,x\n2,-9911,Rome,y\n3,50,Zanzibar,y\n4,8822,Rome,z\n")
    return here / "people.yaml"


def test_a_schema_alone_is_shown(cli: Command, schema: Path) -> None:
    done = cli("schema", "check", schema)
    assert (done.code, done.err) == (0, "")
    assert "people: 3 columns, privacy for each id" in done.out
    assert "integer, 0 to 120, or -1" in done.out
    assert "categorical, one of 2 values, or missing" in done.out


def test_a_table_inside_the_schema_passes(cli: Command, schema: Path) -> None:
    done = cli("schema", "check", schema, "good.csv")
    assert (done.code, done.err) == (0, "")
    assert "2 rows checked: every value is in the schema" in done.out


def test_values_outside_are_counted_and_not_shown(cli: Command, schema: Path) -> None:
    done = cli("schema", "check", schema, "bad.csv")
    assert done.code == 1
    assert "2 above maximum" in done.out
    assert "1 below minimum" in done.out
    assert "1 unknown level" in done.out
    assert "4 rows checked: 4 are outside the schema" in done.out
    assert done.err.startswith("error: bad.csv: ")
    assert done.err.count("\n") == 1
    assert not any(value in done.out + done.err for value in ("4711", "9911", "8822", "Zanzibar"))


def test_json_has_the_counts(cli: Command, schema: Path) -> None:
    done = cli("schema", "check", schema, "bad.csv", "--json")
    said = json.loads(done.out)
    assert done.code == 1
    assert said["ok"] is False
    assert said["rows_read"] == said["quarantined"] == 4
    assert said["violations"] == {
        "age": {"above maximum": 2, "below minimum": 1},
        "city": {"unknown level": 1},
    }


@pytest.mark.parametrize("policy", ["drop", "clip"])
def test_what_a_policy_would_mend_is_still_outside(cli: Command, schema: Path, policy: str) -> None:
    schema.write_text(f"on_violation: {policy}\n{SCHEMA}")
    assert cli("schema", "check", schema, "bad.csv").code == 1


def test_json_of_a_schema_alone(cli: Command, schema: Path) -> None:
    said = json.loads(cli("schema", "check", schema, "--json").out)
    assert (said["name"], said["columns"]) == ("people", 3)


RULES = """\
name: stays
privacy: {unit: patient, rows_per_unit: 3}
columns:
  patient: {type: identifier, kind: mrn, pattern: 'P[0-9]{4}'}
  admit: {type: date, minimum: 2020-01-01, maximum: 2020-12-31}
  discharge: {type: date, minimum: 2020-01-01, maximum: 2020-12-31}
  sex: {type: categorical, values: [F, M]}
  days: {type: integer, minimum: 0, maximum: 400}
constraints:
  - discharge >= admit
  - constant(sex) per person
  - NOT (sex = 'M' AND days > 300)
"""


def test_rules_are_shown_with_the_way_each_is_kept(cli: Command, here: Path) -> None:
    (here / "stays.yaml").write_text(RULES)
    done = cli("schema", "check", "stays.yaml")
    assert done.code == 0
    assert [line.split()[-4:] for line in done.out.splitlines() if "discharge >= admit" in line] == [
        ["learned", "as", "a", "difference"]
    ]
    assert "3, a mask, exact" in done.out
    assert "person by person" in done.out


def test_broken_rules_are_counted_and_refused(cli: Command, here: Path) -> None:
    (here / "stays.yaml").write_text(RULES)
    rows = ("P1,2020-01-02,2020-01-05,F,3", "P1,2020-02-02,2020-02-01,M,3", "P2,2020-03-01,2020-03-01,M,333")
    (here / "stays.csv").write_text("\n".join(("patient,admit,discharge,sex,days", *rows)) + "\n")
    done = cli("schema", "check", "stays.yaml", "stays.csv", "--json")
    said = json.loads(done.out)
    assert done.code == 1
    assert said["ok"] is False
    assert [(rule["violations"], rule["of"], rule["rows"]) for rule in said["rules"]] == [
        (1, "rows", 3),
        (1, "persons", 3),
        (1, "rows", 3),
    ]
    assert "constraint (discharge >= admit: 1)" in done.err
    assert "3 rules checked: 3 violations" in done.err
    (here / "stays.csv").write_text("patient,admit,discharge,sex,days\nP1,2020-01-02,2020-01-05,F,3\n")
    done = cli("schema", "check", "stays.yaml", "stays.csv")
    assert (done.code, done.err) == (0, "")
    assert "3 rules checked: every one is kept" in done.out
