"""Files of other tools: told apart, read, written whole."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from synthgen.errors import ConfigError, SchemaError
from synthgen.exchange import NAMES, Name, import_schema, load_foreign, save_foreign
from synthgen.schema import Date, Schema

TABLE = pa.table({"n": pa.array([1, 2], pa.int64()), "when": pa.array([0, 1], pa.date32()), "word": ["a", "b"]})


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "feather"])
def test_types_of_a_table_s_file_are_read_and_no_value(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"people.{suffix}"
    if suffix == "parquet":
        pq.write_table(TABLE, path)
    else:
        pyarrow.feather.write_feather(TABLE, path, compression="uncompressed")
    found = load_foreign(path)
    assert found.schema.name == "people"
    assert found.schema.columns["when"] == Date(type="date", nullable=True)
    assert [column.type for column in found.schema.columns.values()] == ["integer", "date", "categorical"]
    assert "no levels" in {loss.what for loss in found.losses}


def test_pandas_comes_in_through_arrow() -> None:
    frame = pd.DataFrame({"on": [True], "when": pd.to_datetime(["2020-01-01"]).tz_localize("UTC"), "x": [1.5]})
    found = import_schema(pa.Schema.from_pandas(frame, preserve_index=False)).schema
    assert [column.type for column in found.columns.values()] == ["boolean", "datetime", "number"]


@pytest.mark.parametrize("form", NAMES)
def test_a_file_goes_out_whole_and_comes_back(form: Name, everything: Schema, tmp_path: Path) -> None:
    path = tmp_path / ("s.arrow" if form == "arrow" else "s.yaml" if form == "pandera" else "s.json")
    losses = save_foreign(everything, path, form)
    assert losses
    assert load_foreign(path) == load_foreign(path, form)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with pytest.raises(ConfigError, match="expected a new file"):
        save_foreign(everything, path, form)
    assert save_foreign(everything, path, form, force=True) == losses


def test_constraints_may_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    numbers = {"sdtype": "numerical", "computer_representation": "Int64"}
    table = {"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {"a": numbers, "b": numbers}}
    rule = {"low_column_name": "a", "high_column_name": "b"}
    (tmp_path / "m.json").write_text(json.dumps(table))
    (tmp_path / "c.json").write_text(json.dumps([{"constraint_class": "Inequality", "constraint_parameters": rule}]))
    found = load_foreign(tmp_path / "m.json", constraints=tmp_path / "c.json")
    assert found.schema.constraints == ("a <= b",)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.json", "{", "a.json: expected JSON, got expecting property name"),
        ("a.yaml", "a: [", "a.yaml: expected YAML, got "),
        ("a.parquet", "no table", "expected a Parquet, Arrow or Feather file, got none that can be read"),
        ("a.json", "[" * 5000, "a.json: expected a few levels of nesting, got hundreds"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, text: str, line: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SchemaError, match=line):
        load_foreign(tmp_path / name)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="expected a file, got nothing there"):
        load_foreign(tmp_path / "none.json")
