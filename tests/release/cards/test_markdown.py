import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synthgen.release.bundle import Bundle
from synthgen.release.cards.markdown import escaped
from synthgen.release.terms import About


def test_the_hub_finds_its_fields_and_the_rows(whole: Bundle) -> None:
    text = (whole.folder / "README.md").read_text()
    _, head, body = text.split("---\n", 2)
    fields = yaml.safe_load(head)
    assert fields["license"] == "CC-BY-4.0"
    assert fields["size_categories"] == ["n<1K"]
    assert (whole.folder / fields["configs"][0]["data_files"]).is_file()
    assert "# Tiny people" in body


@pytest.mark.parametrize("card", ["README.md", "MODEL_CARD.md"])
def test_cards_name_the_promise_and_only_files_that_are_there(card: str, whole: Bundle) -> None:
    text = (whole.folder / card).read_text()
    assert re.search(r"epsilon (= )?1\b", text)
    named = set(re.findall(r"`([A-Za-z_./]+\.(?:json|html|md|yaml|sha256|synthgen)|[a-z]+/)`", text))
    assert {name for name in named if not (whole.folder / name).exists()} == set()


def test_cards_are_tables_whatever_is_in_them(made: Any, tmp_path: Path) -> None:
    found = made.write(tmp_path / "b", about=About(title="a|b\n# <script>", description="x\n---\ny"))
    text = (found.folder / "README.md").read_text()
    assert "<script>" not in text.split("---\n", 2)[2]
    assert yaml.safe_load(text.split("---\n", 2)[1])["pretty_name"] == "a|b\n# <script>"


@given(st.text())
def test_escaped_text_is_one_line_without_markup(text: str) -> None:
    found = escaped(text)
    assert len(found.splitlines()) <= 1
    assert "<" not in found
    assert re.search(r"(?<!\\)[|*`_#\[\]]", found.replace("\\\\", "")) is None
