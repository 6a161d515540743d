"""What a tracker is told: never what was read from private rows."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synthgen.evaluate.report import Report
from synthgen.model import Model
from synthgen.release import manifest
from synthgen.release.bundle import Bundle
from synthgen.release.checked import Checked
from synthgen.release.gate import decide
from synthgen.release.policy import load_policy
from synthgen.release.release import Outcome, Release
from synthgen.release.terms import Terms
from synthgen.release.tracked import Run, of_fit, of_release

PRIVATE = 0.1234567890123456
"""Of the report that the bundle was made from; see the figure in conftest.py."""
PLANTED = "planted"


def asked(golden: Path) -> Release:
    nowhere = Path("nowhere.parquet")
    return Release(
        model=golden, real=nowhere, holdout=nowhere, policy="internal", ledger=nowhere, output=Path("out"), by=PLANTED
    )


def outcome_of(report: Report | None, bundle: Bundle | None) -> Outcome:
    rows = (
        Checked(rule="privacy.epsilon", expected="3", got="1", verdict="pass", tier="synthetic_only"),
        Checked(rule="utility.auc", expected="0.9", got=str(PRIVATE), verdict="fail", tier="internal"),
    )
    policy = load_policy("internal")
    decision = decide(policy, rows, mode="internal")
    return Outcome(policy=policy, decision=decision, terms=Terms(policy="internal"), bundle=bundle, report=report)


@pytest.fixture
def released(made: Any, whole: Bundle, golden: Path) -> Run:
    """A release whose report holds a figure of private rows."""
    assert any(figure.value == PRIVATE for figure in made.report.figures())
    numbers = manifest.from_bytes((whole.folder / "manifest.json").read_bytes()).numbers
    return of_release(asked(golden), outcome_of(made.report, whole), made.model, numbers)


def test_a_planted_private_figure_is_not_told(released: Run) -> None:
    assert PRIVATE not in released.figures.values()
    texts = json.dumps([*released.parameters.values(), *released.tags.values(), *released.tags])
    assert str(PRIVATE) not in texts
    assert "utility.auc" not in released.figures


def test_the_numbers_of_the_bundle_and_its_files_are_told(released: Run, whole: Bundle) -> None:
    assert released.figures["privacy.epsilon"] == 1.0
    assert released.figures["rows"] == 60
    assert released.tags["bundle"] == whole.id
    assert whole.archive in released.files
    assert all(path.is_file() for path in released.files)
    assert released.finished


def test_of_a_refusal_only_public_rules_are_told(made: Any, golden: Path) -> None:
    run = of_release(asked(golden), outcome_of(made.report, None), made.model, {})
    assert (run.finished, run.figures, run.files) == (False, {}, ())
    assert run.tags["rule privacy.epsilon"] == "pass"
    assert not any("utility" in key for key in run.tags)


def test_a_fit_tells_its_settings_and_what_its_budget_means(made: Any, golden: Path) -> None:
    run = of_fit(made.model, {"effort": "quick", "parts": ["city"], "schema": "x/private.yaml"}, file=golden)
    assert run.figures["budget.epsilon"] == float(run.parameters["epsilon"]) == made.model.budget.epsilon
    assert run.parameters["parts"] == "['city']"
    assert run.parameters["schema"] == made.model.schema.name
    assert run.files == (golden,)
    assert "private.yaml" not in json.dumps(dict(run.parameters))


@pytest.mark.parametrize("changes", [{"noise": "fixed"}])
def test_a_model_that_may_reveal_rows_is_not_kept(made: Any, golden: Path, changes: dict[str, Any]) -> None:
    model: Model = replace(made.model, manifest=replace(made.model.manifest, **changes))
    run = of_fit(model, {}, file=golden)
    assert (run.files, run.figures, run.tags["private"]) == ((), {}, "no")
