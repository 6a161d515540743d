"""MLflow: a real server on this machine; skipped where the extra, or what its server needs, is not installed."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from synthgen.errors import ConfigError
from synthgen.privacy import Budget
from synthgen.release import manifest, tracker
from synthgen.release.bundle import Bundle
from synthgen.release.tracked import Run, of_fit, of_release
from synthgen.spending import Spending
from tests.conftest import SmallFit
from tests.release.test_tracked import PLANTED, PRIVATE, asked, outcome_of

SERVER = ("mlflow", "flask", "flask_cors", "graphene", "gunicorn", "sqlalchemy")
needs_server = pytest.mark.skipif(any(find_spec(name) is None for name in SERVER), reason="no MLflow server here")
SECONDS = 240
"""Until the server must be there: it makes a database first."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_there(uri: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{uri}/health", timeout=5) as answer:  # noqa: S310 - our own server
        return bool(answer.status == 200)
    return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a server, and the folder with all that it keeps."""
    folder, uri = tmp_path_factory.mktemp("mlflow"), f"http://127.0.0.1:{free_port()}"
    line = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", uri.rsplit(":", maxsplit=1)[-1]]
    line += [
        "--workers",
        "1",
        "--gunicorn-opts",
        "--timeout 120",
        "--backend-store-uri",
        f"sqlite:///{folder / 'a.db'}",
    ]
    line += ["--artifacts-destination", str(folder / "kept")]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(line, env=os.environ | quiet, stdout=log, stderr=log, start_new_session=True)
        try:
            end = time.monotonic() + SECONDS
            while not is_there(uri):
                assert running.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end, (folder / "log").read_text()
                time.sleep(0.5)
            yield uri, folder
        finally:
            running.terminate()
            running.wait(30)


def kept(uri: str, id_of: str) -> Any:
    return tracker._client(uri).get_run(id_of)


@pytest.mark.slow  # the server takes 15 seconds to start
@needs_server
def test_a_release_is_logged_and_a_planted_private_figure_is_nowhere(
    server: tuple[str, Path], made: Any, whole: Bundle, golden: Path
) -> None:
    uri, folder = server
    assert any(figure.value == PRIVATE for figure in made.report.figures())
    numbers = manifest.from_bytes((whole.folder / "manifest.json").read_bytes()).numbers
    tracker.check(uri)
    id_of = tracker.log(of_release(asked(golden), outcome_of(made.report, whole), made.model, numbers), uri)
    found = kept(uri, id_of)
    assert found.info.status == "FINISHED"
    assert found.data.metrics["privacy.epsilon"] == 1.0
    assert found.data.params["policy"] == "internal"
    assert found.data.tags["bundle"] == whole.id
    assert {key for key in found.data.tags if key.startswith("mlflow.")} <= {"mlflow.runName", "mlflow.user"}
    files = {item.path for item in tracker._client(uri).list_artifacts(id_of)}
    assert whole.archive.name in files
    assert "certificate.html" in files
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "log":
            text = path.read_bytes()
            assert str(PRIVATE)[:12].encode() not in text, path.name
            assert PLANTED.encode() not in text, path.name


@pytest.mark.slow
@needs_server
def test_a_fit_and_a_refusal_are_logged(server: tuple[str, Path], made: Any, golden: Path) -> None:
    uri, _ = server
    fitted = kept(uri, tracker.log(of_fit(made.model, {"effort": "quick"}, file=golden), uri))
    assert fitted.data.metrics["budget.epsilon"] == made.model.budget.epsilon
    assert fitted.info.end_time - fitted.info.start_time < 120_000  # the fit's own length is not told
    refused = kept(uri, tracker.log(of_release(asked(golden), outcome_of(None, None), made.model, {}), uri))
    assert (refused.info.status, refused.data.metrics) == ("FAILED", {})
    assert refused.info.experiment_id == fitted.info.experiment_id


@pytest.mark.slow
@needs_server
def test_more_figures_than_one_request_takes_are_all_logged(server: tuple[str, Path], made: Any, golden: Path) -> None:
    uri, _ = server
    run: Run = of_fit(made.model, {}, file=golden)
    many = {f"fidelity.ks _column {number}_": number / 7 for number in range(1200)}
    found = kept(uri, tracker.log(replace(run, figures=many, files=()), uri))
    assert found.data.metrics == pytest.approx(many)


@pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra is not installed")
@pytest.mark.slow  # it tries more than once
def test_a_server_that_is_not_there_is_one_line_without_the_password() -> None:
    uri = f"http://ada:secret@127.0.0.1:{free_port()}"
    with pytest.raises(ConfigError) as raised:
        tracker.check(uri)
    assert "a tracking server" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'synthgen\[mlflow\]'"):
        tracker.check("http://127.0.0.1:9")


def command(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command of ours as a user does."""
    line = [sys.executable, "-m", "synthgen_cli", *map(str, words)]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow  # a fit
@needs_server
def test_fit_and_release_log_to_the_server_that_they_are_given(
    server: tuple[str, Path], small_fit: SmallFit, tmp_path: Path
) -> None:
    uri, _ = server
    data, schema = small_fit.folder / "small.csv", small_fit.folder / "small.yaml"
    Spending.create(tmp_path / "a.ledger", dataset="small", budget=Budget(epsilon=9, delta=1e-6))
    words = ("fit", data, "--schema", schema, "--epsilon", 3, "--ledger", "a.ledger", "-o", "m.synthgen")
    fitted = command(tmp_path, *words, "--json", "--mlflow", uri)
    assert fitted.returncode == 0, fitted.stderr
    run = kept(uri, json.loads(fitted.stdout)["mlflow"])
    assert run.data.params["epsilon"] == "3.0"
    assert run.data.tags["ledger"] == "small"
    assert run.data.metrics["budget.spent"] <= 3
    assert [item.path for item in tracker._client(uri).list_artifacts(run.info.run_id)] == ["m.synthgen"]
    (tmp_path / "strict.yaml").write_text(
        "policy: 1\nname: strict\nprivacy: {epsilon: {row: 0.01, person: 0.01}, delta: 1e-6}\n"
    )
    tables = ("--real", data, "--holdout", data, "--policy", "strict.yaml", "--ledger", "a.ledger")
    shut = command(tmp_path, "release", "m.synthgen", *tables, "-o", "out", "--json", "--mlflow", uri)
    assert (shut.returncode, shut.stdout[:1]) == (1, "{"), shut.stderr
    refused = kept(uri, json.loads(shut.stdout)["mlflow"])
    assert (refused.info.status, refused.data.tags["rule privacy.epsilon"]) == ("FAILED", "fail")


@pytest.mark.slow  # processes of their own
@pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra is not installed")
def test_a_server_that_is_not_there_is_told_before_a_row_is_read(small_fit: SmallFit, tmp_path: Path) -> None:
    ledger = Spending.create(tmp_path / "a.ledger", dataset="small", budget=Budget(epsilon=9, delta=1e-6))
    uri = f"http://127.0.0.1:{free_port()}"
    schema = small_fit.folder / "small.yaml"
    words = ("fit", small_fit.folder / "small.csv", "--schema", schema, "--epsilon", 3, "--ledger", "a.ledger")
    done = command(tmp_path, *words, "-o", "m.synthgen", "--mlflow", uri)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: mlflow {uri}: expected a tracking server")
    assert ledger.shown().entries == ()
