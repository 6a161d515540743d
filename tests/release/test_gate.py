import math
from dataclasses import replace
from typing import Any

import pytest

from synthgen.evaluate.report import Absent, Figure, Finding, Report, Section
from synthgen.model import Model
from synthgen.privacy import Budget, Exact
from synthgen.release.checked import WITHHELD, Checked, plain
from synthgen.release.evidence import Account, Bound, Evidence, Rows
from synthgen.release.gate import at_the_door, decide, inside, published
from synthgen.release.policy import FIXED_NOISE, NO_GUARANTEE, Policy, parse_policy
from tests.release.conftest import GOLDEN

UNIT = "privacy: {epsilon: {person: 1000}, delta: 1e-4}"
NONE = Absent(why="a test has none")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(GOLDEN)


def policy(text: str = "", privacy: str = UNIT) -> Policy:
    return parse_policy(f"policy: 1\nname: ours\n{privacy}\n{text}")


def row(found: list[Checked], rule: str) -> Checked:
    return next(one for one in found if one.rule.startswith(rule))


def without_privacy(model: Model) -> Model:
    return replace(
        model,
        budget=Budget(epsilon=math.inf, delta=0.5),
        events=(Exact(what="all", names=("x",)),),
        manifest=replace(model.manifest, private=False),
    )


def test_a_model_without_privacy_passes_no_policy_but_one_that_says_so_in_words(model: Model) -> None:
    bare = Evidence(model=without_privacy(model))
    found = at_the_door(policy(), bare)
    assert (row(found, "privacy.guarantee").verdict, row(found, "privacy.epsilon").verdict) == ("fail", "fail")
    said = policy(privacy=f"privacy: {{no_guarantee: {NO_GUARANTEE}}}")
    assert decide(said, at_the_door(said, bare)).opened


def test_a_model_with_fixed_noise_passes_no_policy_but_one_that_says_so_in_words(model: Model) -> None:
    fixed = Evidence(model=replace(model, manifest=replace(model.manifest, noise="fixed")))
    assert row(at_the_door(policy(), fixed), "privacy.noise").verdict == "fail"
    said = policy(privacy=f"{UNIT[:-1]}, fixed_noise: {FIXED_NOISE}}}")
    assert row(at_the_door(said, fixed), "privacy.noise").verdict == "pass"


def test_epsilon_is_priced_anew_at_the_policys_delta(model: Model) -> None:
    prices = {}
    for delta in (1e-3, 1e-5):
        asked = policy(privacy=f"privacy: {{epsilon: {{person: 1000}}, delta: {delta}}}")
        prices[delta] = float(row(at_the_door(asked, Evidence(model=model)), "privacy.epsilon").got)
    assert prices[1e-5] > prices[1e-3] > 0


@pytest.mark.parametrize(
    ("maxima", "verdict"),
    [("{person: 1000}", "pass"), ("{person: 0.001}", "fail"), ("{row: 1000}", "fail"), ("{ID: 0.001}", "fail")],
)
def test_the_maximum_is_that_of_the_models_unit(model: Model, maxima: str, verdict: str) -> None:
    unit = model.schema.privacy.unit
    assert unit != "row"
    asked = policy(privacy=f"privacy: {{epsilon: {maxima.replace('ID', unit)}, delta: 1e-4}}")
    found = row(at_the_door(asked, Evidence(model=model)), "privacy.epsilon")
    assert found.verdict == verdict
    assert bool(found.fix) == (verdict == "fail")


@pytest.mark.parametrize(
    ("knows", "spent", "verdicts"), [(True, 2.0, ("pass", "pass")), (False, 9.0, ("fail", "fail"))]
)
def test_the_ledger_must_have_the_fit_and_must_not_be_spent(
    model: Model, knows: bool, spent: float, verdicts: tuple[str, str]
) -> None:
    asked = policy(privacy="privacy: {epsilon: {person: 3}, delta: 1e-4, dataset_epsilon: {person: 5}}")
    account = Account(dataset="d", epsilon=spent, knows_model=knows)
    found = at_the_door(asked, Evidence(model=model, account=account))
    assert (row(found, "ledger.model").verdict, row(found, "privacy.dataset_epsilon").verdict) == verdicts


@pytest.mark.parametrize(
    ("to", "verdict"), [("Acme", "pass"), ("x.example.org", "pass"), ("someone", "fail"), (None, "fail")]
)
def test_only_recipients_of_the_policy_may_have_it(model: Model, to: str | None, verdict: str) -> None:
    asked = policy("recipients: [acme, '*.example.org']\n")
    assert row(at_the_door(asked, Evidence(model=model, recipient=to)), "recipients").verdict == verdict


def test_a_policy_for_anybody_asks_for_somebody_named(model: Model) -> None:
    asked = policy("recipients: ['*']\n")
    found = {to: row(at_the_door(asked, Evidence(model=model, recipient=to)), "recipients") for to in (None, "acme")}
    assert {to: one.verdict for to, one in found.items()} == {None: "fail", "acme": "pass"}
    assert found["acme"].expected == "somebody named"


