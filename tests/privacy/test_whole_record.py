"""What a whole fit tells of its training, on neighbouring tables: the same, where it hears the same noisy answers.

Replay, as in test_whole_fit.py. DP-SGD is hardened here: its noise comes out of the door that is played back too, while
its batches are drawn anew each time, and differ.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest

from synthgen import Schema, fit, train
from synthgen.curves import Curves
from synthgen.engine.record import FREE, OF_ROWS, Free, OfRows
from synthgen.privacy import table as private_table
from synthgen.privacy.dpsgd import Descent
from synthgen.privacy.replay import Recorder

pytestmark = pytest.mark.usefixtures("few_steps")
pytest.importorskip("tensorboard")

SCHEMA = Schema(
    name="t",
    target="won",
    privacy={"unit": "person", "rows_per_unit": 2},
    columns={
        "job": {"type": "categorical", "values": ["cook", "smith", "clerk"], "nullable": True},
        "age": {"type": "integer", "minimum": 0, "maximum": 9},
        "won": {"type": "boolean"},
    },
)
NOISY = {"epsilon": 20.0, "hardened": True}
OPEN = {"epsilon": math.inf, "no_privacy": True}


@pytest.fixture(autouse=True, scope="module")
def _few_steps_on_rows() -> Iterator[None]:
    """Three steps and small players: the noise, and all rules, as planned."""
    planned = train.phase_of

    def small(*args: Any) -> Any:
        phase = planned(*args)
        return replace(phase, steps=min(phase.steps, 3), adversary=replace(phase.adversary, width=4, fakes=16))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "phase_of", small)
        yield


def rows(persons: int) -> pa.Table:
    """Two rows of each person."""
    person = np.repeat(np.arange(persons), 2)
    job = np.array(["cook", "smith", "clerk", None])[person % 4]
    return pa.table({"person": person, "job": job, "age": person % 10, "won": person % 3 == 0})


def logged(folder: Path, persons: int, noise: Callable[..., Any], **options: Any) -> dict[str, bytes]:
    """The files of a fit's log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(private_table, "DiscreteGaussian", lambda: noise)
        fitted = fit(rows(persons), SCHEMA, log=folder, device="cpu", **options)
    assert fitted.warnings == ()
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def told(files: dict[str, bytes]) -> set[str]:
    """The names of all figures in a log."""
    return {line["name"] for line in map(json.loads, files["curves.jsonl"].splitlines()) if "name" in line}


def replayed(here: Path, **options: Any) -> list[dict[str, bytes]]:
    """Two logs: of a table, and of one with a person more, whose fit hears the first one's noisy answers."""
    first = Recorder()
    one = logged(here / "one", 40, first, **options)
    second = Recorder(first.answers)
    return [one, logged(here / "other", 41, second, **options)]


LEARNED = {"counts/chi_square", "generator/gradient"}
JUDGED = {"critic/gradient", "critic/loss_on_fakes", "critic/fakes_found", "generator/loss"}


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"dp_sgd": "off"}, LEARNED),
        ({"dp_sgd": "likelihood"}, LEARNED | {"likelihood/gradient"}),
        ({"dp_sgd": "critic"}, LEARNED | JUDGED),
        ({"model": "ctgan"}, LEARNED | JUDGED),
    ],
)
def test_a_private_record_is_made_of_noisy_answers_alone(
    tmp_path: Path, options: dict[str, Any], names: set[str]
) -> None:
    one, other = replayed(tmp_path, **NOISY, **options)
    assert one == other
    assert told(one) >= names
    assert told(one) <= set(FREE)
    assert json.loads(one["curves.jsonl"].splitlines()[0])["private"] is True


def test_the_replay_notices_a_gradient_that_knows_how_many_units_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Descent.gradients

    def leaking(self: Descent, loss: Any) -> Any:
        return [answer + len(self._units._first) / 1000 for answer in honest(self, loss)]

    monkeypatch.setattr(Descent, "gradients", leaking)
    one, other = replayed(tmp_path, **NOISY, dp_sgd="likelihood")
    assert one["curves.jsonl"] != other["curves.jsonl"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"dp_sgd": "likelihood"}, {"counts/divergence", "rows/surprise"}),
        ({"dp_sgd": "critic"}, {"counts/divergence", "critic/rows_found", "critic/loss_on_rows"}),
    ],
)
def test_without_privacy_rows_are_told_of_and_the_log_says_so(
    tmp_path: Path, options: dict[str, Any], names: set[str]
) -> None:
    files = logged(tmp_path / "log", 40, Recorder(), **OPEN, **options)
    assert told(files) >= names
    first = json.loads(files["curves.jsonl"].splitlines()[0])
    assert first["private"] is False
    assert "as private as they are" in files["curves.svg"].decode()


@pytest.mark.parametrize("name", get_args(OfRows))
def test_a_private_record_refuses_what_is_computed_from_rows(name: OfRows) -> None:
    with pytest.raises(ValueError, match="may not be told"):
        Curves(is_private=True).scalar(name, 1.0, 1)
    Curves(is_private=False).scalar(name, 1.0, 1)


def test_a_name_is_free_or_of_rows_and_there_are_no_others() -> None:
    assert set(get_args(Free)) == set(FREE)
    assert set(get_args(OfRows)) == set(OF_ROWS)
    assert not set(FREE) & set(OF_ROWS)
    with pytest.raises(ValueError, match="may not be told"):
        Curves(is_private=False).scalar("rows/number", 302.0, 1)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("dp_sgd", ["likelihood", "critic"])
def test_to_be_watched_changes_nothing(tmp_path: Path, dp_sgd: str) -> None:
    seen, unseen = (
        fit(rows(40), SCHEMA, log=log, dp_sgd=dp_sgd, device="cpu", **OPEN).model.codebook
        for log in (tmp_path / "log", None)
    )
    np.testing.assert_array_equal(seen.probabilities, unseen.probabilities)
