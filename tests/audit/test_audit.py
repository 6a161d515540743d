"""The whole audit: what it covers, how it ends, and that a release reads what it writes."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from synthgen import Schema
from synthgen.audit import QUICK, Audit, Effort, Found, audit, full, model_of_nothing, to_json
from synthgen.errors import ConfigError
from synthgen.model import Model
from synthgen.privacy import SubsampledGaussian
from synthgen.release.audits import load_audit

RUN = SubsampledGaussian(
    what="rows, likelihood", noise_multiplier=2.0, sample_rate=0.2, steps=50, clip=0.1, divisor=100.0
)


class Watch:
    """Whom the audit tells of its progress."""

    def __init__(self) -> None:
        self.stages: dict[str, int] = {}

    def stage(self, name: str, total: int | None) -> None:
        assert total == 1000
        self.stages[name] = 0

    def advance(self, steps: int = 1) -> None:
        self.stages[next(reversed(self.stages))] += steps


@pytest.fixture(scope="module")
def honest(model: Model, schema: Schema) -> tuple[Audit, Watch]:
    """An audit of all parts, as short as can be; its model trained on rows, too."""
    watch = Watch()
    short = replace(QUICK, runs=60, loud=60, fits=3, canaries=2_000, steps=2, trials=200)
    trained = replace(model, events=(*model.events, RUN))
    return audit(trained, schema=schema, effort=short, confidence=1 - 1e-6, progress=watch), watch


def test_every_part_has_its_bound(honest: tuple[Audit, Watch]) -> None:
    found = honest[0]
    assert [bound.method for bound in found.bounds] == ["replay", "steps", "steps", *["counts"] * 7, "fits"]
    assert found.verdict == "consistent with the claim"
    assert all(bound.lower <= bound.claimed for bound in found.bounds)
    assert (found.epsilon, found.delta, found.unit) == (8.0, 1e-6, "person")


def test_progress_ends_where_the_work_ends(honest: tuple[Audit, Watch]) -> None:
    stages = honest[1].stages
    assert all(0 < steps <= 1000 for steps in stages.values())
    assert stages["whole fits"] == 1000


def test_a_release_reads_what_an_audit_writes(honest: tuple[Audit, Watch], tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(to_json(honest[0]), allow_nan=False))
    read = load_audit(path)
    assert [(bound.what, bound.lower) for bound in read] == [(one.what, one.lower) for one in honest[0].bounds]
    assert {bound.confidence for bound in read} == {1 - 1e-6}


def test_one_broken_bound_breaks_the_claim() -> None:
    sound = Found(what="counts", method="counts", lower=1.0, claimed=1.0, runs=1)
    broken = replace(sound, lower=1.1)
    bounds = {"epsilon": 1.0, "delta": 1e-6, "unit": "row", "confidence": 0.99}
    assert Audit(**bounds, bounds=(sound,)).verdict == "consistent with the claim"  # type: ignore[arg-type]  # of one type each
    assert Audit(**bounds, bounds=(sound, broken)).verdict == "claim broken"  # type: ignore[arg-type]  # as above


def test_a_model_without_privacy_claims_nothing(model: Model) -> None:
    open_model = replace(model, budget=replace(model.budget, epsilon=math.inf))
    with pytest.raises(ConfigError, match="audit: expected a model with a finite epsilon"):
        audit(open_model)


@pytest.mark.parametrize("confidence", [0.2, 1.0, math.nan])
def test_a_confidence_that_says_nothing_is_refused(model: Model, confidence: float) -> None:
    with pytest.raises(ConfigError, match="confidence: expected"):
        audit(model, confidence=confidence)


@pytest.mark.parametrize("minutes", [0.0, math.nan, math.inf])
def test_a_time_that_makes_no_sense_is_refused(minutes: float) -> None:
    with pytest.raises(ConfigError, match="full: expected 1 minute"):
        full(minutes)


def test_more_minutes_are_more_runs() -> None:
    assert full(10).seconds == 600
    assert full(60).loud > full(10).loud > QUICK.loud


def test_a_table_of_rows_is_audited_by_its_rows(short: Effort) -> None:
    """Each row is a unit: one more row, and no persons to bound."""
    job, age = {"type": "categorical", "values": ["cook", "smith"]}, {"type": "integer", "minimum": 0, "maximum": 90}
    schema = Schema(name="t", columns={"job": job, "age": age})
    model = model_of_nothing(schema, epsilon=2.0, delta=1e-6)
    found = audit(model, effort=replace(short, runs=60, loud=60, fits=2), confidence=1 - 1e-6)
    assert found.verdict == "consistent with the claim"
    assert found.unit == "row"
    kinds = [bound.what for bound in found.bounds if "little noise" in bound.what]
    assert kinds == [f"{kind}, at little noise" for kind in ("histograms", "scores", "tables")]
