import datetime as dt
import json
import re
from pathlib import Path

import jsonschema
import pytest

from synthgen.errors import SchemaError
from synthgen.release.jsonschema import PUBLISHED, as_text, json_schema
from synthgen.release.policy import FIXED_NOISE, FOLDER, NO_GUARANTEE, SHIPPED, Policy, load_policy, parse_policy

ROOT = Path(__file__).parents[2]
HEAD = "policy: 1\nname: ours\nprivacy: {epsilon: {row: 3}, delta: 1e-6}\n"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_of_a_shipped_policy_has_its_reason_beside_it(name: str) -> None:
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    numbers = [
        index for index, line in enumerate(lines) if re.match(r"^[^#]*: [0-9]", line) and not line.startswith("policy:")
    ]
    assert len(numbers) > 5
    without = [
        lines[index] for index in numbers if not re.search(r"#.{10,}", lines[index]) and "why:" not in lines[index + 1]
    ]
    assert without == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_meets_the_published_json_schema(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    jsonschema.validate(policy.to_json(), json.loads((ROOT / PUBLISHED).read_text(encoding="utf-8")))


def test_shipped_policies_grow_stricter_outwards() -> None:
    inside, partner, public = map(load_policy, SHIPPED)
    for unit in ("row", "person"):
        assert inside.privacy.epsilon[unit] > partner.privacy.epsilon[unit] > public.privacy.epsilon[unit]
    assert inside.approvals < partner.approvals < public.approvals


def test_no_shipped_policy_lets_a_model_without_a_guarantee_pass() -> None:
    assert all(load_policy(name).privacy.no_guarantee is None for name in SHIPPED)
    assert all(load_policy(name).privacy.fixed_noise is None for name in SHIPPED)


def test_the_published_json_schema_is_the_codes() -> None:
    assert (ROOT / PUBLISHED).read_text(encoding="utf-8") == as_text(), "python -m synthgen.release.jsonschema"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("figure: 3\n", "did you mean 'figures'?"),
        ("figures:\n  - {figure: fidelity.tvd2, relatve: 0.3}\n", "did you mean 'relative'?"),
        ("figures:\n  - {figure: fidelty.tvd2, relative: 0.3}\n", "did you mean 'fidelity'?"),
        ("figures:\n  - {figure: fidelity, relative: 0.3}\n", "the key of a figure"),
        ("figures:\n  - {figure: fidelity.tvd2}\n", "one of relative, at_least and at_most"),
        ("figures:\n  - {figure: fidelity.tvd2, relative: 1.2}\n", "1 or less"),
        ("figures:\n  - {figure: utility.auc, at_least: 0.9, at_most: 0.8}\n", "no figure can meet both"),
        (
            "figures:\n  - {figure: utility.auc, at_least: 0.9}\n  - {figure: utility.auc, at_most: 0.8}\n",
            "each figure once",
        ),
        ("paid:\n  figures:\n    - {figure: fidelity.tvd2, relative: 0.3}\n", "begins with paid."),
        ("recipients: []\n", "somebody who may have it"),
        ("expires_after_days: 0\n", "1 or more"),
        ("approvals: -1\n", "0 or more"),
        ("inconclusive: maybe\n", "'fail' or 'pass'"),
        ("attacks: {required: [linkability], may_signal: [linkability]}\n", "under both"),
        ("forbidden_columns: [race]\ngroups: [{columns: [race], at_least: 5}]\n", "columns that may leave"),
        ("groups: [{columns: [], at_least: 5}]\n", "at least"),
        ("audit: {confidence: 1}\n", "less than 1"),
    ],
)
def test_a_rule_that_is_unknown_or_contradicts_itself_is_one_clear_line(text: str, said: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parse_policy(HEAD + text, source="p.yaml")
    message = str(caught.value)
    assert said in message
    assert message.startswith("p.yaml line ")
    assert "\n" not in message
    assert caught.value.line is not None
    assert caught.value.line >= 4


@pytest.mark.parametrize(
    ("privacy", "said"),
    [
        ("{}", "a maximum of epsilon"),
        ("{epsilon: {row: 0}, delta: 1e-6}", "greater than 0"),
        ("{epsilon: {row: 3}}", "a key 'delta'"),
        ("{epsilon: {row: 3}, delta: 1}", "less than 1"),
        ("{epsilon: {row: 3}, delta: 1e-6, dataset_epsilon: {row: 2}}", "3 or more"),
        ("{no_guarantee: fine}", NO_GUARANTEE),
        ("{epsilon: {row: 3}, delta: 1e-6, fixed_noise: true}", FIXED_NOISE),
        (f"{{epsilon: {{row: 3}}, delta: 1e-6, no_guarantee: {NO_GUARANTEE}}}", "a maximum of epsilon or no guarantee"),
    ],
)
def test_what_a_model_may_cost_makes_sense(privacy: str, said: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(said)):
        parse_policy(f"policy: 1\nname: ours\nprivacy: {privacy}\n")


def test_a_name_that_is_no_policy_is_told_the_shipped_ones() -> None:
    with pytest.raises(SchemaError, match="did you mean 'public'"):
        load_policy("publc")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="nothing there"):
        load_policy(tmp_path / "none.yaml")


def test_a_policy_says_on_which_day_the_bundle_ends_and_for_whom_it_is() -> None:
    policy = parse_policy(HEAD + "expires_after_days: 31\napprovals: 2\nrecipients: [acme, '*.org']\n")
    terms = policy.terms(recipient="acme", today=dt.date(2026, 1, 1))
    assert (terms.expires, terms.recipients, terms.approvals) == (dt.date(2026, 2, 1), ("acme",), 2)


def test_a_policy_comes_back_from_its_json() -> None:
    for name in SHIPPED:
        policy = load_policy(name)
        assert Policy.model_validate(policy.to_json()) == policy


def test_the_json_schema_refuses_what_the_code_refuses() -> None:
    broken = {"policy": 1, "name": "x", "privacy": {"epsilon": {"row": 3}, "delta": 1e-6}, "figure": []}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json_schema())
