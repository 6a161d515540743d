"""Every file is the one that the manifest lists, and somebody vouches for the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from synthgen.errors import BundleError
from synthgen.release import manifest, signatures
from synthgen.release.files import Files, content, digest
from synthgen.release.manifest import Manifest
from synthgen.release.signatures import APPROVAL, RELEASE, Signature
from synthgen.release.signing import PublicKey
from synthgen.release.verify.check import Check, attempt, failed, passed, warned

_LISTED: Final = 3
_FRESH: Final = "get a fresh copy"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """What was found: the manifest where it could be read, its SHA-256, and the checks so far."""

    manifest: Manifest | None
    id: str
    checks: tuple[Check, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the files are those of the manifest, whoever vouches for it."""
        return all(check.outcome != "fail" for check in self.checks if check.name in {"manifest", "files"})


def sealed(
    files: Files,
    *,
    keys: Sequence[PublicKey] = (),
    approvers: Sequence[PublicKey] = (),
    may_be_unsigned: bool = False,
    on_file: Callable[[], None] = lambda: None,
) -> Sealed:
    """Look at all files once.

    keys             whose release is accepted; empty: anybody's, with a warning
    approvers        whose approvals count; empty: anybody's, with a warning
    may_be_unsigned  accept a bundle that nobody signed
    on_file          called after each file
    """
    try:
        text = content(files, manifest.NAME, most=manifest.LARGEST)
        found = manifest.from_bytes(text)
    except BundleError as error:
        check = attempt("manifest", _raising(error))
        return Sealed(manifest=None, id="", checks=(check,))
    checks = (
        attempt("manifest", lambda: _summed(files, text)),
        attempt("files", lambda: _files(files, found, on_file)),
        attempt("signature", lambda: _signature(files, text, keys, may_be_unsigned=may_be_unsigned)),
        attempt("approvals", lambda: _approvals(files, text, found, approvers)),
    )
    return Sealed(manifest=found, id=hashlib.sha256(text).hexdigest(), checks=checks)


def _raising(error: BundleError) -> Callable[[], Check]:
    def again() -> Check:
        raise error

    return again


def _summed(files: Files, text: bytes) -> Check:
    """The manifest's own checksum stands beside it."""
    wanted = manifest.sums([(hashlib.sha256(text).hexdigest(), manifest.NAME)])
    if content(files, manifest.SUM, most=1024) != wanted:
        return failed("manifest", f"{manifest.NAME} is not the one that {manifest.SUM} is of", _FRESH)
    return passed("manifest", f"SHA-256 {hashlib.sha256(text).hexdigest()}")


def _files(files: Files, found: Manifest, on_file: Callable[[], None]) -> Check:
    listed = {file.path: file for file in found.files}
    present = {name for name in files.sizes if name not in {manifest.NAME, manifest.SUM} and not _is_signature(name)}
    missing, extra = sorted(listed.keys() - present), sorted(present - listed.keys())
    damaged = []
    for name in sorted(listed.keys() & present):
        file = listed[name]
        if files.sizes[name] != file.size or digest(files, name) != file.sha256:
            damaged.append(name)
        on_file()
    renamed = _renamed(files, {name: (listed[name].size, listed[name].sha256) for name in missing}, extra)
    faults = [
        *_told("damaged", damaged),
        *_told("renamed", [f"{old} to {new}" for old, new in renamed.items()]),
        *_told("missing", [name for name in missing if name not in renamed]),
        *_told("not in the manifest", [*(name for name in extra if name not in renamed.values()), *files.strange]),
    ]
    if faults:
        return failed("files", "; ".join(faults), _FRESH)
    size = sum(file.size for file in found.files)
    return passed(
        "files", f"{len(listed)} files, {size:,} bytes: each has the manifest's SHA-256, and there are no others"
    )


def _is_signature(name: str) -> bool:
    return name == RELEASE or name.startswith(APPROVAL)


def _renamed(files: Files, missing: Mapping[str, tuple[int, str]], extra: Sequence[str]) -> dict[str, str]:
    """Missing files that are there under another name."""
    sizes = {size for size, _ in missing.values()}
    there = {(files.sizes[name], digest(files, name)): name for name in extra if files.sizes[name] in sizes}
    return {name: there[key] for name, key in missing.items() if key in there}


def _told(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        yield f"{what}: {', '.join(names[:_LISTED])}{more}"


def _signature(files: Files, text: bytes, keys: Sequence[PublicKey], *, may_be_unsigned: bool) -> Check:
    """Who released it."""
    if RELEASE not in files.sizes:
        if may_be_unsigned and not keys:
            return warned("signature", "nobody signed it: that it was not changed on purpose is not shown")
        return failed("signature", "nobody signed it", "release it with --key, or accept it with --unsigned")
    found = signatures.read(content(files, RELEASE, most=signatures.LARGEST), RELEASE, text)
    who = f"{_who(found)}, {found.day}"
    if not keys:
        fix = "give the publisher's key with --key, from a place that you trust"
        return warned("signature", f"holds, by {who}; that is not compared with a key that you know", fix)
    if found.public not in keys:
        fix = "ask the publisher, and trust the bundle no more than its bearer"
        return failed("signature", f"it is by {who}, which is not the key that was given", fix)
    return passed("signature", f"by {who}, which is the key that was given")


def _approvals(files: Files, text: bytes, found: Manifest, approvers: Sequence[PublicKey]) -> Check:
    """Who looked at it afterwards."""
    given = signatures.approvals(files, text)
    counted = {each.key: each for each in given if not approvers or each.public in approvers}
    needed = found.terms.approvals
    who = "; ".join(_who(each) for each in counted.values())
    told = f"{len(counted)} of {needed} that the policy asks for{': ' if who else ''}{who}"
    if len(counted) < needed:
        unknown = len(given) - len(counted)
        more = f", and {unknown} by keys that were not given" if unknown else ""
        return failed("approvals", told + more, "synthgen approve BUNDLE --key KEY, by somebody else")
    if needed and not approvers:
        return warned("approvals", f"{told}; their keys are not compared with any", "give them with --approver")
    return passed("approvals", told if needed or counted else "none is asked for")


def _who(found: Signature) -> str:
    by = f"{found.by}, " if found.by else ""
    return f"{by}key {found.public.fingerprint[:16]}"
