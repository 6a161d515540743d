"""Schema files: what they mean, what comes back, and how good the errors are."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synthgen.errors import SchemaError
from synthgen.schema import Schema, dump_schema, from_json, load_schema, parse_schema, to_json

GOOD = """\
name: adult
target: income
columns:
  age: {type: integer, minimum: 17, maximum: 90}
  sex:
    type: categorical
    values: [Female, Male]
  income: {type: boolean, values: ["<=50K", ">50K"]}
"""


def refused(text: str) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        parse_schema(text, source="adult.yaml")
    return caught.value


def test_a_schema_file_is_read() -> None:
    schema = parse_schema(GOOD)
    assert list(schema.columns) == ["age", "sex", "income"]
    assert schema.target == "income"


TOP_KEYS = (
    "synthgen, name, description, rows, privacy, target, on_violation, exclude, inferred, columns, constraints, "
    "tables, protected, slices, survival"
)
KEYS = (
    "type, description, nullable, null_values, action, mask, inferred, special, minimum, maximum, bounds, scale, format"
)
TYPES = "categorical, boolean, integer, number, date, datetime, time, duration, point, identifier, text"
MISTAKES = [
    (
        "minimum",
        "mnimum",
        f"4, columns.age.mnimum: expected one of {KEYS}, got 'mnimum'; did you mean 'minimum'?",
    ),
    ("target", "tarjet", f"2, tarjet: expected one of {TOP_KEYS}, got 'tarjet'; did you mean 'target'?"),
    ("integer", "intger", f"4, columns.age.type: expected one of {TYPES}, got 'intger'; did you mean 'integer'?"),
    ("integer", "str", f"4, columns.age.type: expected one of {TYPES}, got 'str'; type: categorical is the word here"),
    ("type: integer, ", "", "4, columns.age: expected a key 'type', got none; add type: ..."),
    (
        "maximum: 90",
        "values: [1]",
        f"4, columns.age.values: expected one of {KEYS}, got 'values'; it goes with type: categorical or boolean",
    ),
    ("17", "91", "4, columns.age.minimum: expected at most the maximum, 90, got 91; swap the two?"),
    ("17", "abc", "4, columns.age.minimum: expected a number, got 'abc'"),
    (
        "[Female, Male]",
        "[]",
        "7, columns.sex.values: expected every level there is, got an empty list; list them, or say discover: true",
    ),
    (
        "[Female, Male]",
        "\n    - Female\n    - Male\n    - Female",
        "10, columns.sex.values.2: expected each value once, got 'Female' again",
    ),
    ("[Female, Male]", "Male", "7, columns.sex.values: expected a list, got 'Male'; put [brackets] around it"),
    (', ">50K"', "", "8, columns.income.values: expected two entries, got 1"),
    ('">50K"', '">50K", "?"', "8, columns.income.values: expected at most 2 entries, got a list"),
    ("income", "incom", "2, target: expected the name of a column, got 'incom'; did you mean 'income'?"),
    ("name: adult\n", "", "1: expected a key 'name', got none; add name: ..."),
    ("  sex:", "  age:", "5, columns.age: expected each key once, got it on line 4 and again here; remove one"),
    ("    type", "\ttype", "6: expected spaces before the first word, got a tab; indent with spaces"),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_says_line_place_expectation_and_fix(old: str, new: str, message: str) -> None:
    assert old in GOOD
    error = refused(GOOD.replace(old, new, 1))
    assert str(error) == f"adult.yaml line {message}"
    assert message.startswith(str(error.line))


@pytest.mark.parametrize(
    ("text", "got"),
    [("", "an empty file"), ("# nothing\n", "an empty file"), ("- a\n", "a list"), ("hello", "one word")],
)
def test_what_is_no_mapping_is_no_schema(text: str, got: str) -> None:
    assert refused(text).got == got


@pytest.mark.parametrize("columns", ["[age]", "age", "{age: integer}", "{age: [integer]}"])
def test_columns_are_a_mapping_of_mappings(columns: str) -> None:
    error = refused(f"name: x\ncolumns: {columns}\n")
    assert (error.line, error.expected) == (2, "a mapping")


def test_the_first_mistake_in_the_file_is_told_and_the_others_counted() -> None:
    error = refused(GOOD.replace("minimum", "low").replace("target", "goal").replace("boolean", "bool"))
    assert error.line == 2
    assert error.fix.endswith("2 more mistakes after this one")


@pytest.mark.parametrize(("key", "columns"), [("1", "{1: {type: boolean}}"), ("yes", "{yes: {type: boolean}}")])
def test_a_column_may_be_named_anything(key: str, columns: str) -> None:
    assert list(parse_schema(f"name: x\ncolumns: {columns}\n").columns) == [key]


def test_levels_keep_their_spelling() -> None:
    schema = parse_schema("name: x\ncolumns:\n  a: {type: categorical, values: [no, 012, 1e5, 1.50, 7, 2019-01-01]}\n")
    assert to_json(schema)["columns"]["a"]["values"] == ["no", "012", "1e5", "1.50", 7, "2019-01-01"]


def test_bounds_may_be_dates_and_any_numeral() -> None:
    schema = parse_schema(
        "name: x\ncolumns:\n  a: {type: date, minimum: 2019-01-01}\n  b: {type: number, maximum: 1e5}\n"
        "  c: {type: integer, maximum: 1e5}\n  d: {type: datetime, minimum: 2019-01-01 10:30:00}\n"
    )
    bounds = {name: column.model_dump() for name, column in schema.columns.items()}
    assert bounds["a"]["minimum"] == dt.date(2019, 1, 1)
    assert bounds["b"]["maximum"] == bounds["c"]["maximum"] == 100_000
    assert type(bounds["c"]["maximum"]) is int
    assert str(bounds["d"]["minimum"]) == "2019-01-01 10:30:00"


# Files ----------------------------------------------------------------------------------------------------------------


def failure(path: Path) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        load_schema(path)
    return caught.value


def test_a_file_is_named_in_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace("17", "91"))
    assert failure(path).subject == "mine.yaml line 4, columns.age.minimum"


def test_a_byte_order_mark_is_no_part_of_the_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert load_schema(path) == parse_schema(GOOD)


def test_a_missing_file_a_folder_and_a_binary_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "data.parquet").write_bytes(b"PAR1\xff\xfe\x00")
    found = [failure(tmp_path / name).got for name in ("absent.yaml", ".", "data.parquet")]
    assert found == ["nothing there", "a folder", "other bytes"]


def test_a_file_too_large_for_a_schema_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)  # a hole in the file: no bytes are written
    assert failure(path).fix == "is it the data?"


LISTED = "name: x\ncolumns:\n  shop: {type: categorical, values_from: FILE}\n"


def levels(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    return to_json(parse_schema(LISTED.replace("FILE", name), folder=folder))["columns"]["shop"]["values"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shops.txt", "a\nb, c\n\n01\n"),
        ("shops.csv", 'a\n"b, c"\n01\n'),
        ("shops.csv", 'id,shop\n1,a\n2,"b, c"\n3,01\n'),
        ("shops.csv", 'shop\na\n"b, c"\n01\n'),
    ],
)
def test_levels_come_from_a_file_beside_the_schema(tmp_path: Path, name: str, text: str) -> None:
    assert levels(tmp_path, name, text) == ["a", "b, c", "01"]


@pytest.mark.parametrize(
    ("name", "text", "got"),
    [
        ("shops.txt", "", "an empty file"),
        ("shops.txt", "a\nb\na\n", "'a' again"),
        ("shops.csv", "id,name\n1,a\n", "several columns"),
        ("../absent.txt", None, "nothing there"),
        ("a" * 300, None, "file name too long"),
        ('"\\0"', None, "embedded null byte"),
    ],
)
def test_a_list_of_levels_that_is_none_is_refused_at_its_line(
    tmp_path: Path, name: str, text: str | None, got: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SchemaError) as caught:
        parse_schema(LISTED.replace("FILE", name), source="s.yaml", folder=tmp_path)
    assert caught.value.subject.startswith("s.yaml line 3, columns.shop.values_from, ")
    assert (caught.value.got, caught.value.line) == (got, 3)


def test_levels_from_a_file_and_from_the_schema_are_refused_before_the_file_is_read() -> None:
    assert "values_from" in refused(LISTED.replace("FILE", "absent.txt, values: [a]")).got


# Round trips ----------------------------------------------------------------------------------------------------------

scalars = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.text("ab \n", min_size=100, max_size=200),
)
names = st.text(min_size=1, max_size=8) | st.text("ab ", min_size=100, max_size=150)
extras = st.fixed_dictionaries({}, optional={"description": st.text(max_size=8), "nullable": st.booleans()})


def distinct(size: int, most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(
        scalars, min_size=size, max_size=most, unique_by=lambda value: str(value).lower().removesuffix(".0")
    )


def line(
    kind: str, values: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    bounds = st.tuples(values, values).map(lambda pair: {"minimum": min(pair), "maximum": max(pair)})
    rest = st.fixed_dictionaries({}, optional={"special": distinct(0, 2), **more})
    return st.builds(lambda a, b: {"type": kind} | a | b, bounds | st.just({}), rest)


scales = st.sampled_from(["linear", "log"])
columns = st.one_of(
    distinct(1, 4).map(lambda values: {"type": "categorical", "values": values}),
    st.just({"type": "categorical", "discover": True}),
    distinct(2, 2).map(lambda values: {"type": "boolean", "values": values}),
    line("integer", st.integers(-(2**53), 2**53), scale=scales),
    line("number", st.floats(-1e300, 1e300), scale=scales),
    line("date", st.dates()),
    line("datetime", st.datetimes().map(lambda moment: moment.replace(microsecond=0))),
)
described = st.dictionaries(names, st.builds(lambda a, b: a | b, columns, extras), min_size=1, max_size=4)
schemas = st.builds(
    lambda name, columns, rows: from_json({"name": name, "columns": columns} | rows),
    names,
    described,
    st.fixed_dictionaries(
        {}, optional={"rows": st.integers(0, 10**9), "on_violation": st.sampled_from(["drop", "clip"])}
    ),
)


def same(one: Schema, other: Schema) -> bool:
    """Equal by type too: to Python 1, 1.0 and True are one value."""
    return json.dumps(to_json(one)) == json.dumps(to_json(other))


@given(schemas)
def test_a_schema_that_is_written_is_read_back_the_same(schema: Schema) -> None:
    assert same(parse_schema(dump_schema(schema)), schema)


@given(schemas)
def test_a_schema_survives_json(schema: Schema) -> None:
    assert same(from_json(json.loads(json.dumps(to_json(schema)))), schema)


@given(schemas)
def test_another_yaml_reader_finds_the_same_text(schema: Schema) -> None:
    theirs = yaml.safe_load(dump_schema(schema))["columns"]
    for name, column in to_json(schema)["columns"].items():
        for ours, read in zip(column.get("values", []), theirs[name].get("values", []), strict=False):
            assert not isinstance(ours, str) or read == ours


def test_json_that_is_no_schema_is_refused() -> None:
    for value in (None, [], {}, {"name": "x", "columns": {"a": {"type": "integer", "bound": 1}}}, {"columns": {1: {}}}):
        with pytest.raises(SchemaError, match=r"^schema"):
            from_json(value)
