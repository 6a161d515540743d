"""`synthgen regulator`, on the command line."""

import json
from pathlib import Path

import pytest

from synthgen.evaluate.report import Report
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.release import bundle as bundles
from synthgen.release.terms import Terms
from synthgen.tables import open_writer
from tests.cli.conftest import GOLDEN, Command


@pytest.fixture
def bundle(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle that nobody signed."""
    monkeypatch.setattr(bundles, "report_page", lambda *_, **__: "<!doctype html>")
    model = Model.load(GOLDEN)
    drawn = draws(model, 20)
    with open_writer(here / "rows.parquet", drawn.schema, format="parquet", force=False) as out:
        for batch in drawn.batches():
            out.write(batch)
    return bundles.write_bundle(
        here / "b",
        data=[here / "rows.parquet"],
        model=model,
        report=Report(schema=model.schema.name, created="2026-01-31", seed=0, facts=(), sections=()),
        policy={"policy": 1, "name": "partner"},
        verdicts=(),
        terms=Terms(policy="partner"),
    ).folder


def test_drafts_are_written_and_counted(bundle: Path, cli: Command, here: Path) -> None:
    done = cli("regulator", bundle, "-o", "drafts", "--json")
    told = json.loads(done.out)
    assert (done.code, told["folder"], told["internal"]) == (0, "drafts", False)
    assert told["quotes"] == len(json.loads((here / "drafts" / "origins.json").read_text())["quotes"])
    assert "nobody" in (here / "drafts" / "README.md").read_text()  # signed it


def test_what_is_no_bundle_is_one_line(cli: Command, here: Path) -> None:
    done = cli("regulator", "none", "-o", "drafts")
    assert done.code == 1
    assert done.err.startswith("error: none: expected a bundle")
    assert done.err.count("\n") == 1
    assert not (here / "drafts").exists()
