"""The drafts of the regulator's folder in a browser: accessible, on a phone too, and asking for nothing."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from synthgen.release.regulator.filled import filled
from synthgen.release.regulator.pieces import Bullets, Quote, Rows, words
from synthgen.release.regulator.rendered import html, notices

TEMPLATE = """# Impact assessment

Whose rows: {epsilon}.

## First

- at most {epsilon}
- [? purpose]

| question | answer |
| how much | {epsilon} |
| who | [? name] |

| question | answer |
| why | {words} |

@rows

@more
"""
FACTS = {
    "epsilon": Quote(value=3.0, file="bundle/certificate.json", at="/guarantee/epsilon"),
    "words": Quote(value="a promise", file="bundle/certificate.json", at="/guarantee/definition"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document with every kind of block, and with a table that is wider than a phone."""
    wide = Rows(head=tuple(f"column {n}" for n in range(8)), rows=(tuple(words("a longer cell") for _ in range(8)),))
    tables = {"rows": [wide], "more": [Bullets(lines=(words("one"), words("two")))]}
    document = filled("dpia", TEMPLATE, facts=FACTS.__getitem__, tables=tables)
    path = tmp_path_factory.mktemp("drafts") / "dpia.html"
    above = notices(internal=True, matches=False)
    others = [("README", "Folder"), ("dpia", "Impact assessment")]
    path.write_text(html(document, above=above, source=f"bundle {'ab' * 32}", others=others), encoding="utf-8")
    return path


@pytest.mark.parametrize("screen", ["light", "dark"])
def test_axe_finds_nothing(screen: str, written: Path, request: pytest.FixtureRequest) -> None:
    seen: Any = request.getfixturevalue(screen)
    seen.open(written)
    assert [each["id"] for each in Axe().run(seen.page).response["violations"]] == []


def test_it_fits_a_phone(dark: Any, written: Path) -> None:
    dark.open(written)
    assert dark.page.evaluate("document.documentElement.scrollWidth") <= 390
