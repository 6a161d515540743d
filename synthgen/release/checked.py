"""One row of the gate's table: what a rule expected, what was there, and what to try."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from synthgen.evaluate.report import PUBLIC_TIERS, Tier

Verdict = Literal["pass", "fail", "inconclusive"]

WITHHELD = "not told: it was read from private rows without noise"
"""Stands for what was got, where the table leaves the building."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What became of one rule of a policy.

    rule     dotted place in the policy, "privacy.epsilon" or "fidelity.tvd2 (sex = Female)"
    expected what the policy wants
    got      what there is; never a value of the private table
    verdict  pass, fail or inconclusive
    tier     of `got`: internal stays in the building
    fix      the first thing to try; empty where it passed
    why      the policy's reason for the rule; empty where it gives none
    stands   what it is called where the table leaves, if its own name tells of private rows: rows of one such name are
             one row then, with the worst of their verdicts. Which levels there are may be read from private rows
    """

    rule: str
    expected: str
    got: str
    verdict: Verdict
    tier: Tier
    fix: str = ""
    why: str = ""
    stands: str = ""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of rules that must all hold.

    >>> worst(["pass", "inconclusive"]), worst([])
    ('inconclusive', 'pass')
    """
    order: tuple[Verdict, ...] = ("fail", "inconclusive", "pass")
    return min(verdicts, key=order.index, default="pass")


def published(rows: Iterable[Checked]) -> tuple[Checked, ...]:
    """The table as it may leave: what was got from private rows without noise is withheld.

    Rules by level of a column are one rule then. The verdicts stay. That a bundle exists says that its rules were met,
    and that much is known of private rows then.

    >>> row = Checked(rule="utility.auc", expected="0.9", got="0.93", verdict="pass", tier="internal")
    >>> published([row])[0].got
    'not told: it was read from private rows without noise'
    """
    found: dict[tuple[str, str] | int, list[Checked]] = {}
    for at, row in enumerate(rows):
        if row.tier in PUBLIC_TIERS:
            found[at] = [row]
            continue
        told = replace(row, rule=row.stands or row.rule, got=WITHHELD, fix="", stands="")
        found.setdefault((told.rule, told.expected) if row.stands else at, []).append(told)
    return tuple(replace(same[0], verdict=worst(each.verdict for each in same)) for same in found.values())


def plain(row: Checked) -> dict[str, str]:
    """A row of the published table, as JSON values."""
    return {key: value for key, value in asdict(row).items() if key != "stands"}
