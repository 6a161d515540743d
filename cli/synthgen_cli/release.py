"""`synthgen release`."""

# The heavy libraries are imported by the command that needs them, so that --help is there at once.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from synthgen_cli import release_options as of
from synthgen_cli.tracking import Mlflow, check_server, log_release

if TYPE_CHECKING:
    from rich.console import RenderableType

    from synthgen.errors import GateError
    from synthgen.release.release import Outcome


def release(
    model: of.ModelPath,
    *,
    real: of.RealPath,
    holdout: of.TheHoldout,
    policy: of.PolicyFile,
    ledger: of.LedgerOfData,
    output: of.BundleFolder,
    synthetic: of.GivenRows = None,
    rows: of.Rows = None,
    seed: of.Seed = 0,
    gate: of.GateMode = "internal",
    recipient: of.Recipient = None,
    audit: of.AuditFile = None,
    key: of.KeyFile = None,
    by: of.SignedBy = "",
    with_model: of.WithModel = False,
    report: of.InternalReport = None,
    junit: of.JUnit = None,
    mlflow: Mlflow = None,
    json: of.Json = False,
) -> None:
    """Check rows of a model against a policy, and write a signed bundle if they pass; exit code 1 if not.

    The table, --json, --junit and --report tell what was read from private rows: they stay inside. The bundle leaves.

    Example: [bold]synthgen release adult.synthgen --real train.parquet --holdout test.parquet --policy partner
    --recipient "ACME" --ledger adult.ledger --key my.key -o bundle/[/]
    """
    from synthgen.evaluate.files import check_report
    from synthgen.release.audits import load_audit
    from synthgen.release.release import Release
    from synthgen.release.release import release as released
    from synthgen.release.signing import find_key
    from synthgen.release.told import to_json
    from synthgen.tables import check_output
    from synthgen_cli.output import Output
    from synthgen_cli.progress import watched

    out = Output(json=json)
    if junit is not None:
        check_output(junit, force=True)
    if report is not None:
        check_report(report, is_public=False, force=False)
    asked = Release(
        model=model,
        real=real,
        holdout=holdout,
        policy=policy,
        ledger=ledger,
        output=output,
        synthetic=synthetic,
        rows=rows,
        seed=seed,
        mode=gate,
        recipient=recipient,
        audit=None if audit is None else load_audit(audit),
        key=find_key(key),
        by=by,
        with_model=with_model,
    )
    check_server(mlflow)
    with watched() as progress:
        outcome = released(asked, progress=progress)
    _write(outcome, junit=junit, report=report)
    out.say(*_page(outcome, signed=asked.key is not None))
    out.result(to_json(outcome) | {"mlflow": log_release(mlflow, asked, outcome)})
    if outcome.bundle is None:
        raise _refusal(outcome)


def _write(outcome: Outcome, *, junit: Path | None, report: Path | None) -> None:
    """What stays inside: the table for CI, and the report."""
    from synthgen.evaluate.files import write_report
    from synthgen.release.told import junit as as_xml
    from synthgen.tables import atomic_path

    if junit is not None:
        with atomic_path(junit, force=True) as temporary:
            temporary.write_bytes(as_xml(outcome))
    if report is not None and outcome.report is not None:
        write_report(outcome.report, report)


def _page(outcome: Outcome, *, signed: bool) -> list[RenderableType]:
    from synthgen_cli.output import table

    rows = [(row.rule, row.expected, row.got, row.verdict, row.fix) for row in outcome.decision.rows]
    page: list[RenderableType] = [table("rule", "expected", "got", "verdict", "first fix to try", rows=rows), ""]
    if outcome.report is None:
        page.append("The rules on public facts stopped it: no private row was read, and no other rule was looked at.")
    else:
        page.append(outcome.decision.rests_on)
    if outcome.bundle is not None:
        page.append(
            f"Released under policy {outcome.policy.name}: {outcome.bundle.folder} and {outcome.bundle.archive}"
        )
        if not signed:
            page.append(
                "Nobody signed it, so synthgen verify refuses it without --unsigned: release it with --key (synthgen "
                "keygen makes one)."
            )
        if outcome.terms.approvals:
            page.append(
                f"It counts as released once approved (keys needed: {outcome.terms.approvals}): synthgen approve "
                f"{outcome.bundle.folder} --key KEY. Until then synthgen verify fails."
            )
    return page


def _refusal(outcome: Outcome) -> GateError:
    """The line that ends a release that was stopped."""
    from synthgen.errors import GateError

    stopped = outcome.decision.stopped_by
    first = stopped[0]
    got = f"{len(stopped)} that {'does' if len(stopped) == 1 else 'do'} not pass, the first: {first.rule}"
    return GateError(
        f"policy {outcome.policy.name}",
        expected="every rule met",
        got=got,
        fix=first.fix,
        rules=tuple(row.rule for row in stopped),
    )
