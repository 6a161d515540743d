"""The bundle: a folder and a zip with everything that leaves, and nothing else.

    README.md, MODEL_CARD.md, croissant.json   cards, for a hub, a person, a catalogue
    certificate.json, certificate.html         the claim of privacy
    report.json, report.html                   figures of the evaluation that may be published
    schema.yaml, policy.json, verdicts.json    what the rows keep, what the release had to pass, how it did
    sbom.json                                  the software
    data/                                      the rows
    model.synthgen                             only where the terms say so: the rows say as much as they need to
    manifest.json, manifest.sha256             every file above with its SHA-256; that file's own
    signatures/                                who vouches for the manifest

The same inputs, on the same day and installation, make the same bytes, signatures too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from synthgen.errors import ConfigError
from synthgen.evaluate.page import page as report_page
from synthgen.evaluate.report import Report, public
from synthgen.evaluate.written import to_json
from synthgen.model import FORMAT_VERSION, Model
from synthgen.release import canonical, certificate, manifest, zipped
from synthgen.release.cards import Facts, columns_of, croissant, dataset_card, model_card
from synthgen.release.certificate import Source
from synthgen.release.checked import Checked, plain, published
from synthgen.release.evidence import Bound
from synthgen.release.manifest import File, Manifest, Subject
from synthgen.release.numbers import SOURCES as NUMBERS
from synthgen.release.numbers import numbers_of
from synthgen.release.sbom import sbom
from synthgen.release.seal import seal
from synthgen.release.signing import PrivateKey
from synthgen.release.terms import About, Terms
from synthgen.schema import dump_schema
from synthgen.spending import Statement
from synthgen.tables import Source as Table
from synthgen.tables import atomic_folder, atomic_path, check_folder, check_output, open_table

MODEL: Final = "model.synthgen"
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "README.md": ("text/markdown", "dataset card"),
    "MODEL_CARD.md": ("text/markdown", "model card"),
    "croissant.json": ("application/ld+json", "data card, Croissant 1.1"),
    "certificate.json": ("application/json", "the claim of privacy"),
    "certificate.html": ("text/html", "the claim of privacy, for people"),
    "report.json": ("application/json", "figures that may be published"),
    "report.html": ("text/html", "figures that may be published, for people"),
    "schema.yaml": ("application/yaml", "columns, domains and rules"),
    "policy.json": ("application/json", "the policy"),
    "verdicts.json": ("application/json", "how the release met the policy"),
    "sbom.json": ("application/vnd.cyclonedx+json", "the software"),
    MODEL: ("application/zip", "the model"),
}
"""Files by name: their media types, and what they are for."""
_DATA: Final = {".parquet": "application/vnd.apache.parquet", ".csv": "text/csv"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """What was written; `id` is the SHA-256 of manifest.json, by which people name a bundle."""

    folder: Path
    archive: Path
    id: str


def write_bundle(
    folder: str | Path,
    *,
    data: Sequence[Path],
    model: Model,
    report: Report,
    policy: Mapping[str, Any],
    verdicts: Sequence[Checked],
    terms: Terms,
    about: About | None = None,
    statement: Statement | None = None,
    audit: Sequence[Bound] | None = None,
    key: PrivateKey | None = None,
    by: str = "",
    created: dt.date | None = None,
    model_file: Path | None = None,
    drawn: bool = True,
) -> Bundle:
    """Write the bundle and the zip beside it, each whole or not at all.

    data        the table that leaves: a .parquet or a .csv file, or both of the same rows; copied as they are
    report      the whole report; only its public part is written
    policy      the policy as JSON values, as it is published
    verdicts    the gate's table; what was got from private rows without noise is left out of it
    statement   the data set's ledger as `spending` shows it; None: the certificate says that no ledger was kept
    audit       lower bounds on epsilon; None: the certificate says that there was no audit
    key, by     sign the manifest, under that name; without a key the bundle is unsigned, and `verify` says so
    created     the day that is written (UTC); today by default
    model_file  the model's file, where there is one: it is named by its SHA-256, or put in as it is
    drawn       whether the rows are those that the model draws; else its guarantee is not claimed for them

    Raises ConfigError where something cannot be written, or where words claim what nobody can.
    """
    check_bundle(folder)
    day = created or dt.datetime.now(dt.UTC).date()
    first = _tables(data)[0]
    with TemporaryDirectory(prefix="synthgen-") as room, atomic_folder(folder) as temporary:
        file = _model_file(model, model_file, Path(room))
        source = Source(
            model=model,
            digest=_digest(file),
            rows=_rows(first),
            created=day,
            terms=terms,
            about=about or About(),
            statement=statement,
            audit=audit,
            drawn=drawn,
        )
        copied = _copied(data, temporary, manifest.slug(model.schema.name))
        if terms.with_model:
            shutil.copyfile(file, temporary / MODEL)
        facts = _facts(source, copied, columns=first.columns, report=public(report))
        for name, text in _texts(facts, source, policy=policy, verdicts=published(verdicts)).items():
            (temporary / name).write_bytes(text)
        text = manifest.to_bytes(_manifest(facts, source, temporary, model_size=file.stat().st_size))
        seal(temporary, text, key=key, by=by, day=day)
        with atomic_path(archive_of(folder), force=False) as archive:
            zipped.write(archive, inside(temporary))
    return Bundle(folder=Path(folder), archive=archive_of(folder), id=hashlib.sha256(text).hexdigest())


def check_bundle(folder: str | Path) -> None:
    """Refuse a place where no bundle can be written, before any work is done for it. Raises ConfigError."""
    check_folder(folder)
    check_output(archive_of(folder), force=False)


def archive_of(folder: str | Path) -> Path:
    """The zip beside a bundle's folder."""
    return Path(folder).with_name(f"{Path(folder).name}.zip")


