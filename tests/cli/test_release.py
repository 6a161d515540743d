import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from synthgen_cli.release import _page

from synthgen.model import Model
from synthgen.privacy import Budget
from synthgen.release.release import Outcome
from synthgen.spending import Spending
from tests.cli.conftest import Command

STRICT = "policy: 1\nname: strict\nprivacy: {epsilon: {row: 0.01, person: 0.01}, delta: 1e-6}\n"


@pytest.fixture
def words(here: Path, small_fit: object, small_model_path: Path) -> list[object]:
    """The options of a release whose policy no model meets, so that nothing heavy runs."""
    assert small_fit is not None
    model = Model.load(small_model_path)
    ledger = Spending.create(here / "a.ledger", dataset="small", budget=Budget(epsilon=9, delta=1e-6))
    ledger.reserve(model.events, what="fit").commit(model.events)
    (here / "strict.yaml").write_text(STRICT)
    data = small_model_path.with_name("small.csv")
    return [
        *("release", small_model_path, "--real", data, "--holdout", data, "--policy", "strict.yaml"),
        *("--ledger", "a.ledger", "-o", "out"),
    ]


def test_a_release_that_is_refused_prints_its_table_and_one_line(cli: Command, here: Path, words: list[object]) -> None:
    done = cli(*words, "--junit", "out.xml")
    assert done.code == 1
    assert "privacy.epsilon" in done.out
    assert done.err.endswith("the first: privacy.epsilon; fit with --epsilon 0.01 or less\n")
    assert done.err.startswith(
        "error: policy strict: expected every rule met, got 2 that do not pass"
    )  # a ledger without its receipt, too
    assert done.err.count("\n") == 1
    assert "<failure" in (here / "out.xml").read_text()
    assert not (here / "out").exists()


def test_json_is_one_object_and_the_exit_code_stays(cli: Command, words: list[object]) -> None:
    done = cli(*words, "--json")
    told = json.loads(done.out)
    assert (done.code, told["released"]) == (1, False)
    assert {"rule", "expected", "got", "verdict", "fix"} <= set(told["rules"][0])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--ledger", "none.ledger"), "none.ledger"),
        (("--policy", "publc"), "did you mean 'public'?"),
        (("--policy", "none.yaml"), "nothing there"),
        (("--holdout", "none.csv"), "nothing there"),
        (("--audit", "strict.yaml"), "JSON with bounds"),
        (("--key", "strict.yaml"), "strict.yaml"),
    ],
)
def test_what_is_missing_or_wrong_is_one_clear_line(
    cli: Command, here: Path, words: list[object], changed: tuple[str, str], said: str
) -> None:
    before = sorted(here.iterdir())
    done = cli(*words, *changed)
    assert done.code == 1
    assert said in done.err
    assert done.err.count("\n") == 1
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("signed", [True, False])
def test_a_bundle_that_nobody_signed_is_told(signed: bool) -> None:
    outcome = SimpleNamespace(
        decision=SimpleNamespace(rows=(), rests_on="so"),
        report=object(),
        bundle=SimpleNamespace(folder="out", archive="out.zip"),
        policy=SimpleNamespace(name="p"),
        terms=SimpleNamespace(approvals=0),
    )
    page = _page(cast(Outcome, outcome), signed=signed)
    assert any("Nobody signed it" in str(line) for line in page) is not signed


def test_a_release_without_a_ledger_is_not_understood(cli: Command, words: list[object]) -> None:
    done = cli(*[word for word in words if word not in {"--ledger", "a.ledger"}])
    assert done.code == 2
    assert "--ledger" in done.err


def test_lint_of_an_honest_model_is_clean_and_of_the_table_itself_is_not(
    cli: Command, here: Path, small_fit: object, small_model_path: Path
) -> None:
    assert small_fit is not None
    data = small_model_path.with_name("small.csv")
    assert cli("lint", small_model_path, "--against", data).code == 0
    (here / "out").mkdir()
    (here / "out" / "rows.csv").write_bytes(data.read_bytes())
    done = cli("lint", "out", "--against", data, "--schema", small_model_path.with_name("small.yaml"), "--json")
    told = json.loads(done.out)
    assert (done.code, told["clean"]) == (1, False)
    assert "exact row" in {leak["kind"] for leak in told["leaks"]}
    assert done.err.splitlines()[-1].startswith("error: out: expected no private value")


def test_lint_of_what_carries_no_schema_asks_for_one(cli: Command, here: Path, small_model_path: Path) -> None:
    (here / "out").mkdir()
    done = cli("lint", "out", "--against", small_model_path.with_name("small.csv"))
    assert done.code == 1
    assert "--schema FILE" in done.err
