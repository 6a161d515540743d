"""All checks of a bundle, in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from synthgen.errors import BundleError
from synthgen.progress import Progress, Silent
from synthgen.release.files import Files, opened
from synthgen.release.manifest import Manifest
from synthgen.release.signing import PublicKey
from synthgen.release.verify import claims
from synthgen.release.verify.check import Check, attempt, failed, skipped
from synthgen.release.verify.integrity import sealed
from synthgen.release.verify.rows import rows

INSIDE: Final = (
    *("terms", "expiry", "certificate", "page", "numbers", "verdicts", "report", "model", "schema", "data", "rules"),
)
"""Checks of what files say; made only where the files are those of the manifest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """Whom the verifier knows.

    keys             whose release is accepted; empty: anybody's, with a warning
    approvers        whose approvals count; empty: anybody's, with a warning
    may_be_unsigned  accept a bundle that nobody signed, with a warning
    """

    keys: tuple[PublicKey, ...] = ()
    approvers: tuple[PublicKey, ...] = ()
    may_be_unsigned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """The answer; `id` is the manifest's SHA-256, empty where there is no manifest."""

    bundle: str
    id: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(check.outcome != "fail" for check in self.checks)


def verify(
    bundle: str | Path,
    *,
    trust: Trust | None = None,
    model: Path | None = None,
    today: dt.date | None = None,
    progress: Progress | None = None,
) -> Verified:
    """Check a bundle, a folder or its zip; offline and without private data. It never raises for a bad bundle.

    model  a model file that is compared with the one that the bundle names
    today  (UTC) by which it may have expired
    """
    known, watcher = trust or Trust(), progress or Silent()
    day = today or dt.datetime.now(dt.UTC).date()
    try:
        with opened(bundle) as files:
            checked, id_of = _checked(files, known, lambda found: _inside(files, found, model, day, watcher), watcher)
            return Verified(bundle=str(bundle), id=id_of, checks=tuple(checked))
    except BundleError as error:
        said = f"expected {error.expected}, got {error.got}" if error.expected else str(error)
        return Verified(bundle=str(bundle), id="", checks=(failed("bundle", said, error.fix),))


def _checked(
    files: Files, known: Trust, inside: Callable[[Manifest], Iterator[Check]], progress: Progress
) -> tuple[list[Check], str]:
    """The checks of the files, then those of what they say; and the manifest's SHA-256."""
    progress.stage("hashes", len(files.sizes))
    found = sealed(
        files,
        keys=known.keys,
        approvers=known.approvers,
        may_be_unsigned=known.may_be_unsigned,
        on_file=progress.advance,
    )
    if found.manifest is None or not found.is_whole:
        return [*found.checks, *(skipped(name, "the files are not those of the manifest") for name in INSIDE)], found.id
    return [*found.checks, *inside(found.manifest)], found.id


def _inside(files: Files, found: Manifest, model: Path | None, today: dt.date, progress: Progress) -> Iterator[Check]:
    yield attempt("terms", lambda: claims.terms(files, found))
    yield attempt("expiry", lambda: claims.expiry(found, today))
    progress.stage("claims", None)
    yield attempt("certificate", lambda: claims.arithmetic(files))
    yield attempt("page", lambda: claims.page(files))
    yield attempt("numbers", lambda: claims.numbers(files, found))
    yield attempt("verdicts", lambda: claims.verdicts(files))
    yield attempt("report", lambda: claims.report(files))
    yield attempt("model", lambda: claims.model(files, found, model))
    progress.stage("rows", found.rows * max(len(found.data()), 1))
    yield from rows(files, found, progress.advance)
