"""The whole flow, with an evaluation of a test's own: what that finds is tested elsewhere."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from synthgen.errors import ConfigError, LedgerError, SchemaError
from synthgen.evaluate.budget import of_model
from synthgen.evaluate.report import Absent, Figure, Finding, Report, Section
from synthgen.model import Model
from synthgen.pipeline import fit
from synthgen.privacy import Budget
from synthgen.progress import Silent
from synthgen.release import bundle as bundles
from synthgen.release.evidence import Bound
from synthgen.release.look import draw
from synthgen.release.release import Release, release
from synthgen.release.signing import PrivateKey
from synthgen.release.told import junit, to_json
from synthgen.release.verify import Trust, verify
from synthgen.schema import parse_schema
from synthgen.spending import Spending
from tests.release.conftest import short_page

SCHEMA = """
name: flow
target: won
protected: [city]
columns:
  card: {type: identifier, kind: payment_card}
  age: {type: integer, minimum: 0, maximum: 99}
  paid: {type: number, minimum: 0, maximum: 1000000, decimals: 2}
  city: {type: categorical, values: [Oslo, Rome, Lima]}
  won: {type: boolean}
"""
POLICY = """
policy: 1
name: flow
privacy: {epsilon: {row: 3}, delta: 1e-6, dataset_epsilon: {row: 10}}
figures: [{figure: fidelity.tvd2, at_most: 0.2}]
constraints: 1
groups: [{columns: [protected], at_least: 5}]
attacks: {required: [linkability]}
approvals: 1
expires_after_days: 30
paid: {epsilon: 1, figures: [{figure: paid.tvd2, at_most: 0.9}]}
"""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A model, the rows that it was fitted to, its ledger and a policy."""

    folder: Path
    asked: Release

    def policy(self, *changes: tuple[str, str]) -> Path:
        text = POLICY
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path = self.folder / "changed.yaml"
        path.write_text(text)
        return path


def table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 100, rows)
    return pd.DataFrame(
        {
            "card": [f"4{number:015d}" for number in rng.integers(0, 10**15, rows)],
            "age": age,
            "paid": np.round(rng.gamma(2.0, 20_000.0, rows), 2),
            "city": np.array(["Oslo", "Rome", "Lima"])[age // 34],
            "won": rng.random(rows) < age / 100,
        }
    )


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory, few_steps: None) -> Path:
    """A folder with everything that a release begins with."""
    assert few_steps is None
    folder = tmp_path_factory.mktemp("flow")
    table(500, 1).to_parquet(folder / "real.parquet")
    table(500, 2).to_parquet(folder / "holdout.parquet")
    ledger = Spending.create(folder / "flow.ledger", dataset="flow", budget=Budget(epsilon=10, delta=1e-6))
    made = fit(folder / "real.parquet", parse_schema(SCHEMA), epsilon=2, dp_sgd="off", ledger=ledger)
    made.save(folder / "flow.synthgen")
    return folder


