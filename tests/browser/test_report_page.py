"""The report as a reader has it: opened, searched, clicked through, heard, printed."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from synthgen.evaluate.page import page
from tests.evaluate.page.made import report
from tests.evaluate.page.test_render import hostile

SLOW_MACHINE = 6.0
"""Seconds: three times what is promised, as the machines that run tests are shared. It takes 0.5 s on a quiet core."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of drawing, every verdict."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(report(pairs=1)), encoding="utf-8")
    return path


def scrolled(shown: Page) -> None:
    """Go past all plots, as a reader who scrolls."""
    shown.evaluate(
        """async () => {
          for (const place of document.querySelectorAll("[data-plot]")) {
            place.scrollIntoView({ behavior: "instant" });
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          }
        }"""
    )
    expect(shown.locator(".waiting")).to_have_count(0)


def opened(shown: Page, which: str = "details") -> None:
    """Open everything that can be opened."""
    shown.evaluate("which => document.querySelectorAll(which).forEach((one) => { one.open = true; })", which)
    expect(shown.locator("details.numbers[open]:not(:has(table))")).to_have_count(0)


def violations(shown: Page) -> list[Any]:
    """What axe finds, in short."""
    found = Axe().run(shown).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found]


@pytest.mark.parametrize("way", ["light", "dark"])
def test_axe_finds_nothing(way: str, whole: Path, request: pytest.FixtureRequest) -> None:
    watched = request.getfixturevalue(way)
    watched.open(whole)
    scrolled(watched.page)
    opened(watched.page, ".column:first-child details, .curves details, .finding details")
    assert violations(watched.page) == []


