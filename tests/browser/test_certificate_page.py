"""The certificate in a browser: accessible by day and by night, on a laptop and a phone, and asking for nothing."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from synthgen.model import Model
from synthgen.release.certificate import Source, certificate, page
from synthgen.release.terms import About, Terms


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate as a release writes it."""
    source = Source(
        model=Model.load(Path(__file__).parents[1] / "golden" / "model_v1.synthgen"),
        digest="ab" * 32,
        rows=1000,
        created=dt.date(2026, 1, 31),
        terms=Terms(policy="partner", recipients=("Acme",), expires=dt.date(2026, 12, 31), approvals=2),
        about=About(title="Tiny people", publisher="Lab", contact="lab@example.org"),
    )
    row = {"rule": "privacy.epsilon", "expected": "at most 3", "got": "1", "verdict": "pass"}
    path = tmp_path_factory.mktemp("certificate") / "certificate.html"
    path.write_text(page(certificate(source), id_of_schema="cd" * 32, verdicts=[row]), encoding="utf-8")
    return path


@pytest.mark.parametrize("screen", ["light", "dark"])
def test_axe_finds_nothing(screen: str, written: Path, request: pytest.FixtureRequest) -> None:
    seen: Any = request.getfixturevalue(screen)
    seen.open(written)
    assert [each["id"] for each in Axe().run(seen.page).response["violations"]] == []


def test_it_fits_a_phone(dark: Any, written: Path) -> None:
    dark.open(written)
    assert dark.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_part_is_reached_from_the_contents(light: Any, written: Path) -> None:
    light.open(written)
    links = light.page.locator(".contents a")
    for number in range(links.count()):
        place = str(links.nth(number).get_attribute("href"))
        links.nth(number).click()
        expect(light.page.locator(place)).to_be_in_viewport()


def test_the_summary_says_what_matters_first(light: Any, written: Path) -> None:
    light.open(written)
    summary = light.page.locator("#summary")
    for text in ("Tiny people", "Epsilon", "Delta", "Attacker's advantage", "2026-12-31", "Acme", "partner"):
        expect(summary).to_contain_text(text)
