"""A run in a terminal: progress while it runs, then a table and each finding."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from contract_tests.findings import Finding
from contract_tests.plan import Plan
from contract_tests.runner import Report, Result

_RED, _GREEN, _DIM, _OFF = "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"
_CLEAR = "\r\x1b[K"


@dataclass(slots=True)
class Terminal:
    """Where a run is told.

    Args:
        out: Where to write.
        total: How many checks there are.
    """

    out: TextIO
    total: int = 0
    done: int = 0

    @property
    def lively(self) -> bool:
        """Whether a line may be written over."""
        return self.out.isatty()

    @property
    def coloured(self) -> bool:
        """Whether colours are wanted (NO_COLOR, no-color.org)."""
        return self.lively and not os.environ.get("NO_COLOR")

    def begin(self, report: Report, plan: Plan) -> None:
        """Say what is about to happen."""
        self.total = len(plan.checks)
        target = report.target
        self._line(f"Target   {target.url} ({target.kind}), held against edition {target.edition.name}")
        self._line(f"Plan     {len(plan.checks)} checks, at most {plan.requests} requests, profile {report.profile}")
        if target.charges:
            self._line(f"         at most {plan.cost} USD")
        self._line(f"Seed     {report.seed}")

    def tell(self, result: Result) -> None:
        """Show how far the run is."""
        self.done += 1
        said = f"[{self.done}/{self.total}] {result.check.id} {result.verdict}"
        if self.lively:
            self.out.write(f"{_CLEAR}{said}")
            self.out.flush()
        elif result.verdict == "failed":
            self._line(said)

    def count(self, requests: int) -> None:
        """Show how many made-up requests were sent."""
        if self.lively:
            self.out.write(f"{_CLEAR}[{self.done}/{self.total}] made-up requests: {requests}")
            self.out.flush()

    def end(self, report: Report) -> None:
        """Print the table, the findings and the sum."""
        if self.lively:
            self.out.write(_CLEAR)
        for line in _table(report):
            self._line(line)
        for number, finding in enumerate(report.findings, 1):
            for line in _finding(number, finding):
                self._line(self._painted(line, _RED) if line.startswith("FINDING") else line)
        sentence = summary(report)
        self._line(self._painted(sentence, _RED if report.findings else _GREEN))

    def _painted(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_OFF}" if self.coloured else text

    def _line(self, text: str) -> None:
        self.out.write(text + "\n")
        self.out.flush()


def summary(report: Report) -> str:
    """The sum of a run in a sentence."""
    findings = len(report.findings)
    found = "no findings" if not findings else f"{findings} finding{'s' if findings > 1 else ''}"
    took = f"{report.ran} checks, {report.requests} requests, {report.seconds:.1f} s"
    paid = f", {report.cost} USD" if report.target.charges else ""
    cut = f"; cut short: {report.cut_short}" if report.cut_short else ""
    return f"{found} ({took}{paid}){cut}"


def _table(report: Report) -> Iterator[str]:
    """A line for each operation that a check is about, and one for each check that did not pass."""
    rows: dict[str, list[Result]] = {}
    for result in report.results:
        for operation in result.check.operations or ("(all)",):
            rows.setdefault(operation, []).append(result)
    width = max((len(name) for name in rows), default=0)
    yield ""
    yield f"{'operation':<{width}}  passed  failed  not run"
    for name, results in sorted(rows.items()):
        counts = [sum(result.verdict == verdict for result in results) for verdict in ("passed", "failed", "not run")]
        yield f"{name:<{width}}  {counts[0]:>6}  {counts[1]:>6}  {counts[2]:>7}"
    for result in report.results:
        if result.verdict != "passed":
            reason = f" ({result.reason})" if result.reason else ""
            yield f"  {result.check.id}  {result.verdict}{reason}: {result.check.sentence}"
    yield ""


def _finding(number: int, finding: Finding) -> Iterator[str]:
    yield f"FINDING {number}  {finding.check}  {finding.operation}  [{finding.fingerprint}]"
    yield f"  expected  {finding.expected}"
    yield f"  by        {finding.line}"
    yield f"  came      {finding.came}"
    yield f"  again     {finding.request}"
    yield f"  seed      {finding.seed}"
    yield ""
