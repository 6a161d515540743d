"""`synthgen inspect`: everything in a model file, for people and for machines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthgen.model import Model, describe, statement

Command = Callable[..., Any]


def test_the_page_shows_columns_ledger_and_promise(cli: Command, model: Path) -> None:
    done = cli("inspect", model)
    facts = describe(Model.load(model))
    assert done.code == 0
    assert all(each["name"] in done.out and each["type"] in done.out for each in facts["columns"])
    assert all(event["what"] in done.out for event in facts["privacy"]["events"])
    words = " ".join(done.out.split())
    assert all(sentence in words for sentence in statement(Model.load(model)))


def test_json_is_what_the_model_says_of_itself(cli: Command, model: Path) -> None:
    done = cli("inspect", model, "--json")
    said = json.loads(done.out)
    assert said.pop("statement") == list(statement(Model.load(model)))
    assert said == describe(Model.load(model))
    assert done.err == ""
