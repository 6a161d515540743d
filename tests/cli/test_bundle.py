"""keygen, approve and verify, on the command line."""

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from synthgen.evaluate.report import Report
from synthgen.model import Model
from synthgen.pipeline import draws
from synthgen.release import bundle as bundles
from synthgen.release.signing import find_key, write_keys
from synthgen.release.terms import Terms
from synthgen.tables import open_writer

GOLDEN = Path(__file__).parents[1] / "golden" / "model_v1.synthgen"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle that one approval is asked for, and the keys of its publisher and of a reviewer."""
    folder = tmp_path_factory.mktemp("released")
    for name in ("ci", "ada"):
        write_keys(folder / f"{name}.key")
    model = Model.load(GOLDEN)
    drawn = draws(model, 40)
    with open_writer(folder / "rows.parquet", drawn.schema, format="parquet", force=False) as out:
        for batch in drawn.batches():
            out.write(batch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "report_page", lambda *_, **__: "<!doctype html>")
        bundles.write_bundle(
            folder / "b",
            data=[folder / "rows.parquet"],
            model=model,
            report=Report(schema="tiny", created="2026-01-31", seed=0, facts=(), sections=()),
            policy={"policy": 1, "name": "partner"},
            verdicts=(),
            terms=Terms(policy="partner", approvals=1),
            key=find_key(folder / "ci.key"),
        )
    return folder


@pytest.fixture
def bundle(released: Path, here: Path) -> Path:
    """A copy of it, where commands are run."""
    shutil.copytree(released, here, dirs_exist_ok=True)
    return here / "b"


def test_a_bundle_is_approved_and_verified(bundle: Path, cli: Any) -> None:
    waiting = cli("verify", bundle, "--key", "ci.key.pub")
    assert waiting.code == 1
    assert waiting.err.count("\n") == 1
    assert "approvals" in waiting.err
    done = cli("approve", bundle, "--key", "ada.key", "--by", "Ada", "--publisher", "ci.key.pub", "--json")
    assert json.loads(done.out)["approvals"] == 1
    for place in (bundle, f"{bundle}.zip"):
        found = cli("verify", place, "--key", "ci.key.pub", "--approver", "ada.key.pub")
        assert (found.code, found.err) == (0, "")
        assert all(line.split()[0] in {"ok", "skipped"} for line in found.out.splitlines())
        assert len(found.out.splitlines()) == 15


def test_machines_read_json_and_junit(bundle: Path, cli: Any, here: Path) -> None:
    done = cli("verify", bundle, "--json", "--junit", "checks.xml")
    told = json.loads(done.out)
    assert done.code == 1
    assert not told["ok"]
    suite = ET.parse(here / "checks.xml").getroot()  # noqa: S314 - our own file
    assert suite.get("failures") == "1"
    assert [case.get("name") for case in suite] == [check["name"] for check in told["checks"]]
    failure = suite.find("testcase[@name='approvals']/failure")
    assert failure is not None
    assert "0 of 1" in str(failure.get("message"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["verify", "nowhere"], "nothing there"),
        (["verify", "b", "--key", "none.pub"], "nothing there"),
        (["verify", "b", "--key", "ci.key"], "keep the private key to yourself"),
        (["approve", "b", "--key", "ci.key.pub"], "got a public key; give the file without .pub"),
        (["approve", "b"], "SYNTHGEN_KEY"),
        (["keygen", "-o", "ci.key"], "never replaced"),
        (["keygen", "-o", "no/such/folder/x.key"], "a folder that exists"),
    ],
)
def test_mistakes_are_one_line(
    line: list[str], said: str, bundle: Path, cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNTHGEN_KEY", raising=False)
    assert bundle.is_dir()
    (bundle.parent / "ci.key.pub").chmod(0o600)
    done = cli(*line)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert said in done.err + done.out


def test_a_key_may_come_from_the_environment(
    bundle: Path, cli: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHGEN_KEY", (here / "ada.key").read_text().replace("\n", "\\n"))
    assert cli("approve", bundle).code == 0
    assert cli("verify", bundle, "--key", "ci.key.pub").code == 0
