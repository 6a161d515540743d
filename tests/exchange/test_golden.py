"""What the formats' own documentation prints, and the schema it becomes: the files of `golden/exchange`.

`DOCUMENTS` names the page of each. `.yaml` beside it is the schema, with every loss as a comment on top.
"""

from pathlib import Path

import pytest

from synthgen.exchange import Name, annotated, load_foreign, save_foreign
from synthgen.schema import Identifier, load_schema, parse_schema

GOLDEN = Path(__file__).parents[1] / "golden" / "exchange"
SDV, JSON_SCHEMA = "https://docs.sdv.dev/sdv", "https://json-schema.org/learn"
FRICTIONLESS = "https://datapackage.org/standard/table-schema"
DOCUMENTS = {
    "sdv_single_table_v1.json": f"{SDV}/reference/metadata-spec/single-table-metadata-json",
    "sdv_multi_table_v1.json": f"{SDV}/reference/metadata-spec/multi-table-metadata-json",
    "sdv_v1.json": f"{SDV}/concepts/metadata/metadata-json",
    "frictionless_table_schema.json": f"{FRICTIONLESS} (the fields its sections print, in one schema)",
    "frictionless_data_package.json": f"{FRICTIONLESS}#foreignKeys",
    "pandas_table_schema.json": "https://pandas.pydata.org/docs/reference/api/pandas.io.json.build_table_schema.html",
    "dpmm_domain.json": "https://github.com/sassoftware/dpmm docs/user_guide.rst, and TableBinner's docstrings",
    "pgm_adult-domain.json": "https://github.com/ryan112358/private-pgm data/adult-domain.json",
    "pandera_0_4.yaml": "https://pandera.readthedocs.io/en/stable/schema_inference.html as of 0.4.2",
    "pandera_0_35.yaml": "written by DataFrameSchema.to_yaml of Pandera 0.35.0",
    "json_schema_product.json": f"{JSON_SCHEMA}/getting-started-step-by-step",
    "json_schema_location.json": f"{JSON_SCHEMA}/getting-started-step-by-step#references",
    "json_schema_code.json": f"{JSON_SCHEMA}/miscellaneous-examples#regular-expression-pattern",
    "json_schema_enum.json": f"{JSON_SCHEMA}/miscellaneous-examples#enumerated-values",
}
TABLES = {"sdv_v1.json": "guests", "sdv_multi_table_v1.json": "hotels"} | {
    "frictionless_data_package.json": "population-by-state"
}


@pytest.mark.parametrize("file", DOCUMENTS)
def test_what_a_documentation_prints_becomes_the_schema_on_file(file: str) -> None:
    found = load_foreign(GOLDEN / file, table=TABLES.get(file))
    expected = GOLDEN / f"{file}.schema.yaml"
    text = annotated(found, file)
    assert text == expected.read_text(encoding="utf-8")
    assert load_schema(expected) == parse_schema(text) == found.schema


def test_every_golden_file_has_its_document() -> None:
    files = {path.name for path in GOLDEN.iterdir() if not path.name.endswith(".schema.yaml")}
    assert files == {*DOCUMENTS, "sdv_constraints.json"}


def test_the_three_versions_of_metadata_describe_the_same_table() -> None:
    one, several = (load_foreign(GOLDEN / file, table="guests") for file in ("sdv_v1.json", "sdv_multi_table_v1.json"))
    assert one == several
    assert one.schema.columns["guest_email"] == Identifier(type="identifier", kind="email", unique=True)


@pytest.mark.parametrize("form", ["frictionless", "json-schema", "pandera", "sdv", "dpmm"])
@pytest.mark.parametrize("file", ["sdv_single_table_v1.json", "frictionless_table_schema.json", "dpmm_domain.json"])
def test_what_came_in_goes_out_to_any_form_and_is_told_from_the_others(file: str, form: Name, tmp_path: Path) -> None:
    schema = load_foreign(GOLDEN / file).schema
    path = tmp_path / f"out.{'yaml' if form == 'pandera' else 'json'}"
    save_foreign(schema, path, form)
    assert load_foreign(path) == load_foreign(path, form)
