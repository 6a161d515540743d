import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthgen.release import manifest
from synthgen.release.approve import approve
from synthgen.release.bundle import Bundle
from synthgen.release.signing import PrivateKey
from synthgen.release.terms import Terms
from synthgen.release.verify import Trust, Verified, verify

TODAY = dt.date(2026, 2, 1)
Reseal = Callable[[Path], None]


def outcomes(found: Verified) -> dict[str, str]:
    return {check.name: check.outcome for check in found.checks}


def failed(found: Verified) -> dict[str, str]:
    assert all("\n" not in check.said + check.fix and check.said.isprintable() for check in found.checks)
    return {check.name: check.said for check in found.checks if check.outcome == "fail"}


def lie(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change a JSON file of a bundle, spelled as synthgen spells it."""
    document = json.loads((folder / name).read_text())
    change(document)
    (folder / name).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def test_a_bundle_that_was_released_and_approved_holds(made: Any, bundle: Path) -> None:
    approve(bundle, key=made.other, by="Ada", day=TODAY)
    trust = Trust(keys=(made.key.public,), approvers=(made.other.public,))
    found = verify(bundle, trust=trust, today=TODAY)
    assert found.ok
    assert outcomes(found) == dict.fromkeys(outcomes(found), "pass") | {"model": "skipped"}


def test_its_zip_says_the_same(whole: Bundle) -> None:
    folder, archive = verify(whole.folder, today=TODAY), verify(whole.archive, today=TODAY)
    assert folder.checks == archive.checks
    assert folder.id == archive.id == whole.id


def test_a_signature_by_an_unknown_key_is_a_warning_without_a_key_and_a_failure_with_another(
    made: Any, whole: Bundle
) -> None:
    assert outcomes(verify(whole.folder, today=TODAY))["signature"] == "warning"
    found = verify(whole.folder, trust=Trust(keys=(made.other.public,)), today=TODAY)
    assert "not the key that was given" in failed(found)["signature"]


def test_an_unsigned_bundle_fails_unless_it_is_accepted(made: Any, tmp_path: Path) -> None:
    found = made.write(tmp_path / "b", key=None, terms=Terms())
    assert failed(verify(found.folder, today=TODAY)) == {"signature": "nobody signed it"}
    accepted = verify(found.folder, trust=Trust(may_be_unsigned=True), today=TODAY)
    assert accepted.ok
    assert outcomes(accepted)["signature"] == "warning"
    asked = verify(found.folder, trust=Trust(may_be_unsigned=True, keys=(made.key.public,)), today=TODAY)
    assert "signature" in failed(asked)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "README.md").unlink(), "missing: README.md"),
        (lambda folder: (folder / "notes.txt").touch(), "not in the manifest: notes.txt"),
        (
            lambda folder: (folder / "data/tiny.csv").rename(folder / "data/all.csv"),
            "renamed: data/tiny.csv to data/all.csv",
        ),
        (lambda folder: (folder / "sbom.json").write_text("{}"), "damaged: sbom.json"),
        (lambda folder: (folder / "data/x").symlink_to("/etc/passwd"), "not in the manifest: data/x"),
        (lambda folder: (folder / "signatures/more.txt").touch(), "not in the manifest: signatures/more.txt"),
        (lambda folder: (folder / "a\nb").touch(), "not in the manifest: a?b"),
        (lambda folder: os.mkfifo(folder / "pipe"), "not in the manifest: pipe"),
    ],
    ids=["missing", "extra", "renamed", "damaged", "a link", "beside the signatures", "a hostile name", "a pipe"],
)
def test_files_that_are_not_the_manifests_are_told(spoil: Callable[[Path], None], said: str, bundle: Path) -> None:
    spoil(bundle)
    found = verify(bundle, today=TODAY)
    assert said in failed(found)["files"].replace("a b", "a?b")
    assert outcomes(found)["certificate"] == "skipped"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "JSON as synthgen writes it"),
        (b'{\n "synthgen_bundle": 2\n}\n', "2: made by a newer synthgen"),
        (b'{\n "synthgen_bundle": 1\n}\n', "a document as synthgen writes it"),
        (b"\0" * 20_000_000, "at most"),
    ],
    ids=["empty", "newer", "without fields", "huge"],
)
def test_a_manifest_that_is_none_is_told(text: bytes, said: str, bundle: Path) -> None:
    (bundle / "manifest.json").write_bytes(text)
    assert said in failed(verify(bundle, today=TODAY))["manifest"]


def test_what_is_no_bundle_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.zip").write_bytes(b"PK")
    assert "manifest.json" in failed(verify(tmp_path / "empty"))["manifest"]
    assert "whole zip" in failed(verify(tmp_path / "x.zip"))["bundle"]
    assert "nothing there" in failed(verify(tmp_path / "none"))["bundle"]


def test_a_manifest_with_a_way_out_is_refused(bundle: Path) -> None:
    lie(bundle, "manifest.json", lambda document: document["files"][0].update(path="../../etc/passwd"))
    assert "plain name inside the bundle" in failed(verify(bundle, today=TODAY))["manifest"]


def test_it_expires(whole: Bundle) -> None:
    assert "expiry" not in failed(verify(whole.folder, today=dt.date(2026, 12, 31)))
    assert "2026-12-31" in failed(verify(whole.folder, today=dt.date(2027, 1, 1)))["expiry"]
    assert outcomes(verify(whole.folder, today=dt.date(2025, 1, 1)))["expiry"] == "warning"


def half_the_claim(document: Any) -> None:
    document["guarantee"]["epsilon"] = 0.01


def less_spent(document: Any) -> None:
    document["guarantee"]["spent"] *= 0.9


def less_noise(document: Any) -> None:
    document["mechanisms"][1]["event"]["parts"][0]["sigma"] /= 2


def weaker_attacker(document: Any) -> None:
    document["operational"]["advantage"] /= 2


@pytest.mark.parametrize("change", [half_the_claim, less_spent, less_noise, weaker_attacker])
def test_a_certificate_whose_arithmetic_is_wrong_is_found_however_well_it_is_signed(
    change: Callable[[Any], None], bundle: Path, reseal: Reseal
) -> None:
    lie(bundle, "certificate.json", change)
    reseal(bundle)
    found = failed(verify(bundle, today=TODAY))
    assert "certificate" in found
    assert "page" in found


def unknown_kind(document: Any) -> None:
    document["mechanisms"][0]["event"]["kind"] = "magic"


@pytest.mark.parametrize(
    ("name", "change", "found"),
    [
        ("certificate.json", lambda it: it.update(synthgen_certificate=2), ("certificate", "newer synthgen")),
        ("certificate.json", lambda it: it.pop("guarantee"), ("certificate", "as synthgen writes it")),
        ("certificate.json", lambda it: it["mechanisms"][0].pop("event"), ("certificate", "another form")),
        ("certificate.json", unknown_kind, ("certificate", "events as synthgen")),
        ("certificate.json", lambda it: it["issued"].update(expires=None), ("terms", "expires")),
        ("certificate.json", lambda it: it["issued"]["model"].update(sha256="0" * 64), ("terms", "model")),
        ("certificate.json", lambda it: it["hazards"].clear(), ("page", "does not say what")),
        ("certificate.json", lambda it: it.pop("hazards"), ("page", "as synthgen writes it")),
        ("report.json", lambda it: it["sections"][0]["figures"][0].update(value=0.001), ("numbers", "budget.epsilon")),
        (
            "report.json",
            lambda it: it["sections"][0]["figures"][0].update(tier="internal"),
            ("report", "without noise"),
        ),
        ("verdicts.json", lambda it: it["verdicts"][0].update(verdict="fail"), ("verdicts", "privacy.epsilon")),
        ("verdicts.json", lambda it: it.update(verdicts=[3]), ("verdicts", "as synthgen writes them")),
    ],
)
def test_a_claim_that_does_not_hold_together_is_found(
    name: str, change: Callable[[Any], Any], found: tuple[str, str], bundle: Path, reseal: Reseal
) -> None:
    lie(bundle, name, change)
    reseal(bundle)
    check, said = found
    assert said in failed(verify(bundle, today=TODAY))[check]


def edit(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_rows_outside_the_schema_are_found(bundle: Path, reseal: Reseal) -> None:
    path = bundle / "schema.yaml"
    path.write_text(edit(path.read_text(), "maximum: 120", "maximum: 20"))
    reseal(bundle)
    assert "age above maximum" in failed(verify(bundle, today=TODAY))["data"]


def test_rows_that_break_a_rule_are_found(bundle: Path, reseal: Reseal) -> None:
    with (bundle / "schema.yaml").open("a") as file:
        file.write("constraints: [price < 1]\n")
    reseal(bundle)
    assert "price < 1: broken" in failed(verify(bundle, today=TODAY))["rules"]


def test_columns_that_were_to_stay_are_found(bundle: Path, reseal: Reseal) -> None:
    path = bundle / "schema.yaml"
    path.write_text(
        edit(path.read_text(), "  weight:\n    type: number\n", "  weight:\n    type: number\n    action: drop\n")
    )
    reseal(bundle)
    assert "weight" in failed(verify(bundle, today=TODAY))["data"]


@pytest.mark.parametrize("change", ["fewer", "more", "another"])
def test_files_of_other_rows_are_found(change: str, bundle: Path, reseal: Reseal) -> None:
    path = bundle / "data" / "tiny.csv"
    lines = path.read_text().splitlines(keepends=True)
    changed = {"fewer": lines[:-1], "more": [*lines, lines[-1]], "another": [*lines[:-2], lines[-1], lines[-2]]}[change]
    path.write_text("".join(changed))
    reseal(bundle)
    assert {"data", "formats"} & failed(verify(bundle, today=TODAY)).keys()


def test_damaged_data_or_schema_is_one_line(bundle: Path, reseal: Reseal) -> None:
    (bundle / "data" / "tiny.parquet").write_bytes(b"PAR1" * 10)
    (bundle / "schema.yaml").write_bytes(b"\xff")
    reseal(bundle)
    assert "schema" in failed(verify(bundle, today=TODAY))
    (bundle / "schema.yaml").write_text("name: x\ncolumns: {age: {type: integer}}\n")
    reseal(bundle)
    assert "data" in failed(verify(bundle, today=TODAY))


def test_the_model_is_compared_where_it_is_there(made: Any, tmp_path: Path, golden: Path) -> None:
    found = made.write(tmp_path / "b", terms=Terms(policy="p", with_model=True))
    assert outcomes(verify(found.folder, today=TODAY))["model"] == "pass"
    assert outcomes(verify(found.archive, today=TODAY))["model"] == "pass"
    shutil.copy(golden, tmp_path / "m.synthgen")
    assert outcomes(verify(found.folder, model=tmp_path / "m.synthgen", today=TODAY))["model"] == "pass"
    with (tmp_path / "m.synthgen").open("ab") as file:
        file.write(b"x")
    assert "not the model" in failed(verify(found.folder, model=tmp_path / "m.synthgen", today=TODAY))["model"]


def test_a_model_of_a_newer_synthgen_is_a_clear_line(bundle: Path, reseal: Reseal) -> None:
    lie(bundle, "manifest.json", lambda document: document["model"].update(format=2))
    reseal(bundle)
    check = next(each for each in verify(bundle, today=TODAY).checks if each.name == "model")
    assert (check.outcome, check.fix) == ("fail", "upgrade synthgen")


def test_approvals_are_by_distinct_keys_that_count(made: Any, bundle: Path) -> None:
    assert "0 of 1" in failed(verify(bundle, today=TODAY))["approvals"]
    approve(bundle, key=made.other, day=TODAY)
    assert outcomes(verify(bundle, today=TODAY))["approvals"] == "warning"
    stranger = Trust(approvers=(PrivateKey.new().public,))
    assert "1 by keys that were not given" in failed(verify(bundle, trust=stranger, today=TODAY))["approvals"]


def test_an_approval_of_another_bundle_or_under_another_name_is_refused(
    made: Any, bundle: Path, tmp_path: Path
) -> None:
    other = made.write(tmp_path / "other", terms=Terms(policy="p", approvals=1))
    done = approve(other.folder, key=made.other, day=TODAY)
    shutil.copy(other.folder / done.path, bundle / done.path)
    assert "one of another" in failed(verify(bundle, today=TODAY))["approvals"]
    (bundle / done.path).unlink()
    shutil.copy(bundle / "signatures/release.json", bundle / done.path)
    assert "another's" in failed(verify(bundle, today=TODAY))["approvals"]


def test_nothing_is_written_and_nothing_asked_of_the_network(whole: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise AssertionError("offline")

    monkeypatch.setattr("socket.socket.connect", refused)
    before = {path: path.stat().st_mtime_ns for path in whole.folder.rglob("*")}
    verify(whole.folder, today=TODAY)
    assert before == {path: path.stat().st_mtime_ns for path in whole.folder.rglob("*")}


def test_the_manifest_reads_what_it_wrote(whole: Bundle) -> None:
    text = (whole.folder / "manifest.json").read_bytes()
    assert manifest.to_bytes(manifest.from_bytes(text)) == text


@pytest.mark.parametrize(
    ("line", "check"),
    [
        ("  x: {type: categorical, values_from: /etc/hostname}\n", "schema"),
        ("  x: {type: categorical, values: [a], hierarchy: {file: /etc/hostname}}\n", "schema"),
        ("constraints: [\"(city) IN TABLE '/etc/hostname'\"]\n", "data"),
        ("columns: [1]\n", "schema"),
        ("? [a]\n", "schema"),
    ],
)
def test_a_schema_that_would_have_us_read_other_files_is_refused(
    line: str, check: str, bundle: Path, reseal: Reseal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any, **__: Any) -> str:
        raise AssertionError("no other file is read")

    monkeypatch.setattr("synthgen.schema.yaml.read_text", refused)
    with (bundle / "schema.yaml").open("a") as file:
        file.write(line)
    reseal(bundle)
    assert check in failed(verify(bundle, today=TODAY))