def test_a_forbidden_column_is_found_in_the_schema_and_in_the_file(model: Model) -> None:
    name = next(iter(model.schema.columns))
    assert row(at_the_door(policy(f"forbidden_columns: ['{name[:2]}*']\n"), Evidence(model=model)), "forbidden").got
    rows = Rows(rows=1, columns=("fine", "SSN"), origin="drawn", broken=0)
    found = row(at_the_door(policy("forbidden_columns: [ssn]\n"), Evidence(model=model, rows=rows)), "forbidden")
    assert (found.verdict, found.got) == ("fail", "SSN")


def evidence(model: Model, **changes: Any) -> Evidence:
    rows = Rows(rows=100, columns=("a",), origin="drawn", broken=0, groups={})
    report = Report(schema="s", created="2026-01-01", seed=0, facts=(), sections=())
    return replace(Evidence(model=model, rows=rows, report=report), **changes)


@pytest.mark.parametrize(("broken", "verdict"), [(0, "pass"), (1, "fail")])
def test_rows_that_break_a_rule_are_counted(model: Model, broken: int, verdict: str) -> None:
    rows = Rows(rows=100, columns=("a",), origin="drawn", broken=broken)
    assert row(inside(policy("constraints: 1\n"), evidence(model, rows=rows)), "constraints").verdict == verdict


def test_no_rows_keep_no_rule(model: Model) -> None:
    empty = Rows(rows=0, columns=("a",), origin="drawn", broken=0)
    assert row(inside(policy("constraints: 0.5\n"), evidence(model, rows=empty)), "constraints").verdict == "fail"


@pytest.mark.parametrize(("size", "verdict"), [(11, "pass"), (10, "fail")])
def test_the_smallest_group_decides(model: Model, size: int, verdict: str) -> None:
    rows = Rows(rows=100, columns=("a",), origin="drawn", broken=0, groups={("a", "b"): size})
    asked = policy("groups: [{columns: [a, b], at_least: 11}]\n")
    assert row(inside(asked, evidence(model, rows=rows)), "groups (a x b)").verdict == verdict


@pytest.mark.parametrize(
    ("origin", "accept", "verdict"),
    [("given", "refuse", "inconclusive"), ("given", "accept", "pass"), ("drawn again", "refuse", "pass")],
)
def test_rows_from_elsewhere_are_covered_by_no_guarantee(model: Model, origin: Any, accept: str, verdict: str) -> None:
    rows = Rows(rows=100, columns=("a",), origin=origin, broken=0)
    found = row(inside(policy(f"given_rows: {accept}\n"), evidence(model, rows=rows)), "rows.origin")
    assert found.verdict == verdict


def figure(value: float, **changes: Any) -> Figure:
    plain = Figure(
        key="fidelity.tvd2",
        title="",
        value=value,
        tier="internal",
        better="lower",
        interval=NONE,
        ceiling=0.1,
        floor=0.5,
    )
    return replace(plain, **changes)


def report(*figures: Figure, findings: tuple[Finding, ...] = ()) -> Report:
    section = Section(name="fidelity", title="", figures=figures, findings=findings)
    return Report(schema="s", created="2026-01-01", seed=0, facts=(), sections=(section,))


def test_a_figure_that_the_report_does_not_have_fails_even_where_inconclusive_passes(model: Model) -> None:
    asked = policy("figures: [{figure: fidelity.tvd22, relative: 0.5}]\ninconclusive: pass\n")
    found = inside(asked, evidence(model, report=report(figure(0.1))))
    assert row(found, "fidelity.tvd22").verdict == "fail"
    assert not decide(asked, found).opened


def test_an_optional_figure_is_passed_over_where_it_was_not_computed(model: Model) -> None:
    none = replace(figure(0.1), value=Absent(why="there is no target"))
    asked = policy("figures: [{figure: fidelity.tvd2, relative: 0.5, optional: true}]\n")
    assert row(inside(asked, evidence(model, report=report(none))), "fidelity.tvd2").verdict == "pass"
    far = evidence(model, report=report(figure(0.45)))
    assert row(inside(asked, far), "fidelity.tvd2").verdict == "fail"


def test_each_slice_of_a_column_is_asked_and_a_column_without_any_fails(model: Model) -> None:
    figures = [figure(0.1, slice="sex = Female"), figure(0.4, slice="sex = Male"), figure(0.4, slice="sexes = x")]
    asked = policy("slices: [{figure: fidelity.tvd2, columns: [sex, race], relative: 0.5}]\n")
    found = inside(asked, evidence(model, report=report(*figures)))
    verdicts = {one.rule: one.verdict for one in found if "tvd2" in one.rule}
    assert verdicts == {
        "fidelity.tvd2 (sex = Female)": "pass",
        "fidelity.tvd2 (sex = Male)": "fail",
        "fidelity.tvd2 (race)": "fail",
    }


