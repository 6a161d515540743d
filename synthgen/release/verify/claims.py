"""What the bundle claims: the certificate's arithmetic and page, the numbers that others quote, verdicts, model."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateError

from synthgen.errors import ModelFileError
from synthgen.evaluate.report import PUBLIC_TIERS, Report, public
from synthgen.evaluate.written import from_json as report_from_json
from synthgen.model import FORMAT_VERSION, Model
from synthgen.privacy import Budget, Event
from synthgen.privacy import events as ledger
from synthgen.release import canonical, certificate
from synthgen.release.certificate.arithmetic import TOLERANCE, apart, is_priced
from synthgen.release.certificate.fields import figures_of
from synthgen.release.files import Files, content, located
from synthgen.release.manifest import Manifest
from synthgen.release.numbers import SOURCES
from synthgen.release.verify.check import Check, failed, passed, skipped, warned
from synthgen.release.verify.rows import SCHEMA

CERTIFICATE: Final = "certificate.json"
PAGE: Final = "certificate.html"
MODEL: Final = "model.synthgen"
LARGEST: Final = 64 * 2**20
"""Bytes of one document, at most."""
LARGEST_REPORT: Final = 512 * 2**20
_NO_PRIVACY: Final = "it claims no privacy, and none was kept: counts without noise are in its ledger"
_NOT_COVERED: Final = "it claims no privacy for these rows: they were given, and its model does not draw them"
_FORM: Final = "a certificate as synthgen writes it"


def document_of(files: Files) -> dict[str, Any]:
    """certificate.json. Raises BundleError for another text, or a newer format."""
    found = canonical.from_bytes(content(files, CERTIFICATE, most=LARGEST), CERTIFICATE)
    version = found.get(certificate.KEY)
    if type(version) is not int or version < 1:
        raise canonical.refusal(CERTIFICATE, expected=_FORM, got="no number of a format")
    if version > certificate.FORMAT_VERSION:
        got = f"format {version}: made by a newer synthgen"
        raise canonical.refusal(CERTIFICATE, expected="a format that is known", got=got, fix="upgrade synthgen")
    return found


def events_of(document: Mapping[str, Any]) -> tuple[Event, ...]:
    """The ledger that a certificate lists. Raises BundleError and ModelFileError."""
    try:
        return tuple(ledger.from_json(each["event"]) for each in document["mechanisms"])
    except (LookupError, TypeError):
        raise canonical.refusal(CERTIFICATE, expected=_FORM, got="a ledger of another form") from None


def arithmetic(files: Files) -> Check:
    """Compose the ledger anew, and compare every number that follows from it."""
    document = document_of(files)
    try:
        claim, said = document["guarantee"], figures_of(document)
        events, budget = events_of(document), _budget(claim)
        if not is_priced(events):
            return failed("certificate", "its ledger costs more than could mean anything")
        found = certificate.arithmetic(events, budget)
        mus = [each["mu"] for each in document["mechanisms"]]
    except (LookupError, TypeError, ValueError):
        return failed("certificate", f"{CERTIFICATE}: expected {_FORM}")
    wrong = apart(said, found) or apart(mus, [getattr(event, "mu", None) for event in events], "mechanisms")
    if wrong is not None:
        return failed("certificate", f"{wrong} does not follow from its ledger")
    spent = found["spent"]
    if budget.is_private and (spent is None or spent > budget.epsilon * (1 + TOLERANCE)):
        got = "infinite" if spent is None else f"{spent:.4g}"
        return failed("certificate", f"its ledger costs epsilon {got}, more than the {budget.epsilon:g} claimed")
    if not budget.is_private or claim.get("covers_rows") is not True:
        return warned("certificate", _NOT_COVERED if budget.is_private else _NO_PRIVACY)
    told = f"{len(events)} releases cost epsilon {spent:.4g} at delta {budget.delta:g}"
    return passed("certificate", f"{told}; {budget.epsilon:g} is claimed, and every figure follows")


def _budget(claim: Mapping[str, Any]) -> Budget:
    if not claim["private"]:
        return Budget(epsilon=math.inf, delta=0.0)
    return Budget(epsilon=float(claim["epsilon"]), delta=float(claim["delta"]))


def terms(files: Files, found: Manifest) -> Check:
    """The certificate says of the release what the manifest says."""
    issued = document_of(files).get("issued")
    wanted = {
        "name": found.name,
        "created": found.created,
        "rows": found.rows,
        "policy": found.terms.policy,
        "recipients": found.terms.recipients,
        "expires": found.terms.expires,
        "approvals": found.terms.approvals,
    }
    said = issued if isinstance(issued, dict) else {}
    wrong = [key for key, value in wanted.items() if said.get(key) != value]
    model = said.get("model")
    if not isinstance(model, dict) or model.get("sha256") != found.model.sha256:
        wrong.append("model")
    if wrong:
        return failed("terms", f"certificate and manifest differ in {', '.join(wrong)}")
    recipients = ", ".join(found.terms.recipients) or "whoever receives it"
    return passed("terms", f"policy {found.terms.policy or 'none'}, for {recipients}")


def expiry(found: Manifest, today: dt.date) -> Check:
    """Whether it may still be used."""
    created, last = found.created, found.terms.expires
    if dt.date.fromisoformat(created) > today:
        return warned("expiry", f"made on {created}, which is in the future", "is the clock right?")
    if last is None:
        return passed("expiry", f"made on {created}; no last day was set")
    if dt.date.fromisoformat(last) < today:
        return failed("expiry", f"it was to be used until {last}", "ask the publisher for a new release")
    return passed("expiry", f"made on {created}, to be used until {last}")


def verdicts(files: Files) -> Check:
    """No rule of the policy failed."""
    rows = verdicts_of(files)
    bad = [row["rule"] for row in rows if row["verdict"] not in {"pass", "inconclusive"}]
    open_ = sum(row["verdict"] == "inconclusive" for row in rows)
    if bad:
        return failed("verdicts", f"the policy was not met: {', '.join(bad)}")
    return passed("verdicts", f"{len(rows) - open_} rules were met" + (f", {open_} inconclusive" if open_ else ""))


def verdicts_of(files: Files) -> list[dict[str, str]]:
    """The gate's table. Raises BundleError."""
    name = "verdicts.json"
    rows: Any = canonical.from_bytes(content(files, name, most=LARGEST), name).get("verdicts")
    fine = isinstance(rows, list) and all(isinstance(row, dict) and {"rule", "verdict"} <= row.keys() for row in rows)
    if not fine or not all(isinstance(value, str) for row in rows for value in row.values()):
        raise canonical.refusal(name, expected="verdicts as synthgen writes them", got="something else")
    return list(rows)


