"""The plot of a fit in a browser: nothing runs out of the picture or into a neighbour, whatever was told."""

from pathlib import Path
from typing import Any

import pytest

from synthgen.curves.keep import MEANINGS, Curves
from synthgen.curves.plot import PANEL_WIDTH, WIDTH, plot

SAMPLE = {f"column {number}": ["a level with a very long name indeed"] * 3 for number in range(12)}
EDGES = "(texts) => texts.map((text) => [text.textContent, text.getBBox().x + text.getBBox().width])"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every figure, every stage that a fit can have, and the longest notes."""
    curves = Curves(is_private=False)
    stages = ("counts, round 1", "counts, round 2", "likelihood on rows", "counts alone, again")
    for step, stage in enumerate(stages):
        curves.stage(stage, 1000 * step)
    for name in MEANINGS:
        for step in range(0, 4000, 100):
            curves.scalar(name, 1e-5 * step + 0.123456, step)
    note = (
        "After training on rows, likelihood: rejected, rows held out are 12.34 nats less likely, and told from fakes "
    )
    note += "with an AUC of 0.789 (before: 0.678); counts alone were fitted again."
    path = tmp_path_factory.mktemp("plot") / "plot.svg"
    samples = [(step, SAMPLE) for step in range(0, 4000, 500)]
    path.write_text(plot(curves, samples, title="How it was learned", notes=[note]), encoding="utf-8")
    return path


def test_no_text_runs_out_of_the_picture_or_of_its_panel(picture: Path, light: Any) -> None:
    light.open(picture)
    for place, room in (("svg > text", WIDTH), ("g > text", PANEL_WIDTH)):
        edges = light.page.eval_on_selector_all(place, EDGES)
        assert len(edges) > 10
        assert [text for text, edge in edges if edge > room] == []


def test_every_note_is_told_whole(picture: Path, light: Any) -> None:
    light.open(picture)
    said = " ".join(light.page.locator("svg > text").all_text_contents())
    for words in ("counts alone were fitted again.", "counts alone, again (after step 3,000)"):
        assert words in said
