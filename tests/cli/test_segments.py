"""`synthgen sample --scenario`, `--complete` and `--balance`, on a model file with a column of every kind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Command = Callable[..., Any]

SCENARIO = """\
name: dear winter
label: scenario_id
segments:
  - name: dear
    share: 25 %
    where: age >= 18 OR city = 'Oslo'
    set: {price: x 2, won: 1}
  - name: early
    rows: 7
    set: {day: between 2019-01-01 and 2019-01-31}
"""


@pytest.fixture
def scenario(here: Path) -> Path:
    path = here / "winter.yaml"
    path.write_text(SCENARIO)
    return path


def test_a_scenario_is_written_with_its_manifest_beside_it(
    cli: Command, model: Path, here: Path, scenario: Path
) -> None:
    done = cli("sample", model, "-n", 100, "--scenario", scenario, "-o", "rows.csv")
    assert (done.code, done.err) == (0, "")
    assert "dear" in done.out
    rows = pd.read_csv(here / "rows.csv")
    assert rows["scenario_id"].value_counts().to_dict() == {"baseline": 68, "dear": 25, "early": 7}
    assert (rows[rows["scenario_id"] == "dear"]["won"] == 1).all()
    assert rows[rows["scenario_id"] == "early"]["day"].max() <= "2019-01-31"
    found = json.loads((here / "rows.csv.scenario.json").read_text())
    assert found["budget"]["epsilon"] == 0
    assert [segment["name"] for segment in found["segments"]] == ["dear", "early", "baseline"]


def test_the_same_seed_gives_the_same_scenario(cli: Command, model: Path, here: Path, scenario: Path) -> None:
    for name in ("a.csv", "b.csv"):
        assert cli("sample", model, "-n", 50, "--scenario", scenario, "--seed", 3, "-o", name).code == 0
    assert (here / "a.csv").read_bytes() == (here / "b.csv").read_bytes()


def test_json_holds_the_manifest(cli: Command, model: Path, scenario: Path) -> None:
    done = cli("sample", model, "-n", 60, "--scenario", scenario, "-o", "rows.parquet", "--json")
    said = json.loads(done.out)
    assert said["rows"] == said["scenario"]["rows"] == 60
    assert said["manifest"] == "rows.parquet.scenario.json"


def test_a_manifest_that_exists_is_not_replaced(cli: Command, model: Path, here: Path, scenario: Path) -> None:
    (here / "rows.csv.scenario.json").write_text("mine")
    done = cli("sample", model, "-n", 60, "--scenario", scenario, "-o", "rows.csv")
    assert done.code == 1
    assert not (here / "rows.csv").exists()
    assert (here / "rows.csv.scenario.json").read_text() == "mine"


def test_partial_rows_are_completed_and_given_cells_stay(cli: Command, model: Path, here: Path) -> None:
    (here / "part.csv").write_text("note,age,price,job\nx,007,,\ny,,1.50,\nz,,,\n")
    done = cli("sample", model, "--complete", "part.csv", "-o", "whole.csv")
    assert (done.code, done.err) == (0, "")
    rows = pd.read_csv(here / "whole.csv", dtype=str)
    assert rows["note"].tolist() == ["x", "y", "z"]
    assert (rows["age"][0], rows["price"][1]) == ("007", "1.50")
    assert not rows.isna().any().any()


def test_balance_gives_equal_classes(cli: Command, model: Path, here: Path) -> None:
    assert cli("sample", model, "-n", 31, "--balance", "won", "-o", "rows.csv").code == 0
    assert sorted(pd.read_csv(here / "rows.csv")["won"].value_counts().tolist()) == [15, 16]


@pytest.mark.usefixtures("scenario")
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--scenario", "winter.yaml", "--where", "age > 3"], 2, "put --where into the file"),
        (["--scenario", "winter.yaml", "--balance", "won"], 2, "put --balance into the file"),
        (["--complete", "winter.yaml", "-n", "3"], 2, "leave out -n"),
        (["--scenario", "none.yaml"], 1, "none.yaml: expected a file, got nothing there"),
        (["--complete", "none.csv"], 1, "none.csv"),
        (["--balance", "age"], 1, "a column of levels"),
        (["--balance", "shoe"], 1, "balance shoe"),
        (["--scenario", "winter.yaml", "-n", "5"], 1, "expected 5 rows in all"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    cli: Command, model: Path, options: list[str], code: int, message: str
) -> None:
    done = cli("sample", model, *options, "-o", "rows.csv")
    assert done.code == code
    assert message in done.err
    assert done.err.count("\n") == 1
