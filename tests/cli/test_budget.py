"""`synthgen budget`, and `fit --ledger` and `tune` as users meet them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Command = Callable[..., Any]
INIT = ("budget", "init", "a.ledger", "--dataset", "adult", "--epsilon", 5)
FIT = ("fit", "t.csv", "--schema", "t.yaml", "--ledger", "a.ledger")
SCHEMA = """\
name: t
rows: 200
columns:
  city: {type: categorical, values: [Oslo, Rome]}
  age: {type: integer, minimum: 0, maximum: 99}
"""


@pytest.fixture(autouse=True)
def table(here: Path) -> None:
    (here / "t.yaml").write_text(SCHEMA)
    rows = "".join(f"{'Oslo' if number % 3 else 'Rome'},{number % 90}\n" for number in range(200))
    (here / "t.csv").write_text(f"city,age\n{rows}")


def shown(cli: Command, *words: object) -> dict[str, Any]:
    done = cli(*words, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


@pytest.mark.usefixtures("few_steps")
def test_a_budget_from_its_beginning_to_its_end(cli: Command) -> None:
    assert shown(cli, *INIT)["left"] == 5
    fit = (*FIT, "--device", "cpu")
    done = cli(*fit, "--epsilon", 2, "-o", "m.synthgen")
    assert done.code == 0, done.err
    assert "Receipt: entry 2, head 3 " in done.out
    told = shown(cli, "budget", "show", "a.ledger", "--seen", "m.synthgen")
    assert [entry["state"] for entry in told["entries"]] == ["spent"]
    assert told["spent"] == pytest.approx(2, rel=0.01)
    free = shown(cli, "budget", "plan", "a.ledger")["epsilon_of_each"]["1"]
    refused = cli(*fit, "--epsilon", 4.9, "-o", "n.synthgen")
    assert refused.code == 1
    assert f"a fit may still use epsilon {free:g}" in refused.err
    assert cli(*fit, "--epsilon", free, "-o", "n.synthgen").code == 0
    assert cli(*fit, "--epsilon", 1.5, "--plan").code == 1


def test_a_plan_with_a_ledger_reserves_nothing(cli: Command) -> None:
    cli(*INIT)
    done = cli("fit", "t.csv", "--schema", "t.yaml", "--epsilon", 2, "--ledger", "a.ledger", "--plan")
    assert done.code == 0, done.err
    assert "this fit fits into it" in done.out
    assert shown(cli, "budget", "show", "a.ledger")["entries"] == []


@pytest.mark.usefixtures("few_steps")
def test_a_reservation_is_released_with_a_reason_alone(cli: Command, here: Path) -> None:
    cli(*INIT)
    (here / "t.csv").write_text("city,age\nAtlantis,4711\n")
    assert cli(*FIT, "--epsilon", 2, "-o", "m.synthgen").code == 1
    assert cli("budget", "release-reservation", "a.ledger", 2).code == 2
    assert cli("budget", "release-reservation", "a.ledger", 2, "--reason", " ").code == 1
    done = cli("budget", "release-reservation", "a.ledger", 2, "--reason", "the table did not fit its schema")
    assert done.code == 0, done.err
    told = shown(cli, "budget", "show", "a.ledger")
    assert told["left"] == 5
    assert [entry["reason"] for entry in told["entries"]] == ["the table did not fit its schema"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("budget", "show", "none.ledger"), "no such file"),
        (("budget", "show", "t.csv"), "expected"),
        (("budget", "plan", "a.ledger", "--delta", "2"), "delta"),
        (("budget", "release-reservation", "a.ledger", "9", "--reason", "x"), "none of that number"),
        (INIT, "one that exists"),
        (("budget", "init", "b.ledger", "--dataset", "x", "--epsilon", "inf"), "finite"),
        (("budget", "init", "none/b.ledger", "--dataset", "x", "--epsilon", "1"), "no such file"),
        ((*FIT, "--epsilon", "9", "--plan"), "within epsilon 5"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(cli: Command, words: tuple[object, ...], said: str) -> None:
    cli(*INIT)
    done = cli(*words)
    assert done.code == 1
    assert said in done.err
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1


def test_a_model_that_was_charged_to_no_ledger_is_no_witness(cli: Command, model: Path) -> None:
    cli(*INIT)
    done = cli("budget", "show", "a.ledger", "--seen", model)
    assert (done.code, "one that was not" in done.err) == (1, True)


TUNE = ("tune", "t.csv", "--schema", "t.yaml", "--epsilon", 1, "--try", "dp-sgd=off,likelihood:0.3")


@pytest.mark.usefixtures("few_steps")
def test_what_tuning_finds_is_what_fit_takes(cli: Command, here: Path) -> None:
    done = cli(*TUNE, "--public", "--trials", 2, "-o", "best.yaml")
    assert done.code == 0, done.err
    found = yaml.safe_load((here / "best.yaml").read_text())
    assert found["dp-sgd"] in {"off", "likelihood:0.3"}
    fit = cli("fit", "t.csv", "--schema", "t.yaml", "--config", "best.yaml", "-o", "m.synthgen", "--device", "cpu")
    assert fit.code == 0, fit.err
    assert "epsilon = 1, delta = 1e-06" in fit.out


@pytest.mark.usefixtures("few_steps")
def test_tuning_on_private_rows_says_its_price_and_charges_it(cli: Command) -> None:
    cli(*INIT)
    price = shown(cli, *TUNE, "--paid", "--runs", 1.5, "--ledger", "a.ledger", "--plan")["price"]["epsilon"]
    done = cli(*TUNE, "--paid", "--runs", 1.5, "--ledger", "a.ledger", "-o", "best.yaml")
    assert done.code == 0, done.err
    assert f"choosing costs epsilon {price:.4g}" in done.out
    assert shown(cli, "budget", "show", "a.ledger")["spent"] == pytest.approx(price)


@pytest.mark.parametrize(
    "words", [(), ("--public", "--paid"), ("--public", "--ledger", "a.ledger", "-o", "b.yaml"), ("--paid",)]
)
def test_tuning_is_never_silent_about_whose_rows_it_reads(cli: Command, words: tuple[str, ...]) -> None:
    assert cli(*TUNE, *words).code == 2
