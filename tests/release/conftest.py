"""A bundle of a small model with everything in it: persons, discovered levels, sentinels, missing values."""

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synthgen.evaluate.budget import of_model
from synthgen.evaluate.report import Absent, Figure, Report, Section
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.release import bundle as bundles
from synthgen.release import manifest, seal, zipped
from synthgen.release.bundle import Bundle, write_bundle
from synthgen.release.checked import Checked
from synthgen.release.signing import PrivateKey
from synthgen.release.terms import About, Terms
from synthgen.tables import open_writer

GOLDEN = Path(__file__).parents[1] / "golden" / "model_v1.synthgen"
PRIVATE = 0.1234567890123456
"""A figure that was read from private rows: no byte of a bundle may tell it."""
DAY = dt.date(2026, 1, 31)
ROWS = 60


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a bundle is made from, and the keys around it."""

    model: Model
    data: tuple[Path, Path]
    report: Report
    key: PrivateKey
    other: PrivateKey

    def write(self, folder: Path, **changes: Any) -> Bundle:
        """A bundle of it, with arguments of `write_bundle` changed."""
        verdicts = (
            Checked(rule="privacy.epsilon", expected="at most 3", got="1", verdict="pass", tier="synthetic_only"),
            Checked(rule="utility.auc", expected="at least 0.9", got=str(PRIVATE), verdict="pass", tier="internal"),
        )
        usual: dict[str, Any] = {
            "data": self.data,
            "model": self.model,
            "report": self.report,
            "policy": {"policy": 1, "name": "partner"},
            "verdicts": verdicts,
            "terms": Terms(policy="partner", recipients=("Acme",), expires=dt.date(2026, 12, 31), approvals=1),
            "about": About(title="Tiny people", licence="CC-BY-4.0", publisher="Lab", contact="lab@example.org"),
            "key": self.key,
            "by": "CI",
            "created": DAY,
            "model_file": GOLDEN,
        }
        return write_bundle(folder, **usual | changes)


def short_page(report: Report, *, public: bool) -> str:
    """A page that says which figures it was given."""
    assert public, "nothing else leaves"
    return f"<!doctype html><title>{report.schema}</title>{[figure.value for figure in report.figures()]}"


def private_figure() -> Figure:
    """A figure of the tier that stays inside."""
    none = Absent(why="a test")
    return Figure(
        key="utility.auc",
        title="AUC",
        value=PRIVATE,
        tier="internal",
        better="higher",
        interval=none,
        ceiling=none,
        floor=none,
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """The inputs of a bundle. The report's page is a short one: what is in it is tested elsewhere."""
    folder = tmp_path_factory.mktemp("made")
    model = Model.load(GOLDEN)
    drawn = draws(model, ROWS, seed=1)
    paths = (folder / "rows.parquet", folder / "rows.csv")
    for path in paths:
        with open_writer(path, drawn.schema, format="csv" if path.suffix == ".csv" else "parquet", force=False) as out:
            for batch in drawn.batches():
                out.write(batch)
    sections = (of_model(model), Section(name="utility", title="Utility", figures=(private_figure(),)))
    report = Report(schema=model.schema.name, created="2026-01-31", seed=0, facts=(), sections=sections)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "report_page", short_page)
        yield Made(model=model, data=paths, report=report, key=PrivateKey.new(), other=PrivateKey.new())


@pytest.fixture(scope="session")
def whole(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle that nobody may change; `bundle` is a copy for those who do."""
    return made.write(tmp_path_factory.mktemp("whole") / "bundle")


@pytest.fixture
def bundle(whole: Bundle, tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    shutil.copytree(whole.folder, tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture
def reseal(made: Made) -> Callable[[Path], None]:
    """Make a folder whole again after its files were changed, as its own publisher could: a lie that is well signed."""

    def again(folder: Path) -> None:
        text = (folder / manifest.NAME).read_bytes()
        found = manifest.from_bytes(text)
        entries = [
            file.model_copy(
                update={
                    "size": (folder / file.path).stat().st_size,
                    "sha256": hashlib.sha256((folder / file.path).read_bytes()).hexdigest(),
                }
            )
            for file in found.files
        ]
        shutil.rmtree(folder / "signatures")
        changed = manifest.to_bytes(found.model_copy(update={"files": entries}))
        seal.seal(folder, changed, key=made.key, by="CI", day=DAY)

    return again


@pytest.fixture
def zip_of(tmp_path: Path) -> Callable[[Path], Path]:
    """The zip of a folder, as a bundle's."""

    def made_of(folder: Path) -> Path:
        path = tmp_path / "made.zip"
        zipped.write(path, bundles.inside(folder))
        return path

    return made_of


@pytest.fixture
def golden() -> Path:
    """The file of the model."""
    return GOLDEN


@pytest.fixture(scope="session")
def real_page() -> Callable[..., str]:
    """The report's own page."""
    from synthgen.evaluate.page import page  # noqa: PLC0415 - the one that `made` replaced

    return page
