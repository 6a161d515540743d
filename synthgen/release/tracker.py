"""MLflow, an extra: a run, written to a tracking server in one go when the work is done.

Its client tells more than it needs to by default. Here it sends no telemetry, no user, no command line, no folder and
no commit, and the run begins when it is logged, so that its length tells nothing of the private table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from synthgen.errors import ConfigError
from synthgen.model.refusal import printable
from synthgen.release.tracked import Run

if TYPE_CHECKING:
    from mlflow import MlflowClient

_QUIET: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # MLflow reports its use to its makers otherwise
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # our output is one JSON object
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default waits for minutes
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
_MOST_FIGURES: Final = 1000
_MOST_PARAMETERS: Final = 100
"""Of one request."""
_LONGEST: Final = 500
"""Letters of a parameter that every server takes."""
Value = TypeVar("Value")


def check(uri: str) -> None:
    """Ask the server for anything, before any work is done for it. Raises ConfigError: no extra, no server."""
    with _told(uri):
        _client(uri).search_experiments(max_results=1)


def log(run: Run, uri: str) -> str:
    """Write a run; returns its id. Raises ConfigError where it cannot be written."""
    with _told(uri):
        client = _client(uri)
        id_of = client.create_run(
            _experiment(client, run.experiment), run_name=run.name, tags=dict(run.tags)
        ).info.run_id
        _values(client, id_of, run)
        for path in run.files:
            if path.is_dir():
                client.log_artifacts(id_of, str(path), path.name)
            else:
                client.log_artifact(id_of, str(path))
        client.set_terminated(id_of, "FINISHED" if run.finished else "FAILED")
        return str(id_of)


def _values(client: MlflowClient, id_of: str, run: Run) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - an extra

    for part in _chunks(run.parameters, _MOST_PARAMETERS):
        client.log_batch(id_of, params=[Param(name, value[:_LONGEST]) for name, value in part.items()])
    for figures in _chunks(run.figures, _MOST_FIGURES):
        client.log_batch(id_of, metrics=[Metric(name, value, 0, 0) for name, value in figures.items()])


def _experiment(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found is not None else client.create_experiment(name))


def _client(uri: str) -> MlflowClient:
    """A client that is quiet. Raises ConfigError where the extra is not installed."""
    if find_spec("mlflow") is None:
        fix = "pip install 'synthgen[mlflow]'"
        raise ConfigError("mlflow", expected="the package mlflow-skinny, or mlflow", got="none", fix=fix)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient  # noqa: PLC0415 - an extra

    return MlflowClient(tracking_uri=uri)


@contextmanager
def _told(uri: str) -> Iterator[None]:
    """What goes wrong on the way to the server, in one line."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001 - the client raises what its many libraries do
        got = f"{type(error).__name__}: {_line(str(error))}"
        fix = "is the server there, and may you write to it?"
        raise ConfigError(f"mlflow {_line(uri)}", expected="a tracking server", got=got, fix=fix) from None


def _line(text: str) -> str:
    """Text in one short line, without the password of an address in it.

    >>> _line("no answer from https://ada:secret@mlflow.example/")
    'no answer from https://mlflow.example/'
    """
    return printable(re.sub(r"//[^/@\s]*@", "//", " ".join(text.split())), most=200)


def _chunks(values: Mapping[str, Value], most: int) -> Iterator[dict[str, Value]]:
    pairs = iter(values.items())
    while part := dict(islice(pairs, most)):
        yield part
