"""A run as JUnit XML: one test case a check."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from contract_tests.reports.text import told
from contract_tests.runner import Report, Result


def write(report: Report) -> str:
    """Write a report as JUnit XML."""
    failed = sum(result.verdict == "failed" for result in report.results)
    skipped = sum(result.verdict == "not run" for result in report.results)
    suite = ET.Element(
        "testsuite",
        name=f"pplx-mock check {report.target.edition.name}",
        tests=str(len(report.results)),
        failures=str(failed),
        skipped=str(skipped),
        errors="0",
        time=f"{report.seconds:.3f}",
    )
    for result in report.results:
        _case(suite, result)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, result: Result) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"contract.{result.check.subject.lower()}",
        name=f"{result.check.id} {result.check.sentence}",
        time=f"{result.seconds:.3f}",
    )
    if result.verdict == "not run":
        ET.SubElement(case, "skipped", message=_legal(result.reason))
    if result.findings:
        first, *others = result.findings
        more = f" (and {len(others)} more)" if others else ""
        message = f"{first.operation}: expected {first.expected}; came: {first.came}{more}"
        failure = ET.SubElement(case, "failure", message=_legal(message), type=result.check.id)
        failure.text = _legal("\n\n".join(told(finding) for finding in result.findings))


def _legal(text: str) -> str:
    """Leave out what XML 1.0 has no way to say."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter >= "\U00010000"
    )
