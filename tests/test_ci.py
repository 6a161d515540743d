"""The examples of unattended runs: they parse, their commands are ours, and the script for cron does what it says."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
import yaml
from synthgen_cli.app import app

from synthgen.model import Model
from synthgen.privacy import Budget
from synthgen.release.regulator import write_folder
from synthgen.release.regulator.rendered import OTHER
from synthgen.release.signing import write_keys
from synthgen.spending import Spending
from tests.conftest import SmallFit

CI = Path(__file__).parents[1] / "examples" / "ci"
FILES = ("refit.sh", "github.yml", "gitlab.yml")
STRICT = "policy: 1\nname: strict\nprivacy: {epsilon: {row: 0.01, person: 0.01}, delta: 1e-6}\n"
LOOSE = "policy: 1\nname: loose\nprivacy: {epsilon: {row: 9, person: 9}, delta: 1e-5}\ninconclusive: pass\n"


def shell_of(name: str) -> Iterator[str]:
    """Every piece of shell in an example."""
    if name.endswith(".sh"):
        yield (CI / name).read_text()
        return
    document = yaml.safe_load((CI / name).read_text())
    jobs = document["jobs"]["refit"]["steps"] if "jobs" in document else [document["refit"]]
    for job in jobs:
        yield from (piece for key in ("run", "script", "before_script") for piece in listed(job.get(key, ())))


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def commands(name: str) -> list[list[str]]:
    """The words of each `synthgen` command, without what the shell does with its output."""
    lines = "\n".join(shell_of(name)).replace("\\\n", " ").splitlines()
    found = [re.search(r"^\s*(?:quietly \w+ )?synthgen (.*)", line) for line in lines]
    return [shlex.split(re.split(r" > | 2> | \|\| ", each[1])[0]) for each in found if each]


@pytest.mark.parametrize("name", FILES)
def test_every_command_in_an_example_exists_with_its_options(name: str) -> None:
    found = commands(name)
    assert [words[0] for words in found] == ["drift", "fit", "release", "verify"]
    known: Any = typer.main.get_command(app)
    for words in found:
        command = known.commands[words[0]]
        options = {opt: each for each in command.params for opt in (*each.opts, *each.secondary_opts)}
        given = [word for word in words[1:] if word.startswith("-")]
        assert set(given) <= options.keys(), words
        needed = {each.name for each in command.params if each.required and each.opts[0].startswith("-")}
        assert needed <= {options[word].name for word in given}, words
        values = sum(not options[word].is_flag for word in given)
        arguments = [each for each in command.params if not each.opts[0].startswith("-")]
        assert len(words) - 1 - len(given) - values == len([each for each in arguments if each.required]), words


@pytest.mark.parametrize("name", FILES)
def test_what_is_internal_is_never_kept_by_the_ci_server(name: str) -> None:
    text = (CI / name).read_text()
    kept = text[text.find("artifact") :] if name.endswith(".yml") else ""
    assert not re.search(r"release\.(json|txt|xml)$|INSIDE|report/", kept, re.MULTILINE)


@pytest.mark.parametrize("name", FILES)
def test_what_commands_say_of_private_rows_is_in_no_log(name: str) -> None:
    lines = "\n".join(shell_of(name)).replace("\\\n", " ").splitlines()
    found = [line for line in lines if re.search(r"synthgen (drift|fit|release) ", line)]
    assert all("quietly" in line or ("> " in line and "2> " in line) for line in found)
    assert len(found) == 3


def test_the_script_and_its_settings_name_the_same_things() -> None:
    said = set(re.findall(r"^([A-Z_]+)=", (CI / "refit.conf").read_text(), re.MULTILINE))
    used = set(re.findall(r"\$([A-Z_]+)", (CI / "refit.sh").read_text()))
    assert said == used


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder in which the script for cron runs."""

    folder: Path

    def run(self, *, policy: str = STRICT, new: str = "same.csv") -> subprocess.CompletedProcess[str]:
        """Run the script with these settings."""
        (self.folder / "policy.yaml").write_text(policy)
        names = {"NEW": new, "HOLDOUT": "holdout.csv", "SCHEMA": "small.yaml", "LEDGER": "a.ledger", "WORK": "work"}
        names |= {"MODEL": "small.synthgen", "POLICY": "policy.yaml", "KEY": "a.key", "PUBLIC_KEY": "a.key.pub"}
        lines = [f'{key}="{self.folder / name}"' for key, name in (names | {"OUT": "out"}).items()]
        (self.folder / "refit.conf").write_text("\n".join([*lines, "EPSILON=3", 'BY="a test"', ""]))
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        line = ["sh", str(CI / "refit.sh"), "refit.conf"]
        return subprocess.run(
            line, cwd=self.folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )

    def told(self, name: str) -> list[Any]:
        """What runs wrote under that name, in order."""
        return [json.loads(path.read_text()) for path in sorted((self.folder / "work").glob(f"*/{name}"))]

    def bundles(self) -> list[Path]:
        """What may leave."""
        return sorted((self.folder / "out").iterdir())


