"""`synthgen audit`: a page, the JSON that a release reads, and an exit code."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import synthgen.audit
from synthgen.privacy import DiscreteGaussian
from synthgen.release.audits import load_audit

Command = Callable[..., Any]

SCHEMA = """\
name: small
columns:
  city: {type: categorical, values: [Oslo, Rome, Lima]}
  member: {type: boolean}
"""


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    few = replace(synthgen.audit.QUICK, seconds=2, runs=60, loud=250, fits=2, canaries=2_000, steps=2, trials=100)
    monkeypatch.setattr(synthgen.audit, "QUICK", few)
    (here / "small.yaml").write_text(SCHEMA)


def test_an_audit_of_a_model_says_what_was_shown_and_no_more(cli: Command, model: Path, here: Path) -> None:
    done = cli("audit", model, "--confidence", "0.999999", "-o", "audit.json")
    assert done.code == 0, done.err
    assert done.out.startswith("CONSISTENT WITH THE CLAIM: epsilon")
    assert "That is no proof" in done.out
    assert "safe" not in done.out
    assert all(bound.lower <= bound.claimed for bound in load_audit(here / "audit.json"))


def test_a_schema_and_an_epsilon_are_enough_and_a_broken_claim_is_exit_code_1(
    cli: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def halved(_: Any, counts: np.ndarray, sigma: float) -> np.ndarray:
        return counts + np.rint(np.random.default_rng().normal(0, sigma / 2, counts.shape)).astype(np.int64)

    monkeypatch.setattr(DiscreteGaussian, "__call__", halved)
    done = cli("audit", "--schema", "small.yaml", "--epsilon", 2, "--json")
    said = json.loads(done.out)
    assert (done.code, said["verdict"]) == (1, "claim broken")
    assert {bound["what"] for bound in said["bounds"] if bound["verdict"] == "claim broken"} >= {
        "histograms, at little noise",
        "tables, at little noise",
    }


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "error: give a model, or --schema and --epsilon"),
        (["--schema", "small.yaml"], 2, "error: give a model, or --schema and --epsilon"),
        (["MODEL", "--epsilon", "1"], 2, "error: a model has its own epsilon"),
        (["MODEL", "--quick", "--full", "5"], 2, "error: --quick and --full exclude each other"),
        (["MODEL", "--full", "0"], 1, "error: full: expected 1 minute to"),
        (["MODEL", "--confidence", "2"], 1, "error: confidence: expected"),
        (["none.synthgen"], 1, "error: none.synthgen: expected a model file"),
        (["--schema", "small.yaml", "--epsilon", "inf"], 1, "error: epsilon"),
        (["MODEL", "-o", "small.yaml"], 1, "error: small.yaml"),
    ],
)
def test_a_refusal_is_one_line(cli: Command, model: Path, words: list[str], code: int, says: str) -> None:
    done = cli("audit", *(model if word == "MODEL" else word for word in words))
    assert done.code == code
    assert done.err.startswith(says)
    assert len(done.err.splitlines()) == 1
