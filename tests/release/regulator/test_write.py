"""The folder that was written: every link leads to what it shows, and nothing is claimed."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from synthgen.errors import BundleError, ConfigError, ReportError
from synthgen.evaluate.report import Absent, Figure, Finding, Interval, Report, Section, public
from synthgen.evaluate.written import to_json
from synthgen.release.bundle import Bundle
from synthgen.release.canonical import at
from synthgen.release.regulator import write_folder
from synthgen.release.regulator.pieces import shown
from synthgen.release.regulator.write import NAMES
from synthgen.release.terms import About
from synthgen.schema.document import Document as Yaml

MEASURED = 0.0372913
"""What an attack measured on private rows."""
CLAIMS = re.compile(
    r"\b(anonym\w*|de-?identified|safe|safely|compliant|compliance|complies|certified|risk-free)\b", re.IGNORECASE
)


def values(folder: Path, file: str) -> Any:
    text = (folder / file).read_text()
    return Yaml(text, source=file).value if file.endswith(".yaml") else json.loads(text)


class Links(HTMLParser):
    """Every link of a page with its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "a" and known.get("class") in {"number", "origin"}:
            self.inside = True
            self.found.append((str(known["href"]), "", str(known["class"])))

    def handle_data(self, data: str) -> None:
        if self.inside:
            link, text, kind = self.found[-1]
            self.found[-1] = (link, text + data, kind)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "a"


def html_links(folder: Path) -> list[tuple[str, str, str]]:
    links = []
    for name in NAMES:
        reader = Links()
        reader.feed((folder / f"{name}.html").read_text())
        links += reader.found
    return links


def attack_figure(key: str, **changes: Any) -> Figure:
    usual: dict[str, Any] = {
        "key": key,
        "title": f"What {key} found",
        "value": MEASURED,
        "tier": "internal",
        "better": "lower",
        "interval": Interval(low=0.0111, high=0.0555, method="bootstrap"),
        "ceiling": 0.0,
        "floor": Absent(why="an attack has none"),
    }
    return Figure(**usual | changes)


@pytest.fixture(scope="session")
def whole_report(made: Any) -> Report:
    """The report of the release with what attacks measured."""
    keys = (
        "attacks.singling.random.risk",
        "attacks.linkability.risk",
        "attacks.attribute.risk",
        "attacks.membership.auc",
    )
    findings = tuple(
        Finding(attack=name, verdict="no signal", because="chance does as well", tier="internal", keys=())
        for name in ("singling out", "linkability", "attribute inference", "membership inference")
    )
    section = Section(
        name="attacks", title="Attacks", figures=tuple(attack_figure(key) for key in keys), findings=findings
    )
    sections = (*made.report.sections, section)
    return Report(schema=made.report.schema, created=made.report.created, seed=0, facts=(), sections=sections)


