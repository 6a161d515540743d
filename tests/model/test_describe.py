"""What people and machines are told about a model."""

import json
import math
from dataclasses import replace

import pytest

from synthgen.model import Model, describe, statement
from synthgen.privacy import Budget
from synthgen.schema import Privacy

NEVER = ("anonym", "gdpr", "zero risk", "risk-free", "compliant")


def test_the_description_is_json_and_names_price_and_unit(model: Model) -> None:
    told = describe(model)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert (told["name"], told["rows"], told["codebook_rows"]) == ("tiny", 40, 3)
    assert told["columns"][3] == {"name": "age", "type": "integer", "levels": 5}
    privacy = told["privacy"]
    assert (privacy["epsilon"], privacy["delta"]) == (1.0, 1e-5)
    assert 0 < privacy["spent"] <= 1
    assert privacy["spent"] < privacy["replace_one_epsilon"]
    assert (privacy["unit"], privacy["rows_per_unit"]) == ("person", 3)
    assert [(event["what"], event["parts"]) for event in privacy["events"]] == [
        ("levels of job", 1),
        ("one-way histograms", 2),
        ("rows of each unit", 1),
        ("units with two rows alike", 1),
        ("critic", 1),
    ]
    assert all(event["mu"] > 0 for event in privacy["events"][:-1])
    run = privacy["events"][-1]
    assert (run["mu"], run["noise_multiplier"], run["sample_rate"], run["steps"]) == (None, 40.5, 0.1, 300)


def test_the_description_of_no_privacy_promises_nothing(model_without_privacy: Model) -> None:
    told = describe(model_without_privacy)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    privacy = told["privacy"]
    assert privacy["private"] is told["manifest"]["private"] is False
    assert [privacy[key] for key in ("epsilon", "delta", "spent", "replace_one_epsilon")] == [None] * 4
    assert privacy["assumptions"][0].startswith("nothing is protected")
    assert privacy["events"] == [{"what": "one-way histograms", "parts": 2, "mu": None}]


def test_the_statement_says_whom_it_protects_at_which_price_and_what_it_does_not(model: Model) -> None:
    text = " ".join(statement(model))
    assert "protects each value of column person" in text
    assert "Of each, 3 rows at most are used" in text
    assert "epsilon = 1, delta = 1e-05" in text
    assert "e^1 = 2.72 times as likely" in text
    assert "Not protected is the schema" in text
    assert "the number of rows it states" in text
    assert "moved to it" in text  # policy: clip
    assert "found in the private rows, within the budget: job" in text


def test_a_table_of_people_protects_each_row(model: Model) -> None:
    rows = replace(model, schema=model.schema.model_copy(update={"privacy": Privacy(), "rows": None}))
    text = " ".join(statement(rows))
    assert "protects each row of its table" in text
    assert "Add or remove one row:" in text
    assert "number of rows it states" not in text


def test_a_refused_table_would_have_told_and_the_statement_says_so(model: Model) -> None:
    strict = replace(model, manifest=replace(model.manifest, policy="error"))
    assert "that a model exists says there was none" in " ".join(statement(strict))


def test_no_privacy_is_said_in_words_first(model_without_privacy: Model) -> None:
    said = statement(model_without_privacy)
    assert "NO privacy guarantee" in said[0]
    assert "protects" not in " ".join(said)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0, 1000.0, math.inf])
def test_words_that_promise_too_much_are_never_used(model: Model, epsilon: float) -> None:
    promised = replace(model, budget=replace(model.budget, epsilon=epsilon))
    text = " ".join([*statement(promised), *describe(promised)["privacy"]["assumptions"]]).lower()
    assert not [word for word in NEVER if word in text]


def test_each_sentence_is_one_printable_line(model: Model) -> None:
    hostile = model.schema.model_copy(update={"privacy": Privacy(unit="x\n\x1b[2J", rows_per_unit=2)})
    for sentence in statement(replace(model, schema=hostile)):
        assert sentence.isprintable()
        assert sentence.endswith(".")


def test_the_statement_says_that_replacing_is_a_bound_where_rows_were_sampled_and_how_noise_was_drawn(
    model: Model,
) -> None:
    text = " ".join(statement(model))
    assert "Replace one by another instead, and it is at most epsilon = " in text
    assert "floating point" in text
    exact = replace(model, events=(*model.events[:-1], replace(model.events[-1], hardened=True)))
    assert "floating point" not in " ".join(statement(exact))
    counted = " ".join(statement(replace(model, events=model.events[:-1])))
    assert "and it is epsilon = " in counted
    assert "floating point" not in counted


def test_what_no_bound_is_known_for_is_null_and_said_so(model: Model) -> None:
    weak = replace(model.events[-1], noise_multiplier=0.3, sample_rate=0.5, steps=4)
    loud = replace(model, budget=Budget(epsilon=900, delta=1e-6), events=(weak,))
    assert describe(loud)["privacy"]["replace_one_epsilon"] is None
    assert any("no bound is known" in sentence for sentence in statement(loud))
