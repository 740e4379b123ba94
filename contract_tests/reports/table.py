"""What all reports say alike: the sum of a run, and its table by operation and check."""

from __future__ import annotations

from dataclasses import dataclass, field

from contract_tests.findings import Finding
from contract_tests.runner import Report, Result

_ALL = "(every operation)"


@dataclass(slots=True)
class Row:
    """How the checks of one operation ended; `failing` are the ids of those that failed."""

    operation: str
    passed: int = 0
    failed: int = 0
    not_run: int = 0
    failing: list[str] = field(default_factory=list)
    reason: str = ""

    def add(self, result: Result, *, blamed: bool) -> None:
        """Count a check; it failed at this operation where it is blamed, and kept the rest."""
        if blamed:
            self.failed += 1
            self.failing.append(result.check.id)
        elif result.verdict == "not run":
            self.not_run += 1
            self.reason = result.reason
        elif result.verdict == "passed":
            self.passed += 1


def rows(report: Report) -> list[Row]:
    """A row for each operation that a check is about or that a finding was met at, by path."""
    names = _endpoints(report)
    found: dict[str, Row] = {}
    for result in report.results:
        blamed = {finding.operation or _ALL for finding in result.findings}
        meant = {names.get(handler, handler) for handler in result.check.operations} or {_ALL}
        for name in sorted(meant | blamed):
            found.setdefault(name, Row(name)).add(result, blamed=name in blamed)
    return sorted(found.values(), key=lambda row: row.operation.partition(" ")[::-1])


def summary(report: Report) -> str:
    """The sum of a run in a sentence."""
    took = f"{report.ran} checks, {report.requests} requests, {report.seconds:.1f} s"
    paid = f", {report.cost} USD at the most" if report.target.charges else ""
    cut = f"; cut short: {report.cut_short}" if report.cut_short else ""
    return f"{_found(report)} ({took}{paid}){cut}"


def again(report: Report, finding: Finding) -> str:
    """The command that brings a finding back: the check that met it, with its seed."""
    met = next((result.check.id for result in report.results if finding in result.findings), finding.check)
    target = report.target
    words = ["pplx-mock check", *([] if target.is_fake else ["--target", target.url])]
    words += [*(["--as-live"] if target.charges else []), "--edition", target.edition.name]
    words += ["--profile full"] if report.profile == "full" else []
    words += ["--allow-writes"] if report.writes else []
    return " ".join([*words, "--only", met, "--seed", str(finding.seed)])


def _found(report: Report) -> str:
    if not report.ran:
        return "nothing was tested"
    count = len(report.findings)
    return "no findings" if not count else f"{count} finding{'s' if count > 1 else ''}"


def _endpoints(report: Report) -> dict[str, str]:
    """Method and path by handler; of several paths with one handler, the first."""
    named: dict[str, str] = {}
    for operation in report.target.edition.operations.values():
        named.setdefault(operation.handler, operation.endpoint)
    return named