@pytest.fixture
def place(small_fit: SmallFit, tmp_path: Path) -> Place:
    """A fitted model, its ledger, keys, and new rows: some like the old ones, some from people who have aged."""
    for name in ("small.yaml", "small.synthgen"):
        shutil.copy(small_fit.folder / name, tmp_path / name)
    model = Model.load(tmp_path / "small.synthgen")
    ledger = Spending.create(tmp_path / "a.ledger", dataset="small", budget=Budget(epsilon=9, delta=1e-6))
    ledger.reserve(model.events, what="fit").commit(model.events)
    write_keys(tmp_path / "a.key")
    rows = pd.read_csv(small_fit.folder / "small.csv").query("age > 17 and city != 'Atlantis'")
    rows.to_csv(tmp_path / "same.csv", index=False)
    rng = np.random.default_rng(3)
    for name in ("aged.csv", "holdout.csv"):
        rows.assign(age=rng.integers(70, 81, len(rows))).to_csv(tmp_path / name, index=False)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "synthgen"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m synthgen_cli "$@"\n')
    command.chmod(0o755)
    return Place(folder=tmp_path)


@pytest.mark.slow  # 10 seconds
def test_without_drift_nothing_is_fitted(place: Place) -> None:
    before = (place.folder / "small.synthgen").read_bytes()
    done = place.run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [drift["verdict"] for drift in place.told("drift.json")] == ["keep"]
    assert (place.folder / "small.synthgen").read_bytes() == before
    assert place.bundles() == []


@pytest.mark.slow  # half a minute
def test_drift_leads_to_a_refit_and_a_shut_gate_to_no_bundle_and_no_second_fit(place: Place) -> None:
    done = place.run(new="aged.csv")
    assert done.returncode == 1
    assert done.stderr.startswith("error: policy strict: expected every rule met")
    assert done.stderr.count("\n") == 1
    assert [release["released"] for release in place.told("release.json")] == [False]
    assert place.bundles() == []
    entries = len(Spending.open(place.folder / "a.ledger").shown().entries)
    again = place.run(new="aged.csv")
    assert again.returncode == 0
    assert len(Spending.open(place.folder / "a.ledger").shown().entries) == entries == 2


@pytest.mark.slow  # a minute
def test_drift_leads_to_a_refit_and_an_open_gate_to_a_bundle_that_was_verified(place: Place) -> None:
    done = place.run(new="aged.csv", policy=LOOSE)
    assert (done.returncode, done.stderr) == (0, "")
    assert [release["released"] for release in place.told("release.json")] == [True]
    assert [verify["ok"] for verify in place.told("verify.json")] == [True]
    assert [path.suffix for path in place.bundles()] == ["", ".zip"]
    report = next((place.folder / "work").glob("*/report/report.json"))
    write_folder(place.bundles()[1], place.folder / "drafts", report=report)
    assert OTHER not in (place.folder / "drafts" / "wp216.md").read_text()  # it is the report of that very release


@pytest.mark.slow  # 10 seconds
def test_a_fit_that_died_is_not_tried_again_before_somebody_looked(place: Place) -> None:
    (place.folder / "work").mkdir()
    (place.folder / "work" / "fitting").write_text("2026-01-01\n")
    done = place.run(new="aged.csv")
    assert done.returncode == 1
    assert "a fit did not end" in done.stderr
    assert len(Spending.open(place.folder / "a.ledger").shown().entries) == 1
