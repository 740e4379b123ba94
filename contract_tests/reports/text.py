"""A run as Markdown, for a pull request or an issue."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.findings import Finding
from contract_tests.reports.table import summary
from contract_tests.runner import Report


def write(report: Report) -> str:
    """Write a report as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    target = report.target
    yield f"# {target.url} against edition {target.edition.name}"
    yield ""
    yield f"**{summary(report)}**, profile {report.profile}, seed {report.seed}"
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
    yield f"- expected: {finding.expected}"
    yield f"- by: `{finding.line}`"
    yield f"- seed: {finding.seed}"
    yield ""
    yield from ("```text", f"came: {_fenced(finding.came)}", "```", "", "```sh", _fenced(finding.request), "```")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _fenced(text: str) -> str:
    """Keep what came from outside from ending the fence that it stands in."""
    return text.replace("```", "`\u200b``")


def told(finding: Finding) -> str:
    """A finding in plain lines."""
    return "\n".join(
        (
            f"{finding.operation}  [{finding.fingerprint}]",
            f"expected  {finding.expected}",
            f"by        {finding.line}",
            f"came      {finding.came}",
            f"request   {finding.request}",
            f"seed      {finding.seed}",
        )
    )
