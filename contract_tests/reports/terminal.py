"""A run in a terminal: progress while it runs, then a table and each finding."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from contract_tests.budget import Budget
from contract_tests.findings import Finding
from contract_tests.plan import Plan
from contract_tests.reports.table import Row, again, rows, summary
from contract_tests.reports.text import printable
from contract_tests.runner import Report, Result
from contract_tests.stopwatch import RealStopwatch, Stopwatch
from mock_server.insight.terminal import silence

_RED, _GREEN, _BOLD, _DIM, _OFF = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CLEAR = "\r\x1b[K"
_QUIET, _OFTEN, _SELDOM = 2.0, 0.1, 30.0


@dataclass(slots=True)
class Terminal:
    """Where a run is told.

    A terminal that can be written over shows what runs, once a run takes longer than two seconds. What is piped gets a
    line for each check that failed, and a sign of life every half minute.

    Args:
        out: Where to write.
        stopwatch: Where time comes from.
    """

    out: TextIO
    stopwatch: Stopwatch = field(default_factory=RealStopwatch)
    total: int = 0
    done: int = 0
    made_up: int = 0
    told: float = 0.0
    unread: bool = False

    @property
    def lively(self) -> bool:
        """Whether a line may be written over."""
        return self.out.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def coloured(self) -> bool:
        """Whether colours are wanted (NO_COLOR, no-color.org)."""
        return self.lively and not os.environ.get("NO_COLOR")

    def begin(self, report: Report, plan: Plan, budget: Budget) -> None:
        """Say what is about to happen."""
        self.total = len(plan.checks)
        self.told = self.stopwatch.now() + (_QUIET - _OFTEN if self.lively else 0)
        target = report.target
        self._line(f"Target   {target.url} ({target.kind}), held against edition {target.edition.name}")
        self._line(f"Plan     {len(plan.checks)} checks, at most {plan.requests} requests, profile {report.profile}")
        if target.charges:
            self._line(f"         at most {plan.cost} USD; the run stops before it pays more than {budget.max_cost}")
        for reason, count in _left_out(plan):
            self._line(f"         {count} left out: {reason}")
        self._line(f"Seed     {report.seed}")

    def tell(self, result: Result) -> None:
        """Show how far the run is."""
        self.done += 1
        if result.verdict == "failed" and not self.lively:
            self._line(f"failed   {result.check.id}  {result.check.sentence}")
        self._progress(result.check.id)

    def count(self, requests: int) -> None:
        """Show how many made-up requests were sent."""
        self.made_up = requests
        self._progress("made-up requests")

    def end(self, report: Report) -> None:
        """Print the table, the findings and the sum."""
        if self.lively:
            self._write(_CLEAR)
        self._line("")
        for line in _table(report):
            self._line(line)
        self._line("")
        for result in report.results:
            if result.verdict == "failed":
                self._line(f"  {result.check.id}  failed: {result.check.sentence}")
            elif result.verdict == "not run" and not result.stops:
                self._line(f"  {result.check.id}  not run: {printable(result.reason)}")
        for number, finding in enumerate(report.findings, 1):
            self._finding(number, finding, again(report, finding))
        sentence = printable(summary(report))
        self._line(self._painted(sentence, _RED if report.findings or not report.ran else _GREEN))

    def _progress(self, what: str) -> None:
        now = self.stopwatch.now()
        if now - self.told < (_OFTEN if self.lively else _SELDOM):
            return
        self.told = now
        made_up = f", {self.made_up} made-up requests" if self.made_up else ""
        said = f"[{self.done}/{self.total}] {what}{made_up}"
        if self.lively:
            self._write(f"{_CLEAR}{said[:79]}")
        else:
            self._line(f"         {said}")

    def _finding(self, number: int, finding: Finding, again: str) -> None:
        self._line("")
        head = f"FINDING {number}  {finding.check}  {finding.operation}  [{finding.fingerprint}]"
        self._line(self._painted(head, _BOLD))
        for name, said in (
            ("expected", finding.expected),
            ("by", finding.line),
            ("came", finding.came),
            ("request", finding.request),
            ("again", again),
        ):
            self._line(f"  {self._painted(f'{name:<8}', _DIM)}  {printable(said)}")

    def _painted(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_OFF}" if self.coloured else text

    def _line(self, text: str) -> None:
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        """Write at once; once nobody reads any more the run goes on for its reports and its exit code."""
        if self.unread:
            return
        try:
            self.out.write(text)
            self.out.flush()
        except BrokenPipeError:
            self.unread = True
            silence(self.out)


def _left_out(plan: Plan) -> Iterator[tuple[str, int]]:
    """The reasons why checks were left out, with their number."""
    reasons = [reason for _, reason in plan.left_out]
    for reason in dict.fromkeys(reasons):
        yield reason, reasons.count(reason)


def _table(report: Report) -> Iterator[str]:
    found = rows(report)
    width = max([len("operation"), *(len(row.operation) for row in found)])
    yield f"{'operation':<{width}}  passed  failed  not run  checks that did not pass"
    for row in found:
        yield f"{row.operation:<{width}}  {row.passed:>6}  {row.failed:>6}  {row.not_run:>7}  {_names(row)}".rstrip()


def _names(row: Row) -> str:
    return ", ".join(row.failing) or ("" if not row.not_run else printable(row.reason))
