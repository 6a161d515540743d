"""What documents quote: the files of a bundle that say something, and the whole report where it is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from synthgen.errors import BundleError, ConfigError
from synthgen.evaluate.files import read_report
from synthgen.evaluate.report import public
from synthgen.evaluate.written import from_json, to_json
from synthgen.release import canonical, manifest
from synthgen.release.files import Files, content, opened
from synthgen.release.regulator.pieces import Gap, Quote
from synthgen.release.verify.check import Check
from synthgen.release.verify.integrity import sealed
from synthgen.release.verify.rows import schema_of
from synthgen.schema import Schema
from synthgen.schema.document import Document as Yaml

BUNDLE: Final = "bundle"
"""The folder of the copies."""
CERTIFICATE: Final = "bundle/certificate.json"
VERDICTS: Final = "bundle/verdicts.json"
SCHEMA: Final = "bundle/schema.yaml"
MANIFEST: Final = "bundle/manifest.json"
PUBLIC: Final = "bundle/report.json"
INTERNAL: Final = "internal/report.json"
"""The whole report: figures of it were read from private rows."""
_QUOTED: Final = ("certificate.json", "report.json", "schema.yaml", "verdicts.json", "policy.json")
_LARGEST: Final = 64 * 2**20
_ABSENT: Final = Gap(text="not in this bundle")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A bundle whose files are whole, as documents see it.

    texts      copies by their path in the folder
    values     what they say, by the same path
    id         SHA-256 of the manifest
    signature  what was found of the release's signature
    internal   is the whole report among them?
    matches    is that report's public part the one in the bundle? True where there is none
    """

    texts: Mapping[str, bytes]
    values: Mapping[str, Any]
    schema: Schema
    id: str
    signature: Check
    internal: bool
    matches: bool

    @property
    def report(self) -> str:
        """The report that figures are taken from."""
        return INTERNAL if self.internal else PUBLIC

    def quote(self, file: str, *steps: str | int) -> Quote | Gap:
        """What stands there; a gap where nothing does, or no single value."""
        place = canonical.pointer(*steps)
        try:
            value = canonical.at(self.values[file], place)
        except LookupError:
            return _ABSENT
        return _ABSENT if isinstance(value, dict | list) else Quote(value=value, file=file, at=place)

    def listed(self, file: str, *steps: str | int) -> list[Any]:
        """The list that stands there; empty where there is none."""
        try:
            found = canonical.at(self.values[file], canonical.pointer(*steps))
        except LookupError:
            return []
        return found if isinstance(found, list) else []


def read(bundle: str | Path, report: Path | None = None) -> Source:
    """Read a bundle, a folder or its zip; and the whole report of its release.

    Raises BundleError where its files are not those of its manifest, ReportError and ConfigError.
    """
    with opened(bundle) as files:
        found = sealed(files, may_be_unsigned=True)
        if found.manifest is None or not found.is_whole:
            first = next(check for check in found.checks if check.outcome == "fail")
            raise BundleError(str(bundle), expected="files as its manifest lists them", got=first.said, fix=first.fix)
        texts = {f"{BUNDLE}/{name}": content(files, name, most=_LARGEST) for name in _copied(files)}
        schema = schema_of(files)
    from_json(texts[PUBLIC])  # refuses what is no report
    values = {name: _value(text, name) for name, text in texts.items() if name.endswith((".json", ".yaml"))}
    matches = True
    if report is not None:
        texts[INTERNAL], matches = _whole(report, schema, texts[PUBLIC])
        values[INTERNAL] = json.loads(texts[INTERNAL])
    return Source(
        texts=texts,
        values=values,
        schema=schema,
        id=found.id,
        signature=next(check for check in found.checks if check.name == "signature"),
        internal=report is not None,
        matches=matches,
    )


def _copied(files: Files) -> list[str]:
    signed = [name for name in files.sizes if name.startswith(manifest.SIGNATURES)]
    return [*_QUOTED, manifest.NAME, manifest.SUM, *signed]


def _value(text: bytes, name: str) -> Any:
    if name.endswith(".yaml"):
        return Yaml(text.decode(), source=name).value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise canonical.refusal(name, expected="JSON", got="other text") from None


def _whole(path: Path, schema: Schema, published: bytes) -> tuple[bytes, bool]:
    """The whole report, and whether what is public of it is what the bundle holds."""
    found = read_report(path)
    if found.schema != schema.name:
        fix = "give the one that synthgen release --report wrote"
        raise ConfigError(str(path), expected=f"a report of {schema.name}", got=f"one of {found.schema}", fix=fix)
    # As they are read: a bundle's own 3 and 3.0 are the same number.
    same = to_json(public(found)) == to_json(from_json(published))
    return to_json(found).encode(), same