def page(files: Files) -> Check:
    """The certificate's page says what its JSON says; only the version that wrote it can tell."""
    document = document_of(files)
    ours = certificate.software()
    software = document.get("issued", {}).get("software")
    if software != ours:
        return skipped("page", f"written by {software}; this is {ours}")
    schema = hashlib.sha256(content(files, SCHEMA, most=LARGEST)).hexdigest()
    try:
        wanted = certificate.page(document, id_of_schema=schema, verdicts=verdicts_of(files))
    except (LookupError, TypeError, ValueError, ArithmeticError, TemplateError):
        return failed("page", f"{CERTIFICATE}: expected {_FORM}")
    if content(files, PAGE, most=LARGEST) != wanted.encode():
        return failed("page", f"{PAGE} does not say what {CERTIFICATE} says")
    return passed("page", f"{PAGE} says what {CERTIFICATE} says")


def numbers(files: Files, found: Manifest) -> Check:
    """Each number that the manifest quotes stands where it says."""
    try:
        documents = {name: json.loads(content(files, name, most=LARGEST_REPORT)) for name in SOURCES}
    except (ValueError, RecursionError):
        return failed("numbers", f"{' or '.join(SOURCES)} is no JSON")
    wrong = [
        name for name, number in found.numbers.items() if not _stands(documents, number.file, number.at, number.value)
    ]
    if wrong:
        return failed("numbers", f"{len(wrong)} do not stand where the manifest says, such as {wrong[0]}")
    return passed("numbers", f"{len(found.numbers)} that others may quote stand where the manifest says")


def _stands(documents: Mapping[str, Any], file: str, place: str, value: float | None) -> bool:
    try:
        there = canonical.at(documents[file], place)
    except LookupError:
        return False
    return bool(there == value) and not isinstance(there, bool)


def report(files: Files) -> Check:
    """Nothing in the report was read from private rows without noise."""
    found = report_from_json(content(files, "report.json", most=LARGEST_REPORT))
    kept = public(found)
    if kept != found:
        return failed("report", "it holds figures that were read from private rows without noise")
    return passed("report", f"{_count(found)} figures, all of them {' or '.join(sorted(PUBLIC_TIERS))}")


def _count(found: Report) -> int:
    return sum(1 for _ in found.figures())


def model(files: Files, found: Manifest, given: Path | None) -> Check:
    """The model, where it is in the bundle or was given, is the one whose ledger the certificate lists."""
    if found.model.format > FORMAT_VERSION:
        got = f"format {found.model.format}, and this synthgen knows {FORMAT_VERSION}"
        return failed("model", f"it was made by a newer synthgen: {got}", "upgrade synthgen")
    if given is None and MODEL not in files.sizes:
        if found.terms.with_model:
            return failed("model", "the terms say that it is in the bundle, and it is not")
        return skipped("model", f"not in the bundle; its SHA-256 is {found.model.sha256}")
    if given is not None:
        return _model(given, found, events_of(document_of(files)))
    with located(files, MODEL) as path:
        return _model(path, found, events_of(document_of(files)))


def _model(path: Path, found: Manifest, events: Sequence[Event]) -> Check:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != found.model.sha256:
            return failed("model", "it is not the model that the rows were drawn from", "give the right one")
    try:
        loaded = Model.load(path)
    except ModelFileError as error:
        return failed("model", f"{error.expected}, got {error.got}" if error.expected else str(error), error.fix)
    if loaded.events != tuple(events):
        return failed("model", "its ledger is not the one that the certificate lists")
    return passed("model", f"format {found.model.format}, with the ledger that the certificate lists")
