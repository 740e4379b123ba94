"""A run as Markdown, for a pull request or an issue, and a finding in plain lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from contract_tests.findings import Finding
from contract_tests.reports.table import summary
from contract_tests.runner import Report


def write(report: Report) -> str:
    """Write a report as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    target = report.target
    yield f"# {_cell(target.url)} against edition {target.edition.name}"
    yield ""
    yield f"**{_cell(summary(report))}**, profile {report.profile}, seed {report.seed}"
    yield ""
    yield "| check | | what is kept |"
    yield "|---|---|---|"
    for result in report.results:
        reason = f" ({_cell(result.reason)})" if result.reason else ""
        yield f"| {result.check.id} | {result.verdict}{reason} | {_cell(result.check.sentence)} |"
    for finding in report.findings:
        yield ""
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"## {finding.check}: {finding.operation} `{finding.fingerprint}`"
    yield ""
    yield f"- seed: {finding.seed}"
    yield ""
    said = ("expected", finding.expected), ("by", finding.line), ("came", finding.came)
    yield from _fenced("text", "\n".join(f"{name}: {printable(text)}" for name, text in said))
    yield ""
    yield from _fenced("sh", printable(finding.request))


def _cell(text: str) -> str:
    """A text in the middle of a line, or of a table's row."""
    return escape(printable(text), quote=False).replace("|", "\\|")


def _fenced(kind: str, text: str) -> Iterator[str]:
    """A text between fences that nothing inside of it can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{kind}", text, fence)


def told(finding: Finding) -> str:
    """A finding in plain lines."""
    said = (
        ("expected", finding.expected),
        ("by", finding.line),
        ("came", finding.came),
        ("request", finding.request),
        ("seed", str(finding.seed)),
    )
    lines = [f"{name:<8}  {printable(text)}" for name, text in said]
    return "\n".join((f"{printable(finding.operation)}  [{finding.fingerprint}]", *lines))


def printable(text: str) -> str:
    """A text on one line, with all that would move a terminal's cursor or hide what follows written as escapes."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
