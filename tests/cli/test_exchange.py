"""`synthgen schema import` and `export`: a file comes out, and every loss is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthgen.schema import load_schema

Command = Callable[..., Any]
GOLDEN = Path(__file__).parents[1] / "golden" / "exchange"
SCHEMA = """\
name: people
columns:
  age: {type: integer, minimum: 0, maximum: 120, scale: log}
  sex: {type: categorical, values: [F, M], nullable: true}
"""


def test_metadata_becomes_a_schema_with_its_losses_on_top(cli: Command, here: Path) -> None:
    done = cli("schema", "import", GOLDEN / "sdv_v1.json", "--table", "guests", "-o", "guests.yaml")
    assert (done.code, done.err) == (0, "")
    assert "a schema has no foreign keys" in done.out
    assert "Wrote guests.yaml: 5 columns, 8 items to look at." in done.out
    text = (here / "guests.yaml").read_text()
    assert text.startswith("# From sdv_v1.json, which says more than this, or less:\n#   tables.hotels: ")
    assert load_schema(here / "guests.yaml").name == "guests"
    assert cli("schema", "check", "guests.yaml").code == 0


def test_json_lists_the_losses(cli: Command, here: Path) -> None:
    (here / "people.yaml").write_text(SCHEMA)
    done = cli("schema", "export", "people.yaml", "--to", "frictionless", "-o", "people.json", "--json")
    said = json.loads(done.out)
    assert done.code == 0
    assert [(loss["where"], loss["what"]) for loss in said["losses"]] == [("columns.age.scale", "log")]
    assert json.loads((here / "people.json").read_text())["fields"][0]["constraints"]["maximum"] == 120


def test_what_went_out_comes_in_again(cli: Command, here: Path) -> None:
    (here / "people.yaml").write_text(SCHEMA)
    assert cli("schema", "export", "people.yaml", "--to", "json-schema", "-o", "people.json").code == 0
    assert cli("schema", "import", "people.json", "-o", "back.yaml").code == 0
    back, ours = load_schema(here / "back.yaml"), load_schema(here / "people.yaml")
    assert back.columns["sex"] == ours.columns["sex"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("import", "none.json", "-o", "s.yaml"), "none.json: expected a file, got nothing there"),
        (("import", GOLDEN / "sdv_v1.json", "-o", "s.yaml"), "expected one table, got 2 (hotels, guests)"),
        (("import", GOLDEN / "dpmm_domain.json", "--from", "pandera", "-o", "s.yaml"), "schema_type: dataframe"),
        (("import", GOLDEN / "dpmm_domain.json", "-o", "people.yaml"), "expected a new file, got one that exists"),
    ],
)
def test_mistakes_are_one_line_and_leave_no_file(
    cli: Command, here: Path, words: tuple[object, ...], line: str
) -> None:
    (here / "people.yaml").write_text(SCHEMA)
    done = cli("schema", *words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert line in done.err
    assert done.err.count("\n") == 1
    assert [each.name for each in here.iterdir()] == ["people.yaml"]
