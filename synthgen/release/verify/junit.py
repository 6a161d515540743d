"""The answer as JUnit XML, which CI systems show beside their tests."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from synthgen.release.verify.verify import Verified


def junit(found: Verified) -> bytes:
    """One test case a check; a failed check is a failure, a warning stands in its output."""
    failures = sum(check.outcome == "fail" for check in found.checks)
    left = sum(check.outcome == "skipped" for check in found.checks)
    counts = {"tests": len(found.checks), "failures": failures, "skipped": left, "errors": 0}
    suite = ET.Element("testsuite", {"name": "synthgen verify", **{key: str(value) for key, value in counts.items()}})
    for check in found.checks:
        case = ET.SubElement(suite, "testcase", {"classname": "synthgen.verify", "name": check.name})
        said = f"{check.said}; {check.fix}" if check.fix else check.said
        if check.outcome == "fail":
            ET.SubElement(case, "failure", {"message": check.said}).text = said
        elif check.outcome == "skipped":
            ET.SubElement(case, "skipped", {"message": check.said})
        else:
            ET.SubElement(case, "system-out").text = f"{check.outcome}: {said}"
    ET.indent(suite)
    text: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text