@pytest.fixture
def scene(fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(bundles, "report_page", short_page)
    (tmp_path / "flow.ledger").write_bytes((fitted / "flow.ledger").read_bytes())
    (tmp_path / "flow.ledger.head").write_bytes((fitted / "flow.ledger.head").read_bytes())
    (tmp_path / "policy.yaml").write_text(POLICY)
    asked = Release(
        model=fitted / "flow.synthgen",
        real=fitted / "real.parquet",
        holdout=fitted / "holdout.parquet",
        policy=tmp_path / "policy.yaml",
        ledger=tmp_path / "flow.ledger",
        output=tmp_path / "bundle",
        rows=400,
        key=PrivateKey.new(),
    )
    return Scene(folder=tmp_path, asked=asked)


def evaluated(value: float = 0.1, verdict: Any = "no signal") -> Callable[..., Report]:
    """An evaluation that found this."""

    def evaluate(_real: Path, _synthetic: Path, schema: Any, *, model: Model, **_: Any) -> Report:
        none = Absent(why="a test")
        figure = Figure(
            key="fidelity.tvd2",
            title="Pairs",
            value=value,
            tier="internal",
            better="lower",
            interval=none,
            ceiling=0.1,
            floor=0.5,
        )
        found = Finding(attack="linkability", verdict=verdict, because="a test", tier="internal", keys=())
        sections = (Section(name="fidelity", title="", figures=(figure,), findings=(found,)), of_model(model))
        return Report(schema=schema.name, created="2026-01-31", seed=0, facts=(), sections=sections)

    return evaluate


def left_behind(scene: Scene) -> list[str]:
    """What a release wrote beside its inputs."""
    inputs = {"flow.ledger", "flow.ledger.head", "policy.yaml", "changed.yaml", "given.parquet", "given.csv"}
    return sorted(path.name for path in scene.folder.iterdir() if path.name not in inputs)


def test_a_release_that_meets_its_policy_is_a_bundle_that_verifies(scene: Scene) -> None:
    outcome = release(scene.asked, evaluator=evaluated())
    assert outcome.decision.opened, outcome.decision.stopped_by
    assert left_behind(scene) == ["bundle", "bundle.zip"]
    found = verify(scene.asked.output, trust=Trust())
    # the one thing that is missing: the policy wants an approval
    assert {check.name for check in found.checks if check.outcome == "fail"} == {"approvals"}
    assert outcome.linted is not None
    assert outcome.linted.rows == 400


def test_no_figure_from_private_rows_is_in_the_bundle(scene: Scene) -> None:
    telling = 0.1234567890123
    outcome = release(scene.asked, evaluator=evaluated(telling))
    assert outcome.bundle is not None
    for file in outcome.bundle.folder.rglob("*"):
        assert not file.is_file() or b"0.12345" not in file.read_bytes(), file.name
    verdicts = json.loads((scene.asked.output / "verdicts.json").read_text())["verdicts"]
    assert next(row for row in verdicts if row["rule"] == "lint")["got"].startswith("not told")


@pytest.mark.parametrize(
    ("evaluator", "rule"),
    [(evaluated(0.3), "fidelity.tvd2"), (evaluated(verdict="signal"), "attacks (linkability)")],
)
def test_a_failed_rule_writes_nothing(scene: Scene, evaluator: Callable[..., Report], rule: str) -> None:
    outcome = release(scene.asked, evaluator=evaluator)
    assert outcome.bundle is None
    assert [row.rule for row in outcome.decision.stopped_by] == [rule]
    assert outcome.decision.stopped_by[0].fix
    assert left_behind(scene) == []


def test_public_rules_come_before_a_private_row_is_read(scene: Scene) -> None:
    def never(*_: Any, **__: Any) -> Report:
        raise AssertionError

    asked = replace(scene.asked, policy=scene.policy(("{row: 3}", "{row: 1}")))
    outcome = release(asked, evaluator=never)
    assert (outcome.bundle, outcome.report) == (None, None)
    assert [row.rule for row in outcome.decision.stopped_by] == ["privacy.epsilon"]
    assert left_behind(scene) == []


def test_a_planted_row_in_the_report_stops_the_release(scene: Scene) -> None:
    private = pd.read_parquet(scene.asked.real).iloc[3]
    honest = evaluated()

    def leaking(*tables: Any, **options: Any) -> Report:
        report = honest(*tables, **options)
        figure = next(report.figures())
        told = replace(figure, key="budget.told", tier="synthetic_only", note=f"card {private['card']}")
        return replace(report, sections=(*report.sections, Section(name="x", title="", figures=(told,))))

    outcome = release(scene.asked, evaluator=leaking)
    assert outcome.bundle is None
    assert [row.rule for row in outcome.decision.stopped_by] == ["lint"]
    assert private["card"] not in json.dumps(to_json(outcome))
    assert left_behind(scene) == []


def test_rows_that_the_model_draws_again_may_be_given(scene: Scene) -> None:
    given = scene.folder / "given.csv"
    draw(Model.load(scene.asked.model), given, rows=300, seed=5, progress=Silent())
    asked = replace(scene.asked, synthetic=given, rows=None, seed=5)
    outcome = release(asked, evaluator=evaluated())
    assert outcome.bundle is not None, outcome.decision.stopped_by
    assert any(file.suffix == ".csv" for file in outcome.bundle.folder.rglob("*"))
    other = release(replace(asked, seed=6, output=scene.folder / "other"), evaluator=evaluated())
    assert [row.rule for row in other.decision.stopped_by] == ["rows.origin"]


def test_no_guarantee_is_claimed_for_rows_that_the_model_does_not_draw(scene: Scene) -> None:
    table(300, 7).to_parquet(scene.folder / "given.parquet")
    policy = scene.policy(("approvals: 1", "given_rows: accept"))
    asked = replace(scene.asked, synthetic=scene.folder / "given.parquet", rows=None, policy=policy)
    outcome = release(asked, evaluator=evaluated())
    assert outcome.bundle is not None, outcome.decision.stopped_by
    texts = {file.name: file.read_text() for file in asked.output.iterdir() if file.suffix in {".json", ".md", ".html"}}
    certificate = json.loads(texts["certificate.json"])
    assert certificate["guarantee"]["covers_rows"] is False
    assert "NOT KNOWN TO COVER" in certificate["guarantee"]["definition"]
    assert "NOT KNOWN TO COVER" in certificate["hazards"][0]
    for name in ("README.md", "croissant.json", "certificate.html", "certificate.json"):
        assert "drawn from a model that is" not in " ".join(texts[name].split()), name
        assert "need not be trusted" not in texts[name], name
    assert "differential-privacy" not in texts["README.md"]
    found = {check.name: check for check in verify(asked.output, trust=Trust()).checks}
    assert found["certificate"].outcome == "warning"
    assert "given" in found["certificate"].said


def test_given_rows_that_break_a_rule_are_counted_and_refused(scene: Scene) -> None:
    broken = table(300, 7).assign(age=lambda frame: frame.age.where(frame.index > 1, 100))
    broken.to_parquet(scene.folder / "given.parquet")
    asked = replace(scene.asked, synthetic=scene.folder / "given.parquet", rows=None)
    stopped = {row.rule: row for row in release(asked, evaluator=evaluated()).decision.stopped_by}
    assert stopped["constraints"].verdict == "fail"
    assert "2 of 300" in stopped["constraints"].got


def test_the_paid_gate_charges_the_ledger_and_decides_on_noise(scene: Scene) -> None:
    before = Spending.open(scene.asked.ledger).shown()
    outcome = release(replace(scene.asked, mode="paid"), evaluator=evaluated(0.9, "signal"))
    assert outcome.bundle is not None, outcome.decision.stopped_by
    after = Spending.open(scene.asked.ledger).shown()
    assert after.spent > before.spent
    assert len(after.entries) == len(before.entries) + 1
    assert [row.rule for row in outcome.decision.rows if row.tier == "internal"] == ["lint"]
    report = (scene.asked.output / "report.json").read_text()
    assert "paid.tvd2" in report
    assert "charged to the ledger of the data set before it was taken" in report
    outside = json.loads((scene.asked.output / "certificate.json").read_text())["outside"]
    assert any("ledger was charged, beside the model" in text for text in outside)


def test_a_paid_gate_that_the_ledger_cannot_carry_reads_nothing(scene: Scene) -> None:
    asked = replace(scene.asked, mode="paid", policy=scene.policy(("{epsilon: 1,", "{epsilon: 9.5,")))

    def never(*_: Any, **__: Any) -> Report:
        raise AssertionError

    with pytest.raises(LedgerError):
        release(asked, evaluator=never)
    assert left_behind(scene) == []


def test_the_paid_gate_reads_no_figure_from_rows_of_another_data_set(scene: Scene) -> None:
    before = Spending.open(scene.asked.ledger).shown()
    with pytest.raises(LedgerError, match="none of its units"):
        release(replace(scene.asked, mode="paid", real=scene.asked.holdout), evaluator=evaluated())
    after = Spending.open(scene.asked.ledger).shown()
    assert (after.spent, after.reserved > before.reserved) == (before.spent, True)  # what was set aside stays
    assert left_behind(scene) == []


def test_a_policy_without_a_paid_part_has_no_paid_gate(scene: Scene) -> None:
    without = scene.policy(("paid: {epsilon: 1, figures: [{figure: paid.tvd2, at_most: 0.9}]}", ""))
    with pytest.raises(ConfigError, match="a part paid"):
        release(replace(scene.asked, mode="paid", policy=without), evaluator=evaluated())


def test_a_ledger_of_another_fit_is_told(scene: Scene) -> None:
    Spending.create(scene.folder / "other.ledger", dataset="other", budget=Budget(epsilon=10, delta=1e-6))
    outcome = release(replace(scene.asked, ledger=scene.folder / "other.ledger"), evaluator=evaluated())
    assert [row.rule for row in outcome.decision.stopped_by] == ["ledger.model"]


def test_a_fit_that_was_never_charged_does_not_pass_for_its_twin_that_was(scene: Scene) -> None:
    charged = Model.load(scene.asked.model)
    twin = replace(charged, manifest=replace(charged.manifest, ledger=None))  # the same settings, without --ledger
    twin.save(scene.folder / "twin.synthgen")
    outcome = release(replace(scene.asked, model=scene.folder / "twin.synthgen"), evaluator=evaluated())
    (scene.folder / "twin.synthgen").unlink()
    assert [row.rule for row in outcome.decision.stopped_by] == ["ledger.model"]
    assert left_behind(scene) == []


def test_a_ledger_that_lost_the_fit_and_charged_it_again_is_not_the_fits(scene: Scene) -> None:
    model = Model.load(scene.asked.model)
    again = Spending.create(scene.folder / "again.ledger", dataset="flow", budget=Budget(epsilon=10, delta=1e-6))
    reservation = again.reserve(model.events, what="fit flow at epsilon 2")
    reservation.commit(model.events)
    assert model.manifest.ledger is not None
    assert reservation.number == model.manifest.ledger.entry
    outcome = release(replace(scene.asked, ledger=again.path), evaluator=evaluated())
    assert [row.rule for row in outcome.decision.stopped_by] == ["ledger.model"]


@pytest.mark.parametrize("content", [None, b"", b"not a ledger"])
def test_no_ledger_is_one_line(scene: Scene, content: bytes | None) -> None:
    path = scene.folder / "none.ledger"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LedgerError) as caught:
        release(replace(scene.asked, ledger=path), evaluator=evaluated())
    assert "\n" not in str(caught.value)


