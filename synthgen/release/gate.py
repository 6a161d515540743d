"""The gate: every rule of a policy against what is known, and whether the table may leave.

Rules on public facts come first (`at_the_door`): the model's price, the data set's ledger, the recipient, the columns.
When one of them fails no private row need be read. The others (`inside`) look at the rows that would leave and at the
evaluation, which read private rows as they are; with `paid`, only figures with noise decide, which were charged to the
ledger.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from synthgen.evaluate.report import PUBLIC_TIERS
from synthgen.privacy import epsilon
from synthgen.release.checked import Checked, Verdict, published, worst
from synthgen.release.evidence import Evidence
from synthgen.release.findings import attacks, audited, figures, slices
from synthgen.release.policy import Policy
from synthgen.schema import ROW

__all__ = ["Checked", "Decision", "at_the_door", "decide", "inside", "published"]

PERSON = "person"
"""The kind of every unit that a policy does not name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The gate's table, whether it opened, and in words on what that rests."""

    rows: tuple[Checked, ...]
    opened: bool
    rests_on: str

    @property
    def stopped_by(self) -> tuple[Checked, ...]:
        """The rules that did not pass, failures first."""
        found = [row for row in self.rows if row.verdict != "pass"]
        return tuple(sorted(found, key=lambda row: row.verdict != "fail"))


def decide(policy: Policy, rows: Sequence[Checked], *, mode: str = "internal") -> Decision:
    """Open when every rule passed; what is inconclusive does what the policy says."""
    verdict = worst(row.verdict for row in rows)
    opened = verdict == "pass" or (verdict == "inconclusive" and policy.inconclusive == "pass")
    return Decision(rows=tuple(rows), opened=opened, rests_on=_rests_on(rows, mode))


def _rests_on(rows: Sequence[Checked], mode: str) -> str:
    """What the decision itself tells of private rows."""
    private = [row.rule for row in rows if row.tier not in PUBLIC_TIERS]
    if not private:
        paid = mode == "paid" and any(row.tier == "paid" for row in rows)
        noised = "figures with noise, charged to the ledger, and on " if paid else ""
        return f"The decision rests on {noised}what may leave anyway."
    if mode == "paid":
        return (
            f"The decision rests on figures with noise, charged to the ledger, and on what was read from "
            f"private rows as they are ({', '.join(private)}): that the table left says so much of them."
        )
    return (
        f"The decision rests on private rows as they are, in {len(private)} of {len(rows)} rules: that the table left "
        "says that these were met, and no epsilon covers that. --gate paid decides on noised figures instead."
    )


def at_the_door(policy: Policy, evidence: Evidence) -> list[Checked]:
    """The rules that need no private row and no synthetic one."""
    return [row for rule in _AT_THE_DOOR for row in rule(policy, evidence)]


def inside(policy: Policy, evidence: Evidence) -> list[Checked]:
    """The rules on the rows that would leave and on the evaluation of them."""
    return [row for rule in _INSIDE for row in rule(policy, evidence)]


