"""What became of a release, for machines: JSON values, and JUnit XML for CI. Both stay in the building."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from synthgen.release.release import Outcome


def to_json(outcome: Outcome) -> dict[str, Any]:
    """The decision, every rule of it, and where the bundle is (null where there is none)."""
    bundle, linted = outcome.bundle, outcome.linted
    return {
        "released": bundle is not None,
        "policy": outcome.policy.name,
        "rules": [asdict(row) for row in outcome.decision.rows],
        "rests_on": outcome.decision.rests_on,
        "approvals_needed": outcome.terms.approvals,
        "expires": None if outcome.terms.expires is None else outcome.terms.expires.isoformat(),
        "bundle": None if bundle is None else str(bundle.folder),
        "archive": None if bundle is None else str(bundle.archive),
        "id": None if bundle is None else bundle.id,
        "lint": None if linted is None else asdict(linted),
    }


def junit(outcome: Outcome) -> bytes:
    """One test case a rule. What is inconclusive is a failure where the policy says so, else skipped."""
    strict = outcome.policy.inconclusive == "fail"
    rows = outcome.decision.rows
    failed = [row for row in rows if row.verdict == "fail" or (strict and row.verdict == "inconclusive")]
    skipped = 0 if strict else sum(row.verdict == "inconclusive" for row in rows)
    counts = {"tests": len(rows), "failures": len(failed), "skipped": skipped, "errors": 0}
    suite = ET.Element("testsuite", {"name": "synthgen release", **{key: str(n) for key, n in counts.items()}})
    for row in rows:
        case = ET.SubElement(suite, "testcase", {"classname": "synthgen.release", "name": row.rule})
        said = f"{row.verdict}: expected {row.expected}, got {row.got}" + (f"; {row.fix}" if row.fix else "")
        if row in failed:
            ET.SubElement(case, "failure", {"message": said}).text = said
        elif row.verdict == "inconclusive":
            ET.SubElement(case, "skipped", {"message": said})
        else:
            ET.SubElement(case, "system-out").text = said
    ET.indent(suite)
    text: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text
