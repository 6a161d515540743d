"""`synthgen evaluate`, with sections of its own: what is written, what is printed, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from synthgen.evaluate import sections
from synthgen.evaluate.files import read_report
from synthgen.evaluate.inputs import Inputs
from synthgen.evaluate.report import Absent, Figure, Finding, Section, Tier

Command = Callable[..., Any]
SECRET = 0.123456789
OPEN = 0.987654321

SCHEMA = """\
name: small
columns:
  age: {type: integer, minimum: 0, maximum: 90}
  city: {type: categorical, values: [Oslo, Rome]}
"""


def figure(key: str, value: float, tier: Tier) -> Figure:
    why = Absent(why="a test")
    return Figure(
        key=key, title=key, value=value, tier=tier, better="higher", interval=why, ceiling=1.0, floor=0.0
    )  # fmt: skip


def fidelity(inputs: Inputs) -> Section:
    inputs.progress.stage("fidelity", 1)
    inputs.progress.advance()
    figures = (figure("fidelity.tvd2", SECRET, "internal"), figure("fidelity.rules.rows", OPEN, "synthetic_only"))
    return Section(name="fidelity", title="Fidelity", figures=figures)


def attacks(_inputs: Inputs) -> Section:
    finding = Finding(attack="linking", verdict="signal", because="it copies", tier="internal", keys=())
    return Section(name="attacks", title="Attacks", findings=(finding,))


@pytest.fixture
def tables(here: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Words of a command on two small tables, and two quick sections."""
    monkeypatch.setattr(sections, "SECTIONS", {"fidelity": fidelity, "attacks": attacks})
    (here / "s.yaml").write_text(SCHEMA)
    pd.DataFrame({"age": [17, 30, 41], "city": ["Oslo", "Rome", "Rome"]}).to_csv(here / "real.csv", index=False)
    pd.DataFrame({"age": [18, 33], "city": ["Rome", "Bern"]}).to_parquet(here / "syn.parquet")
    return ["evaluate", "--real", "real.csv", "--synthetic", "syn.parquet", "--schema", "s.yaml"]


def test_a_folder_holds_the_page_and_its_figures(cli: Command, tables: list[str], here: Path) -> None:
    done = cli(*tables, "-o", "out")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (here / "out").iterdir()) == ["report.html", "report.json"]
    assert [one.name for one in read_report(here / "out" / "report.json").sections] == ["fidelity", "attacks"]
    assert "How close is it to the real table?" in done.out
    assert "Wrote out/report.html and out/report.json" in done.out


def test_a_folder_that_is_there_is_kept_unless_forced(cli: Command, tables: list[str], here: Path) -> None:
    assert cli(*tables, "-o", "out").code == 0
    (here / "out" / "mine.txt").write_text("mine")
    refused = cli(*tables, "-o", "out")
    assert refused.code == 1
    assert refused.err == "error: out: expected a new folder, got one with a report; choose another name or --force\n"
    assert cli(*tables, "-o", "out", "--seed", 5, "--force").code == 0
    assert read_report(here / "out" / "report.json").seed == 5
    assert (here / "out" / "mine.txt").read_text() == "mine"


def test_the_public_files_hold_no_private_figure(cli: Command, tables: list[str], here: Path) -> None:
    done = cli(*tables, "-o", "out", "--public", "--markdown", "pr.md", "--json")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (here / "out").iterdir()) == ["report.public.html", "report.public.json"]
    for text in [done.out, *((here / name).read_text() for name in ("out/report.public.json", "pr.md"))]:
        assert str(SECRET)[:6] not in text
        assert "it copies" not in text
        assert str(OPEN)[:5] in text


def test_json_is_the_report_and_the_dials(cli: Command, tables: list[str]) -> None:
    said = json.loads(cli(*tables, "-o", "out", "--json").out)
    assert [dial["name"] for dial in said["summary"]] == ["fidelity", "utility", "privacy"]
    assert said["summary"][2]["light"] == "red"
    assert said["report"]["sections"][0]["figures"][0]["value"] == SECRET
    assert said["files"] == ["out/report.html", "out/report.json"]


@pytest.mark.parametrize("words", [["--only", "attacks,fidelity"], ["--only", "attacks", "--only", "fidelity"]])
def test_sections_are_named_with_commas_or_one_by_one(cli: Command, tables: list[str], words: list[str]) -> None:
    said = json.loads(cli(*tables, *words, "-o", "out", "--json").out)
    assert [one["name"] for one in said["report"]["sections"]] == ["fidelity", "attacks"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--only", "fidelty"], 1, "error: only: expected some of fidelity, attacks, got 'fidelty'"),
        (["--model", "none.synthgen"], 1, "error: none.synthgen: expected a model file"),
        (["--holdout", "none.csv"], 1, "error: none.csv: expected a file or a folder"),
        (["--markdown", "no/such/folder.md"], 1, "error: no/such/folder.md: expected a folder that exists"),
        (["--alert-rate", "5"], 1, "error: alert rate: expected a share of the rows, between 0 and 1, got 5"),
        (["--rows", "3"], 2, "error: Invalid value for '--rows'"),
        (["--seed", "-1"], 2, "error: Invalid value for '--seed'"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_leaves_nothing(
    cli: Command, tables: list[str], words: list[str], code: int, says: str
) -> None:
    done = cli(*tables, *words, "-o", "out")
    assert done.code == code
    assert done.err.startswith(says)
    assert done.err.count("\n") == 1
    assert not Path("out").exists()


def test_real_and_synthetic_and_schema_are_needed(cli: Command) -> None:
    done = cli("evaluate", "--real", "x.csv")
    assert done.code == 2
    assert "--synthetic" in done.err