def _guarantee(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    model = evidence.model
    said = policy.privacy.no_guarantee is not None
    private = model.budget.is_private and model.manifest.private
    yield Checked(
        rule="privacy.guarantee",
        expected="whatever guarantee there is, even none" if said else "a finite epsilon",
        got=f"epsilon {model.budget.epsilon:g} at delta {model.budget.delta:g}" if private else "no guarantee at all",
        verdict="pass" if private or said else "fail",
        tier="synthetic_only",
        fix="" if private or said else "fit again with a finite epsilon",
    )
    fixed = model.manifest.noise == "fixed"
    allowed = policy.privacy.fixed_noise is not None
    yield Checked(
        rule="privacy.noise",
        expected="noise from any source" if allowed else "noise from the operating system's entropy",
        got="noise from a fixed source" if fixed else "noise from the operating system" if private else "no noise",
        verdict="fail" if fixed and not allowed else "pass",
        tier="synthetic_only",
        fix="fit again without a noise source of your own" if fixed and not allowed else "",
    )


def _price(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    rule, model = policy.privacy, evidence.model
    if rule.no_guarantee is not None or rule.delta is None:
        return
    unit = model.schema.privacy.unit
    most = rule.epsilon.get(unit, math.nan if unit == ROW else rule.epsilon.get(PERSON, math.nan))
    spent = epsilon(model.events, rule.delta)
    kind = "row" if unit == ROW else f"value of {unit}"
    known = not math.isnan(most)
    passed = known and spent <= most
    fix = f"fit with --epsilon {most:g} or less" if known else f"add {unit if unit == ROW else PERSON} to the policy"
    yield Checked(
        rule="privacy.epsilon",
        expected=f"at most {most:g} for each {kind} at delta {rule.delta:g}" if known else f"a maximum for each {kind}",
        got=f"{spent:.4g}",
        verdict="pass" if passed else "fail",
        tier="synthetic_only",
        fix="" if passed else fix,
    )


def _account(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    account, rule = evidence.account, policy.privacy
    if account is None or rule.no_guarantee is not None:
        return  # what has no guarantee is in nobody's ledger
    known = account.knows_model
    yield Checked(
        rule="ledger.model",
        expected="the ledger that the model was fitted with",
        got=f"the ledger of {account.dataset}, which {'has' if known else 'does not have'} this fit",
        verdict="pass" if known else "fail",
        tier="synthetic_only",
        fix="" if known else "give the ledger of the fit, or fit again with --ledger",
    )
    unit = evidence.model.schema.privacy.unit
    most = rule.dataset_epsilon.get(unit, None if unit == ROW else rule.dataset_epsilon.get(PERSON))
    if most is None or account.epsilon is None:
        return
    passed = account.epsilon <= most
    yield Checked(
        rule="privacy.dataset_epsilon",
        expected=f"at most {most:g} for everything in the ledger of {account.dataset}",
        got=f"{account.epsilon:.4g}",
        verdict="pass" if passed else "fail",
        tier="synthetic_only",
        fix="" if passed else "release less of this data set: its budget cannot come back",
    )


def _recipient(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    if policy.recipients is None:
        return
    to = evidence.recipient
    allowed = to is not None and any(fnmatch.fnmatchcase(to.lower(), one.lower()) for one in policy.recipients)
    yield Checked(
        rule="recipients",
        expected="somebody named" if "*" in policy.recipients else f"one of {', '.join(policy.recipients)}",
        got="nobody named" if to is None else to,
        verdict="pass" if allowed else "fail",
        tier="synthetic_only",
        fix="" if allowed else "say who it is for with --recipient, or ask for them to be added to the policy",
    )


def _forbidden(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    """By the schema, and once there are rows by their file as well."""
    if not policy.forbidden_columns:
        return
    schema = evidence.model.schema
    names = [name for name, column in schema.columns.items() if column.action != "drop"]
    names = list(evidence.rows.columns) if evidence.rows is not None else names
    found = [
        name
        for name in names
        if any(fnmatch.fnmatchcase(name.lower(), one.lower()) for one in policy.forbidden_columns)
    ]
    yield Checked(
        rule="forbidden_columns",
        expected=f"no column {', '.join(policy.forbidden_columns)}",
        got=", ".join(found) or "none of them",
        verdict="fail" if found else "pass",
        tier="synthetic_only",
        fix="give them action: drop in the schema, and fit again" if found else "",
    )


def _origin(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    """Rows from elsewhere are covered by no guarantee of the model."""
    origin = evidence.leaving().origin
    accepted = policy.given_rows == "accept"
    verdict: Verdict = "pass" if origin != "given" or accepted else "inconclusive"
    yield Checked(
        rule="rows.origin",
        expected="rows from anywhere" if accepted else "rows that the model draws",
        got={
            "drawn": "drawn from the model here",
            "drawn again": "given, and the same when the model draws them again",
            "given": "given, and not those that the model draws: its guarantee is not known to cover them",
        }[origin],
        verdict=verdict,
        tier="synthetic_only",
        fix="" if verdict == "pass" else "leave --synthetic out, or give the --seed that they were drawn with",
    )


def _adherence(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    if policy.constraints is None:
        return
    rows = evidence.leaving()
    share = 1 - rows.broken / rows.rows if rows.rows else 0.0
    passed = share >= policy.constraints
    yield Checked(
        rule="constraints",
        expected=f"{policy.constraints:.4%} of the rows, at least, inside the schema and its rules",
        got=f"{share:.4%} ({rows.broken:,} of {rows.rows:,} are not)",
        verdict="pass" if passed else "fail",
        tier="synthetic_only",
        fix="" if passed else "release rows that synthgen sample draws: they keep every rule",
    )


def _groups(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    sizes = evidence.leaving().groups
    for rule in policy.groups:
        columns = tuple(named(rule.columns, evidence))
        size = sizes.get(columns)
        passed = size is None or size >= rule.at_least
        yield Checked(
            rule=f"groups ({' x '.join(columns) or ', '.join(rule.columns)})",
            expected=f"at least {rule.at_least:,} synthetic rows in every group that occurs",
            got="the schema names no such columns" if size is None else f"{size:,} in the smallest",
            verdict="pass" if passed else "fail",
            tier="synthetic_only",
            fix="" if passed else "draw more rows with -n, or group levels in the schema",
            why=rule.why or "",
        )


def named(columns: Sequence[str], evidence: Evidence) -> list[str]:
    """A rule's columns, with the schema's own in place of target, protected and slices."""
    schema = evidence.model.schema
    stand_for = {
        "target": () if schema.target is None else (schema.target,),
        "protected": schema.protected,
        "slices": schema.slices,
    }
    return list(dict.fromkeys(name for column in columns for name in stand_for.get(column, (column,))))


def _figures(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    rules = policy.figures if evidence.mode == "internal" else policy.paid.figures if policy.paid else ()
    yield from figures(rules, evidence.evaluated(), paid=evidence.mode == "paid")


def _slices(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    for rule in policy.slices if evidence.mode == "internal" else ():
        yield from slices(rule, named(rule.columns, evidence), evidence.evaluated())


def _attacks(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    if policy.attacks is not None and evidence.mode == "internal":
        yield from attacks(policy.attacks, evidence.evaluated())


def _audit(policy: Policy, evidence: Evidence) -> Iterator[Checked]:
    if policy.audit is not None:
        yield from audited(policy.audit, evidence.audit)


_Rule = Callable[[Policy, Evidence], Iterator[Checked]]
_AT_THE_DOOR: Sequence[_Rule] = (_guarantee, _price, _account, _recipient, _forbidden, _audit)
_INSIDE: Sequence[_Rule] = (_forbidden, _origin, _adherence, _groups, _figures, _slices, _attacks)