def test_no_level_of_a_column_leaves_in_the_name_of_a_rule(model: Model) -> None:
    figures = [figure(0.1, slice="children = 3"), figure(0.4, slice="children = 17"), figure(0.1, slice="sex = Female")]
    asked = policy("slices: [{figure: fidelity.tvd2, columns: [children, sex], relative: 0.5}]\n")
    found = inside(asked, evidence(model, report=report(*figures)))
    assert row(found, "fidelity.tvd2 (children = 17)").got
    left = [(one.rule, one.verdict, one.got) for one in published(found) if "tvd2" in one.rule]
    assert left == [
        ("fidelity.tvd2 (each children)", "fail", WITHHELD),
        ("fidelity.tvd2 (each sex)", "pass", WITHHELD),
    ]
    assert all("stands" not in plain(one) for one in published(found))


def finding(attack: str, verdict: Any) -> Finding:
    return Finding(attack=attack, verdict=verdict, because="of a test", tier="internal", keys=())


def test_a_signal_fails_and_an_attack_that_was_not_tried_does_too(model: Model) -> None:
    asked = policy("attacks: {required: [linkability, singling out], may_signal: [attribute]}\n")
    findings = (
        finding("membership inference", "signal"),
        finding("attribute inference", "signal"),
        finding("linkability", "no signal"),
    )
    found = inside(asked, evidence(model, report=report(findings=findings)))
    assert {one.rule: one.verdict for one in found if one.rule.startswith("attacks")} == {
        "attacks (singling out)": "fail",
        "attacks (membership inference)": "fail",
        "attacks (attribute inference)": "pass",
        "attacks (linkability)": "pass",
    }


@pytest.mark.parametrize(
    ("bound", "verdict"),
    [
        (Bound(what="a", lower=0.9, claimed=1.0, confidence=0.95), "pass"),
        (Bound(what="a", lower=1.1, claimed=1.0, confidence=0.95), "fail"),
        (Bound(what="a", lower=0.5, claimed=1.0, confidence=0.9), "inconclusive"),
        (Bound(what="a", lower=math.nan, claimed=1.0, confidence=0.95), "fail"),
        (None, "fail"),
    ],
)
def test_an_audit_must_not_find_more_than_was_claimed(model: Model, bound: Bound | None, verdict: str) -> None:
    audit = None if bound is None else (bound,)
    found = at_the_door(policy("audit: {required: true}\n"), Evidence(model=model, audit=audit))
    assert row(found, "audit").verdict == verdict


@pytest.mark.parametrize(("word", "opened"), [("fail", False), ("pass", True)])
def test_the_policy_says_what_inconclusive_does(word: str, opened: bool) -> None:
    rows = [Checked(rule="r", expected="", got="", verdict="inconclusive", tier="internal")]
    assert decide(policy(f"inconclusive: {word}\n"), rows).opened is opened


def test_a_failure_shuts_the_gate_whatever_else_passes() -> None:
    rows = [Checked(rule=word, expected="", got="", verdict=word, tier="internal") for word in ("pass", "fail")]
    decision = decide(policy("inconclusive: pass\n"), rows)
    assert not decision.opened
    assert [one.rule for one in decision.stopped_by] == ["fail"]


def test_the_gate_says_whether_it_read_private_rows() -> None:
    rows = [Checked(rule=tier, expected="", got="", verdict="pass", tier=tier) for tier in ("internal", "paid")]
    assert "no epsilon covers" in decide(policy(), rows).rests_on
    assert "charged to the ledger" in decide(policy(), rows[1:], mode="paid").rests_on
    assert "charged" not in decide(policy(), rows[1:]).rests_on  # an audit's bound, say
    assert "read from private rows as they are (internal)" in decide(policy(), rows, mode="paid").rests_on


def test_in_paid_mode_no_internal_figure_decides(model: Model) -> None:
    asked = policy(
        "figures: [{figure: fidelity.tvd2, relative: 0.5}]\n"
        "slices: [{figure: fidelity.tvd2, columns: [sex], relative: 0.5}]\n"
        "attacks: {required: [linkability]}\n"
        "paid: {figures: [{figure: paid.tvd2, relative: 0.5}]}\n"
    )
    paid = figure(0.12, key="paid.tvd2", tier="paid")
    found = inside(asked, evidence(model, report=report(figure(0.45), paid), mode="paid"))
    assert all(one.tier != "internal" for one in found)
    assert row(found, "paid.tvd2").verdict == "pass"


def test_a_published_table_withholds_what_was_read_from_private_rows() -> None:
    rows = [Checked(rule=tier, expected="e", got="0.123", verdict="pass", tier=tier) for tier in ("internal", "paid")]
    assert [one.got for one in published(rows)] == [WITHHELD, "0.123"]
