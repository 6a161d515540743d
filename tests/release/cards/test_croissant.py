import json
import socket
from pathlib import Path
from typing import Any

import mlcroissant
import pyarrow.parquet as pq
import pytest

from synthgen.release.bundle import Bundle

RAI = (
    *("dataCollection", "dataCollectionType", "dataBiases", "dataUseCases", "dataLimitations", "dataSocialImpact"),
    *("personalSensitiveInformation", "dataReleaseMaintenancePlan", "dataPreprocessingProtocol"),
)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("a card must not need the network")

    monkeypatch.setattr(socket.socket, "connect", refused)


@pytest.mark.usefixtures("offline")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:mlcroissant", "ignore::DeprecationWarning:rdflib")
def test_the_validator_finds_nothing_and_reads_the_rows(whole: Bundle) -> None:
    dataset = mlcroissant.Dataset(whole.folder / "croissant.json")
    issues = dataset.metadata.ctx.issues
    assert list(issues.errors) == []
    assert list(issues.warnings) == []
    assert dataset.metadata.ctx.conforms_to.value.endswith("/1.1")
    rows = [row["rows/age"] for row in dataset.records("rows")]
    assert [str(age, "utf-8") if isinstance(age, bytes) else str(age) for age in rows] == [
        str(age) for age in pq.read_table(whole.folder / "data/tiny.parquet").column("age").to_pylist()
    ]


def test_the_responsible_ai_fields_are_there(whole: Bundle) -> None:
    found = json.loads((whole.folder / "croissant.json").read_text())
    assert all(found[f"rai:{name}"] for name in RAI)
    assert "http://mlcommons.org/croissant/1.1" in found["conformsTo"]
    assert "epsilon = 1" in found["description"]


def test_files_are_named_with_their_checksums(whole: Bundle) -> None:
    found = json.loads((whole.folder / "croissant.json").read_text())["distribution"]
    assert [Path(each["contentUrl"]).suffix for each in found] == [".parquet", ".csv"]
    sums = json.loads((whole.folder / "manifest.json").read_text())["files"]
    assert {each["contentUrl"]: each["sha256"] for each in found} == {
        each["path"]: each["sha256"] for each in sums if each["path"].startswith("data/")
    }


def test_every_column_of_the_data_is_a_field_with_a_kind(whole: Bundle) -> None:
    fields = json.loads((whole.folder / "croissant.json").read_text())["recordSet"][0]["field"]
    kinds = {each["name"]: each["dataType"] for each in fields}
    assert kinds["price"] == "sc:Float"
    assert kinds["day"] == "sc:Date"
    assert kinds["city"] == "sc:Text"