def inside(folder: Path) -> dict[str, Path]:
    """Every file of a folder, by its name in the bundle."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _tables(data: Sequence[Path]) -> list[Table]:
    """The files of the table, opened. Raises ConfigError and TableError."""
    suffixes = [path.suffix.lower() for path in data]
    if not data or not set(suffixes) <= _DATA.keys() or len(set(suffixes)) < len(suffixes):
        got = ", ".join(path.name for path in data) or "nothing"
        raise ConfigError("data", expected="a .parquet or a .csv file, or one of each", got=got)
    opened = [open_table(path) for path in data]
    if len({(table.columns, _rows(table)) for table in opened}) > 1:
        raise ConfigError(
            "data", expected="the same rows in both files", got="other columns, or another number of rows"
        )
    return opened


def _rows(table: Table) -> int:
    return sum(batch.num_rows for batch in table.batches(table.columns[:1]))


def _model_file(model: Model, file: Path | None, room: Path) -> Path:
    if file is not None:
        return file
    model.save(room / MODEL)
    return room / MODEL


def _copied(data: Sequence[Path], folder: Path, name: str) -> list[File]:
    (folder / "data").mkdir()
    for path in data:
        shutil.copyfile(path, folder / "data" / f"{name}{path.suffix.lower()}")
    found = [_file(folder, file) for file in inside(folder)]
    return sorted(found, key=lambda file: not file.path.endswith(".parquet"))  # the first one is read by default


def _facts(source: Source, data: Sequence[File], *, columns: Sequence[str], report: Report) -> Facts:
    schema = source.model.schema
    return Facts(
        schema=schema,
        rows=source.rows,
        names=tuple(columns),
        columns=columns_of(schema, columns),
        data=data,
        certificate=certificate.certificate(source),
        report=report,
        about=source.about,
        terms=source.terms,
        created=source.created,
    )


def _texts(facts: Facts, source: Source, *, policy: Mapping[str, Any], verdicts: Sequence[Checked]) -> dict[str, bytes]:
    """Every file but the rows and the model."""
    schema = dump_schema(facts.schema).encode()
    rows = [plain(row) for row in verdicts]
    id_of_schema = hashlib.sha256(schema).hexdigest()
    return {
        "README.md": dataset_card(facts).encode(),
        "MODEL_CARD.md": model_card(facts, source.model).encode(),
        "croissant.json": canonical.to_bytes(croissant(facts)),
        "certificate.json": canonical.to_bytes(facts.certificate),
        "certificate.html": certificate.page(facts.certificate, id_of_schema=id_of_schema, verdicts=rows).encode(),
        "report.json": to_json(facts.report).encode(),
        "report.html": report_page(facts.report, public=True).encode(),
        "schema.yaml": schema,
        "policy.json": canonical.to_bytes(policy),
        "verdicts.json": canonical.to_bytes({"verdicts": rows}),
        "sbom.json": canonical.to_bytes(sbom(facts.created)),
    }


def _manifest(facts: Facts, source: Source, folder: Path, *, model_size: int) -> Manifest:
    texts = {name: (folder / name).read_bytes() for name in NUMBERS}
    return Manifest(
        synthgen_bundle=manifest.FORMAT_VERSION,
        name=facts.schema.name,
        created=facts.created.isoformat(),
        versions=dict(sorted(source.model.manifest.versions.items())),
        terms=manifest.said(facts.terms),
        model=Subject(sha256=source.digest, size=model_size, format=FORMAT_VERSION),
        rows=facts.rows,
        columns=list(facts.names),
        numbers=numbers_of(texts),
        files=[_file(folder, name) for name in inside(folder)],
    )


def _file(folder: Path, name: str) -> File:
    path = folder / name
    media_type, what = KINDS.get(name, (_DATA.get(path.suffix, ""), "the rows"))
    return File(path=name, media_type=media_type, what=what, size=path.stat().st_size, sha256=_digest(path))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