@pytest.fixture(scope="session")
def folder(whole: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle alone."""
    path = tmp_path_factory.mktemp("regulator") / "drafts"
    write_folder(whole.folder, path)
    return path


@pytest.fixture(scope="session")
def inner(made: Any, whole_report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle and the whole report of its release."""
    room = tmp_path_factory.mktemp("inner")
    bundle = made.write(room / "bundle", report=whole_report)
    (room / "report.json").write_text(to_json(whole_report))
    write_folder(bundle.folder, room / "drafts", report=room / "report.json")
    return room / "drafts"


def test_every_document_is_there_in_both_forms(folder: Path) -> None:
    texts = {path.name for path in folder.iterdir() if path.is_file()}
    assert texts == {f"{name}.{suffix}" for name in NAMES for suffix in ("md", "html")} | {"origins.json"}


@pytest.mark.parametrize("which", ["folder", "inner"])
def test_every_link_of_a_page_holds_what_it_shows(request: pytest.FixtureRequest, which: str) -> None:
    place = request.getfixturevalue(which)
    links = html_links(place)
    for link, text, kind in links:
        file, _, pointer = link.partition("#")
        value = at(values(place, file), unquote(pointer))
        assert isinstance(value, str) == (kind == "origin"), link
        if kind == "number":
            assert text == shown(value), link
    assert len(links) > 150


@pytest.mark.parametrize("which", ["folder", "inner"])
def test_every_link_of_the_markdown_holds_what_it_shows(request: pytest.FixtureRequest, which: str) -> None:
    place = request.getfixturevalue(which)
    found = 0
    for name in NAMES:
        for line in (place / f"{name}.md").read_text().splitlines():
            for before, text, link in re.findall(r"([^|]*?)\[([^][]+)\]\(([^()]+)\)", line):
                file, _, pointer = link.partition("#")
                value = at(values(place, file), unquote(pointer))
                if text == "source":
                    assert str(value).split()[-1][-8:] in before.replace("\\", ""), link
                else:
                    assert text == shown(value), link
                found += 1
    assert found == len(values(place, "origins.json")["quotes"])


def test_the_list_of_origins_says_what_stands_there(inner: Path) -> None:
    for quote in values(inner, "origins.json")["quotes"]:
        assert at(values(inner, quote["file"]), quote["at"]) == quote["value"]
        assert quote["shown"] == shown(quote["value"])


def test_the_copies_are_those_of_the_bundle(whole: Bundle, folder: Path) -> None:
    copies = [path for path in (folder / "bundle").rglob("*") if path.is_file()]
    assert len(copies) == 8
    for path in copies:
        assert path.read_bytes() == (whole.folder / path.relative_to(folder / "bundle")).read_bytes()


def test_epsilon_is_in_every_document_that_needs_it(folder: Path) -> None:
    link = "(bundle/certificate.json#/guarantee/epsilon)"
    assert all(link in (folder / f"{name}.md").read_text() for name in NAMES)


@pytest.mark.parametrize("which", ["folder", "inner"])
def test_nothing_is_claimed(request: pytest.FixtureRequest, which: str) -> None:
    place = request.getfixturevalue(which)
    for path in place.glob("*.*"):
        said = re.sub(r"<style>.*?</style>|<script.*?</script>", "", path.read_text(), flags=re.DOTALL)
        said = said.replace("Safe Harbor", "")  # what the eighteen identifiers are known as
        assert CLAIMS.findall(said) == [], path.name


def test_every_document_is_marked_as_a_draft_for_a_person(folder: Path, inner: Path) -> None:
    for name in NAMES:
        for suffix in ("md", "html"):
            text = (folder / f"{name}.{suffix}").read_text()
            assert "Draft. Filled in from a bundle by a program; a person has to check it" in text
            assert "Internal. Figures here" not in text
            assert "Internal. Figures here" in (inner / f"{name}.{suffix}").read_text()
        assert name == "README" or "To be completed: " in (folder / f"{name}.md").read_text()


def test_without_the_whole_report_no_private_figure_is_there_and_the_risks_say_so(folder: Path) -> None:
    text = (folder / "wp216.md").read_text()
    assert text.count("This bundle holds no measured figure of") == 4
    assert not (folder / "internal").exists()


def test_with_the_whole_report_the_three_risks_have_their_figures(inner: Path) -> None:
    text = (inner / "wp216.md").read_text()
    risks = re.split(r"(?m)^## ", text)
    for title in ("Risk 1: singling out", "Risk 2: linkability", "Risk 3: inference"):
        part = next(one for one in risks if one.startswith(title))
        assert f"[{shown(MEASURED)}](internal/report.json#/sections/" in part
        assert "no signal" in part
        assert "(internal)" in part
    assert "is not that of this release" not in text


def test_the_eighteen_identifiers_are_listed_with_the_columns_that_may_be_such(folder: Path) -> None:
    text = (folder / "hipaa.md").read_text()
    table = text[text.index("| letter | identifier |") :].split("\n\n")[0].splitlines()
    assert [row.split(" | ")[0].removeprefix("| ") for row in table[2:]] == list("ABCDEFGHIJKLMNOPQR")
    assert any("none by the schema" in row for row in table)
    assert any("bundle/schema.yaml#/columns/" in row for row in table)


def test_a_report_of_another_run_is_said_to_be_one(whole: Bundle, whole_report: Report, tmp_path: Path) -> None:
    other = Report(**{name: getattr(whole_report, name) for name in ("schema", "created", "facts", "sections")}, seed=3)
    assert to_json(public(other)) != to_json(public(whole_report))
    (tmp_path / "report.json").write_text(to_json(other))
    write_folder(whole.folder, tmp_path / "drafts", report=tmp_path / "report.json")
    assert "is not that of this release" in (tmp_path / "drafts" / "wp216.md").read_text()


def test_a_report_of_another_table_is_refused(whole: Bundle, tmp_path: Path) -> None:
    other = Report(schema="another", created="2026-01-31", seed=0, facts=(), sections=())
    (tmp_path / "report.json").write_text(to_json(other))
    with pytest.raises(ConfigError, match="a report of"):
        write_folder(whole.folder, tmp_path / "drafts", report=tmp_path / "report.json")
    assert not (tmp_path / "drafts").exists()


def test_a_bundle_that_was_changed_is_refused_and_nothing_is_written(bundle: Path, tmp_path: Path) -> None:
    path = bundle / "certificate.json"
    path.write_bytes(path.read_bytes().replace(b'"private": true', b'"private": null'))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BundleError, match=r"certificate\.json"):
        write_folder(bundle, tmp_path / "drafts")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("sections", ["[1]", '[{"name": "attacks", "figures": [2]}]', "{}"])
def test_a_well_signed_report_that_is_none_is_refused(
    bundle: Path, reseal: Callable[[Path], None], tmp_path: Path, sections: str
) -> None:
    head = '{"schema": "tiny", "created": "2026-01-31", "seed": 0, "facts": [], "format": 1'
    (bundle / "report.json").write_text(f'{head}, "sections": {sections}}}')
    reseal(bundle)
    with pytest.raises(ReportError):
        write_folder(bundle, tmp_path / "drafts")


@pytest.mark.parametrize("text", ["{}", "[]", "3", '{"issued": [1], "guarantee": {"epsilon": 1' + 400 * "0" + "}}"])
def test_a_well_signed_certificate_that_is_none_leaves_gaps(
    bundle: Path, reseal: Callable[[Path], None], tmp_path: Path, text: str
) -> None:
    (bundle / "certificate.json").write_text(text)
    reseal(bundle)
    write_folder(bundle, tmp_path / "drafts")
    assert "*not in this bundle*" in (tmp_path / "drafts" / "README.md").read_text()


def test_a_folder_that_is_there_is_not_touched(whole: Bundle, tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "mine.md").write_text("mine")
    with pytest.raises(ConfigError, match="a new folder"):
        write_folder(whole.folder, tmp_path / "drafts")


def test_the_zip_makes_the_same_folder(whole: Bundle, folder: Path, tmp_path: Path) -> None:
    write_folder(whole.archive, tmp_path / "drafts")
    for path in folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / "drafts" / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_words_of_an_enemy_are_no_markup(made: Any, tmp_path: Path) -> None:
    bundle = made.write(tmp_path / "bundle", about=About(title="<script>x</script> [a](b) | `c`"))
    write_folder(bundle.folder, tmp_path / "drafts")
    assert "<script>x" not in (tmp_path / "drafts" / "dpia.html").read_text()
    assert r"&lt;script&gt;x&lt;/script&gt; \[a\](b) \| \`c\`" in (tmp_path / "drafts" / "dpia.md").read_text()
