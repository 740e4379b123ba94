"""Run checks one after another, and gather what they find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.findings import BudgetSpentError, Finding, UnmetError
from contract_tests.probe import Probe
from contract_tests.target import Target

Verdict = Literal["passed", "failed", "not run"]


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended; `reason` says why it was not run."""

    check: Check
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    reason: str = ""


@dataclass(slots=True)
class Report:
    """A whole run."""

    target: Target
    profile: str
    seed: int
    results: list[Result] = field(default_factory=list)
    requests: int = 0
    cost: Decimal = Decimal(0)
    seconds: float = 0.0
    cut_short: str = ""

    @property
    def findings(self) -> list[Finding]:
        """All findings, each difference once."""
        found = {finding.fingerprint: finding for result in self.results for finding in reversed(result.findings)}
        return [*found.values()]

    @property
    def ran(self) -> int:
        """How many checks ran."""
        return sum(1 for result in self.results if result.verdict != "not run")


def run(
    client: Client,
    checks: Iterable[Check],
    *,
    seed: int,
    thorough: bool,
) -> Iterator[Result]:
    """Run checks; gives each result as it comes. When the budget is spent, the rest is not run and says why."""
    spent = ""
    for one in checks:
        result = Result(one, "not run", reason=spent) if spent else run_one(client, one, seed=seed, thorough=thorough)
        spent = spent or result.reason
        yield result


def run_one(client: Client, check: Check, *, seed: int, thorough: bool) -> Result:
    """Run one check."""
    key = client.target.key if client.target.charges else f"check-{check.id.lower()}-{seed}"
    probe = Probe(client, check, seed, thorough, key=key)
    before, started = client.budget.requests, client.stopwatch.now()
    verdict: Verdict = "passed"
    found: tuple[Finding, ...] = ()
    reason = ""
    try:
        check.run(probe)
    except UnmetError as error:
        verdict, found = "failed", (probe.finding(error),)
    except BudgetSpentError as error:
        verdict, reason = "not run", str(error)
    except Exception as error:  # noqa: BLE001  # an answer of a shape that nobody foresaw is a finding, not a traceback
        unmet = UnmetError("an answer that the check can read", f"{type(error).__name__}: {error}")
        verdict, found = "failed", (probe.finding(unmet),)
    taken = client.budget.requests - before
    return Result(check, verdict, found, taken, client.stopwatch.now() - started, reason)
