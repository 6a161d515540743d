"""The log of a fit: there whole or not at all, and the same figures in each of its files."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from synthgen import Schema, fit, pipeline
from synthgen.curves import Curves, check_log, events, write, write_log
from synthgen.curves.plot import NOTE, plot
from synthgen.errors import ConfigError
from synthgen.model import Model

SVG = "{http://www.w3.org/2000/svg}"
FILES = ["curves.jsonl", "curves.svg", "events.out.tfevents.0.synthgen"]
AWKWARD = "<script>&|"
SCHEMA = Schema(
    name="<a> & b",
    columns={
        "who": {"type": "identifier", "kind": "uuid"},
        "job": {"type": "categorical", "values": [AWKWARD, "cook"]},
        "pay": {"type": "number", "minimum": 0, "maximum": 9, "decimals": 1, "format": "$1,234.5", "nullable": True},
        "day": {"type": "date", "minimum": "2020-01-01", "maximum": "2020-01-09"},
    },
)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    days = ["2020-01-02", "2020-01-03"] * 20
    return pd.DataFrame({"who": range(40), "job": [AWKWARD, "cook"] * 20, "pay": ["$1.5", None] * 20, "day": days})


@pytest.fixture(scope="module")
def open_fit(
    few_steps: None,  # noqa: ARG001 - to be quick
    frame: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Model]:
    """The plot of a fit without privacy, and its model."""
    plot = tmp_path_factory.mktemp("log") / "plot.svg"
    open_ = {"epsilon": math.inf, "no_privacy": True}
    return plot, fit(frame, SCHEMA, log=plot, dp_sgd="off", device="cpu", **open_).model


@pytest.fixture
def model(open_fit: tuple[Path, Model]) -> Model:
    return open_fit[1]


@pytest.fixture
def curves(model: Model) -> Curves:
    """Two figures, one of them nowhere for a while, and two samples."""
    kept = Curves(is_private=True)
    kept.stage("counts, round 1", 0)
    kept.stage("critic on rows", 2)
    for step, value in enumerate([500.0, 2.0, math.nan, 1.0]):
        kept.scalar("counts/chi_square", value, step + 1)
        kept.scalar("critic/fakes_found", 0.5, step + 1)
    book = model.codebook
    few = replace(book, weights=book.weights[:8] * len(book.weights) / 8, probabilities=book.probabilities[:8])
    for step in (1, 4):
        kept.rows(few, step)
    return kept


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def parsed(path: Path) -> ET.Element:
    return ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - we wrote it


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "curves.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line, parse_constant=pytest.fail)


def test_lines_have_every_figure_stage_and_sample(curves: Curves, model: Model, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    write_log(tmp_path / "log", curves, model)
    assert names(tmp_path / "log") == FILES
    said = list(lines(tmp_path / "log"))
    figures = [(line["step"], line["value"]) for line in said if line.get("name") == "counts/chi_square"]
    assert figures == [(1, 500.0), (2, 2.0), (3, None), (4, 1.0)]
    assert [line["stage"] for line in said if "stage" in line] == ["counts, round 1", "critic on rows"]
    samples = [line["sample"] for line in said if "sample" in line]
    assert len(samples) == 2
    assert set(samples[0]) == {"job", "pay", "day"}  # identifiers are made up afterwards
    assert {len(column) for column in samples[0].values()} == {8}
    assert all(cell is None or cell.startswith("$") for cell in samples[0]["pay"])


def test_one_codebook_gives_the_same_sample_whenever_it_is_drawn(curves: Curves, model: Model) -> None:
    (_, first), (_, second) = write.samples_of(curves, model)
    assert first == second


def test_events_are_what_tensorboard_reads(curves: Curves, model: Model, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader  # noqa: PLC0415 - an extra

    write_log(tmp_path / "log", curves, model)
    found = list(LegacyEventFileLoader(str(tmp_path / "log" / FILES[2])).Load())  # checks the checksums
    assert found[0].file_version == "brain.Event:2"
    assert [event.wall_time for event in found[1:]] == [event.step for event in found[1:]]
    figures = [
        each.tensor.float_val[0] for event in found for each in event.summary.value if each.tag == "counts/chi_square"
    ]
    assert figures[:2] == [500.0, 2.0]
    assert math.isnan(figures[2])
    [text, _] = [each.tensor for event in found for each in event.summary.value if each.tag.startswith("samples")]
    assert text.string_val[0].startswith(b"| job | pay | day |")
    assert b"&|" not in text.string_val[0]  # a bar would end the cell


def test_the_plot_is_one_picture_that_fetches_and_runs_nothing(curves: Curves, model: Model, tmp_path: Path) -> None:
    write_log(tmp_path / "c.svg", curves, model)
    assert names(tmp_path) == ["c.svg"]
    text = (tmp_path / "c.svg").read_text(encoding="utf-8")
    root = parsed(tmp_path / "c.svg")
    assert "prefers-color-scheme: dark" in text
    assert {child.tag.removeprefix(SVG) for child in root.iter()} <= {
        *("svg", "title", "style", "text", "g", "line", "polyline", "circle"),
    }
    assert [word for word in ("href", "url(", "import", "onload") if word in text] == []
    said = "\n".join("".join(child.itertext()) for child in root.iter(f"{SVG}text"))
    for word in ("How <a> & b was learned", "Epsilon", "counts/chi_square", "critic/fakes_found", "critic on rows"):
        assert word in said
    if AWKWARD in str(write.samples_of(curves, model)):
        assert AWKWARD in said


def test_a_curve_has_a_gap_where_there_was_no_number(curves: Curves, model: Model, tmp_path: Path) -> None:
    write_log(tmp_path / "c.svg", curves, model)
    drawn = [line.get("points", "") for line in parsed(tmp_path / "c.svg").iter(f"{SVG}polyline")]
    assert [len(points.split()) for points in drawn] == [2, 1, 4]
    places = [float(number) for points in drawn for place in points.split() for number in place.split(",")]
    assert all(0 <= place <= 456 for place in places)


def test_a_fit_writes_its_plot_and_says_what_it_is_made_of(open_fit: tuple[Path, Model]) -> None:
    text = open_fit[0].read_text(encoding="utf-8")
    assert "as private as they are" in text
    assert "counts/divergence" in text


def test_notes_and_stages_are_broken_into_lines(curves: Curves) -> None:
    for step in range(2, 9):
        curves.stage("counts alone, again and again", step)
    drawn = ET.fromstring(plot(curves, [], title="t", notes=["word " * 100]))  # noqa: S314 - we drew it
    told = ["".join(text.itertext()) for text in drawn.findall(f"{SVG}text")]
    assert max(map(len, told)) <= NOTE
    assert " ".join(told).count("word") == 100
    assert " ".join(told).count("again and again") == 7


def test_nothing_told_is_a_plot_without_panels(model: Model, tmp_path: Path) -> None:
    write_log(tmp_path / "c.svg", Curves(is_private=True), model)
    assert not list(parsed(tmp_path / "c.svg").iter(f"{SVG}polyline"))


def test_an_error_half_way_leaves_no_log(curves: Curves, model: Model, tmp_path: Path, monkeypatch: Any) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "no room")

    monkeypatch.setattr(write, "events", full)
    with pytest.raises(ConfigError, match="room on the disk"):
        write_log(tmp_path / "log", curves, model)
    assert names(tmp_path) == []


def test_a_log_replaces_nothing(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "mine.svg").write_text("mine")
    for path in (tmp_path, tmp_path / "mine.svg", tmp_path / "mine.svg" / "log", tmp_path / "none" / "log"):
        with pytest.raises(ConfigError):
            check_log(path)
    (tmp_path / "empty").mkdir()
    check_log(tmp_path / "empty")
    check_log(tmp_path / "new")
    check_log(tmp_path / "new.svg")
    assert names(tmp_path) == ["empty", "mine.svg"]


def test_without_the_extra_only_a_plot_can_be_had(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(events, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'synthgen\[tensorboard\]'") as raised:
        check_log(tmp_path / "log")
    assert "\n" not in str(raised.value)
    check_log(tmp_path / "log.svg")


@pytest.mark.usefixtures("few_steps")
def test_a_log_that_cannot_be_written_in_the_end_costs_no_model(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: Any
) -> None:
    def full(path: Path, *_: object) -> None:
        raise ConfigError(str(path), expected="room on the disk", got="a full one")

    monkeypatch.setattr(pipeline, "write_log", full)
    fitted = fit(frame, SCHEMA, epsilon=5, dp_sgd="off", log=tmp_path / "c.svg", device="cpu")
    assert any("no log was written" in warning for warning in fitted.warnings)
    assert len(fitted.sample(5)) == 5
