"""The flow of a release: the only way out.

public rules -> rows (drawn, or given) -> evaluation -> all rules -> bundle -> linter -> it is there, or nothing is
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from synthgen.encode.fingerprint import Watch
from synthgen.errors import ConfigError
from synthgen.evaluate.report import Report
from synthgen.model import Model
from synthgen.privacy import Budget
from synthgen.progress import Progress, Silent
from synthgen.release import gate
from synthgen.release.bundle import Bundle, archive_of, check_bundle, write_bundle
from synthgen.release.checked import Checked
from synthgen.release.evidence import Account, Bound, Evidence, Mode, Rows
from synthgen.release.lint import Linted, lint
from synthgen.release.look import draw, kind_of, opened, origin, rows_of
from synthgen.release.paid import Asked, ask, paid_section
from synthgen.release.policy import Policy, load_policy
from synthgen.release.signing import PrivateKey
from synthgen.release.terms import About, Terms
from synthgen.spending import Spending, Statement
from synthgen.tables import open_table


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What is to leave, under which policy, and for whom.

    real, holdout  the private rows of the fit, and rows that it never saw; both are read, neither leaves
    synthetic      rows that were drawn before; None: `rows` of them are drawn here, from `seed`
    audit          lower bounds of an audit
    key, by        who signs the manifest
    """

    model: Path
    real: Path
    holdout: Path
    policy: str | Path
    ledger: Path
    output: Path
    synthetic: Path | None = None
    rows: int | None = None
    seed: int = 0
    mode: Mode = "internal"
    recipient: str | None = None
    audit: tuple[Bound, ...] | None = None
    key: PrivateKey | None = None
    by: str = ""
    about: About | None = None
    with_model: bool = False


