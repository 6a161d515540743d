"""Domains of dpmm and of mbi (private-pgm)."""

from typing import Any

import pytest

from synthgen.errors import SchemaError
from synthgen.exchange import export_schema, import_schema
from synthgen.schema import Categorical, Date, Integer, Number, Schema


def test_bounds_and_categories_go_out_and_come_back(everything: Schema) -> None:
    made = export_schema(everything, "dpmm").value
    assert made["sex"] == {"categories": ["F", "M"]}
    assert made["price"] == {"lower": 0.5, "upper": 30000.0}
    assert made["day"] == {"lower": "2019-01-01", "upper": "2019-12-31"}
    assert made["lat"] == {"lower": 40.0, "upper": 45.0}
    assert "mail" not in made
    back = import_schema(made).schema
    assert isinstance(back.columns["day"], Date)
    assert back.columns["price"] == Number(type="number", minimum=0.5, maximum=30000)


def test_an_mbi_domain_counts_every_value_sentinel_and_missing(everything: Schema) -> None:
    made = export_schema(everything, "pgm").value
    assert made["age"] == 121 + 2 + 1
    assert (made["sex"], made["works"], made["day"]) == (3, 2, 365)
    assert made["price"] == 2_999_951
    assert "at" not in made


def test_sizes_are_codes_from_nothing() -> None:
    found = import_schema({"sex": 2, "fnlwgt": 1000}).schema
    assert found.columns["sex"] == Categorical(type="categorical", values=(0, 1))
    assert found.columns["fnlwgt"] == Integer(type="integer", minimum=0, maximum=999)


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "9", [1]])
def test_a_size_that_is_none_is_refused(size: Any) -> None:
    with pytest.raises(SchemaError, match="expected a number of codes, 1 or more"):
        import_schema({"a": size}, "pgm")


@pytest.mark.parametrize("form", ["dpmm", "pgm"])
def test_a_table_without_a_domain_has_none_to_write(form: Any) -> None:
    schema = Schema(name="t", columns={"a": Number(type="number")})
    with pytest.raises(SchemaError, match=f"t: expected a column with a domain that {form} can say, got none"):
        export_schema(schema, form)
