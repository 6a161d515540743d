"""A headless Chromium, where there is one."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests: starting it takes longer than most of them."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Seen:
    """A page that was opened, and everything that should not have happened in it."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: Path) -> None:
        """Go to a file."""
        self.asked.clear()
        self.page.goto(path.as_uri())

    def hear(self, message: ConsoleMessage) -> None:
        """Note a warning or an error of the console."""
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def ask(self, request: Request) -> None:
        """Note a request for anything but the page itself, or for what it brought along."""
        if not request.is_navigation_request() and not request.url.startswith("data:"):
            self.asked.append(request.url)


def seen(browser: Browser, *, theme: str = "light", size: tuple[int, int] = (1366, 768)) -> Seen:
    """A fresh page in that theme and size."""
    scheme = "dark" if theme == "dark" else "light"
    made = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    watched = Seen(page=made)
    made.on("console", watched.hear)
    made.on("pageerror", lambda error: watched.said.append(str(error)))
    made.on("request", watched.ask)
    return watched


@pytest.fixture
def light(chromium: Browser) -> Iterator[Seen]:
    """A laptop by day. Whatever a test does there, nothing may be complained of and nothing asked for."""
    watched = seen(chromium)
    yield watched
    watched.page.close()
    assert watched.said == []
    assert watched.asked == []


@pytest.fixture
def dark(chromium: Browser) -> Iterator[Seen]:
    """A phone by night, under the same conditions."""
    watched = seen(chromium, theme="dark", size=(390, 844))
    yield watched
    watched.page.close()
    assert watched.said == []
    assert watched.asked == []
