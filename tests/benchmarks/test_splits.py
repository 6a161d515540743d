from pathlib import Path

import pandas as pd
import pytest
from splits import TABLES, schema_of, spelled_like, split_of

from synthgen.schema import Schema, undeclared
from synthgen.tables import check_columns, open_table, validate

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"


def test_every_example_schema_is_in_the_benchmark() -> None:
    compared = {path.stem for path in (ROOT / "schemas").glob("*.yaml")}
    assert set(TABLES) == compared - {"card_fraud_sparkov"}  # persons, places and times, of which the peers know none


@pytest.mark.parametrize("name", ["adult", "insurance"])
def test_a_split_fits_its_schema(name: str, tmp_path: Path) -> None:
    if not SHARED.exists():
        pytest.skip("the development tables are not beside this checkout")
    split = split_of(name, shared=SHARED, cache=tmp_path)
    train = pd.read_parquet(split.train)
    schema = schema_of(name, train)
    for path in (split.train, split.test):
        check_columns(open_table(path), schema)
        assert validate(open_table(path), schema).violations == {}
    assert len(pd.read_parquet(split.test)) == pytest.approx(len(train) / 4, abs=2)


def test_the_sampled_days_of_the_house_sales_are_counted_as_the_split_counts_them() -> None:
    schema = schema_of("king_house", pd.DataFrame())
    assert (schema.columns["date"].type, schema.exclude) == ("integer", ())


def test_the_levels_of_diagnoses_are_declared_and_each_stay_is_a_unit() -> None:
    train = pd.DataFrame({f"diag_{i}": ["250", "V58", "250"] for i in (1, 2, 3)})
    schema = schema_of("diabetes130", train)
    assert undeclared(schema) == {}
    assert schema.privacy.unit == "row"


def test_a_sample_takes_the_types_spellings_and_order_of_the_training_table() -> None:
    train = pd.DataFrame(
        {"income": ["12000.0", "N"], "children": ["3", "N"], "price": [221900.0, 1.0], "sex": ["f", "m"]}
    )
    line = {"type": "integer", "minimum": 0, "maximum": 10**6}
    schema = Schema(
        name="t",
        columns={
            "sex": {"type": "categorical", "values": ["f", "m"]},
            "price": line,
            "children": line | {"special": ["N"]},
            "income": line | {"special": ["N"]},
        },
    )
    sample = pd.DataFrame({"sex": ["m", "f"], "price": [5, 7], "children": ["N", "0"], "income": ["500", "N"]})
    spelled = spelled_like(sample, train, schema)
    assert list(spelled) == list(train)
    assert dict(spelled.dtypes) == dict(train.dtypes)
    assert spelled["income"].tolist() == ["500.0", "N"]
    assert spelled["children"].tolist() == ["N", "0"]
