"""The example schemas: each is whole, and covers its table column by column."""

from pathlib import Path

import pytest

from synthgen.constrain.survey import survey
from synthgen.schema import dump_schema, load_schema, parse_schema, to_json, undeclared
from synthgen.tables import check_columns, open_table, validate

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "schemas").glob("*.yaml"))
DEMO = ROOT / "cli" / "synthgen_cli" / "demo"
DATA = ROOT.parent / "shared" / "data"
TABLES = {
    "acs_income_2018": "acs_income_2018",
    "adult": "adult",
    "card_fraud_sparkov": "card_fraud_sparkov",
    "creditcard_ulb": "creditcard_ulb_sample",
    "diabetes130": "diabetes130",
    "german_credit": "german_credit",
    "insurance": "insurance",
    "king_house": "king_house",
    "nist_acs": "nist_acs_national2019",
}


def test_every_example_is_tried_on_its_table() -> None:
    assert [path.stem for path in SCHEMAS] == sorted(TABLES)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_an_example_leaves_no_domain_open_and_survives_a_round_trip(path: Path) -> None:
    schema = load_schema(path)
    assert schema.name == path.stem
    assert schema.target in schema.columns
    assert undeclared(schema) == {}
    assert to_json(parse_schema(dump_schema(schema))) == to_json(schema)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_example_covers_its_table(name: str) -> None:
    table = DATA / f"{TABLES[name]}.parquet"
    if not table.exists():
        pytest.skip("the development tables are not beside this checkout")
    source, schema = open_table(table), load_schema(ROOT / "schemas" / f"{name}.yaml")
    check_columns(source, schema)
    found = survey(source, schema)
    assert found.values.rows_read > 0
    assert found.values.violations == {}
    assert [(tally.rule.sql, tally.violations) for tally in found.rules if tally.violations] == []
    assert all(tally.rows == found.values.rows_read for tally in found.rules)


def test_the_demo_schema_is_the_example() -> None:
    assert (DEMO / "adult.yaml").read_bytes() == (ROOT / "schemas" / "adult.yaml").read_bytes()


def test_the_demo_table_fits_its_schema() -> None:
    source, schema = open_table(DEMO / "adult.parquet"), load_schema(DEMO / "adult.yaml")
    check_columns(source, schema)
    found = validate(source, schema)
    assert (found.rows_read, found.violations) == (10_000, {})


def test_the_schema_in_the_readme_is_one(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "wards.txt").write_text("A1\nA2\n")
    schema = parse_schema(text, source="README.md", folder=tmp_path)
    assert undeclared(schema) == {}
    assert schema.privacy.rows_per_unit == 3