def test_axe_finds_nothing_in_the_public_page(light: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.public.html"
    path.write_text(page(report(), public=True), encoding="utf-8")
    light.open(path)
    assert violations(light.page) == []
    expect(light.page.get_by_text("No figure of this part may leave the building.")).to_have_count(2)


def test_axe_would_find_something(light: Any, whole: Path) -> None:
    light.open(whole)
    light.page.evaluate("document.body.append(document.createElement('button'))")
    assert [rule for rule, _ in violations(light.page)] == ["button-name"]


def test_columns_are_found_by_name(light: Any, whole: Path) -> None:
    light.open(whole)
    light.page.get_by_label("Find a column").fill("AMOU")
    expect(light.page.locator(".column:visible")).to_have_count(1)
    expect(light.page.locator(".column:visible h4")).to_have_text("amount")
    expect(light.page.get_by_role("status")).to_have_text("1 of 7 columns")
    light.page.get_by_label("Find a column").fill("")
    expect(light.page.locator(".column:visible")).to_have_count(7)


def test_columns_are_put_in_order(light: Any, whole: Path) -> None:
    light.open(whole)
    light.page.get_by_label("Order").select_option("distance")
    apart = [float(one.get_attribute("data-distance") or "") for one in light.page.locator(".column").all()]
    assert apart == sorted(apart, reverse=True)
    light.page.get_by_label("Order").select_option("name")
    names = light.page.locator(".column h4").all_text_contents()
    assert names == sorted(names)


def test_a_plot_is_drawn_when_a_reader_gets_to_it_and_not_before(light: Any, whole: Path) -> None:
    light.open(whole)
    assert light.page.locator(".js-plotly-plot").count() == 0
    light.page.locator("[data-plot]").last.scroll_into_view_if_needed()
    expect(light.page.locator("[data-plot]").last.locator(".main-svg").first).to_be_visible()
    assert light.page.locator(".js-plotly-plot").count() < light.page.locator("[data-plot]").count()


def test_every_plot_has_its_numbers_as_a_table(light: Any, whole: Path) -> None:
    light.open(whole)
    opened(light.page)
    rows = light.page.locator("[data-plot]").evaluate_all(
        "all => all.map((one) => one.querySelectorAll('tbody tr').length)"
    )
    assert min(rows) >= 5
    assert light.page.locator("[data-plot] caption").count() == len(rows)


def test_a_table_of_numbers_is_made_once_when_it_is_opened(light: Any, whole: Path) -> None:
    light.open(whole)
    first = light.page.locator("[data-plot]").first
    expect(first.locator("table")).to_have_count(0)
    for _ in range(3):
        first.locator("summary").click()
    expect(first.locator("table")).to_have_count(1)
    expect(first.locator("tbody th").first).to_have_text("17 to 20.04")


def test_the_theme_follows_the_system_until_it_is_chosen(dark: Any, whole: Path) -> None:
    dark.open(whole)
    button = dark.page.get_by_role("button", name="Dark")
    expect(button).to_have_attribute("aria-pressed", "true")
    night = dark.page.evaluate("getComputedStyle(document.body).backgroundColor")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert dark.page.evaluate("getComputedStyle(document.body).backgroundColor") != night


def test_plots_take_on_the_colours_of_the_theme(light: Any, whole: Path) -> None:
    light.open(whole)
    first = light.page.locator("[data-plot]").first
    first.scroll_into_view_if_needed()
    tick = first.locator(".xtick text").first
    expect(tick).to_be_visible()
    day = tick.evaluate("one => getComputedStyle(one).fill")
    light.page.get_by_role("button", name="Dark").click()
    expect(tick).not_to_have_css("fill", day)


def test_the_keyboard_reaches_the_content_at_once(light: Any, whole: Path) -> None:
    light.open(whole)
    light.page.keyboard.press("Tab")
    expect(light.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    light.page.keyboard.press("Enter")
    expect(light.page.locator("main")).to_be_focused()


def test_a_letter_leads_to_its_reason(light: Any, whole: Path) -> None:
    light.open(whole)
    light.page.locator("table.figures sup a").first.click()
    assert light.page.evaluate("location.hash").startswith("#fidelity-figures-0-why-")
    assert light.page.evaluate("document.querySelector(':target').textContent").strip()


def test_nothing_is_wider_than_a_phone_a_terminal_or_a_laptop(light: Any, whole: Path) -> None:
    light.open(whole)
    for width, height in ((1366, 768), (800, 600), (390, 844)):
        light.page.set_viewport_size({"width": width, "height": height})
        scrolled(light.page)
        assert light.page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_with_every_plot_drawn_in_daylight(dark: Any, whole: Path) -> None:
    dark.open(whole)
    printed = dark.page.pdf(format="A4")
    assert printed.startswith(b"%PDF-")
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 30
    assert dark.page.locator("[data-plot] .drawn.done").count() == dark.page.locator("[data-plot]").count()
    assert dark.page.evaluate("document.documentElement.dataset.theme") is None


def test_nothing_is_wider_than_the_paper(light: Any, whole: Path) -> None:
    light.page.set_viewport_size({"width": 680, "height": 1000})  # A4 within its margins
    light.open(whole)
    light.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    light.page.emulate_media(media="print")
    assert light.page.evaluate("document.documentElement.scrollWidth") <= 680


def test_hostile_names_are_shown_as_they_are_and_run_nothing(light: Any, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(page(hostile()), encoding="utf-8")
    light.page.on("dialog", lambda dialog: light.said.append(dialog.message))
    light.open(path)
    scrolled(light.page)
    opened(light.page)
    assert light.page.locator("img").count() == 0
    assert "</script><img src=x onerror=alert(1)>" in (light.page.locator(".column h4").first.text_content() or "")
    assert "<img src=x" in (light.page.locator(".ytick text").first.text_content() or "").replace("…", "")[:40]


def test_fifty_columns_open_quickly(light: Any, tmp_path: Path) -> None:
    path = tmp_path / "wide.html"
    path.write_text(page(report(50)), encoding="utf-8")
    begun = time.monotonic()
    light.open(path)
    expect(light.page.locator(".dial").last).to_be_visible()
    assert time.monotonic() - begun < SLOW_MACHINE


def test_it_says_all_that_matters_without_scripts(chromium: Any, whole: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(whole.as_uri())
    expect(shown.get_by_role("heading", name="How close is it to the real table?")).to_be_visible()
    expect(shown.get_by_role("table").first).to_be_visible()
    context.close()
