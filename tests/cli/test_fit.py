"""`synthgen fit`: the plan before the work, the promise after it, and counts of private rows on the screen only."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthgen import pipeline
from synthgen.model import Model, statement

Command = Callable[..., Any]
FIT = ("fit", "t.csv", "--schema", "t.yaml")
SCHEMA = """\
name: t
columns:
  city: {type: categorical, values: [Oslo, Rome]}
  age: {type: integer, minimum: 0, maximum: 99}
"""


@pytest.fixture(autouse=True)
def table(here: Path) -> Path:
    """A table whose rows no plan may read: they are outside the schema."""
    (here / "t.yaml").write_text(SCHEMA)
    (here / "t.csv").write_text("city,age\nAtlantis,4711\n")
    return here / "t.csv"


def planned(cli: Command, *words: object) -> dict[str, Any]:
    done = cli(*FIT, "--plan", "--json", *words)
    assert done.code == 0, done.err
    plan: dict[str, Any] = json.loads(done.out)["plan"]
    return plan


def numbers_in(document: Any) -> list[float]:
    """Every number of a JSON document, and every number that its texts hold."""
    if isinstance(document, dict):
        return [number for value in document.values() for number in numbers_in(value)]
    if isinstance(document, list):
        return [number for value in document for number in numbers_in(value)]
    if isinstance(document, str):
        return [float(word) for word in re.findall(r"(?<![\w.])\d+(?![\w.])", document)]
    return [document] if isinstance(document, int | float) and not isinstance(document, bool) else []


def test_a_plan_reads_no_row_and_writes_no_file(cli: Command, here: Path) -> None:
    before = sorted(here.iterdir())
    done = cli(*FIT, "--epsilon", 3, "--plan")
    assert (done.code, done.err) == (0, "")
    assert "share of budget" in done.out
    assert "noise multiplier" in done.out
    assert "of memory" in done.out
    assert sorted(here.iterdir()) == before


def test_a_plan_warns_where_the_table_is_too_small(cli: Command, here: Path) -> None:
    (here / "t.yaml").write_text(f"rows: 10\n{SCHEMA}")
    assert "warning: " in cli(*FIT, "--epsilon", 0.1, "--plan").out
    (here / "t.yaml").write_text(f"rows: 1000000\n{SCHEMA}")
    assert "warning: " not in cli(*FIT, "--epsilon", 1, "--plan").out


def test_a_plan_in_json_has_what_the_page_has(cli: Command) -> None:
    plan = planned(cli, "--epsilon", 3)
    assert plan["budget"] == {"epsilon": 3.0, "delta": 1e-6}
    assert 0.99 < sum(sum(line["share"]) / 2 for line in plan["lines"]) < 1.01
    assert plan["rounds"] > 0
    assert plan["seconds"] > 0
    assert plan["memory"] > 0


def test_infinity_in_json_is_null(cli: Command) -> None:
    assert planned(cli, "--epsilon", "inf", "--no-privacy")["budget"]["epsilon"] is None


def test_flag_comes_before_config_and_config_before_default(cli: Command, here: Path) -> None:
    (here / "fit.yaml").write_text("epsilon: 2\ndelta: 1e-5\neffort: high\n")
    plan = planned(cli, "--config", "fit.yaml", "--delta", "1e-7")
    assert plan["budget"] == {"epsilon": 2.0, "delta": 1e-7}
    assert plan["effort"] == "high"
    assert planned(cli, "--epsilon", 2)["effort"] == "quick"


def test_help_states_the_librarys_defaults(cli: Command) -> None:
    shown = " ".join(cli("fit", "--help").out.replace("│", "").split())
    for name in ("delta", "effort", "seed", "device"):
        default = (pipeline.fit.__kwdefaults__ or {})[name]
        option = shown.split(f"--{name} ", 1)[1].split("--", 1)[0]
        assert f"[default: {default}]" in option


def test_the_output_is_refused_before_any_work(cli: Command, here: Path) -> None:
    (here / "t.yaml").write_text("not a schema")
    (here / "m.synthgen").write_text("mine")
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: m.synthgen: ")
    assert (here / "m.synthgen").read_text() == "mine"


def test_a_log_is_refused_before_any_work(cli: Command, here: Path) -> None:
    (here / "t.yaml").write_text("not a schema")
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen", "--log", "t.csv")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: t.csv: expected a new folder")


@pytest.mark.usefixtures("few_steps")
def test_a_fit_writes_its_curves(cli: Command, here: Path) -> None:
    (here / "t.csv").write_text("city,age\n" + "Oslo,40\nRome,30\n" * 20)
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen", "--log", "curves.svg", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["log"] == "curves.svg"
    assert "Wrote curves.svg." in done.err
    assert (here / "curves.svg").read_text().startswith("<svg")


@pytest.mark.usefixtures("few_steps")
def test_what_became_of_training_on_rows_is_told_by_the_fit_and_by_the_model(cli: Command, here: Path) -> None:
    (here / "t.csv").write_text("city,age\n" + "Oslo,40\nRome,30\n" * 20)
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen", "--dp-sgd", "likelihood", "--json")
    assert done.code == 0, done.err
    taught = json.loads(done.out)["taught"]
    assert taught.startswith("likelihood by weights: ")
    told = f"Training on rows, {taught}."
    assert told in " ".join(done.err.split())
    assert told in " ".join(cli("inspect", "m.synthgen").out.split())
    quiet = cli(*FIT, "--epsilon", 3, "-o", "n.synthgen", "--dp-sgd", "off", "--json")
    assert json.loads(quiet.out)["taught"] == ""
    assert "Training on rows" not in quiet.err + cli("inspect", "n.synthgen").out


def test_a_refused_table_leaves_the_old_model_alone(cli: Command, here: Path) -> None:
    (here / "m.synthgen").write_text("old")
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen", "--force")
    assert done.code == 1
    assert "Plan for t" in done.out
    assert done.err.startswith("error: ")
    assert "4711" not in done.err
    assert "Atlantis" not in done.err
    assert (here / "m.synthgen").read_text() == "old"


def test_a_fit_in_json_is_one_object_with_the_statement(small_fit: Any) -> None:
    said = json.loads(small_fit.out)
    model = Model.load(small_fit.folder / "small.synthgen")
    assert said["model"] == "small.synthgen"
    assert said["bytes"] == (small_fit.folder / "small.synthgen").stat().st_size
    assert said["private"] is True
    assert "seconds" not in said  # of reading too: they tell how many rows there are
    assert said["statement"] == list(statement(model))


def test_a_fit_tells_plan_then_promise_then_file(small_fit: Any) -> None:
    words = " ".join(small_fit.err.split())
    model = Model.load(small_fit.folder / "small.synthgen")
    places = [words.index(text) for text in ("Plan for small", statement(model)[0], "Wrote small.synthgen")]
    assert places == sorted(places)


def test_what_was_left_out_is_told_to_people_and_stored_nowhere(small_fit: Any) -> None:
    assert "2 of 302 rows were left out" in small_fit.err
    assert "below minimum" in small_fit.err
    assert "do not share them" in small_fit.err
    with zipfile.ZipFile(small_fit.folder / "small.synthgen") as archive:
        document = archive.read("model.json").decode()
    for machine in (small_fit.out, document):
        found = json.loads(machine)
        found.pop("rows", None)  # noisy, so it may be 302 by chance
        assert 302 not in numbers_in(found)  # as a number: a hash may spell it
        assert "below minimum" not in machine
        assert "unknown level" not in machine


def test_a_pipe_sees_no_progress_bar(small_fit: Any) -> None:
    assert "learning" not in small_fit.err
    assert "\x1b" not in small_fit.err + small_fit.out


def test_the_plan_says_who_teaches_and_why(cli: Command) -> None:
    plan = planned(cli, "--epsilon", 3)
    assert plan["phase"]["kind"] == "off"
    assert "how many rows" in plan["phase"]["reason"]
    asked = planned(cli, "--epsilon", 3, "--dp-sgd", "likelihood:0.2")
    assert (asked["phase"]["kind"], asked["phase"]["share"]) == ("likelihood", 0.2)
    assert sum(line["share"][0] for line in asked["lines"]) <= 1
    assert any(line["what"].startswith("likelihood on rows") for line in asked["lines"])


def test_a_critic_alone_gets_all_but_one_way_counts(cli: Command) -> None:
    plan = planned(cli, "--epsilon", 3, "--model", "ctgan")
    assert {line["what"].split(",")[0] for line in plan["lines"]} == {
        "number of rows",
        "one-way histograms",
        "critic on rows",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--dp-sgd", "likelihood:1.5"), "between 0 and 1"),
        (("--dp-sgd", "sometimes"), "auto, off, critic or likelihood"),
        (("--parts", "cty"), "'city'"),
        (("--parts", "age"), "a column of levels"),
        (("--model", "ctgan", "--dp-sgd", "critic"), "the critic alone"),
        (("--dp-sgd", "likelihood", "--batch", 100), "rows: N"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_before_a_row_is_read(
    cli: Command, here: Path, words: tuple[object, ...], told: str
) -> None:
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen", *words)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (here / "m.synthgen").exists()


@pytest.mark.parametrize(("rows", "batch", "told"), [(50, 60, "at most the 50 units"), (5, 2, "mostly empty")])
def test_a_batch_that_makes_no_sense_is_refused(cli: Command, here: Path, rows: int, batch: int, told: str) -> None:
    (here / "t.yaml").write_text(SCHEMA + f"rows: {rows}\n")
    done = cli(*FIT, "--epsilon", 3, "-o", "m.synthgen", "--dp-sgd", "likelihood", "--batch", batch)
    assert done.code == 1
    assert told in done.err