Evaluator = Callable[..., Report]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a release: `bundle` is None where the gate stayed shut.

    report  internal; None where the public rules failed before a private row was read
    """

    policy: Policy
    decision: gate.Decision
    terms: Terms
    bundle: Bundle | None = None
    report: Report | None = None
    linted: Linted | None = None


def release(asked: Release, *, progress: Progress | None = None, evaluator: Evaluator | None = None) -> Outcome:
    """Check a policy, and write a signed bundle where it is met; else nothing.

    `evaluator` stands for `synthgen.evaluate`, and takes what that takes.

    Raises SchemaError (policy), ModelFileError, LedgerError (no ledger, a wrong one, or one that the paid gate's
    charge does not fit into), ConfigError, TableError and ViolationError.
    """
    progress = progress or Silent()
    policy, model = load_policy(asked.policy), Model.load(asked.model)
    spending = Spending.open(asked.ledger)
    check_bundle(asked.output)
    _check_asked(asked, policy)
    terms = replace(
        policy.terms(recipient=asked.recipient, today=dt.datetime.now(dt.UTC).date()), with_model=asked.with_model
    )
    evidence = Evidence(
        model=model,
        account=account(spending, model, policy),
        recipient=asked.recipient,
        mode=asked.mode,
        audit=asked.audit,
    )
    public = gate.at_the_door(policy, evidence)
    if not (shut := gate.decide(policy, public, mode=asked.mode)).opened:
        return Outcome(policy=policy, decision=shut, terms=terms)
    if asked.mode == "paid":  # before a row is read
        spending.check(_question(policy, model, spending)[0].events, unit=model.schema.privacy.unit)
    with TemporaryDirectory(prefix="synthgen-") as room:
        data, rows = _rows(asked, policy, model, Path(room), progress)
        report = _evaluated(asked, model, data, evaluator=evaluator, progress=progress)
        if asked.mode == "paid":
            report = _with_paid(report, asked, policy, model, data, spending=spending, progress=progress)
        known = replace(evidence, rows=rows, report=report)
        # once more: now by the columns of the file, and by what the ledger says after the gate was paid
        known = replace(known, account=account(spending, model, policy))
        decision = gate.decide(policy, [*gate.at_the_door(policy, known), *gate.inside(policy, known)], mode=asked.mode)
        outcome = Outcome(policy=policy, decision=decision, terms=terms, report=report)
        if not decision.opened:
            return outcome
        return _written(asked, outcome, known, data, statement=spending.shown(), progress=progress)


def _check_asked(asked: Release, policy: Policy) -> None:
    """What can be refused before anything is done."""
    if asked.synthetic is not None:
        kind_of(asked.synthetic)
        if asked.rows is not None:
            fix = "leave one of them out"
            raise ConfigError("rows", expected="rows that are drawn or given", got="both -n and --synthetic", fix=fix)
    if asked.mode == "paid" and policy.paid is None:
        fix = "add paid: {figures: [...]}, or use --gate internal"
        raise ConfigError(f"policy {policy.name}", expected="a part paid for --gate paid", got="none", fix=fix)
    for table in (asked.real, asked.holdout):
        open_table(table)


def account(spending: Spending, model: Model, policy: Policy) -> Account:
    """What a ledger says to the gate. Its epsilon is at the policy's delta, or a larger one at a smaller delta.

    It knows a model by the model's receipt: the entry that was reserved for its fit, in a ledger that still leads where
    it stood then. Another fit of the same settings charges the same events, and is another fit all the same.
    """
    statement, receipt = spending.shown(), model.manifest.ledger
    delta = policy.privacy.delta
    points = dict(statement.curve) | {statement.budget.delta: statement.total}
    lower = [point for point in points if delta is not None and point <= delta * (1 + 1e-9)]
    return Account(
        dataset=statement.dataset,
        epsilon=None if delta is None else points[max(lower)] if lower else float("inf"),
        knows_model=receipt is not None
        and spending.has_seen(receipt.head)
        and any(
            entry.number == receipt.entry and entry.state == "spent" and entry.events == model.events
            for entry in statement.entries
        ),
    )


def _rows(asked: Release, policy: Policy, model: Model, room: Path, progress: Progress) -> tuple[Path, Rows]:
    """The file of the rows, and what is known of them."""
    groups = [gate.named(rule.columns, Evidence(model=model)) for rule in policy.groups]
    progress.stage("drawing", asked.rows or model.rows)
    if asked.synthetic is None:
        path = room / "rows.parquet"
        draw(model, path, rows=asked.rows, seed=asked.seed, progress=progress)
        return path, rows_of(open_table(path), model, origin="drawn", groups=groups, progress=Silent())
    path = asked.synthetic
    found = rows_of(opened(path), model, origin="given", groups=groups, progress=Silent())
    return path, replace(found, origin=origin(model, path, rows=found.rows, seed=asked.seed, progress=progress))


def _evaluated(asked: Release, model: Model, data: Path, *, evaluator: Evaluator | None, progress: Progress) -> Report:
    """The evaluation, which reads private rows as they are."""
    from synthgen.evaluate.evaluate import evaluate  # noqa: PLC0415 - heavy: a refusal at the door does without

    progress.stage("evaluating", None)
    return (evaluator or evaluate)(
        asked.real, data, model.schema, holdout=asked.holdout, model=model, seed=asked.seed, progress=progress
    )


def _question(policy: Policy, model: Model, spending: Spending) -> tuple[Asked, Budget]:
    """What the paid gate will ask, and its price."""
    assert policy.paid is not None, "it was checked at the beginning"
    budget = Budget(epsilon=policy.paid.epsilon, delta=spending.shown().budget.delta)
    return ask(model, budget), budget


def _with_paid(
    report: Report,
    asked: Release,
    policy: Policy,
    model: Model,
    data: Path,
    *,
    spending: Spending,
    progress: Progress,
) -> Report:
    """The report, and what the gate pays for; reserved before a row is read, committed when it was."""
    question, budget = _question(policy, model, spending)
    what = f"release gate of {model.schema.name} under policy {policy.name}"
    reservation = spending.reserve(question.events, what=what, unit=model.schema.privacy.unit)
    ledger = reservation.ledger(budget)
    section = paid_section(
        open_table(asked.real),
        open_table(data),
        model,
        question,
        ledger=ledger,
        progress=progress,
        watch=Watch(spending),
    )
    reservation.commit(ledger.events)
    return replace(report, sections=(*report.sections, section))


def _written(
    asked: Release, outcome: Outcome, known: Evidence, data: Path, *, statement: Statement, progress: Progress
) -> Outcome:
    """Write the bundle where nobody looks, search it, and show it or throw it away."""
    assert outcome.report is not None, "the gate opened after an evaluation"
    model = known.model
    with _aside(asked.output) as place:
        decision = gate.decide(
            outcome.policy, [*outcome.decision.rows, _lint_row(None)], mode=asked.mode
        )  # as it will stand if the linter finds nothing; else nothing of it stands
        bundle = write_bundle(
            place,
            data=[data],
            model=model,
            report=outcome.report,
            policy=outcome.policy.to_json(),
            verdicts=decision.rows,
            terms=outcome.terms,
            about=asked.about,
            statement=statement,
            audit=asked.audit,
            key=asked.key,
            by=asked.by,
            model_file=asked.model,
            drawn=known.leaving().origin != "given",
        )
        linted = lint(bundle.folder, asked.real, model.schema, released=model.discovered, progress=progress)
        rows = [*outcome.decision.rows, _lint_row(linted)]
        decision = gate.decide(outcome.policy, rows, mode=asked.mode)
        if not decision.opened:
            return replace(outcome, decision=decision, linted=linted)
        check_bundle(asked.output)
        folder, archive = asked.output, archive_of(asked.output)
        bundle.archive.rename(archive)
        try:
            bundle.folder.rename(folder)
        except OSError:
            archive.unlink()
            raise
    return replace(outcome, decision=decision, linted=linted, bundle=replace(bundle, folder=folder, archive=archive))


def _lint_row(linted: Linted | None) -> Checked:
    """The linter's row of the table; None: as if it had found nothing."""
    leaks: Sequence[object] = () if linted is None else linted.leaks
    places = (
        "" if linted is None else "; ".join(f"{one.kind}: {one.found:,} in {one.where}" for one in linted.leaks[:5])
    )
    return Checked(
        rule="lint",
        expected="no private value word for word, beyond what chance explains",
        got=places or "none found",
        verdict="fail" if leaks else "pass",
        tier="internal",
        fix="find out how they came there: honest rows and reports hold none" if leaks else "",
    )


@contextmanager
def _aside(output: Path) -> Iterator[Path]:
    """A place for a bundle beside where it will stand; what is left there is removed."""
    room = Path(output).absolute().parent / f".synthgen-{uuid.uuid4().hex}.part"
    room.mkdir()
    try:
        yield room / Path(output).name
    finally:
        shutil.rmtree(room, ignore_errors=True)
