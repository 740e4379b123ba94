"""Run checks one after another, and gather what they find."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from contract_tests.checks import Check
from contract_tests.client import Client
from contract_tests.findings import BudgetSpentError, Finding, UnaskedError, UnmetError
from contract_tests.probe import Probe
from contract_tests.target import Target

Verdict = Literal["passed", "failed", "not run"]
INTERRUPTED = "interrupted"
"""Why the checks were not run that came after somebody stopped the run."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended; `reason` says why it was not run, `stops` that what comes after it is not run either."""

    check: Check
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    reason: str = ""
    stops: bool = False


@dataclass(slots=True)
class Report:
    """A whole run.

    `cut_short` says why it ended early, `broken` that the kit could not go on, `writes` that it might write.
    """

    target: Target
    profile: str
    seed: int
    results: list[Result] = field(default_factory=list)
    requests: int = 0
    cost: Decimal = Decimal(0)
    seconds: float = 0.0
    cut_short: str = ""
    broken: bool = False
    writes: bool = False

    @property
    def findings(self) -> list[Finding]:
        """All findings, each difference once."""
        found = {finding.fingerprint: finding for result in self.results for finding in reversed(result.findings)}
        return [*found.values()]

    @property
    def interrupted(self) -> bool:
        """Whether somebody stopped it."""
        return self.cut_short == INTERRUPTED

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
    """Run checks; gives each result as it comes.

    When the budget is spent, the server gone or the run interrupted, the rest is not run and says why.
    """
    spent = ""
    for one in checks:
        if spent:
            yield unrun(one, spent)
            continue
        result = run_one(client, one, seed=seed, thorough=thorough)
        spent = result.reason if result.stops else ""
        yield result


def unrun(check: Check, reason: str) -> Result:
    """The result of a check that was not run, as the run had ended before it."""
    return Result(check, "not run", reason=reason, stops=True)


def attributed(results: Iterable[Result], planned: Container[str]) -> Iterator[Result]:
    """Give findings to the checks whose ids they have, where those run later; a check that met nothing else has passed.

    Args:
        results: As they come.
        planned: The ids of all checks of the run.
    """
    later: dict[str, dict[str, Finding]] = {}
    done: set[str] = set()
    for result in results:
        done.add(result.check.id)
        own = {one.fingerprint: one for one in result.findings}
        moved = {
            name: one
            for name, one in own.items()
            if one.check not in done and one.check in planned and not result.stops
        }
        for name, one in moved.items():
            later.setdefault(one.check, {}).setdefault(name, one)
        kept = {**later.pop(result.check.id, {}), **{name: one for name, one in own.items() if name not in moved}}
        otherwise: Verdict = "not run" if result.reason else "passed"
        verdict = "failed" if kept else otherwise
        yield replace(result, verdict=verdict, findings=tuple(kept.values()))


def run_one(client: Client, check: Check, *, seed: int, thorough: bool) -> Result:
    """Run one check."""
    target = client.target
    key = f"check-{check.id.lower()}-{seed}" if target.takes_any_key else target.key
    probe = Probe(client, check, seed, thorough, key=key)
    before, started = client.budget.requests, client.stopwatch.now()
    ended = _outcome(check, probe)
    found = tuple({finding.fingerprint: finding for finding in (*reversed(probe.asides), *ended.findings)}.values())
    verdict = "failed" if found else ended.verdict
    taken = client.budget.requests - before
    return Result(check, verdict, found, taken, client.stopwatch.now() - started, ended.reason, ended.stops)


class _Outcome(NamedTuple):
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    stops: bool = False


def _outcome(check: Check, probe: Probe) -> _Outcome:
    try:
        check.run(probe)
    except UnmetError as error:
        return _Outcome("failed", (probe.finding(error),))
    except UnaskedError as error:
        return _Outcome("not run", reason=str(error))
    except BudgetSpentError as error:
        return _Outcome("not run", reason=str(error), stops=True)
    except KeyboardInterrupt:
        return _Outcome("not run", reason=INTERRUPTED, stops=True)
    except Exception as error:  # noqa: BLE001  # an answer of a shape that nobody foresaw is a finding, not a traceback
        unmet = UnmetError("an answer that the check can read", f"{type(error).__name__}: {error}")
        return _Outcome("failed", (probe.finding(unmet),))
    return _Outcome("passed")
