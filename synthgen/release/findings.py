"""Rules on what evaluation and audit found: figures, slices, attacks, lower bounds on epsilon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from synthgen.evaluate.report import Absent, Finding, Report, Tier
from synthgen.release.checked import Checked, Verdict
from synthgen.release.evidence import Bound
from synthgen.release.measured import asked, met
from synthgen.release.policy import AttackRule, AuditRule, FigureRule, SliceRule

FIXES = {
    "fidelity": "fit with --effort high, or with more epsilon",
    "utility": "name the target in the schema, fit with --effort high, or with more epsilon",
    "fairness": "list the column under protected in the schema, and fit with --parts for it",
    "attacks": "look at the report's privacy part; fit with less epsilon",
    "budget": "fit with less epsilon",
    "paid": "fit with --effort high, or with more epsilon",
}
"""By the first word of a figure's key."""
UNDECIDED = "give more rows to evaluate, or lower the number in the policy"
UNDECIDED_PAID = "raise paid.epsilon in the policy, or lower its number"


def figures(rules: Sequence[FigureRule], report: Report, *, paid: bool) -> Iterator[Checked]:
    """One row a rule. `paid`: those rules are to be decided by noised figures only."""
    for rule in rules:
        found = report.figure(rule.figure, subject=rule.subject, slice=rule.slice)
        name = rule.figure + (f" ({', '.join(rule.subject)})" if rule.subject else "")
        name += f" ({rule.slice})" if rule.slice else ""
        tier: Tier = found.tier if found is not None else "paid" if paid else "internal"
        verdict: Verdict = "fail"
        got, fix = "no such figure in the report", "check its key with synthgen evaluate --json"
        if found is not None:
            verdict, got = met(rule, found)
            if rule.optional and isinstance(found.value, Absent):
                verdict, got = "pass", f"passed over: {found.value.why}"
            undecided = UNDECIDED_PAID if paid else UNDECIDED
            fix = undecided if verdict == "inconclusive" else FIXES.get(rule.figure.split(".", 1)[0], "")
        yield _row(name, asked(rule), got, verdict, tier, fix, rule.why)


def slices(rule: SliceRule, columns: Sequence[str], report: Report) -> Iterator[Checked]:
    """One row for each slice that the report has of these columns; a column without any fails."""
    for column in columns:
        own = [one for one in report.figures() if one.key == rule.figure and one.slice.startswith(f"{column} = ")]
        if not own:
            fix = f"list {column} under slices or protected in the schema, and fit again"
            got = "no slice of it in the report"
            yield _row(f"{rule.figure} ({column})", asked(rule), got, "fail", "internal", fix, rule.why)
        for figure in own:
            verdict, got = met(rule, figure)
            fix = UNDECIDED if verdict == "inconclusive" else f"fit with --parts {column}, or with more epsilon"
            name = f"{rule.figure} ({figure.slice})"
            row = _row(name, asked(rule), got, verdict, figure.tier, fix, rule.why)
            yield replace(row, stands=f"{rule.figure} (each {column})")


def attacks(rule: AttackRule, report: Report) -> Iterator[Checked]:
    """One row for each attack that was tried, and one for each that was required and was not."""
    findings = [finding for section in report.sections for finding in section.findings]
    for word in rule.required:
        if not any(_is(word, finding) for finding in findings):
            fix = "evaluate with --holdout, which attacks need"
            yield _row(f"attacks ({word})", "no signal", "not tried", "fail", "internal", fix)
    for finding in findings:
        accepted = any(_is(word, finding) for word in rule.may_signal)
        verdicts: dict[str, Verdict] = {"no signal": "pass", "inconclusive": "inconclusive"}
        verdict: Verdict = "pass" if accepted else verdicts.get(finding.verdict, "fail")
        expected = "anything" if accepted else "no signal"
        fix = UNDECIDED if verdict == "inconclusive" else FIXES["attacks"]
        got = f"{finding.verdict}: {finding.because}"
        yield _row(f"attacks ({finding.attack})", expected, got, verdict, finding.tier, fix)


def _is(word: str, finding: Finding) -> bool:
    return word.lower() in finding.attack.lower()


def audited(rule: AuditRule, bounds: Sequence[Bound] | None) -> Iterator[Checked]:
    """One row for each bound of the audit, or one that says there is no audit."""
    expected = f"a lower bound of at most {rule.share_of_claim:g} of the claimed epsilon"
    if not bounds:
        if rule.required:
            fix = "run synthgen audit, and give its result with --audit"
            yield _row("audit", f"{expected}, at {rule.confidence:.0%} confidence", "no audit", "fail", "paid", fix)
        return
    for bound in bounds:
        low = bound.confidence < rule.confidence
        above = not bound.lower <= rule.share_of_claim * bound.claimed
        verdict: Verdict = "fail" if above else "inconclusive" if low else "pass"
        got = f"{bound.lower:.4g} of {bound.claimed:.4g} at {bound.confidence:.0%} confidence"
        fix = "do not release: find out which mechanism is broken" if above else "audit again with more runs"
        expected_here = f"{expected}, at {rule.confidence:.0%} confidence"
        yield _row(f"audit ({bound.what})", expected_here, got, verdict, "paid", fix)


def _row(  # noqa: PLR0917 - the columns of the table, in its order
    rule: str, expected: str, got: str, verdict: Verdict, tier: Tier, fix: str, why: str | None = None
) -> Checked:
    told = "" if verdict == "pass" else fix
    return Checked(rule=rule, expected=expected, got=got, verdict=verdict, tier=tier, fix=told, why=why or "")