def test_a_bad_policy_stops_before_anything_else(scene: Scene) -> None:
    with pytest.raises(SchemaError, match="did you mean 'figures'"):
        release(replace(scene.asked, policy=scene.policy(("figures: [{figure: fid", "figure: [{figure: fid"))))


def test_a_place_that_is_taken_is_refused_and_stays(scene: Scene) -> None:
    scene.asked.output.mkdir()
    (scene.asked.output / "mine").write_text("mine")
    with pytest.raises(ConfigError):
        release(scene.asked, evaluator=evaluated())
    assert (scene.asked.output / "mine").read_text() == "mine"


def test_rows_and_given_rows_together_make_no_sense(scene: Scene) -> None:
    asked = replace(scene.asked, synthetic=scene.folder / "given.parquet", rows=5)
    with pytest.raises(ConfigError, match="both -n and --synthetic"):
        release(asked, evaluator=evaluated())


def test_an_audit_goes_into_the_table(scene: Scene) -> None:
    bound = Bound(what="measurements", lower=0.5, claimed=2.0, confidence=0.95)
    asked = replace(scene.asked, audit=(bound,), policy=scene.policy(("approvals: 1", "audit: {required: true}")))
    outcome = release(asked, evaluator=evaluated())
    assert next(row for row in outcome.decision.rows if row.rule.startswith("audit")).verdict == "pass"


def test_the_outcome_is_told_to_machines(scene: Scene) -> None:
    outcome = release(scene.asked, evaluator=evaluated(0.3))
    told = json.loads(json.dumps(to_json(outcome)))
    assert (told["released"], told["bundle"]) == (False, None)
    xml = junit(outcome).decode()
    assert xml.count("<testcase") == len(outcome.decision.rows)
    assert xml.count("<failure") == 1
