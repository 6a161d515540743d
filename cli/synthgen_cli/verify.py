"""`synthgen verify`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from synthgen_cli import bundle_options as of

if TYPE_CHECKING:
    from synthgen.errors import BundleError
    from synthgen.release.verify import Verified

_WORDS = {"pass": "ok", "fail": "FAILED", "warning": "warning", "skipped": "skipped"}


def verify(
    bundle: of.BundlePath,
    *,
    key: of.PublisherKeys = None,
    approver: of.ApproverKeys = None,
    unsigned: of.Unsigned = False,
    model: of.BundledModel = None,
    junit: of.JUnit = None,
    json: of.Json = False,
) -> None:
    """Check a bundle offline, without private data: every file, signature, number, value and rule; one line a check.

    Exit code 1 when a check fails. Example: [bold]synthgen verify bundle.zip --key publisher.pub[/]
    """
    from synthgen.release.signing import PublicKey
    from synthgen.release.verify import Trust, verify
    from synthgen.release.verify import junit as as_xml
    from synthgen.tables import atomic_path, check_output
    from synthgen_cli.output import Output
    from synthgen_cli.progress import watched

    out = Output(json=json)
    if junit is not None:
        check_output(junit, force=True)
    trust = Trust(
        keys=tuple(map(PublicKey.load, key or [])),
        approvers=tuple(map(PublicKey.load, approver or [])),
        may_be_unsigned=unsigned,
    )
    with watched() as progress:
        found = verify(bundle, trust=trust, model=model, progress=progress)
    if junit is not None:
        with atomic_path(junit, force=True) as temporary:
            temporary.write_bytes(as_xml(found))
    for line in _lines(found):
        typer.echo(line, err=json)  # one line a check, however long: it is read by programs too
    out.result({"bundle": bundle, "id": found.id, "ok": found.ok, "checks": [asdict(each) for each in found.checks]})
    if not found.ok:
        raise _refusal(found)


def _lines(found: Verified) -> list[str]:
    """One line a check."""
    return [
        f"{_WORDS[each.outcome]:<8}{each.name:<12}{each.said}{f'; {each.fix}' if each.fix else ''}"
        for each in found.checks
    ]


def _refusal(found: Verified) -> BundleError:
    """The line that ends a failed command."""
    from synthgen.errors import BundleError

    counts = Counter(each.outcome for each in found.checks)
    first = next(each for each in found.checks if each.outcome == "fail")
    got = f"{counts['fail']} that failed, the first: {first.name}"
    return BundleError(found.bundle, expected="checks that all hold", got=got, fix=first.fix)
